#!/usr/bin/python3
"""What the shim costs Redis: its own CPU time per script, bare and wrapped, as the kernel counts it.

usage: BULKHEAD_BUILD=build/release ROWS_JSON=$BULKHEAD_BUILD/rows_json bench/scripts.py
Bars: a script of one command at most 2.5 times, one like BullMQ's at most 1.4 times the bare one.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("scripts", "differential", "integration")]

import world

ADD_JOB = (ROOT / "bench" / "scripts" / "add_job.lua").read_bytes()
CASES = [
    ("one command", b"return redis.call('INCR', KEYS[1])", ["rate:1"], [], 2.5),
    ("rate limit", b"local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n",
     ["rate:2"], ["100"], 2.5),
    ("like BullMQ's", ADD_JOB, ["bull:q:wait", "bull:q:id", "bull:q:events", "bull:q:meta"], ["bull:q:", "name", "{}" * 100], 1.4),
]
BATCH, BATCHES, ROUNDS = 200, 10, 5


def cpu(redis):
    return int(pathlib.Path(f"/proc/{redis.process.pid}/schedstat").read_text().split()[0])


def cost(lua, connection, words):
    """Microseconds of Redis for one command, the least of some rounds."""
    raw = connection.raw
    data = raw.encode(*words) * BATCH
    best = float("inf")
    for _ in range(ROUNDS):
        begun = cpu(lua.redis)
        for _ in range(BATCHES):
            raw.send(data)
            for _ in range(BATCH):
                raw.reply()
        best = min(best, (cpu(lua.redis) - begun) / (BATCH * BATCHES) / 1000)
    return best


def main():
    lua = world.World()
    try:
        user = lua.fence()
        loader = lua.connection(0).raw
        print("| script | bare, us | wrapped, us | times | bar |\n|---|---|---|---|---|")
        for name, body, keys, args, bar in CASES:
            it = lua.wrap(body, keys)
            bare_sha = loader.ask("SCRIPT", "LOAD", body).split(b"\r\n")[1]
            loader.ask("SCRIPT", "LOAD", it.text)
            nothing = cost(lua, lua.connection(it.db), ["ECHO", "x" * (60 + sum(map(len, args)))])
            bare = cost(lua, lua.connection(it.db), ["EVALSHA", bare_sha, len(keys), *keys, *args]) - nothing
            loader.ask("FLUSHALL")
            wrapped = cost(lua, lua.connection(it.db, user),
                           ["EVALSHA", it.sha, len(keys), *it.keys, *args, it.hidden]) - nothing
            loader.ask("FLUSHALL")
            print(f"| {name} | {bare:.2f} | {wrapped:.2f} | {wrapped / bare:.2f} | {bar} |")
    finally:
        lua.close()


main()
