"""Proves that redis-py works through the proxy as with a bare Redis: every call on a Pair is made on
both, and what comes back must be equal."""

import itertools

import pytest
import redis

import harness

LATER = 4102444800  # a moment in 2100


class Pair:
    """A client of the proxy and one of a database of the backend that no tenant uses."""

    def __init__(self, stack, **options):
        self.through = stack.proxy.client(**options)
        self.bare = stack.redis.client(db=15, **options)

    def __getattr__(self, method):
        def call(*args, **options):
            answers = [self._answer(client, method, args, options)
                       for client in (self.bare, self.through)]
            assert answers[0] == answers[1], (method, args)
            return answers[1]
        return call

    @staticmethod
    def _answer(client, method, args, options):
        try:
            found = getattr(client, method)(*args, **options)
        except redis.exceptions.RedisError as error:
            return type(error), str(error)
        return list(found) if method.endswith("_iter") else found


@pytest.fixture
def pair(stack):
    return Pair(stack)


def test_strings_and_their_options(pair):
    assert pair.set("s", "1", ex=100, nx=True) is True
    assert pair.set("s", "2", nx=True) is None
    assert pair.set("s", "2", get=True) == b"1"
    assert pair.set("s", "3", xx=True, keepttl=True) is True
    assert pair.set("s", "4", px=5000) is True and pair.set("s", "4", exat=LATER) is True
    assert pair.getex("s", persist=True) == b"4" and pair.ttl("s") == -1
    assert pair.append("s", "56") == 3 and pair.getrange("s", 1, -1) == b"56"
    assert pair.setrange("s", 5, "x") == 6 and pair.strlen("s") == 6 and pair.substr("s", 0, 1) == b"45"
    assert pair.incr("n", 5) == 5 and pair.decrby("n", 2) == 3 and pair.incrbyfloat("n", 0.5) == 3.5
    assert pair.getset("n", "7") == b"3.5"
    assert pair.getdel("n") == b"7" and pair.get("n") is None
    assert pair.msetnx({"a": 1, "b": 2}) is True and pair.msetnx({"a": 1, "c": 2}) is False
    assert pair.mget("a", "none", "b") == [b"1", None, b"2"]
    assert pair.setex("t", 100, "v") is True and pair.psetex("t", 100000, "4x") is True
    assert pair.lcs("s", "t") == b"4x" and pair.lcs("s", "t", len=True) == 2


def test_bits(pair):
    assert pair.setbit("bits", 7, 1) == 0 and pair.getbit("bits", 7) == 1
    assert pair.bitcount("bits") == 1 and pair.bitpos("bits", 1) == 7
    for client in (pair.bare, pair.through):
        field = client.bitfield("field", default_overflow="SAT")
        assert field.set("u8", "#0", 250).incrby("u8", "#0", 10).get("u4", 0).execute() == [0, 255, 15]
    pair.set("other", "\x0f")
    assert pair.bitop("OR", "both", "bits", "other") == 1 and pair.get("both") == b"\x0f"


def test_expiry(pair):
    pair.mset({"k": 1, "session:k": 2})
    for key in ("k", "session:k"):
        assert pair.expire(key, 100) and pair.ttl(key) == 100
        assert pair.expire(key, 50, gt=True) is False and pair.expire(key, 200, gt=True) is True
        assert pair.expireat(key, LATER) and pair.expiretime(key) == LATER
        assert pair.pexpireat(key, LATER * 1000) and pair.pexpiretime(key) == LATER * 1000
        assert pair.persist(key) is True and pair.persist(key) is False and pair.pttl(key) == -1
        assert pair.pexpire(key, 1) is True
    harness.wait_until(lambda: not pair.through.exists("k", "session:k"), "the keys to expire")
    harness.wait_until(lambda: not pair.bare.exists("k", "session:k"), "the keys to expire")
    assert pair.ttl("k") == -2


def test_hashes_lists_sets(pair):
    assert pair.hset("h", mapping={"a": 1, "b": "x"}) == 2 and pair.hgetall("h") == {b"a": b"1", b"b": b"x"}
    assert pair.hmget("h", "a", "none") == [b"1", None] and pair.hincrbyfloat("h", "a", 1.5) == 2.5
    assert pair.hdel("h", "b") == 1 and pair.hkeys("h") == [b"a"] and pair.hstrlen("h", "a") == 3
    assert pair.rpush("queue:l", *"abcab") == 5 and pair.lpos("queue:l", "a", rank=2) == 3
    assert pair.linsert("queue:l", "before", "b", "x") == 6 and pair.lrem("queue:l", 1, "a") == 1
    assert pair.lmove("queue:l", "queue:m", "LEFT", "RIGHT") == b"x" and pair.lrange("queue:m", 0, -1)
    assert pair.lmpop(2, "queue:none", "queue:l", direction="LEFT", count=2) == [
        b"queue:l", [b"b", b"c"]]
    assert pair.sadd("s1", *"abc") == 3 and pair.sadd("s2", *"bcd") == 3
    assert pair.sinter("s1", "s2") == {b"b", b"c"} and pair.sdiffstore("s3", "s1", "s2") == 1
    assert pair.smembers("s3") == {b"a"} and pair.smismember("s1", ["a", "z"]) == [1, 0]
    assert pair.sintercard(2, ["s1", "s2"]) == 2 and pair.smove("s1", "s2", "a") is True


def test_sorted_sets(pair):
    assert pair.zadd("z", {"a": 1, "b": 2, "c": 3}) == 3 and pair.zadd("z", {"a": 5}, gt=True, ch=True) == 1
    assert pair.zrange("z", 0, -1, withscores=True) == [(b"b", 2.0), (b"c", 3.0), (b"a", 5.0)]
    assert pair.zrange("z", 5, 2, byscore=True, desc=True) == [b"a", b"c", b"b"]
    assert pair.zrangestore("y", "z", 0, 1) == 2 and pair.zunion(["y", "z"], withscores=True)
    assert pair.zinterstore("x", {"y": 1, "z": 10}, aggregate="MAX") == 2 and pair.zscore("x", "c") == 30
    assert pair.zdiff(["z", "y"]) == [b"a"] and pair.zmscore("z", ["a", "none"]) == [5.0, None]
    assert pair.zmpop(2, ["none", "x"], min=True) == [b"x", [[b"b", b"20"]]]
    assert pair.zpopmax("z") == [(b"a", 5.0)] and pair.zrandmember("x", 1) == [b"c"]
    assert pair.zrangebylex("y", "-", "+") == [b"b", b"c"] and pair.zremrangebyrank("y", 0, 0) == 1


def test_streams(pair):
    ids = [f"{n}-1" for n in (1, 2, 3)]
    for name, number in itertools.product(("queue:st", "queue:su"), ids):
        assert pair.xadd(name, {"f": number}, id=number) == number.encode()
    entry = (b"1-1", {b"f": b"1-1"})
    assert pair.xrange("queue:st", count=1) == [entry] and pair.xlen("queue:st") == 3
    assert pair.xread({"queue:st": "2-1", "queue:su": "2-1"})[1][0] == b"queue:su"
    assert pair.xgroup_create("queue:st", "g", "0") is True
    assert pair.xgroup_create("queue:st", "g", "0")[0] is redis.exceptions.ResponseError
    assert pair.xreadgroup("g", "me", {"queue:st": ">"}, count=2) == [
        [b"queue:st", [entry, (b"2-1", {b"f": b"2-1"})]]]
    assert pair.xpending("queue:st", "g")["pending"] == 2 and pair.xack("queue:st", "g", "1-1") == 1
    assert pair.xautoclaim("queue:st", "g", "you", 0, count=1) and pair.xinfo_groups("queue:st")
    assert pair.xtrim("queue:st", maxlen=1, approximate=False) == 2 and pair.xdel("queue:st", "3-1") == 1
    error, words = pair.xreadgroup("g", "me", {"queue:none": ">"})
    assert error is redis.exceptions.ResponseError and "'queue:none'" in words


def test_geo_and_hyperloglog(pair):
    assert pair.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert pair.geodist("g", "Palermo", "Catania", unit="km") == 166.2742
    assert pair.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC") == [
        b"Catania", b"Palermo"]
    assert pair.geosearchstore("g2", "g", longitude=15, latitude=37, radius=100, unit="km") == 1
    assert pair.georadius("g", 15, 37, 200, unit="km", store="g3") == 2 and pair.geohash("g", "Palermo")
    assert pair.pfadd("p", *"abc") == 1 and pair.pfadd("q", *"cd") == 1
    assert pair.pfcount("p", "q") == 4 and pair.pfmerge("r", "p", "q") is True and pair.pfcount("r") == 4


def test_sort(pair):
    pair.rpush("ids", 3, 1, 2)
    for number, name in ((1, "x"), (2, "z"), (3, "y")):
        pair.set(f"weight_{number}", 10 - number)
        pair.hset(f"object_{number}", "name", name)
    assert pair.sort("ids") == [b"1", b"2", b"3"]
    assert pair.sort("ids", by="weight_*", get=["#", "object_*->name"], groups=True) == [
        (b"3", b"y"), (b"2", b"z"), (b"1", b"x")]
    assert pair.sort("ids", by="object_*->name", alpha=True, desc=True) == [b"2", b"3", b"1"]
    assert pair.sort("ids", by="nosort", start=0, num=2, store="sorted") == 2
    assert pair.lrange("sorted", 0, -1) == [b"3", b"1"] and pair.sort_ro("ids", desc=True)


@pytest.mark.parametrize("decode", [False, True])
def test_iterators_find_everything_of_every_type(stack, decode):
    pair = Pair(stack, decode_responses=decode)
    text = (lambda word: word) if decode else str.encode
    other = stack.proxy.client("globex")
    for client in (pair.through, pair.bare, other):
        pipeline = client.pipeline(transaction=False)
        for i in range(1200):
            pipeline.set(f"session:{i}", i).rpush(f"queue:{i}", i)
            pipeline.hset("h", f"f{i}", "x" * 70).sadd("s", f"m{i}").zadd("z", {f"m{i}": i})
        pipeline.xadd("cache:stream", {"a": "b"})
        pipeline.execute()
    everything = [f"{kind}:{i}" for i in range(1200) for kind in ("session", "queue")]
    for client in (pair.through, pair.bare):
        assert sorted(client.scan_iter()) == sorted(map(text, everything + ["h", "s", "z", "cache:stream"]))
        assert sorted(client.scan_iter(match="*:77*", count=7)) == sorted(
            text(key) for key in everything if ":77" in key)
        for kind, keys in (("hash", ["h"]), ("set", ["s"]), ("zset", ["z"]), ("stream", ["cache:stream"])):
            assert list(client.scan_iter(_type=kind)) == [text(key) for key in keys]
        assert len(dict(client.hscan_iter("h"))) == 1200
        assert set(client.sscan_iter("s", match="m1*")) == {
            text(f"m{i}") for i in range(1200) if str(i).startswith("1")}
        assert dict(client.zscan_iter("z"))[text("m7")] == 7.0


def test_a_pipeline_returns_in_order_and_keeps_errors_in_their_places(pair):
    for client in (pair.bare, pair.through):
        pipeline = client.pipeline(transaction=False)
        for i in range(500):
            pipeline.set(f"session:{i}", i).get(f"session:{i}").lpush(f"session:{i}", "x")
            pipeline.mget(f"session:{i}", f"queue:{i}")
        replies = pipeline.execute(raise_on_error=False)
        assert replies[0::4] == [True] * 500
        assert replies[1::4] == [str(i).encode() for i in range(500)]
        assert {type(reply) for reply in replies[2::4]} == {redis.exceptions.ResponseError}
        assert replies[3::4] == [[str(i).encode(), None] for i in range(500)]


def test_keys_that_move_and_are_described(pair):
    pair.set("a", "v")
    assert pair.rename("a", "b") is True and pair.renamenx("b", "c") is True and pair.type("c") == b"string"
    assert pair.copy("c", "d") is True and pair.object("encoding", "d") == b"embstr"
    assert pair.touch("c", "d", "e") == 2 and pair.unlink("c", "d") == 2 and pair.randomkey() is None
    assert pair.rename("none", "x") == (redis.exceptions.ResponseError, "no such key")


def test_errors_are_those_of_a_bare_redis(pair):
    pair.set("s", "v")
    wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value"
    assert pair.lpush("s", 1) == (redis.exceptions.ResponseError, wrong_type)
    assert pair.incr("s")[1] == "value is not an integer or out of range"
    assert pair.execute_command("GET")[1] == "wrong number of arguments for 'get' command"
    assert pair.execute_command("NOSUCH", "a")[1].startswith("unknown command 'NOSUCH', with args")
    assert pair.execute_command("OBJECT", "NOSUCH", "a")[0] is redis.exceptions.ResponseError
    assert pair.execute_command("SET", "a", "b", "EX", "0")[1].startswith("invalid expire time")
