"""Ways by which isolation has been bypassed elsewhere: names, patterns, databases. One test each."""

import pytest
from redis.exceptions import NoPermissionError, ResponseError

import harness

GLOBEX = "erp:tenant:globex:"
SECRET = b"top secret of globex"


@pytest.fixture
def both(stack):
    """Two tenants, of whom globex has a key of each type in database 1."""
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex")
    globex.set("secret", SECRET)
    globex.hset("hash", "f", SECRET)
    globex.rpush("list", SECRET)
    globex.sadd("set", SECRET)
    globex.zadd("zset", {SECRET: 1})
    globex.xadd("stream", {"f": SECRET}, id="1-1")
    globex.geoadd("geo", (13.36, 38.11, SECRET))
    before = stack.redis.client(1).dbsize()
    yield acme, globex, stack.redis.client(1)
    assert globex.get("secret") == SECRET and globex.dbsize() == before


def test_multi_key_commands_check_every_key(both):
    acme, _, _ = both
    acme.set("mine", "1")
    assert acme.mget("mine", GLOBEX + "secret", "mine") == [b"1", None, b"1"]
    assert acme.exists("mine", GLOBEX + "secret") == 1
    assert acme.sunion("mine-set", GLOBEX + "set") == set()
    assert acme.delete("mine", GLOBEX + "secret") == 1


def test_destination_keys(both):
    """RENAME, SMOVE, LMOVE, BITOP, PFMERGE, the STORE commands: where they write is the writer's own."""
    acme, _, direct = both
    acme.mset({"v": "1", "b": "x"})
    acme.sadd("s", "a", "b")
    acme.rpush("l", "a", "b", "c")
    acme.zadd("z", {"a": 1})
    acme.pfadd("p", "a")
    acme.rename("v", GLOBEX + "secret")
    acme.smove("s", GLOBEX + "set", "a")
    acme.rpoplpush("l", GLOBEX + "list")
    acme.lmove("l", GLOBEX + "list", "LEFT", "RIGHT")
    acme.sunionstore(GLOBEX + "set2", "s")
    acme.zunionstore(GLOBEX + "zset", ["z"])
    acme.zrangestore(GLOBEX + "zset2", "z", 0, -1)
    acme.bitop("NOT", GLOBEX + "bits", "b")
    acme.pfmerge(GLOBEX + "hll", "p")
    acme.copy("b", GLOBEX + "copy")
    foreign = [key for key in direct.keys(GLOBEX + "*")]
    assert sorted(foreign) == sorted(GLOBEX.encode() + k for k in
                                     (b"secret", b"hash", b"list", b"set", b"zset", b"stream", b"geo"))


def test_sort_by_get_store(both):
    acme, globex, direct = both
    acme.rpush("l", "secret", "hash")
    globex.mset({"w_secret": "2", "w_hash": "1"})
    read = acme.sort("l", by=GLOBEX + "w_*", get=[GLOBEX + "*", GLOBEX + "*->f", "#"], alpha=True)
    assert read == [None, None, b"secret", None, None, b"hash"]  # by globex' weights: the other way round
    assert acme.sort("l", by=GLOBEX + "secret", get=GLOBEX + "secret") == [None, None]
    assert acme.sort("l", alpha=True, store=GLOBEX + "list") == 2
    assert direct.lrange(GLOBEX + "list", 0, -1) == [SECRET]
    assert direct.lrange("acme:" + GLOBEX + "list", 0, -1) == [b"hash", b"secret"]
    acme.mset({"w_secret": "1", "w_hash": "2"})
    assert acme.sort("l", by="w_*") == [b"secret", b"hash"]
    globex.delete("w_secret", "w_hash")


def test_sort_ro(both):
    acme, _, _ = both
    acme.rpush("l", "secret")
    assert acme.execute_command("SORT_RO", "l", "BY", "nosort", "GET", GLOBEX + "*", "GET", "#") == [None, b"secret"]
    with pytest.raises(ResponseError, match="syntax error"):
        acme.execute_command("SORT_RO", "l", "STORE", GLOBEX + "list")


def test_georadius_store(stack, both):
    acme, globex, _ = both
    raw = stack.proxy.raw("acme")
    acme.geoadd("g", (13.36, 38.11, "m"))
    for option in ("STORE", "STOREDIST"):
        assert raw.ask("GEORADIUS", "g", 13, 38, 500, "km", option, GLOBEX + "geo") == b":1\r\n"
        assert raw.ask("GEORADIUSBYMEMBER", "g", "m", 5, "km", option, GLOBEX + "geo") == b":1\r\n"
        assert raw.ask("GEORADIUS_RO", "g", 13, 38, 500, "km", option, GLOBEX + "geo").startswith(b"-ERR ")
    assert globex.zrange("geo", 0, -1) == [SECRET]


def test_xreadgroup_with_a_group_and_a_consumer_named_streams(both):
    """The first STREAMS is the consumer's name: what is behind it are options, and then the keys."""
    acme, _, direct = both
    acme.xadd("s", {"f": "own"}, id="1-1")
    acme.xgroup_create("s", "STREAMS", id="0")
    call = ("XREADGROUP", "GROUP", "STREAMS", "STREAMS", "COUNT", 5, "STREAMS", "s", ">")
    assert acme.execute_command(*call) == [[b"s", [(b"1-1", {b"f": b"own"})]]]
    assert [c["name"] for c in direct.xinfo_consumers("acme:s", "STREAMS")] == [b"STREAMS"]
    with pytest.raises(ResponseError):
        acme.execute_command("XREADGROUP", "GROUP", "g", "STREAMS", "STREAMS", GLOBEX + "stream", ">")
    assert acme.execute_command("XREAD", "STREAMS", GLOBEX + "stream", "0") in (None, [])


def test_replies_can_be_used_as_arguments(stack):
    """The round-trip law: XREAD, LMPOP, ZMPOP, SCAN, KEYS and RANDOMKEY give back names as they were given."""
    globex = stack.proxy.client("globex")
    for version, names in (("2", b"*1\r\n*2\r\n$1\r\ns\r\n"), ("3", b"%1\r\n$1\r\ns\r\n")):
        raw = stack.proxy.raw("globex")
        raw.ask("HELLO", version)
        raw.ask("XADD", "s", "1-1", "f", "v")
        assert raw.ask("XREAD", "STREAMS", "s", "0").startswith(names)
        raw.ask("DEL", "s")
        raw.ask("RPUSH", "l", "a")
        assert raw.ask("LMPOP", "1", "l", "LEFT") == b"*2\r\n$1\r\nl\r\n*1\r\n$1\r\na\r\n"
        raw.ask("ZADD", "z", "1", "a")
        assert raw.ask("ZMPOP", "1", "z", "MIN").startswith(b"*2\r\n$1\r\nz\r\n")
        raw.ask("SET", "k", "v")
        assert raw.ask("RANDOMKEY") == b"$1\r\nk\r\n"
        assert raw.ask("KEYS", "*") == b"*1\r\n$1\r\nk\r\n"
        assert raw.ask("SCAN", "0", "COUNT", "100").endswith(b"*1\r\n$1\r\nk\r\n")
        assert globex.delete(*globex.keys("*")) == 1


def test_error_texts_are_stripped(both):
    """The backend names the physical key; the tenant reads its own, with the prefix nowhere."""
    acme, globex, _ = both
    for client, tenant in ((acme, "acme"), (globex, "globex")):
        client.xadd("x", {"f": "v"})
        for call in (("XREADGROUP", "GROUP", "nope", "c", "STREAMS", "x", ">"),
                     ("XGROUP", "DELCONSUMER", "x", "nope", "c"), ("XCLAIM", "x", "nope", "c", "0", "1-1"),
                     ("XAUTOCLAIM", "x", "nope", "c", "0", "0"), ("XINFO", "CONSUMERS", "x", "nope"),
                     ("XPENDING", "x", "nope")):
            with pytest.raises(ResponseError) as caught:
                client.execute_command(*call)
            assert "acme:" not in str(caught.value) and "erp:" not in str(caught.value), tenant
            assert "'x'" in str(caught.value) or "group" in str(caught.value).lower()
        client.delete("x")
    with pytest.raises(ResponseError, match="No such key 'secret'"):
        acme.execute_command("XPENDING", "secret", "nope")


def test_object_memory_xinfo_xgroup_keys(stack, both):
    """Subcommands, whose key is the second argument."""
    acme, globex, direct = both
    raw = stack.proxy.raw("acme")
    for name in (GLOBEX + "stream", "stream"):
        for call in (("OBJECT", "ENCODING"), ("OBJECT", "IDLETIME"), ("OBJECT", "REFCOUNT"), ("MEMORY", "USAGE")):
            assert raw.ask(*call, name) == b"$-1\r\n"
        for call in (("XINFO", "STREAM", name), ("XINFO", "GROUPS", name), ("XINFO", "CONSUMERS", name, "g"),
                     ("XGROUP", "CREATE", name, "g", "0"), ("XGROUP", "DESTROY", name, "g"),
                     ("XGROUP", "SETID", name, "g", "0")):
            with pytest.raises(ResponseError, match="no such key|requires the key to exist"):
                acme.execute_command(*call)
        assert acme.execute_command("DUMP", name) is None
        assert acme.execute_command("TOUCH", name) == 0
        assert acme.execute_command("EXPIRETIME", name) == -2
    assert globex.object("ENCODING", "stream") == b"stream"
    assert direct.xinfo_groups(GLOBEX + "stream") == []


def test_hash_tags_stay_behind_the_prefix(both):
    acme, _, direct = both
    for name in ("{" + GLOBEX + "}secret", "{user}:1", "}{", "{}"):
        acme.set(name, "1")
        assert direct.get("acme:" + name) == b"1"
    assert sorted(acme.scan_iter("*{*")) == [b"{" + GLOBEX.encode() + b"}secret", b"{user}:1", b"{}", b"}{"]


def test_names_with_nul_and_line_ends(both):
    acme, globex, direct = both
    for name in (b"a\0b", b"\0", b"a\r\nb", b"\r\n*1\r\n$8\r\nFLUSHALL\r\n", b"\xff\xfe"):
        acme.set(name, "1")
        assert direct.get(b"acme:" + name) == b"1" and globex.get(name) is None
        assert acme.delete(name) == 1


def test_prefixes_that_begin_each_other_are_refused(fresh):
    """`t1` would own what is `t10`'s; with a separator behind it, it does not."""
    def tenants(*prefixes):
        users = "".join(f'  - {{ name: n{i}, prefix: "{p}" }}\n' for i, p in enumerate(prefixes))
        return "tenants:\n" + users
    with pytest.raises(RuntimeError, match="would belong to both"):
        fresh(tenants=tenants("t1", "t10"))
    with pytest.raises(RuntimeError, match="would belong to both"):
        fresh(tenants=tenants("a:", "a:b:"))
    fresh(tenants=tenants("t1:", "t10:"))


def test_keys_pattern_glob_characters_in_prefix(fresh):
    """A prefix that is itself a pattern is only ever meant literally."""
    literal = "x[1]*:"
    stack = fresh(tenants=f"""
tenants:
  - name: acme
    prefix: "{literal}"
    policy: ["+@all"]
    users: [{{ name: acme, passwords: ["{harness.sha256('acme-secret')}"] }}]
""")
    acme, direct = stack.proxy.client(), stack.redis.client(1)
    foreign = {b"x1:secret", b"x1y:secret", b"x1zz:*", b"x[2]a:secret", b"x[1]:", b"y"}
    for name in foreign:
        direct.set(name, SECRET)
    acme.mset({"mine": "1", "*": "2"})
    for pattern in ("*", "?*", "[a-z*]*", "\\*", "secret", "*secret"):
        assert set(acme.keys(pattern)) <= {b"mine", b"*"}
        assert set(acme.scan_iter(pattern)) <= {b"mine", b"*"}
    assert set(acme.keys("*")) == set(acme.scan_iter()) == {b"mine", b"*"}
    assert acme.keys("\\*") == [b"*"] and acme.dbsize() == 2 and acme.randomkey() in (b"mine", b"*")
    acme.rpush("l", "secret", "mine")
    with pytest.raises(NoPermissionError):
        acme.sort("l", by="nosort", get="*")  # Redis would put the element into the prefix' own '*'
    assert acme.pubsub_channels("*") == []
    assert acme.flushdb() and acme.dbsize() == 0
    assert set(direct.keys("*")) == foreign


def test_select_out_of_range(stack):
    """The features' databases can be selected; every other number is an error and changes nothing."""
    acme = stack.proxy.raw("acme")
    for db in (6, 7, 15, 16, 1000, 65536, 2**31 - 1, -1):
        assert acme.ask("SELECT", db) == b"-ERR DB index is out of range\r\n"
    assert acme.ask("SELECT", 2**31).startswith(b"-ERR value is out of range, value must between ")
    for db in (2**63, "", "x", "1 ", "01", "1\0"):
        assert acme.ask("SELECT", db) == b"-ERR value is not an integer or out of range\r\n"
    assert acme.ask("SET", "session:1", "v") == b"+OK\r\n"
    assert stack.redis.keys() == {0: [b"acme:session:1"]}
    assert acme.ask("SELECT", "5") == b"+OK\r\n"
    assert acme.ask("GET", "session:1") == b"$-1\r\n"


def test_copy_db_and_move_and_swapdb(both):
    acme, globex, _ = both
    acme.set("c", "mine")
    for db in (6, 15, -1, 99999):
        with pytest.raises(ResponseError, match="out of range"):
            acme.execute_command("COPY", "c", "d", "DB", db)
    assert acme.execute_command("COPY", "c", "secret", "DB", 1, "REPLACE") == 1
    assert acme.execute_command("COPY", GLOBEX + "secret", "stolen", "DB", 1) == 0
    for call in (("MOVE", "c", 1), ("SWAPDB", 0, 1), ("MOVE", GLOBEX + "secret", 0)):
        for client in (acme, globex):
            with pytest.raises(NoPermissionError):
                client.execute_command(*call)


def test_flushdb_only_own(both):
    """A tenant that may flush empties its own keyspace, from whichever database it is called."""
    acme, globex, direct = both
    acme.mset({"session:1": "1", "cache:1": "1", "queue:1": "1", GLOBEX + "x": "1"})
    for call in ("FLUSHDB", "FLUSHALL"):
        with pytest.raises(NoPermissionError):
            acme.execute_command(call)
        globex.mset({"gone": "1"})
        dumps = {key: direct.dump(key) for key in direct.keys(GLOBEX + "*")}
        assert globex.execute_command(call)
        assert globex.dbsize() == 0 and acme.dbsize() == 4
        for key, dump in dumps.items():
            direct.restore(key, 0, dump)
        globex.delete("gone")


def test_migrate_restore_debug_config_refused(both):
    acme, globex, direct = both
    dump = direct.dump(GLOBEX + "secret")
    for client in (acme, globex):
        for call in (("MIGRATE", "127.0.0.1", 1, GLOBEX + "secret", 0, 10), ("RESTORE", "r", 0, dump),
                     ("RESTORE-ASKING", "r", 0, dump), ("DEBUG", "OBJECT", GLOBEX + "secret"),
                     ("DEBUG", "SLEEP", 0), ("CONFIG", "SET", "maxmemory", 1), ("CONFIG", "REWRITE"),
                     ("CONFIG", "RESETSTAT"), ("SHUTDOWN", "NOSAVE"), ("REPLICAOF", "NO", "ONE"),
                     ("SLAVEOF", "NO", "ONE"), ("PSYNC", "?", -1), ("SYNC",), ("REPLCONF", "ACK", 0), ("SAVE",),
                     ("BGSAVE",), ("BGREWRITEAOF",), ("FAILOVER",), ("MODULE", "LOAD", "/x.so"), ("ACL", "LIST"),
                     ("ACL", "SETUSER", "x"), ("ACL", "LOG"), ("MONITOR",), ("CLIENT", "PAUSE", 1)):
            with pytest.raises(NoPermissionError):
                client.execute_command(*call)
    assert direct.ping() and isinstance(direct.info()["role"], str)
