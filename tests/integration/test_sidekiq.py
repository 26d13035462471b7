"""Proves that Sidekiq, unmodified, works through the proxy: a worker each of two tenants, whose applications do
the same things with the same names at the same time, and nothing mixed."""

import subprocess

import pytest

import applications
import harness

CHECKS = ["perform_async", "perform_in", "retries", "dead", "stats", "queues", "web"]
QUEUES = ("queue*", "schedule", "retry", "dead")


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(workers=2, features=applications.features(*QUEUES))


@pytest.fixture(scope="module")
def workers(shared_stack):
    programs = applications.start(
        shared_stack, "sidekiq", ["sidekiq", "-r", "./sidekiq_jobs.rb", "-c", "3", "-q", "default", "-q", "low"],
        "Booting Sidekiq")
    yield programs
    applications.stop(programs)


@pytest.mark.parametrize("check", CHECKS)
def test_check(shared_stack, workers, check):
    applications.run_for_all(shared_stack, ["ruby", applications.FOLDER / "sidekiq_checks.rb", check])
    for program in workers.values():
        assert program.process.poll() is None, program.text()
        assert "NOPERM" not in program.text() and "CROSSDB" not in program.text(), program.text()
    # What is about the processes lies in the default feature's database, and transactions go over both.
    databases = shared_stack.redis.keys()
    assert set(databases) <= {1, 4}
    for keys in databases.values():
        assert all(key.startswith(tuple(applications.PREFIXES.values())) for key in keys)
    assert b"acme:processes" in databases[1] and b"acme:queues" in databases[4]
    applications.assert_nothing_strange(shared_stack)
