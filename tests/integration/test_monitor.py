"""MONITOR: a tenant's own commands as it wrote them, from all workers."""

import re

import pytest

import harness

TENANTS = harness.TENANTS.replace("  - name: acme\n", "  - name: acme\n    policy: [\"+monitor\"]\n")


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def stack(fresh, request):
    return fresh(workers=request.param, tenants=TENANTS)


def monitor(stack):
    watching = stack.proxy.raw("acme")
    assert watching.ask("MONITOR") == b"+OK\r\n"
    return watching


def without_time_and_address(line):
    assert re.match(rb'\+\d{10}\.\d{6} \[\d+ \S+\] "', line), line
    return re.sub(rb"^\+[\d.]+ \[(\d+) \S+\]", rb"[\1]", line)


COMMANDS = [
    ("SET", "cache:1", "x"), ("get", "cache:1"), ("PING",), ("ECHO", b"\x00\n\r\t\a\b\"\\\xff e"),
    ("MGET", "cache:1", "session:1"), ("NOSUCH", "x"), ("GET",), ("BLPOP", "cache:none", "0.01"),
    ("MULTI",), ("SET", "cache:2", "y"), ("GET", "cache:2"), ("EXEC",),
    ("MULTI",), ("SET", "cache:3", "y"), ("DISCARD",),
    ("CLIENT", "ID"), ("CLIENT", "LIST"), ("AUTH", "nobody", "secret"),
    ("PUBLISH", "a", "b"), ("SUBSCRIBE", "a"), ("UNSUBSCRIBE", "a"), ("WATCH", "cache:1"),
    ("UNWATCH",), ("CONFIG", "GET", "port"), ("ECHO", "end"),
]


@pytest.fixture
def bare():
    """A Redis to which nobody else speaks."""
    directory = harness.temporary_directory()
    server = harness.Redis(directory)
    yield server
    server.stop()
    harness.remove(directory)


def test_lines_as_on_a_bare_redis(stack, bare):
    direct, direct_monitor = harness.Raw(bare.socket), harness.Raw(bare.socket)
    direct_monitor.ask("MONITOR")
    watching, client = monitor(stack), stack.proxy.raw("acme")

    def lines(speaker, listener):
        for words in COMMANDS:
            speaker.ask(*words)
        seen = []
        while not seen or b'"end"' not in seen[-1]:
            seen.append(without_time_and_address(listener.line()))
        return seen
    expected = lines(direct, direct_monitor)
    direct_monitor.close()
    seen = [line for line in lines(client, watching) if b"acme-secret" not in line]
    assert seen[1:] == expected or seen == expected


def test_nothing_foreign_and_all_workers(stack):
    watching = monitor(stack)
    foreign = stack.proxy.raw("globex")
    clients = [stack.proxy.raw("acme") for _ in range(8)]
    for number, client in enumerate(clients):
        foreign.ask("SET", "cache:foreign", "x")
        client.ask("SET", f"cache:{number}", "x")
    seen = set()
    while len(seen) < 8:
        line = watching.line()
        assert b"foreign" not in line and b"globex" not in line and b"acme-secret" not in line
        found = re.search(rb'"SET" "cache:(\d)"', line)
        if found:
            seen.add(found.group(1))


def test_who_may_not(stack):
    assert stack.proxy.raw("globex").ask("MONITOR") == (
        b"-NOPERM this user has no permissions to run the 'monitor' command\r\n")


def test_what_a_monitor_may_do(stack):
    watching = monitor(stack)
    refused = b"-ERR Replica can't interact with the keyspace\r\n"
    for words in (("GET", "cache:1"), ("SET", "cache:1", "x"), ("PUBLISH", "a", "b"), ("DBSIZE",)):
        assert watching.ask(*words) == refused
    watching.send(watching.encode("MONITOR"))  # Redis does not answer that
    assert watching.ask("PING") == b"+PONG\r\n"
    assert b'"PING"' in watching.line()
    assert b" flags=O " in watching.ask("CLIENT", "LIST")
    assert watching.ask("RESET") == b"+RESET\r\n"
    watching.ask("AUTH", "acme", "acme-secret")
    stack.proxy.raw("acme").ask("SET", "cache:1", "x")
    assert watching.ask("GET", "cache:1") == b"$1\r\nx\r\n"


def test_resp3_and_protocol_change(stack):
    watching = stack.proxy.raw("acme")
    watching.ask("HELLO", "3")
    assert watching.ask("MONITOR") == b"+OK\r\n"
    stack.proxy.raw("acme").ask("SET", "cache:1", "x")
    harness.wait_until(lambda: b'"SET" "cache:1" "x"' in watching.line(), "its line")


def test_who_becomes_another_sees_nothing_more(stack):
    watching, client = monitor(stack), stack.proxy.raw("acme")
    assert watching.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    client.ask("SET", "cache:1", "x")
    assert watching.ask("GET", "cache:none") == b"$-1\r\n"
    assert watching.buffer == b""


def test_a_slow_monitor_is_closed(fresh):
    stack = fresh(tenants=TENANTS,
                       extra="limits: { client_output_soft: 64KiB, client_output: 128KiB }\n")
    watching, client = monitor(stack), stack.proxy.raw("acme")
    value = "x" * 50000

    def closed():
        assert client.ask("ECHO", value)
        return stack.proxy.metric("bulkhead_slow_readers_closed_total", tenant="acme") == 1
    harness.wait_until(closed, "the end of the slow monitor")
    assert client.ask("PING") == b"+PONG\r\n"
    assert watching.rest().startswith(b"+")
