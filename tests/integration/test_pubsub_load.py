"""Proves that no message is lost, misrouted or doubled with 1,000 subscribers that each have their own subscription
upstream, and with 10,000 that share those of their workers."""

import pathlib
import resource
import subprocess
import sys

import pytest

import harness

PROGRAM = pathlib.Path(__file__).parent / "pubsub_load.py"
LIMITS = """
limits:
  clients: 20000
  pinned: 20000
"""


@pytest.mark.parametrize("mode, subscribers, messages", [("exact", 1000, 100), ("fanout", 10000, 20)])
def test_every_subscriber_hears_its_own_messages_and_no_others(fresh, mode, subscribers, messages):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        stack = fresh(extra=LIMITS + f"pubsub: {mode}\n", workers=2, redis_options=("--maxclients", "20000"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    tenants = [f"{tenant}:{password}" for tenant, password in harness.PASSWORDS.items()]
    done = subprocess.run([sys.executable, PROGRAM, str(stack.proxy.port), str(subscribers), str(messages), *tenants],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr
    for tenant in harness.PASSWORDS:
        assert stack.proxy.metric("bulkhead_pubsub_messages_total", tenant=tenant) == subscribers * messages / 2
        harness.wait_until(lambda t=tenant: stack.proxy.metric("bulkhead_pubsub_subscriptions", tenant=t) == 0,
                           "the end")
        assert stack.proxy.metric("bulkhead_foreign_name_blocked_total", tenant=tenant) == 0
