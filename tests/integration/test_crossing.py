"""Commands whose keys lie in databases of two features: carried out atomically, answered as on one."""

import pytest
import redis


def test_rename_moves_value_and_expiry(stack):
    acme = stack.proxy.client()
    acme.set("session:1", "v", ex=100)
    acme.set("cache:1", "old")
    assert acme.rename("session:1", "cache:1")
    assert acme.get("cache:1") == b"v" and acme.ttl("cache:1") > 90
    assert stack.redis.keys() == {1: [b"acme:cache:1"]}
    with pytest.raises(redis.ResponseError, match="no such key"):
        acme.rename("session:1", "cache:1")


def test_renamenx(stack):
    acme = stack.proxy.client()
    acme.set("session:1", "v")
    acme.set("cache:1", "old")
    assert acme.renamenx("session:1", "cache:1") is False
    assert acme.renamenx("session:1", "cache:2") is True
    assert stack.redis.keys() == {1: [b"acme:cache:1", b"acme:cache:2"]}


def test_moves_of_members_and_elements(stack):
    acme = stack.proxy.client()
    acme.sadd("session:s", "a", "b")
    assert acme.smove("session:s", "cache:s", "a") == 1
    assert acme.smove("session:s", "cache:s", "nope") == 0
    assert acme.smove("session:none", "cache:s", "a") == 0
    assert acme.smembers("cache:s") == {b"a"}
    acme.rpush("queue:l", "1", "2", "3")
    assert acme.lmove("queue:l", "cache:l", "LEFT", "RIGHT") == b"1"
    assert acme.rpoplpush("queue:l", "cache:l") == b"3"
    assert acme.lrange("cache:l", 0, -1) == [b"3", b"1"]
    assert acme.lmove("queue:none", "cache:l", "LEFT", "LEFT") is None
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        acme.lmove("queue:l", "cache:s", "LEFT", "LEFT")
    assert acme.lrange("queue:l", 0, -1) == [b"2"]
    with pytest.raises(redis.ResponseError, match="syntax error"):
        acme.execute_command("LMOVE", "queue:l", "cache:l", "UP", "LEFT")


def test_results_are_stored_in_another_database(stack):
    acme = stack.proxy.client()
    acme.sadd("session:a", "1", "2")
    acme.sadd("session:b", "2", "3")
    assert acme.sunionstore("cache:u", "session:a", "session:b") == 3
    assert acme.smembers("cache:u") == {b"1", b"2", b"3"}
    assert acme.sinterstore("cache:u", "session:a", "session:none") == 0
    assert acme.exists("cache:u") == 0
    acme.zadd("leaderboard:x", {"m": 1, "n": 2})
    assert acme.zunionstore("cache:z", {"leaderboard:x": 10}) == 2
    assert acme.zscore("cache:z", "n") == 20
    assert acme.zrangestore("cache:r", "leaderboard:x", 0, 0) == 1
    acme.rpush("queue:n", "3", "1", "2")
    assert acme.sort("queue:n", store="cache:sorted") == 3
    assert acme.lrange("cache:sorted", 0, -1) == [b"1", b"2", b"3"]
    acme.pfadd("stats:h", "a", "b")
    acme.pfadd("cache:h", "c")
    assert acme.pfmerge("cache:h", "stats:h")
    assert acme.pfcount("cache:h") == 3
    acme.set("session:bits", "a")
    assert acme.bitop("NOT", "cache:bits", "session:bits") == 1
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        acme.sunionstore("cache:z2", "session:bits")
    leftovers = [k for keys in stack.redis.keys().values() for k in keys if b"crossing" in k]
    assert leftovers == []


def test_msetnx_sets_all_or_none(stack):
    acme = stack.proxy.client()
    assert acme.msetnx({"session:1": "s", "cache:1": "c", "queue:1": "q"}) is True
    assert acme.msetnx({"session:2": "s", "cache:1": "c"}) is False
    assert acme.mget("session:1", "cache:1", "queue:1", "session:2") == [b"s", b"c", b"q", None]


def test_what_cannot_be_atomic_is_refused(stack):
    acme = stack.proxy.client()
    for command in (("SUNION", "session:a", "cache:b"),
                    ("SUNIONSTORE", "queue:d", "session:a", "cache:b"),
                    ("SORT", "queue:l", "BY", "cache:w_*", "STORE", "session:d")):
        with pytest.raises(redis.ResponseError, match="^CROSSDB "):
            acme.execute_command(*command)
