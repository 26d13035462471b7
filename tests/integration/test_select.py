"""SELECT by both routings: the databases a tenant has, no other, and never a false OK."""

import pytest
import redis

import harness

TENANTS = f"""
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{harness.sha256('acme-secret')}"] }}
  - name: globex
    routing: by_select
    databases: all
    policy: ["+flushall", "+flushdb", "+keys"]
    users:
      - {{ name: globex, passwords: ["{harness.sha256('globex-secret')}"] }}
"""


def test_by_key_a_number_pins_to_a_feature(stack):
    acme = stack.proxy.client(single_connection_client=True)
    acme.set("plain", "merged")
    acme.select(4)
    assert acme.get("plain") is None
    acme.set("plain", "queue")
    acme.select(0)
    assert acme.get("plain") == b"merged"
    assert list(acme.scan_iter()) == [b"plain"]
    for number in (6, 15, 16, -1, 99999):
        with pytest.raises(redis.ResponseError, match="DB index is out of range"):
            acme.select(number)
    assert stack.redis.keys() == {1: [b"acme:plain"], 4: [b"acme:plain"]}


def test_by_select_every_database_of_the_backend_can_be_had(fresh):
    stack = fresh(tenants=TENANTS)
    globex = stack.proxy.client("globex", single_connection_client=True)
    for number in (0, 9, 15):
        globex.select(number)
        globex.set("session:1", number)
    globex.select(9)
    assert globex.get("session:1") == b"9"
    assert globex.keys("*") == [b"session:1"] and globex.dbsize() == 1
    with pytest.raises(redis.ResponseError, match="DB index is out of range"):
        globex.select(16)
    stack.proxy.client("acme").set("session:1", "mine")
    globex.flushdb()
    assert stack.redis.keys() == {0: [b"acme:session:1", b"globex:session:1"],
                                  15: [b"globex:session:1"]}
    assert globex.flushall()
    assert stack.redis.keys() == {0: [b"acme:session:1"]}
