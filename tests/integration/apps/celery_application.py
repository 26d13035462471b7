"""The Celery application of a tenant. A worker is `python3 -m celery -A celery_application worker`, with the
broker's URL in $REDIS_URL; the test makes the same application for the other end."""

import os
import time

import celery


def application(url):
    app = celery.Celery("celery_application", broker=url, backend=url)
    app.conf.update(broker_connection_retry=False, result_expires=600, task_track_started=True,
                    worker_prefetch_multiplier=1, result_extended=True)

    @app.task(name="add")
    def add(x, y):
        return x + y

    @app.task(name="total")
    def total(numbers):
        return sum(numbers)

    @app.task(name="who")
    def who():
        return os.environ["TENANT"]

    @app.task(name="fail")
    def fail(text):
        raise ValueError(text)

    @app.task(name="flaky", bind=True, max_retries=3)
    def flaky(self, good_at):
        if self.request.retries < good_at:
            raise self.retry(countdown=0.1)
        return self.request.retries

    @app.task(name="sleep")
    def sleep(seconds):
        time.sleep(seconds)

    return app


if "REDIS_URL" in os.environ:
    app = application(os.environ["REDIS_URL"])
