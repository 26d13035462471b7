"""Proves that what node-redis 4 and 5 and ioredis hold in a connection works through the proxy, for two tenants at
once with the same names: transactions, watching, blocking, subscriptions, duplicate()."""

import pytest

import applications
import node_clients

KINDS = ["redis4", "redis5", "redis5-resp3", "ioredis", "ioredis-auto"]
CHECKS = ["transactions", "transactionsBetween", "watching", "blocking", "subscriptions"]


@pytest.fixture(scope="module")
def folder():
    return node_clients.installed()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_check(stack, folder, kind, check):
    node_clients.run(folder, kind, check, stack.proxy.port)
    for keys in stack.redis.keys().values():
        assert all(key.startswith(tuple(applications.PREFIXES.values())) for key in keys)
    applications.assert_nothing_strange(stack)
