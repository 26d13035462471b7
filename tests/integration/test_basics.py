"""The main job: two tenants, unmodified clients, one Redis."""

import harness


def test_the_same_names_are_two_tenants_different_keys(stack):
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex")
    acme.set("session:1", "a")
    globex.set("session:1", "g")
    acme.set("plain", "pa")
    globex.lpush("queue:mail", "job")
    assert acme.get("session:1") == b"a" and globex.get("session:1") == b"g"
    assert globex.get("plain") is None
    assert stack.redis.keys() == {
        0: [b"acme:session:1", b"erp:tenant:globex:session:1"],
        1: [b"acme:plain"],
        4: [b"erp:tenant:globex:queue:mail"],
    }


def test_nothing_before_auth(stack):
    raw = stack.proxy.raw()
    assert raw.ask("GET", "x") == b"-NOAUTH Authentication required.\r\n"
    assert raw.ask("AUTH", "acme", "wrong").startswith(b"-WRONGPASS ")
    assert raw.ask("AUTH", "acme-secret") == b"+OK\r\n"
    assert raw.ask("SET", "x", "1") == b"+OK\r\n"
    assert stack.redis.keys() == {1: [b"acme:x"]}


def test_commands_over_several_databases_are_one(stack):
    acme = stack.proxy.client()
    acme.mset({"session:1": "s", "cache:1": "c", "queue:1": "q", "other": "o"})
    assert acme.mget("queue:1", "nope", "session:1", "other", "cache:1") == [
        b"q", None, b"s", b"o", b"c"]
    assert acme.exists("session:1", "queue:1", "nope", "queue:1") == 3
    assert sorted(acme.scan_iter()) == [b"cache:1", b"other", b"queue:1", b"session:1"]
    assert acme.dbsize() == 4
    assert acme.delete("session:1", "cache:1", "nope") == 2


def test_metrics_and_health(stack):
    acme = stack.proxy.client()
    acme.set("session:m", "1")
    acme.get("session:m")
    acme.get("session:none")
    assert stack.proxy.metric("bulkhead_keyspace_hits_total", tenant="acme", feature="sessions") >= 1
    assert stack.proxy.metric("bulkhead_keyspace_misses_total", tenant="acme",
                              feature="sessions") >= 1
    assert stack.proxy.http("/healthz")[0] == 200
    assert stack.proxy.http("/readyz")[0] == 200
    assert stack.proxy.http("/nothing")[0] == 404


def test_harness_cleans_up(fresh):
    stack = fresh(workers=2)
    stack.proxy.client().ping()
    stack.proxy.stop()
    assert stack.proxy.process.returncode == 0
    harness.wait_until(lambda: stack.redis.answers(), "the backend is untouched")
