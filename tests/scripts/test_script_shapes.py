"""Scripts of tenants that are configured otherwise: databases, prefixes, patterns."""

import random

import harness
import pytest
import world

TENANTS = f"""
tenants:
  - name: plain
    users: [{{ name: plain, passwords: ["{harness.sha256('p1')}"] }}]
  - name: chooser
    routing: by_select
    databases: [0, 1, 9]
    users: [{{ name: chooser, passwords: ["{harness.sha256('p2')}"] }}]
  - name: strict
    prefix: "nextauth:"
    prefix_mode: require
    policy: ["+keys"]
    users: [{{ name: strict, passwords: ["{harness.sha256('p3')}"] }}]
  - name: many
    prefix: "{{tenant}}:{{feature}}:"
    policy: ["+keys"]
    users: [{{ name: many, passwords: ["{harness.sha256('p4')}"] }}]
  - name: manychooser
    prefix: "{{tenant}}:{{feature}}:"
    routing: by_select
    databases: all
    users: [{{ name: manychooser, passwords: ["{harness.sha256('p5')}"] }}]
  - name: reader
    policy: ["-@write", "+keys"]
    users: [{{ name: reader, passwords: ["{harness.sha256('p6')}"] }}]
"""


@pytest.fixture(scope="module")
def lua():
    it = world.World(tenants=TENANTS)
    yield it
    it.close()


@pytest.fixture(autouse=True)
def clean(lua):
    lua.redis.client().flushall()


def physical(lua):
    return {db: [k.decode() for k in keys] for db, keys in lua.redis.keys().items()}


def run(lua, tenant, body, keys=(), args=(), db=0):
    reply = lua.shimmed(body.encode(), keys, args, user=lua.fence(tenant), tenant=tenant, db=db)
    return reply.decode()


SET_TWO = "redis.call('SET', 'bull:a', 1) redis.call('SET', 'session:b', 2) return redis.call('MGET', 'bull:a', 'session:b')"


def test_the_feature_gives_the_database(lua):
    assert run(lua, "plain", SET_TWO) == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"
    assert physical(lua) == {0: ["plain:session:b"], 4: ["plain:bull:a"]}


def test_split_over_databases(lua):
    assert run(lua, "plain", "return redis.call('MSET', 'bull:a', 1, 'session:b', 2, 'x', 3)") == "+OK\r\n"
    assert physical(lua) == {0: ["plain:session:b"], 1: ["plain:x"], 4: ["plain:bull:a"]}
    three = "'bull:a', 'session:b', 'x', 'nothing'"
    assert run(lua, "plain", f"return redis.call('EXISTS', {three})") == ":3\r\n"
    assert run(lua, "plain", f"return redis.call('TOUCH', {three})") == ":3\r\n"
    assert run(lua, "plain", f"return redis.call('MGET', {three})") == "*4\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$-1\r\n"
    assert run(lua, "plain", f"return redis.call('UNLINK', {three})") == ":3\r\n"
    assert physical(lua) == {}
    run(lua, "plain", "return redis.call('MSET', 'bull:a', 1, 'session:b', 2, 'x', 3)")
    assert run(lua, "plain", f"return redis.call('DEL', {three})") == ":3\r\n"
    assert run(lua, "plain", "return redis.call('MSET', 'bull:a', 1, 'session:b')").startswith(
        "-ERR wrong number of arguments for 'mset' command")
    assert run(lua, "plain", "return redis.call('SINTER', 'bull:a', 'session:b')").startswith("-CROSSDB ")
    assert run(lua, "plain", "redis.call('SET', 'bull:a', 7) redis.call('COPY', 'bull:a', 'session:z') "
                             "return redis.call('GET', 'session:z')") == "$1\r\n7\r\n"


def test_a_selected_database_takes_every_key(lua):
    assert run(lua, "plain", SET_TWO, db=2) == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"
    assert physical(lua) == {2: ["plain:bull:a", "plain:session:b"]}
    back = "redis.call('SELECT', 0) return {redis.call('GET', 'bull:a'), redis.call('SET', 'bull:q', 1)}"
    assert run(lua, "plain", back, db=2) == "*2\r\n$-1\r\n+OK\r\n"
    assert "plain:bull:q" in physical(lua)[4]


def test_select_inside(lua):
    body = "redis.call('SELECT', 3) redis.call('SET', 'bull:a', 1) redis.call('SELECT', 0) redis.call('SET', 'bull:b', 1)"
    assert run(lua, "plain", body, ["bull:k"]) == "$-1\r\n"
    assert physical(lua) == {3: ["plain:bull:a"], 4: ["plain:bull:b"]}
    for bad in ("9", "'9'", "-1", "'1 '", "1.5", "1e3"):
        assert "out of range" in run(lua, "plain", f"redis.call('SELECT', {bad})")


def test_by_select(lua):
    assert run(lua, "chooser", SET_TWO, db=9) == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"
    assert physical(lua) == {9: ["chooser:bull:a", "chooser:session:b"]}
    body = "redis.call('SELECT', ARGV[1]) return redis.call('SET', KEYS[1], 'x')"
    assert run(lua, "chooser", body, ["k"], ["1"]) == "+OK\r\n"
    assert run(lua, "chooser", body, ["k"], ["2"]).startswith("-ERR DB index is out of range")
    assert physical(lua)[1] == ["chooser:k"]


def test_required_prefix(lua):
    assert run(lua, "strict", "return redis.call('SET', KEYS[1], 1)", ["nextauth:session:1"]) == "+OK\r\n"
    assert physical(lua) == {0: ["nextauth:session:1"]}
    for foreign in ("'x'", "'plain:x'", "'nextauth'", "123"):
        assert run(lua, "strict", f"return redis.call('GET', {foreign})").startswith("-NOPERM ")
    assert run(lua, "strict", "return KEYS[1]", ["nextauth:session:1"]) == "$18\r\nnextauth:session:1\r\n"
    assert run(lua, "strict", "return redis.call('PUBLISH', 'x', 1)").startswith("-NOPERM ")
    assert run(lua, "strict", "return redis.call('PUBLISH', 'nextauth:x', 1)") == ":0\r\n"
    lua.redis.client(0).set("plain:session:1", "no")
    assert run(lua, "strict", "return redis.call('KEYS', '*')") == "*1\r\n$18\r\nnextauth:session:1\r\n"


def test_a_prefix_per_feature(lua):
    assert run(lua, "many", SET_TWO) == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n"
    assert physical(lua) == {0: ["many:sessions:session:b"], 4: ["many:queues:bull:a"]}
    assert run(lua, "many", "return {KEYS[1], KEYS[2], redis.call('GET', KEYS[1])}", ["bull:a", "session:b"]) == (
        "*3\r\n$6\r\nbull:a\r\n$9\r\nsession:b\r\n$1\r\n1\r\n")
    assert run(lua, "many", "redis.call('RPUSH', 'bull:l', 1) return redis.call('LMPOP', 1, 'bull:l', 'LEFT')").endswith(
        "$6\r\nbull:l\r\n*1\r\n$1\r\n1\r\n")
    assert run(lua, "many", "local k = redis.call('KEYS', '*') table.sort(k) return k") == (
        "*2\r\n$6\r\nbull:a\r\n$9\r\nsession:b\r\n")
    assert "'bull:q'" in run(lua, "many", "return redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'bull:q', '>')")


def test_a_prefix_per_database(lua):
    body = "redis.call('SET', 'k', 1) redis.call('SELECT', 4) redis.call('SET', 'k', 2) redis.call('SELECT', 11) redis.call('SET', 'k', 3)"
    assert run(lua, "manychooser", body, db=2) == "$-1\r\n"
    assert physical(lua) == {2: ["manychooser:rate_limit:k"], 4: ["manychooser:queues:k"], 11: ["manychooser:channels:k"]}


def test_keys_where_it_is_granted(lua):
    lua.redis.client(0).set("globex:session:1", "no")
    for db, key in ((0, "session:1"), (4, "bull:1"), (1, "bull:misplaced"), (1, "x*y"), (1, "xzy")):
        lua.redis.client(db).set("reader:" + key, "1")
    body = "local k = redis.call('KEYS', ARGV[1]) table.sort(k) return table.concat(k, ' ')"
    assert run(lua, "reader", body, args=["*"]).endswith("bull:1 session:1 x*y xzy\r\n")
    assert run(lua, "reader", body, args=["x\\*y"]).endswith("x*y\r\n")
    assert run(lua, "reader", body, args=["globex*"]) == "$0\r\n\r\n"
    assert run(lua, "plain", body, args=["*"]).startswith("-NOPERM ")


def test_the_policy_holds_inside(lua):
    assert run(lua, "reader", "return redis.call('SET', 'x', 1)").startswith(
        "-NOPERM this user has no permissions to run the 'set' command script: ")
    assert run(lua, "reader", "return redis.call('GET', 'x')") == "$-1\r\n"
    fenced = lua.connection(0, lua.fence("reader"))
    assert fenced.raw.ask("SET", "reader:x", 1).startswith(b"-NOPERM")


def test_nested_wrapping_for_very_many_locals(lua):
    names = ",".join(f"v{i}" for i in range(200))
    body = f"local {names}\nv199 = redis.call('INCR', KEYS[1])\nreturn v199".encode()
    assert b"more than 200 local variables" in lua.shimmed(body, ["bull:n"], tenant="plain")
    assert lua.shimmed(body, ["bull:n"], tenant="plain", nested=True) == b":1\r\n"


PIECES = ["*", "?", "[a-c]", "[^a]", "[abc", "\\*", "\\", ":", "a", "b", "session", "bull:", "%", ".", "-", "^", "$", "é"]


@pytest.mark.parametrize("seed", range(12))
def test_patterns_route_alike(seed):
    """Generated globs, generated keys: the shim's databases are the router's."""
    chance = random.Random(seed)
    features = "features:\n"
    for db in range(8):
        globs = ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 5))) for _ in range(chance.randint(1, 3))]
        quoted = ", ".join('"' + g.replace("\\", "\\\\") + '"' for g in globs)
        features += f"  - {{ name: f{db}, db: {db}, keys: [{quoted}] }}\n"
    features += "  - { name: rest, db: 8, keys: [] }\ndefault_feature: rest\n"
    lua = world.World(tenants=TENANTS, features=features)
    try:
        parts = [p.encode() for p in PIECES] + [b"\x00", b"\xff", b"c", b"d", b"]", b"["]
        keys = [b"".join(chance.choice(parts) for _ in range(chance.randint(0, 7))) for _ in range(400)]
        keys = [k for k in keys if b"\0" not in k] + [b"a:b", b"session:x", b"bull:bull:"]
        routed = lua.run_tool("--routes", str(lua.config), "plain", text=b"".join(k + b"\0" for k in keys))
        lua.shimmed(b"for i = 1, #ARGV do redis.call('SET', ARGV[i], 'x') end", args=keys, tenant="plain")
        for key, db in zip(keys, routed.split(b"\n")):
            assert lua.redis.client(int(db)).exists(b"plain:" + key), (key, db, features)
        assert sum(len(k) for k in lua.redis.keys().values()) == len(set(keys))
    finally:
        lua.close()
