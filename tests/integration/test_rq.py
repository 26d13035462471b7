"""Proves that RQ, unmodified, works through the proxy: a worker with its scheduler each of two tenants, with the
same queues and job ids, and nothing mixed."""

import datetime

import pytest
import redis
import rq
import rq.command
import rq.registry

import applications
import harness


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(workers=2, features=applications.features("rq:*"))


@pytest.fixture(scope="module")
def workers(shared_stack):
    programs = applications.start(
        shared_stack, "rq", ["rq", "worker", "mail", "--with-scheduler", "--name", "worker", "--path", "."],
        "Listening on")
    yield programs
    applications.stop(programs)


class Side:
    """A tenant's end of the queue."""

    def __init__(self, stack, tenant):
        self.tenant = tenant
        self.connection = redis.Redis.from_url(applications.url(stack, tenant))
        self.queue = rq.Queue("mail", connection=self.connection)

    def enqueue(self, name, *args, **options):
        return self.queue.enqueue(f"rq_jobs.{name}", *args, **options)

    @staticmethod
    def end(job, status="finished"):
        """Waits for the job's end and returns its result."""
        harness.wait_until(lambda: job.get_status(refresh=True) in ("finished", "failed", "stopped", "canceled"),
                           f"{job}'s end")
        assert job.get_status() == status, job.exc_info
        return job.result


@pytest.fixture(scope="module")
def sides(shared_stack, workers):
    made = {tenant: Side(shared_stack, tenant) for tenant in workers}
    yield made
    for program in workers.values():
        assert program.process.poll() is None, program.text()
        assert "NOPERM" not in program.text() and "no permissions" not in program.text(), program.text()
    applications.logical_keys(shared_stack)
    applications.assert_nothing_strange(shared_stack)


@pytest.fixture
def acme(sides):
    return sides["acme"]


def test_jobs_go_to_the_tenants_own_worker(sides):
    jobs = {side: [side.enqueue("who") for _ in range(5)] for side in sides.values()}
    for side, own in jobs.items():
        assert {side.end(job) for job in own} == {side.tenant}


def test_the_same_job_id_has_two_results(sides):
    jobs = {side: side.enqueue("who", job_id="the-same") for side in sides.values()}
    assert [side.end(job) for side, job in jobs.items()] == list(sides)
    for side in sides.values():
        job = rq.job.Job.fetch("the-same", connection=side.connection)
        assert [result.return_value for result in job.results()] == [side.tenant]


def test_failures_and_retries(sides):
    jobs = {side: side.enqueue("fail", f"bad {side.tenant}", retry=rq.Retry(max=1)) for side in sides.values()}
    for side, job in jobs.items():
        side.end(job, "failed")
        job.refresh()
        assert f"bad {side.tenant}" in job.exc_info and job.retries_left == 0
        failed = rq.registry.FailedJobRegistry(queue=side.queue)
        assert failed.get_job_ids() == [job.id]
        failed.remove(job, delete_job=True)


def test_a_failed_job_is_enqueued_again(acme):
    job = acme.enqueue("fail", "once more")
    acme.end(job, "failed")
    job.requeue()
    harness.wait_until(lambda: len(job.results()) == 2, "the second failure")


def test_scheduled_jobs(sides):
    soon = datetime.timedelta(seconds=1)
    jobs = {side: side.queue.enqueue_in(soon, "rq_jobs.who", job_id="scheduled") for side in sides.values()}
    far = sides["acme"].queue.enqueue_in(datetime.timedelta(hours=1), "rq_jobs.who")
    assert [side.end(job) for side, job in jobs.items()] == list(sides)
    assert sides["acme"].queue.scheduled_job_registry.get_job_ids() == [far.id]
    assert sides["globex"].queue.scheduled_job_registry.get_job_ids() == []
    far.delete()


def test_jobs_that_depend_on_others(acme):
    first = acme.enqueue("add", 1, 2)
    second = acme.enqueue("add", 3, 4, depends_on=first)
    third = acme.enqueue("add", 5, 6, depends_on=[first, second])
    assert [acme.end(job) for job in (third, second, first)] == [11, 7, 3]


def test_workers_are_the_tenants_own(sides):
    for side in sides.values():
        worker, = rq.Worker.all(connection=side.connection)
        assert worker.name == "worker" and worker.queue_names() == ["mail"]
        assert worker.ip_address.startswith("127.0.0.1:")
        assert [queue.name for queue in rq.Queue.all(connection=side.connection)] == ["mail"]


def test_a_running_job_is_stopped_by_its_own_tenant_alone(sides):
    jobs = {side: side.enqueue("sleep", 600, job_id="long") for side in sides.values()}
    for job in jobs.values():
        harness.wait_until(lambda job=job: job.get_status() == "started", "the start")
    for side, job in jobs.items():
        rq.command.send_stop_job_command(side.connection, "long")
        side.end(job, "stopped")
        others = [other.get_status() for other in jobs.values()]
        assert others.count("started") == (1 if side.tenant == "acme" else 0)


def test_a_queue_is_emptied(sides):
    acme, globex = sides.values()
    idle = {side: rq.Queue("idle", connection=side.connection) for side in sides.values()}
    for queue in idle.values():
        for _ in range(5):
            queue.enqueue("rq_jobs.who")
    assert idle[acme].empty() == 5
    assert (idle[acme].count, idle[globex].count) == (0, 5)
    assert len(idle[globex].get_jobs()) == 5
    for queue in idle.values():
        queue.delete()
