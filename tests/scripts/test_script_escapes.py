"""Escapes: scripts that reach for another tenant's data, or for what all tenants' scripts share.

Each is run against the fence alone (a bare script as the tenant's ACL user), the shim alone (as an
all-powerful user) and both. The other tenant must be unseen and unchanged, and the state of the Lua VM too.
"""

import pytest

import attempts

NEIGHBOUR = {
    b"erp:tenant:globex:bull:secret": b"globex-treasure",
    b"erp:tenant:globex:123": b"globex-treasure",
}
MARK = b"globex-treasure"

# What a neighbour's script sees of the VM, before and after.
PROBE = b"""
local t = {}
for k, v in pairs(redis) do t[#t + 1] = 'r.' .. k .. type(v) end
for k, v in pairs(string) do t[#t + 1] = 's.' .. k .. type(v) end
for k, v in pairs(_G) do t[#t + 1] = 'g.' .. k .. type(v) end
table.sort(t)
return {cjson.encode(3.14159265), cjson.encode({[1000] = 1}), ('x'):rep(2), #t, table.concat(t, ' '),
  tostring(getmetatable('').__index == string)}
"""


def prepare(lua):
    client = lua.redis.client()
    client.flushall()
    client.script_flush()
    for db in range(6):
        for key, value in NEIGHBOUR.items():
            lua.redis.client(db).set(key, value)
    lua.redis.client(9).set(b"nobody", MARK)
    for db in (0, 1, 4):
        lua.redis.client(db).set(b"acme:bull:own", b"own")


def neighbour_is_whole(lua):
    client = lua.redis.client(9)
    assert client.get(b"nobody") == MARK
    for db in range(6):
        for key, value in NEIGHBOUR.items():
            assert lua.redis.client(db).get(key) == value
        for key in lua.redis.client(db).scan_iter(count=1000):
            assert key.startswith(b"acme:") or key in NEIGHBOUR, key


WAYS = [(name, how) for name in sorted(attempts.ATTEMPTS) for how in ("fence", "shim", "both")
        if how != "fence" or name not in attempts.FENCE_ALONE_DOES_NOT_HOLD]


@pytest.mark.parametrize("name, how", WAYS)
def test_escape(lua, name, how):
    body = attempts.ATTEMPTS[name].encode("latin1")
    prepare(lua)
    user = lua.fence()
    before = lua.eval(lua.connection(0), PROBE, [], [])
    if how == "fence":
        reply = lua.eval(lua.connection(4, user), body, [b"acme:bull:own"], [b"x", b"y"])
    else:
        reply = lua.shimmed(body, ["bull:own"], ["x", "y"], user=user if how == "both" else None)
    assert MARK not in reply, reply
    if how != "fence":
        assert b"erp:tenant" not in reply.replace(b"'erp:tenant:globex:bull:secret'", b""), reply
    neighbour_is_whole(lua)
    assert lua.eval(lua.connection(0), PROBE, [], []) == before


@pytest.mark.parametrize("how", ["shim", "both"])
def test_nobody_seeds_the_random_numbers_of_others(lua, how):
    user = lua.fence() if how == "both" else None
    draws = set()
    for _ in range(3):
        for text in ("math.randomseed(7)", "local m = math m['random'..'seed'](7)",
                     "_G['ma'..'th'].randomseed(7)", "loadstring('ma'..'th.randomseed(7)')()"):
            reply = lua.shimmed(text.encode(), user=user)
            assert not reply.startswith(b"-"), reply
            draws.add(lua.eval(lua.connection(0), b"return tostring(math.random())", [], []))
    assert len(draws) == 12


def test_log_and_replication_are_out_of_reach(lua):
    """redis.log would write lines into the server's log, set_repl keep a write from the replicas."""
    user = lua.fence()
    text = b"redis.set_repl(redis.REPL_NONE) redis.log(redis.LOG_WARNING, 'forged') redis.call('SET', 'bull:r', 1) return 'ok'"
    assert lua.shimmed(text, user=user) == b"$2\r\nok\r\n"
    for dynamic in (b"local r = redis r['se'..'t_repl'](0) return 'ok'", b"_G['red'..'is'].set_repl(0) return 'ok'"):
        assert lua.shimmed(dynamic, user=user) == b"$2\r\nok\r\n"


def test_the_fence_has_no_more_than_it_needs(lua):
    user = lua.fence()
    fenced = lua.connection(0, user)
    for words in (["SCAN", 0], ["KEYS", "*"], ["RANDOMKEY"], ["DBSIZE"], ["FLUSHDB"], ["FLUSHALL"], ["CONFIG", "GET", "*"],
                  ["ACL", "LIST"], ["CLIENT", "LIST"], ["SCRIPT", "FLUSH"], ["SCRIPT", "KILL"], ["FUNCTION", "LIST"],
                  ["INFO"], ["MONITOR"], ["SWAPDB", 0, 1], ["MOVE", "acme:bull:own", 1],
                  ["MIGRATE", "h", 1, "", 0, 1], ["GET", "erp:tenant:globex:bull:secret"], ["PUBLISH", "erp:tenant:globex:c", 1],
                  ["SHUTDOWN"], ["REPLICAOF", "NO", "ONE"], ["SLOWLOG", "GET"], ["MEMORY", "DOCTOR"]):
        assert fenced.raw.ask(*words).startswith(b"-NOPERM"), words
    assert fenced.raw.ask("SELECT", 3) == b"+OK\r\n"
    assert fenced.raw.ask("SELECT", 0) == b"+OK\r\n"


def test_globs_in_a_prefix_mean_themselves(lua):
    rules = lua.run_tool("--fence", str(lua.config), "globex", "x").decode().split("\n")
    assert "~erp:tenant:globex:*" in rules and "&erp:tenant:globex:*" in rules
    assert rules[1] == "reset"
