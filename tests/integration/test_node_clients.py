"""Proves that node-redis 4 and 5 (RESP2 and RESP3) and ioredis (with and without auto-pipelining) work
through the proxy unmodified, from their handshakes to their SCAN iterators and reconnects."""

import subprocess

import pytest

import harness
import node_clients

KINDS = ["redis4", "redis5", "redis5-resp3", "ioredis", "ioredis-auto"]
CHECKS = ["logins", "wrongPassword", "values", "errors", "pipelines", "parallel", "scans", "databases",
          "largeValues", "twoTenants", "refusals"]


@pytest.fixture(scope="module")
def folder():
    return node_clients.installed()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_check(stack, folder, kind, check):
    node_clients.run(folder, kind, check, stack.proxy.port)
    for keys in stack.redis.keys().values():
        assert all(key.startswith((b"acme:", b"erp:tenant:globex:")) for key in keys)


@pytest.mark.parametrize("kind", KINDS)
def test_reconnect_after_the_proxy_restarts(fresh, folder, kind):
    stack = fresh()
    port = stack.proxy.port
    with subprocess.Popen(node_clients.command(kind, "restart", port), text=True,
                          env=node_clients.environment(folder), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        try:
            assert client.stdout.readline() == "written\n"
            stack.proxy.stop()
            stack.proxy = harness.Bulkhead(stack.directory, stack.redis.socket,
                                           listen=f"listen:\n  - address: 127.0.0.1:{port}\n")
            assert stack.proxy.port == port
            assert client.communicate("restarted\n", timeout=harness.PATIENCE)[0] == "passed\n"
        finally:
            client.kill()
    assert stack.redis.keys() == {0: [b"acme:session:1", b"acme:session:2"]}
