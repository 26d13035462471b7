"""Proves that Socket.IO servers of two tenants find each other through the Redis adapter, plain and sharded, and that
no message leaves its tenant."""

import subprocess

import pytest

import harness
import node_clients


@pytest.fixture(scope="module")
def folder():
    return node_clients.installed()


@pytest.mark.parametrize("kind, adapter", [("redis4", "plain"), ("redis5", "plain"), ("ioredis", "plain"),
                                           ("redis5", "sharded")])
def test_servers_of_two_tenants_work_beside_each_other(stack, folder, kind, adapter):
    done = subprocess.run(["node", node_clients.CLIENTS / "socketio.mjs", kind, adapter, str(stack.proxy.port)],
                          env=node_clients.environment(folder), text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=6 * harness.PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr
    for tenant in harness.PASSWORDS:
        assert stack.proxy.metric("bulkhead_foreign_name_blocked_total", tenant=tenant) == 0
