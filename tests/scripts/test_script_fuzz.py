"""Generated scripts, seeded: some to be compared with a bare Redis, some hostile ones to be held.

BULKHEAD_SCRIPT_FUZZ=<number> runs so many times as many.
"""

import os
import random

import pytest

import attempts
import corpus
import test_script_escapes
from test_script_forms import compare

MANY = int(os.environ.get("BULKHEAD_SCRIPT_FUZZ", "1"))
STEADY = [c for c in corpus.CALLS if c not in ("'XGROUP'", "'SELECT','sixteen'") and not c.startswith("'XINFO','CONSUMERS'")]


class Program:
    """A script in the making: statements about variables that hold replies."""

    def __init__(self, seed, calls, ways):
        self.chance = random.Random(seed)
        self.calls = calls
        self.ways = ways
        self.lines = []

    def call(self):
        arguments = self.chance.choice(self.calls)
        return self.chance.choice(self.ways) % arguments

    def statement(self, depth):
        kind = self.chance.randrange(8 if depth else 5)
        if kind <= 2:
            self.lines.append(f"out[#out + 1] = show({self.call()})")
        elif kind == 3:
            self.lines.append(f"local v{len(self.lines)} = {self.call()}")
        elif kind == 4:
            self.lines.append(f"if type({self.call()}) == 'table' then out[#out + 1] = 't' end")
        else:
            head, tail = self.chance.choice([("for i = 1, 2 do", "end"), ("do", "end"), ("(function(...)", "end)(KEYS[1]);"),
                                             ("pcall(function()", "end);"),
                                             ("coroutine.wrap(function()", "end)();")])
            self.lines.append(head)
            for _ in range(self.chance.randint(1, 3)):
                self.statement(depth - 1)
            self.lines.append(tail)

    def text(self):
        for _ in range(self.chance.randint(2, 8)):
            self.statement(2)
        return ("local out = {}\nlocal function show(v) if type(v) ~= 'table' then return tostring(v) end\n"
                "return cjson.encode(v) end\n" + "\n".join(self.lines) + "\nreturn out")


@pytest.mark.parametrize("seed", range(60 * MANY))
def test_same_as_bare(lua, seed):
    ways = ["redis.pcall(%s)", "redis.call(%s)", "select(2, pcall(redis.call, %s))", "redis['pcall'](%s)"]
    text = Program(seed, STEADY, ways).text()
    bare, wrapped = compare(lua, text, ["bull:s"], ["x"], 2, lua.fence())
    assert bare == wrapped, text


HOSTILE_WAYS = [
    "redis.pcall(%s)", "redis.call(%s)", "_G.redis.pcall(%s)", "_G['red'..'is'].pcall(%s)",
    "loadstring('return redis.pcall(...)')(%s)", "loadstring('return _'..'G.redis.pcall(...)')(%s)",
    "rawget(_G, 'redis').pcall(%s)", "select(2, pcall(redis.call, %s))",
    "coroutine.wrap(function(...) return redis.pcall(...) end)(%s)",
    "load((function() local s = 'return redis.pcall(...)' return function() local r = s s = nil return r end end)())(%s)",
]


def hostile_calls(chance):
    """The corpus' calls with a foreign name in the place of one of their words."""
    for call in corpus.CALLS:
        words = call.split(",")
        for _ in range(2):
            changed = list(words)
            changed[chance.randrange(len(changed))] = chance.choice(
                [f"'{attempts.V}'", "'erp:tenant:globex:*'", "123", "'STREAMS'", "'STORE'", "'DB',9", "'acme:bull:own'", "'../x'",
                 "'\\0'", "'2'", "'BY','erp:tenant:globex:*'", "'GET','*'"])
            yield ",".join(changed)


@pytest.mark.parametrize("seed", range(60 * MANY))
def test_hostile_scripts_are_held(lua, seed):
    chance = random.Random(seed)
    text = Program(seed, list(hostile_calls(chance)), HOSTILE_WAYS).text().encode()
    for how in ("fence", "shim", "both"):
        test_script_escapes.prepare(lua)
        user = lua.fence()
        if how == "fence":
            reply = lua.eval(lua.connection(4, user), text, [b"acme:bull:own"], [b"x"])
        else:
            reply = lua.shimmed(text, ["bull:own"], ["x"], user=user if how == "both" else None)
        assert test_script_escapes.MARK not in reply, text
        test_script_escapes.neighbour_is_whole(lua)
