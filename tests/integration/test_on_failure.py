"""`on_failure: miss`: clients of a cache do not notice that its backend is away; others do."""

import pytest

import harness
from fake_redis import FakeRedis
from test_breaker import QUICK

FEATURES = """
features:
  - { name: sessions, db: 0, keys: ["session:*"] }
  - { name: pages,    db: 1, keys: ["page:*"], on_failure: miss }
  - { name: images,   db: 2, keys: ["image:*"], on_failure: miss }
  - { name: other,    db: 1 }
default_feature: other
"""
DOWN = b"-BACKENDDOWN "

# What is asked, and what an empty cache answers in RESP2 and RESP3.
MISSES = [
    (("GET", "page:1"), b"$-1\r\n", b"_\r\n"),
    (("SET", "page:1", "x"), b"+OK\r\n", b"+OK\r\n"),
    (("SETEX", "page:1", "10", "x"), b"+OK\r\n", b"+OK\r\n"),
    (("MGET", "page:1", "page:2"), b"*2\r\n$-1\r\n$-1\r\n", b"*2\r\n_\r\n_\r\n"),
    (("MGET", "page:1", "image:2", "page:3"), b"*3\r\n$-1\r\n$-1\r\n$-1\r\n", b"*3\r\n_\r\n_\r\n_\r\n"),
    (("MSET", "page:1", "a", "image:2", "b"), b"+OK\r\n", b"+OK\r\n"),
    (("DEL", "page:1", "image:2"), b":0\r\n", b":0\r\n"),
    (("EXISTS", "page:1"), b":0\r\n", b":0\r\n"),
    (("HGETALL", "page:h"), b"*0\r\n", b"%0\r\n"),
    (("HSET", "page:h", "a", "1", "b", "2"), b":2\r\n", b":2\r\n"),
    (("SMEMBERS", "page:s"), b"*0\r\n", b"~0\r\n"),
    (("TTL", "page:1"), b":-2\r\n", b":-2\r\n"),
    (("INCR", "page:n"), b":1\r\n", b":1\r\n"),
]
ERRORS = [("GET", "session:1"), ("SET", "session:1", "x"), ("GET", "unclaimed"), ("SET", "page:1", "x", "NX"),
          ("LPUSH", "page:l", "x"), ("MGET", "page:1", "session:1"), ("MGET", "page:1", "unclaimed"),
          ("MSET", "page:1", "a", "session:1", "b"), ("DBSIZE",), ("SCAN", "0")]


@pytest.mark.parametrize("protocol", [2, 3])
def test_reads_miss_and_writes_are_dropped_while_the_backend_is_away(fresh, protocol):
    stack = fresh(features=FEATURES, backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    raw.ask("HELLO", protocol)
    for words, _, _ in MISSES:
        assert not raw.ask(*words).startswith(b"-"), words
    stack.redis.client(1).set("acme:page:1", "here")
    stack.redis.kill()
    for round_ in range(2):  # the lane that is lost, and the breaker
        for words, *replies in MISSES:
            assert raw.ask(*words) == replies[protocol - 2], words
        for words in ERRORS:
            assert raw.ask(*words).startswith(DOWN), words
        harness.wait_until(lambda: stack.proxy.metric("bulkhead_backend_breaker_state") > 0, "the breaker")
    # In MULTI nothing is faked.
    raw.ask("MULTI")
    assert raw.ask("GET", "page:1") == b"+QUEUED\r\n"
    assert raw.ask("EXEC").startswith(DOWN)
    raw = stack.proxy.raw("acme")
    labels = {"tenant": "acme", "feature": "pages"}
    assert stack.proxy.metric("bulkhead_failure_misses_total", **labels) >= 8
    assert stack.proxy.metric("bulkhead_failure_dropped_writes_total", **labels) >= 8
    assert stack.proxy.metric("bulkhead_failure_misses_total", tenant="acme", feature="sessions") == 0
    stack.redis.start()
    harness.wait_until(lambda: raw.ask("SET", "session:probe", "1") == b"+OK\r\n", "recovery", 5)

    def kept():
        assert not raw.ask("SET", "page:2", "kept").startswith(b"-")
        return raw.ask("GET", "page:2") == b"$4\r\nkept\r\n"
    harness.wait_until(kept, "recovery", 5)
    assert stack.redis.client(1).get("acme:page:2") == b"kept"


def test_a_pipeline_stays_in_order_when_parts_of_it_miss(fresh):
    stack = fresh(features=FEATURES, backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "page:1", "x") == b"+OK\r\n"
    stack.redis.pause()
    raw.send(b"".join(raw.encode(*words) for words in
                      [("GET", "page:1"), ("GET", "session:1"), ("MGET", "page:1", "page:2"), ("PING",),
                       ("GET", "session:2"), ("HGETALL", "page:h"), ("ECHO", "end")]))
    assert raw.reply() == b"$-1\r\n"
    assert raw.reply().startswith(DOWN)
    assert raw.reply() == b"*2\r\n$-1\r\n$-1\r\n"
    assert raw.reply() == b"+PONG\r\n"
    assert raw.reply().startswith(DOWN)
    assert raw.reply() == b"*0\r\n"
    assert raw.reply() == b"$3\r\nend\r\n"


@pytest.mark.parametrize("word", ["LOADING", "MASTERDOWN", "READONLY", "OOM", "MISCONF", "BUSY"])
def test_a_backend_that_says_that_it_cannot(word):
    directory = harness.temporary_directory()
    server = FakeRedis()
    proxy = harness.Bulkhead(directory, server.address, features=FEATURES)
    try:
        server.answer = lambda *_: f"-{word} it cannot\r\n".encode()
        raw = proxy.raw("acme")
        for words, reply, _ in MISSES:
            assert raw.ask(*words) == reply, words
        assert raw.ask("GET", "session:1") == f"-{word} it cannot\r\n".encode()
        assert raw.ask("MGET", "page:1", "session:1").startswith(f"-{word} ".encode())
        server.answer = lambda *_: b"-WRONGTYPE no\r\n"
        assert raw.ask("GET", "page:1") == b"-WRONGTYPE no\r\n"
    finally:
        proxy.stop()
        server.close()
        harness.remove(directory)


def test_it_follows_a_reload(fresh):
    stack = fresh(features=FEATURES, backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    stack.redis.kill()
    harness.wait_until(lambda: raw.ask("GET", "session:1").startswith(DOWN), "the loss")
    assert raw.ask("GET", "page:1") == b"$-1\r\n"
    stack.proxy.write(features=FEATURES.replace(", on_failure: miss", ""))
    stack.proxy.reload()
    assert raw.ask("GET", "page:1").startswith(DOWN)
