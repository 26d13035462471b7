"""Queues, locks and rate limiters of npm through the proxy, unmodified: they live in Lua."""

import pathlib
import subprocess

import conftest
import harness
import node_clients
import pytest

QUEUES = pathlib.Path(__file__).parent / "queues"
CHECKS = ["bullmq", "bullmqPriorities", "bullmqFlows", "bullmqSchedules", "bullmqRateLimit", "bee", "redlock",
          "rateLimiter", "ioredisCommands"]


@pytest.fixture(scope="module")
def folder():
    return node_clients.installed(QUEUES)


@pytest.fixture(scope="module")
def stack():
    it = conftest.Stack(workers=2)
    yield it
    it.close()


@pytest.fixture(autouse=True)
def clean(stack):
    stack.clean()


def start(stack, folder, check, tenant):
    return subprocess.Popen(["node", QUEUES / "run.mjs", check, str(stack.proxy.port), tenant], text=True,
                            env=node_clients.environment(folder), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finish(client):
    try:
        said = client.communicate(timeout=4 * harness.PATIENCE)[0]
    finally:
        client.kill()
    assert client.returncode == 0 and said.endswith("passed\n"), said


@pytest.mark.parametrize("check", CHECKS)
def test_check(stack, folder, check):
    finish(start(stack, folder, check, "acme"))
    for keys in stack.redis.keys().values():
        assert all(key.startswith(b"acme:") for key in keys)
    assert stack.proxy.metric("bulkhead_fence_trips_total", tenant="acme") == 0


def test_two_tenants_with_the_same_queue(stack, folder):
    both = [start(stack, folder, "bullmqTwins", tenant) for tenant in ("acme", "globex")]
    for client in both:
        finish(client)
    found = stack.redis.keys()
    assert set(found) == {4}
    prefixes = {key.split(b"bull:")[0] for key in found[4]}
    assert prefixes == {b"acme:", b"erp:tenant:globex:"}


def test_two_tenants_fenced_whole(folder):
    it = conftest.Stack(workers=2, extra="fence: all\n")
    try:
        for client in [start(it, folder, "bullmqTwins", tenant) for tenant in ("acme", "globex")]:
            finish(client)
        for check in ("bullmq", "bullmqFlows"):
            finish(start(it, folder, check, "acme"))
        for tenant in ("acme", "globex"):
            assert it.proxy.metric("bulkhead_fence_trips_total", tenant=tenant) == 0
    finally:
        it.close()
