"""Commands that block: their own lane, their own time, and nobody else waits."""

import threading
import time

import pytest

import harness


def start(connection, *words):
    connection.send(connection.encode(*words))


def blocked(stack, count=1):
    """Waits until so many clients are blocked in Redis."""
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == count,
                       f"{count} blocked clients")


PAIRS = {
    "blpop": (("BLPOP", "queue:none", "queue:a", "0"), ("RPUSH", "queue:a", "x"),
              b"*2\r\n$7\r\nqueue:a\r\n$1\r\nx\r\n"),
    "brpop": (("BRPOP", "queue:a", "0"), ("RPUSH", "queue:a", "x", "y"),
              b"*2\r\n$7\r\nqueue:a\r\n$1\r\ny\r\n"),
    "blmove": (("BLMOVE", "queue:a", "queue:b", "LEFT", "RIGHT", "0"), ("RPUSH", "queue:a", "x"),
               b"$1\r\nx\r\n"),
    "brpoplpush": (("BRPOPLPUSH", "queue:a", "queue:b", "0"), ("RPUSH", "queue:a", "x"),
                   b"$1\r\nx\r\n"),
    "blmpop": (("BLMPOP", "0", "2", "queue:n", "queue:a", "LEFT"), ("RPUSH", "queue:a", "x"),
               b"*2\r\n$7\r\nqueue:a\r\n*1\r\n$1\r\nx\r\n"),
    "bzpopmin": (("BZPOPMIN", "rate:a", "0"), ("ZADD", "rate:a", "1", "m"),
                 b"*3\r\n$6\r\nrate:a\r\n$1\r\nm\r\n$1\r\n1\r\n"),
    "bzpopmax": (("BZPOPMAX", "rate:a", "0"), ("ZADD", "rate:a", "1", "m"),
                 b"*3\r\n$6\r\nrate:a\r\n$1\r\nm\r\n$1\r\n1\r\n"),
    "bzmpop": (("BZMPOP", "0", "1", "rate:a", "MIN"), ("ZADD", "rate:a", "1", "m"),
               b"*2\r\n$6\r\nrate:a\r\n*1\r\n*2\r\n$1\r\nm\r\n$1\r\n1\r\n"),
    "xread": (("XREAD", "BLOCK", "0", "STREAMS", "queue:s", "$"),
              ("XADD", "queue:s", "1-1", "f", "v"),
              b"*1\r\n*2\r\n$7\r\nqueue:s\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_woken_by_another_client(stack, name):
    wait, wake, expected = PAIRS[name]
    waiting, waking, foreign = (stack.proxy.raw(t) for t in ("acme", "acme", "globex"))
    start(waiting, *wait)
    blocked(stack)
    foreign.ask(*wake)  # the same name, but another tenant's
    assert waking.ask("PING") == b"+PONG\r\n"
    blocked(stack)
    waking.ask(*wake)
    assert waiting.reply() == expected
    assert waiting.ask("PING") == b"+PONG\r\n"


def test_xreadgroup(stack):
    waiting, waking = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    waking.ask("XGROUP", "CREATE", "queue:s", "g", "$", "MKSTREAM")
    waiting.ask("HELLO", "3")
    start(waiting, "XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "queue:s", ">")
    blocked(stack)
    waking.ask("XADD", "queue:s", "1-1", "f", "v")
    assert waiting.reply().startswith(b"%1\r\n$7\r\nqueue:s\r\n")


@pytest.mark.parametrize("words", [("BLPOP", "queue:a", "0.05"), ("BLMPOP", "0.05", "1", "a", "LEFT"),
                                   ("XREAD", "BLOCK", "50", "STREAMS", "a", "$"),
                                   ("BLPOP", "a", "x"), ("BLPOP", "a", "-1"), ("BLPOP", "a"),
                                   ("BZMPOP", "0", "0", "a", "MIN"), ("WAIT", "0", "0"),
                                   ("WAIT", "1", "50"), ("WAIT", "x", "0")])
def test_timeouts_and_mistakes_as_on_a_bare_redis(stack, words):
    direct = harness.Raw(stack.redis.socket)
    assert stack.proxy.raw("acme").ask(*words) == direct.ask(*words)


def test_names_in_two_databases(stack):
    client = stack.proxy.raw("acme")
    assert client.ask("BLPOP", "queue:a", "cache:b", "1").startswith(b"-CROSSDB")
    assert client.ask("PING") == b"+PONG\r\n"


def test_others_do_not_wait(stack):
    waiting = [stack.proxy.raw("acme") for _ in range(20)]
    for client in waiting:
        start(client, "BLPOP", "queue:a", "0")
    blocked(stack, 20)
    other = stack.proxy.raw("acme")
    assert other.ask("SET", "queue:x", "1") == b"+OK\r\n"
    assert stack.proxy.metric("bulkhead_connections", tenant="acme", state="blocked") == 20
    for number in range(20):
        other.ask("RPUSH", "queue:a", str(number))
    seen = sorted(int(client.reply().split(b"\r\n")[4]) for client in waiting)
    assert seen == list(range(20))


def test_pipelined_behind_a_blocking_command(stack):
    waiting, waking = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    start(waiting, "SET", "queue:k", "1")
    start(waiting, "BLPOP", "queue:a", "0")
    start(waiting, "INCR", "queue:k")
    start(waiting, "BLPOP", "queue:b", "0")
    start(waiting, "PING")
    assert waiting.reply() == b"+OK\r\n"
    blocked(stack)
    assert waking.ask("GET", "queue:k") == b"$1\r\n1\r\n"  # INCR has not been carried out
    waking.ask("RPUSH", "queue:a", "x")
    assert waiting.reply() == b"*2\r\n$7\r\nqueue:a\r\n$1\r\nx\r\n"
    assert waiting.reply() == b":2\r\n"
    blocked(stack)
    waking.ask("RPUSH", "queue:b", "y")
    assert waiting.reply() == b"*2\r\n$7\r\nqueue:b\r\n$1\r\ny\r\n"
    assert waiting.reply() == b"+PONG\r\n"


def test_a_client_that_leaves_takes_nothing_with_it(stack):
    waiting, waking = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    waiting.close()
    blocked(stack, 0)
    waking.ask("RPUSH", "queue:a", "x")
    assert waking.ask("LRANGE", "queue:a", "0", "-1") == b"*1\r\n$1\r\nx\r\n"


def test_a_client_that_leaves_with_more_pipelined(stack):
    waiting = stack.proxy.raw("acme")
    start(waiting, "BLPOP", "queue:a", "0")
    waiting.send(waiting.encode("SET", "queue:k", "1") * 10)
    blocked(stack)
    waiting.close()
    blocked(stack, 0)
    assert stack.redis.keys() == {}


def test_the_time_is_the_commands_own(fresh):
    """Longer than the backend's command timeout, and still answered."""
    stack = fresh(backend_extra="    command_timeout: 200ms\n")
    client = stack.proxy.raw("acme")
    begun = time.monotonic()
    assert client.ask("BLPOP", "queue:a", "1") == b"*-1\r\n"
    assert 0.9 < time.monotonic() - begun < 5
    assert client.ask("PING") == b"+PONG\r\n"


def test_a_hung_backend_is_noticed(fresh):
    stack = fresh(backend_extra="    command_timeout: 200ms\n")
    client = stack.proxy.raw("acme")
    start(client, "BLPOP", "queue:a", "0.2")
    blocked(stack)
    stack.redis.pause()
    assert client.reply().startswith(b"-BACKENDDOWN")
    assert client.closed()


def test_unblocked_by_its_tenant(stack):
    waiting, other, foreign = (stack.proxy.raw(t) for t in ("acme", "acme", "globex"))
    number = waiting.ask("CLIENT", "ID")[1:-2]
    assert other.ask("CLIENT", "UNBLOCK", number) == b":0\r\n"
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    assert foreign.ask("CLIENT", "UNBLOCK", number) == b":0\r\n"
    assert other.ask("CLIENT", "UNBLOCK", number) == b":1\r\n"
    assert waiting.reply() == b"*-1\r\n"
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    assert other.ask("CLIENT", "UNBLOCK", number, "ERROR") == b":1\r\n"
    assert waiting.reply() == b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"
    assert waiting.ask("PING") == b"+PONG\r\n"


def test_client_unblock_reads_its_arguments_as_redis_does(stack):
    direct, proxied = harness.Raw(stack.redis.socket), stack.proxy.raw("acme")
    for words in (("x",), ("999999",), ("1", "NOSUCH"), ("1", "TIMEOUT", "x"), ()):
        assert (proxied.ask("CLIENT", "UNBLOCK", *words) == direct.ask("CLIENT", "UNBLOCK", *words))


def test_shown_as_blocked(stack):
    waiting, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    lines = [line for line in other.ask("CLIENT", "LIST").split(b"\n") if b"cmd=blpop" in line]
    assert len(lines) == 1 and b" flags=b " in lines[0]
    assert b"blocked_clients:1\r\n" in other.ask("INFO", "clients")


def test_redis_dies_while_clients_are_blocked(fresh):
    stack = fresh()
    waiting = [stack.proxy.raw("acme") for _ in range(10)]
    for client in waiting:
        start(client, "BLPOP", "queue:a", "0")
    blocked(stack, 10)
    stack.redis.kill()
    for client in waiting:
        assert client.reply().startswith(b"-BACKENDDOWN")
        assert client.closed()
    stack.redis.start()
    stack.proxy.wait_for_log("return", r"backend_up[^$]*backend_up")
    client, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    start(client, "BLPOP", "queue:a", "0")
    blocked(stack)
    other.ask("RPUSH", "queue:a", "x")
    assert client.reply().endswith(b"$1\r\nx\r\n")


def test_a_removed_tenant_is_not_left_blocked(fresh):
    stack = fresh()
    waiting = stack.proxy.raw("globex")
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    acme_alone = harness.TENANTS.split("  - name: globex")[0]
    stack.proxy.write(tenants=acme_alone)
    stack.proxy.reload()
    assert waiting.closed()
    blocked(stack, 0)


def test_a_drain_does_not_wait_for_what_may_never_come(fresh):
    stack = fresh(extra="limits: { drain_timeout: 600s }\n")
    waiting = stack.proxy.raw("acme")
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    stack.proxy.process.terminate()
    assert waiting.reply() == b"*-1\r\n"  # as if its time were over
    assert waiting.closed()
    assert stack.proxy.process.wait(harness.PATIENCE) == 0


def test_a_reload_leaves_the_blocked_alone(fresh):
    stack = fresh()
    waiting, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    start(waiting, "BLPOP", "queue:a", "0")
    blocked(stack)
    stack.proxy.write(extra="limits: { pipeline: 77 }\n")
    stack.proxy.reload()
    other.ask("RPUSH", "queue:a", "x")
    assert waiting.reply() == b"*2\r\n$7\r\nqueue:a\r\n$1\r\nx\r\n"


def test_wait_counts_the_writes_of_the_client(fresh):
    """On a server with a replica WAIT says 1 only when the replica has this client's write."""
    stack = fresh()
    port = free_port()
    stack.redis.client().config_set("port", port)
    replica_directory = harness.temporary_directory()
    replica = harness.Redis(replica_directory, "--replicaof", "127.0.0.1", str(port))
    try:
        harness.wait_until(
            lambda: replica.client().info("replication")["master_link_status"] == "up", "the link")
        client = stack.proxy.raw("acme")
        client.ask("SET", "a", "1")
        assert client.ask("WAIT", "1", "5000") == b":1\r\n"
        replica.pause()
        client.ask("SET", "a", "2")
        assert client.ask("WAIT", "1", "100") == b":0\r\n"
    finally:
        replica.stop()
        harness.remove(replica_directory)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_thousand_blocked_clients(stack):
    clients = [stack.proxy.raw(("acme", "globex")[i % 2]) for i in range(1000)]
    for i, client in enumerate(clients):
        start(client, "BLPOP", f"queue:{i}", "0")
    blocked(stack, 1000)
    pushers = {tenant: stack.proxy.client(tenant) for tenant in ("acme", "globex")}
    for i in range(1000):
        tenant = ("acme", "globex")[i % 2]
        pushers[tenant].rpush(f"queue:{i}", f"{tenant}-{i}")
    for i, client in enumerate(clients):
        tenant = ("acme", "globex")[i % 2]
        key, value = f"queue:{i}".encode(), f"{tenant}-{i}".encode()
        assert client.reply() == harness.Raw.encode(key, value)
        client.close()
