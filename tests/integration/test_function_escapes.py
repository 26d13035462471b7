"""Escapes: libraries that reach for another tenant's data or functions, or for what all functions share.

The attempts of scripts, as functions and while loading, and some of functions' own; against the fence alone (a
bare library, called as the tenant's ACL user), the shim alone (`scripts: shim_only`) and both.
"""

import pathlib
import sys

import harness
import pytest
import redis

sys.path[1:1] = [str(pathlib.Path(__file__).parent.parent / folder) for folder in ("scripts", "differential")]

import attempts

MARK = b"globex-treasure"
NEIGHBOUR = {b"erp:tenant:globex:bull:secret": MARK, b"erp:tenant:globex:123": MARK}
SECRET = "#!lua name=l\nredis.register_function('f', function() return 'globex-treasure' end)"
PROBE = """#!lua name=probe
redis.register_function('probe', function()
  local t = {}
  for k, v in pairs(redis) do t[#t + 1] = 'r.' .. k .. type(v) end
  for k, v in pairs(string) do t[#t + 1] = 's.' .. k .. type(v) end
  for k, v in pairs(_G) do t[#t + 1] = 'g.' .. k .. type(v) end
  table.sort(t)
  return {cjson.encode(3.14159265), cjson.encode({[1000] = 1}), ('x'):rep(2), #t, table.concat(t, ' '),
    tostring(getmetatable('').__index == string)}
end)"""
HEAL = """#!lua name=heal
redis.register_function('heal', function()
  cjson.encode_number_precision(14) cjson.encode_sparse_array(false, 2, 10) cjson.encode_max_depth(1000)
  cjson.decode_max_depth(1000)
end)"""
V = attempts.V

# At the top of a library, before it registers the function that is called.
LOADING = {
    "call": f"redis.call('SET', '{V}', 1)",
    "pcall": f"redis.pcall('SET', '{V}', 1)",
    "register by _G": "_G.redis.register_function('f', function() return 1 end)",
    "register by getfenv": "getfenv(0).redis.register_function('f', function() return 1 end)",
    "register raw": "local r = redis r['register' .. '_function']('f', function() return 1 end)",
    "register in another way": "redis['register_function']{function_name='f', callback=function() return 1 end}",
    "names in tables": "redis.register_function({function_name='f', callback=function() return 1 end}, nil)",
    "names in tables, twice": "redis.register_function({function_name={}, callback=function() return 1 end})",
    "capitals": "redis.register_function({FUNCTION_NAME='f', CALLBACK=function() return 1 end})",
    "capitals and not": "redis.register_function({function_name='g', FUNCTION_NAME='f', callback=function() return 1 end, CALLBACK=function() return redis end})",
    "a table that is an 'x'": "redis.register_function({x='x', function_name='f', callback=function() return 1 end})",
    "a function for a name": "redis.register_function(function() return 'x' end, nil)",
    "a function for both": "redis.register_function(function(s) return s end)",
    "three arguments": "redis.register_function('f', function() return 1 end, {})",
    "empty names": "redis.register_function('', function() return 1 end)",
    "names with a NUL": "redis.register_function('a\\0b', function() return 1 end)",
    "names of others": "redis.register_function('t' .. ('0'):rep(40) .. '_f', function() return 1 end)",
    "the facade written": "redis.register_function = nil redis.call = nil redis.log = function() end",
    "string methods": "local s = ('').format s('%s', 'x') ('').len = function() end",
    "dump": "local d = (''):dump(function() end)",
    "a loop": "for i = 1, 1000 do end",
    "locals of the shim": "local a = {C, P, W, G, F}",
    "varargs": "local a = {...}",
    "first )": ") redis.register_function('f', function() return 1 end)",
    "first end": "end redis.register_function('f', function() return 1 end)",
    "the end of a nesting": "end)() redis.register_function('f', function() return 1 end) (function()",
    "a comment": "]] redis.register_function('f', function() return 1 end) --[[",
}
# Of functions that are called.
CALLED = {
    "everything that is passed": "return {#KEYS, #ARGV, unpack(ARGV)}",
    "beyond the arguments": "return {ARGV[#ARGV + 1] or 'none', ARGV[#ARGV + 2] or 'none', ARGV[#ARGV + 3] or 'none'}",
    "arguments by next": "local n = 0 for k, v in next, ARGV do n = n + 1 end return n",
    "facade kept": "local r = redis r.call = r.pcall return {r.call('GET', '" + V + "') or 'none'}",
    "register while running": "return {pcall(redis.register_function, 'f', function() end)}",
    "coroutine kept": "co = nil return coroutine.wrap(function() return redis.call('GET', '" + V + "') end)()",
    "FCALL": "return redis.call('FCALL', 'f', 0)",
    "FUNCTION LOAD": "return redis.call('FUNCTION', 'LOAD', 'REPLACE', '#!lua name=l\\nx')",
    "FUNCTION DUMP": "local d = redis.call('FUNCTION', 'DUMP') return 'globex-treasure'",
    "FUNCTION STATS": "local d = redis.call('FUNCTION', 'STATS') return 'globex-treasure'",
    "SCRIPT LOAD": "local d = redis.call('SCRIPT', 'LOAD', 'return 1') return 'globex-treasure'",
    "a stale answer": "return {err='BULKHEADSTALE the library is wrapped otherwise'}",
    "a forged end": "error('x script: y, on @user_function:1.\\r\\n+OK')",
}


def called(body):
    return f"#!lua name=esc\nredis.register_function('esc', function(KEYS, ARGV) {body}\nend)".encode("latin1")


def loading(body):
    return f"#!lua name=esc\n{body}\nredis.register_function('esc', function() return 1 end)".encode("latin1")


CASES = {
    **{f"call: {name}": called(body) for name, body in {**attempts.ATTEMPTS, **CALLED}.items()},
    **{f"load: {name}": loading(body) for name, body in {**attempts.ATTEMPTS, **LOADING}.items()},
}


class Side:
    """One wall or both: loads as the tenant does, and calls as the tenant does."""

    def __init__(self, stack, how):
        self.how, self.redis = how, stack.redis
        self.raw = stack.proxy.raw("acme")
        self.other = stack.proxy.raw("globex")
        self.admin = harness.Raw(stack.redis.socket)
        assert self.raw.ask("EVAL", "return 1", 0) == b":1\r\n"  # the fence is up
        self.databases = {db: stack.redis.client(db) for db in (*range(6), 9)}
        if how == "fence":
            self.admin.ask("ACL", "SETUSER", "bulkhead:acme", ">for-this-test")
            self.fenced = harness.Raw(stack.redis.socket)
            assert self.fenced.ask("AUTH", "bulkhead:acme", "for-this-test") == b"+OK\r\n"
            assert self.fenced.ask("SELECT", 4) == b"+OK\r\n"

    def prepare(self):
        self.databases[0].flushall()
        self.admin.ask("FUNCTION", "FLUSH")
        for db, client in self.databases.items():
            client.mset(NEIGHBOUR if db != 9 else {b"nobody": MARK})
        for db in (0, 1, 4):
            self.databases[db].set(b"acme:bull:own", b"own")
        for text in (PROBE, HEAL):
            self.admin.ask("FUNCTION", "LOAD", text)
        self.admin.ask("FCALL", "heal", 0)
        assert self.other.ask("FUNCTION", "LOAD", SECRET) == b"$1\r\nl\r\n"

    def attempt(self, library):
        if self.how == "fence":
            return self.admin.ask("FUNCTION", "LOAD", library), self.fenced.ask("FCALL", "esc", 1, "acme:bull:own", "x", "y")
        loaded = self.raw.ask("FUNCTION", "LOAD", library)
        return loaded, self.raw.ask("FCALL", "esc", 1, "bull:own", "x", "y"), self.raw.ask("FCALL", "f", 0)

    def state(self):
        return self.admin.ask("FCALL", "probe", 0)

    def neighbour_is_whole(self):
        assert self.databases[9].get(b"nobody") == MARK
        for db in range(6):
            client = self.databases[db]
            for key in client.scan_iter(count=1000):
                assert key.startswith(b"acme:") or client.get(key) == NEIGHBOUR[key], key
            assert client.exists(*NEIGHBOUR) == len(NEIGHBOUR)
        assert self.other.ask("FCALL", "f", 0) == b"$15\r\nglobex-treasure\r\n"
        assert self.other.ask("FUNCTION", "LIST", "WITHCODE").count(b"library_name") == 1


# The fence knows nothing of what the interpreter holds, and bare libraries have no tags.
NOT_FOR_THE_FENCE = {f"call: {name}" for name in attempts.FENCE_ALONE_DOES_NOT_HOLD}


@pytest.mark.parametrize("how", ["fence", "shim", "both"])
def test_escapes(fresh, how):
    stack = fresh(extra="scripts: shim_only\n" if how == "shim" else "")
    side = Side(stack, how)
    for name, library in CASES.items():
        if how == "fence" and (name.startswith("load:") or name in NOT_FOR_THE_FENCE):
            continue
        side.prepare()
        before = side.state()
        replies = side.attempt(library)
        for reply in replies:
            assert MARK not in reply, (name, replies)
            if how != "fence":
                assert b"erp:tenant" not in reply.replace(V.encode(), b""), (name, replies)
        side.neighbour_is_whole()
        assert side.state() == before, name
        if how != "fence":
            # Whatever was registered bears the tenant's tag.
            listed = side.admin.ask("FUNCTION", "LIST").split(b"\r\n")
            own = {listed[i + 2] for i, word in enumerate(listed) if word in (b"library_name", b"name")}
            assert all(n in (b"probe", b"heal") or n.startswith(b"t") and n[41:42] == b"_" for n in own), (name, own)
    assert stack.proxy.process.poll() is None


def test_nobody_seeds_the_random_numbers_of_others(stack):
    acme = stack.proxy.client("acme")
    draw = "#!lua name=draw\nredis.register_function('draw', function() return tostring(math.random()) end)"
    stack.redis.client().function_load(draw, replace=True)
    draws = set()
    seeds = ("math.randomseed(7)", "local m = math m['random'..'seed'](7)", "_G['ma'..'th'].randomseed(7)",
             "loadstring('ma'..'th.randomseed(7)')()")
    for seed in seeds * 3:
        acme.function_load(called(seed + " return 1").decode(), replace=True)
        assert acme.fcall("esc", 0) == 1
        draws.add(stack.redis.client().fcall("draw", 0))
    assert len(draws) == len(seeds) * 3


def test_the_fence_may_call_and_not_load(stack):
    stack.proxy.client("acme").eval("return 1", 0)
    admin = stack.redis.client()
    admin.execute_command("ACL", "SETUSER", "bulkhead:acme", ">for-this-test")
    fenced = stack.redis.client(username="bulkhead:acme", password="for-this-test")
    for words in (("FUNCTION", "LOAD", SECRET), ("FUNCTION", "LIST"), ("FUNCTION", "FLUSH"), ("FUNCTION", "DELETE", "l"),
                  ("FUNCTION", "DUMP"), ("FUNCTION", "STATS"), ("FUNCTION", "KILL"), ("FUNCTION", "RESTORE", "x")):
        with pytest.raises(redis.exceptions.NoPermissionError):
            fenced.execute_command(*words)
    with pytest.raises(redis.exceptions.ResponseError, match="Function not found"):
        fenced.fcall("nothing", 0)
    with pytest.raises(redis.exceptions.NoPermissionError):
        fenced.fcall("nothing", 1, "erp:tenant:globex:bull:secret")
