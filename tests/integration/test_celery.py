"""Proves that Celery, unmodified, works through the proxy as broker and result backend: a worker each of two
tenants with the same queues, tasks and keys, and nothing mixed."""

import datetime
import gc
import time

import celery
import celery.exceptions
import pytest

import applications
import harness
from apps.celery_application import application

KEYS = ("celery*", "_kombu.*", "unacked*", "*.pidbox*")
PATIENCE = harness.PATIENCE


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(workers=2, features=applications.features(*KEYS))


@pytest.fixture(scope="module")
def workers(shared_stack):
    programs = applications.start(
        shared_stack, "celery",
        ["/usr/bin/python3", "-m", "celery", "-A", "celery_application", "worker", "--concurrency=2",
         "--loglevel=INFO", "--hostname=worker@here", "--without-heartbeat"], " ready.")
    yield programs
    applications.stop(programs)


@pytest.fixture(scope="module")
def apps(shared_stack, workers):
    made = {tenant: application(applications.url(shared_stack, tenant)) for tenant in workers}
    yield made
    for tenant, program in workers.items():
        assert program.process.poll() is None, program.text()
        assert "Connection to broker lost" not in program.text()
        assert "NOPERM" not in program.text()
        assert program.text().count(" ready.") == 1, program.text()
    applications.logical_keys(shared_stack)
    applications.assert_nothing_strange(shared_stack)
    gc.collect()  # results that exceptions still hold unsubscribe when they go
    for app in made.values():
        app.close()


def both(apps, start, finish):
    """Starts something for both tenants before it asks for either's result."""
    started = {tenant: start(app) for tenant, app in apps.items()}
    return [finish(tenant, result) for tenant, result in started.items()]


def get(result, **options):
    return result.get(timeout=PATIENCE, interval=0.05, **options)


def test_tasks_go_to_the_tenants_own_worker(apps):
    calls = {tenant: [app.tasks["who"].delay() for _ in range(30)] for tenant, app in apps.items()}
    for tenant, results in calls.items():
        assert {get(result) for result in results} == {tenant}


def test_the_same_task_id_has_two_results(apps):
    assert both(apps, lambda app: app.tasks["who"].apply_async(task_id="the-same"),
                lambda _, result: get(result)) == list(apps)


def test_a_failure_is_the_callers_exception(apps):
    def finish(tenant, result):
        with pytest.raises(ValueError, match=f"bad {tenant}"):
            get(result)
        return result.state
    started = {tenant: app.tasks["fail"].delay(f"bad {tenant}") for tenant, app in apps.items()}
    assert [finish(tenant, result) for tenant, result in started.items()] == ["FAILURE", "FAILURE"]


def test_retries(apps):
    assert both(apps, lambda app: app.tasks["flaky"].delay(2), lambda _, result: get(result)) == [2, 2]
    app = apps["acme"]
    with pytest.raises(celery.exceptions.MaxRetriesExceededError):
        get(app.tasks["flaky"].delay(9))


def test_countdown_and_eta(apps):
    begun = time.monotonic()
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=0.5)
    started = {tenant: (app.tasks["add"].apply_async((1, 2), countdown=0.5),
                        app.tasks["add"].apply_async((3, 4), eta=soon)) for tenant, app in apps.items()}
    for results in started.values():
        assert [get(result) for result in results] == [3, 7]
    assert time.monotonic() - begun >= 0.4


def test_an_expired_task_is_revoked(apps):
    def finish(_, result):
        with pytest.raises(celery.exceptions.TaskRevokedError):
            get(result)
        return result.state
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
    assert both(apps, lambda app: app.tasks["add"].apply_async((1, 2), expires=past), finish) == ["REVOKED"] * 2


def test_groups_chains_and_chords(apps):
    def canvases(app):
        add, total = app.tasks["add"], app.tasks["total"]
        numbers = celery.group(add.s(i, i) for i in range(10))
        return [numbers.apply_async(), celery.chain(add.s(1, 2), add.s(3), add.s(4)).apply_async(),
                celery.chord(numbers, total.s()).apply_async()]

    expected = [[2 * i for i in range(10)], 10, 90]
    assert both(apps, canvases, lambda _, results: [get(result) for result in results]) == [expected] * 2


def test_inspect_and_control_reach_the_tenants_worker_alone(apps):
    for app in apps.values():
        inspect = app.control.inspect(timeout=PATIENCE, limit=1)
        assert inspect.ping() == {"worker@here": {"ok": "pong"}}
        assert set(inspect.registered()["worker@here"]) == {"add", "total", "who", "fail", "flaky", "sleep"}
    # Without a limit both would answer if a broadcast left its tenant.
    for app in apps.values():
        assert app.control.ping(timeout=1) == [{"worker@here": {"ok": "pong"}}]


def test_revoke(apps):
    acme, globex = apps.values()
    late, other = (app.tasks["add"].apply_async((1, 2), countdown=1, task_id="revoked") for app in (acme, globex))
    assert acme.control.revoke("revoked", reply=True, limit=1, timeout=PATIENCE)
    with pytest.raises(celery.exceptions.TaskRevokedError):
        get(late)
    assert get(other) == 3


def test_a_running_task_is_terminated(apps):
    app = apps["acme"]
    result = app.tasks["sleep"].delay(600)
    harness.wait_until(lambda: result.state == "STARTED", "the task's start")
    result.revoke(terminate=True)
    with pytest.raises(celery.exceptions.TaskRevokedError):
        get(result)
    assert get(app.tasks["who"].delay()) == "acme"


def test_results_are_forgotten(apps, shared_stack):
    result = apps["acme"].tasks["add"].apply_async((1, 2), task_id="forgotten")
    assert get(result) == 3
    assert b"celery-task-meta-forgotten" in applications.logical_keys(shared_stack)["acme"]
    result.forget()
    assert b"celery-task-meta-forgotten" not in applications.logical_keys(shared_stack)["acme"]


def test_a_queue_is_purged_of_the_tenants_messages_alone(apps):
    for app in apps.values():
        for _ in range(3):
            app.send_task("nobody", queue="celery-other")
    with apps["acme"].connection_for_write() as connection:
        channel = connection.default_channel
        assert channel.queue_purge("celery-other") == 3
    with apps["globex"].connection_for_write() as connection:
        assert connection.default_channel.queue_purge("celery-other") == 3
