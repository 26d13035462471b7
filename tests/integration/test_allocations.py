"""A command on its way takes no memory from the heap: counted in the running program, all of it,
with every allocation that libraries make (bench/micro/allocations.cpp is loaded before it)."""

import os
import pathlib
import struct

import harness
import pytest

COUNTER = pathlib.Path(os.environ.get("BULKHEAD_BUILD", pathlib.Path(os.environ["BULKHEAD"]).parent),
                       "tests", "liballocations.so")
BATCHES, DEPTH = 200, 20
# What the worker does beside its commands in that time: a PING to the backend, a log line.
OTHERS = 100

COMMANDS = {
    "get": ["GET", "key:1"],
    "miss": ["GET", "no:such:key"],
    "set": ["SET", "key:2", "v" * 64, "EX", "60"],
    "large": ["SET", "key:3", "v" * 4096],
    "read_large": ["GET", "key:3"],
    "incr": ["INCR", "rate:1"],
    "mget": ["MGET", *(f"key:{i}" for i in range(10))],
    "hash": ["HSET", "session:1", "a", "1", "b", "2"],
    "list": ["LRANGE", "queue:1", "0", "-1"],
    "error": ["LPUSH", "key:1", "v"],
}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A proxy in one thread, and a function that tells how often it has allocated."""
    folder = tmp_path_factory.mktemp("allocations")
    count = folder / "count"
    wrapper = folder / "bulkhead"
    wrapper.write_text(f'#!/bin/sh\nLD_PRELOAD="{COUNTER}" BULKHEAD_ALLOCATIONS="{count}" '
                       f'exec "{os.environ["BULKHEAD"]}" "$@"\n')
    wrapper.chmod(0o755)
    backend = harness.Redis(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BULKHEAD", str(wrapper))
        proxy = harness.Bulkhead(folder, backend.socket)
    yield proxy, lambda: struct.unpack("=Q", count.read_bytes())[0]
    proxy.stop()
    backend.stop()


def drive(raw, command, batches):
    batch = raw.encode(*command) * DEPTH
    for _ in range(batches):
        raw.send(batch)
        for _ in range(DEPTH):
            raw.reply()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_allocation_per_command(counted, command):
    proxy, allocations = counted
    raw = proxy.raw("acme")
    assert raw.ask("SET", "key:1", "v" * 64) == b"+OK\r\n"
    drive(raw, command, BATCHES // 4)  # what grows has grown then
    before = allocations()
    drive(raw, command, BATCHES)
    taken = allocations() - before
    assert taken < OTHERS, f"{taken} allocations for {BATCHES * DEPTH} commands"


def test_the_counter_counts(counted):
    proxy, allocations = counted
    raw = proxy.raw("acme")
    before = allocations()
    for _ in range(OTHERS):
        raw.ask("SCAN", "0")  # a conversation, which has a frame of its own
    assert allocations() - before >= OTHERS
