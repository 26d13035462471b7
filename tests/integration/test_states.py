"""What each state of a connection permits: every command of the table in every state, and the ways out of
each, as on a bare Redis."""

import json
import os
import subprocess

import pytest

import harness

ROWS = [json.loads(line) for line in
        subprocess.run([os.environ["ROWS_JSON"]], capture_output=True, check=True).stdout.splitlines()]
# What ends or silences the connection has tests of its own below; the others would harm the bare side.
APART = {"quit", "reset", "shutdown", "client|reply", "hello", "auth", "monitor", "debug", "psync", "sync",
         "replconf", "failover", "client|kill", "client|pause", "acl|setuser", "config|set", "replicaof", "slaveof",
         "cluster|failover", "save", "bgsave", "bgrewriteaof", "module|load", "module|loadex", "exec", "discard"}
# What waits for EXEC in Redis, and here would change the connection too late.
NEVER_QUEUED = b"-ERR Command not allowed inside a transaction\r\n"

STATES = {
    "ordinary": [],
    "queueing": [("MULTI",)],
    "watching": [("WATCH", "a")],
    "watching and queueing": [("WATCH", "a"), ("MULTI",)],
    "subscribed": [("SUBSCRIBE", "c")],
    "subscribed to a pattern": [("PSUBSCRIBE", "c*")],
    "subscribed in RESP3": [("HELLO", "3"), ("SUBSCRIBE", "c")],
    "queueing and subscribed": [("SUBSCRIBE", "c"), ("UNSUBSCRIBE",), ("MULTI",)],
    "tracking": [("HELLO", "3"), ("CLIENT", "TRACKING", "ON", "NOLOOP")],
    "after a transaction": [("MULTI",), ("SET", "s", "1"), ("EXEC",)],
}

# Those in which every command is legal.
OPEN = [state for state in STATES if "queueing" not in state
        and state not in ("subscribed", "subscribed to a pattern")]


def enter(connection, state):
    for words in STATES[state]:
        reply = connection.ask(*words)
        assert reply[:1] != b"-", (words, reply)


def words_of(row):
    """The shortest list of arguments that Redis' count lets pass."""
    words = row["name"].split("|")
    return words + ["1"] * (abs(row["arity"]) - len(words))


def shape(reply):
    """Errors whole, of others the kind: what they say is the business of other tests."""
    return reply if reply[:1] == b"-" else reply[:1]


@pytest.mark.parametrize("state", ["queueing", "watching and queueing", "queueing and subscribed", "subscribed",
                                   "subscribed to a pattern"])
def test_every_command_in_every_state_that_restricts(stack, state):
    rows = [row for row in ROWS if row["since"] == "7.0" and row["name"] not in APART
            and row["handling"] != "denied" and "sentinel" not in row["flags"]]
    assert len(rows) > 200
    direct, proxied = harness.Raw(stack.redis.socket), stack.proxy.raw("acme")
    wrong = []
    for row in rows:
        words = words_of(row)
        replies = []
        for connection in (direct, proxied):
            assert connection.ask("RESET") == b"+RESET\r\n"
            if connection is proxied:
                connection.ask("AUTH", "acme", "acme-secret")
            enter(connection, state)
            replies.append(shape(connection.ask(*words)))
            # (P|S)UNSUBSCRIBE and SUBSCRIBE are answered once here: one name was given.
        bare, through = replies
        if through.startswith(b"-NOPERM"):  # a matter of policy, which comes first in Redis, too
            continue
        if through == NEVER_QUEUED:
            assert "never_queued" in row["traits"]
            continue
        if bare != through:
            wrong.append((row["name"], bare, through))
    assert not wrong


@pytest.mark.parametrize("state", STATES)
def test_reset_leads_out_of_every_state(stack, state):
    client, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    enter(client, state)
    assert client.ask("RESET") == b"+RESET\r\n"
    assert client.ask("GET", "a") == b"-NOAUTH Authentication required.\r\n"
    assert client.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    other.ask("PUBLISH", "c", "lost")
    other.ask("SET", "a", "acme's")
    assert client.ask("GET", "a") == b"$-1\r\n"
    assert client.ask("EXEC") == b"-ERR EXEC without MULTI\r\n"
    assert client.ask("PING") == b"+PONG\r\n"


@pytest.mark.parametrize("state", STATES)
def test_quit_leads_out_of_every_state(stack, state):
    client = stack.proxy.raw("acme")
    enter(client, state)
    assert client.ask("QUIT") == b"+OK\r\n"
    assert client.closed()


@pytest.mark.parametrize("state", OPEN)
def test_a_second_login_to_another_tenant_starts_from_zero(stack, state):
    client, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    stack.proxy.client("globex").set("a", "globex's")
    enter(client, state)
    assert client.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    other.ask("PUBLISH", "c", "lost")
    other.ask("SET", "a", "acme's")
    assert client.ask("GET", "a") == b"$8\r\nglobex's\r\n"
    assert client.ask("MULTI") == b"+OK\r\n"
    assert client.ask("GET", "a") == b"+QUEUED\r\n"
    assert client.ask("EXEC") == b"*1\r\n$8\r\nglobex's\r\n"  # nothing watched is left
    assert client.ask("PING") == b"+PONG\r\n"


@pytest.mark.parametrize("state", OPEN)
def test_silence_in_every_state(stack, state):
    client = stack.proxy.raw("acme")
    enter(client, state)
    client.send(client.encode("CLIENT", "REPLY", "SKIP") + client.encode("SET", "k", "1"))
    assert client.ask("GET", "k") == b"$1\r\n1\r\n"
    client.send(client.encode("CLIENT", "REPLY", "OFF") + client.encode("SET", "k", "2")
                + client.encode("GET", "k"))
    assert client.ask("CLIENT", "REPLY", "ON") == b"+OK\r\n"
    assert client.ask("GET", "k") == b"$1\r\n2\r\n"


@pytest.mark.parametrize("state", [state for state in OPEN if state != "subscribed in RESP3"])
def test_another_protocol_in_every_state(stack, state):
    client = stack.proxy.raw("acme")
    enter(client, state)
    client.ask("HSET", "h", "f", "v")
    for protocol, reply in (("3", b"%1\r\n"), ("2", b"*2\r\n"), ("3", b"%1\r\n")):
        assert client.ask("HELLO", protocol)[:1] == reply[:1]
        assert client.ask("HGETALL", "h").startswith(reply)


def test_a_subscriber_that_returns_to_resp2_may_only_subscribe(stack):
    client = stack.proxy.raw("acme")
    enter(client, "subscribed in RESP3")
    assert client.ask("GET", "a") == b"_\r\n"
    client.ask("HELLO", "2")
    assert client.ask("GET", "a").startswith(b"-ERR Can't execute 'get': only (P|S)SUBSCRIBE")
    stack.proxy.client("acme").publish("c", "m")
    assert client.reply() == b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"


@pytest.mark.parametrize("state", STATES)
def test_the_backend_dies_in_every_state(fresh, state):
    """What was held is lost, and the client is told or closed: never served as if nothing had been."""
    stack = fresh()
    client = stack.proxy.raw("acme")
    enter(client, state)
    stack.redis.kill()
    stack.proxy.wait_for_log("loss", "backend_down")
    stack.redis.start()
    stack.proxy.wait_for_log("return", r"backend_up[^$]*backend_up")
    if state in ("ordinary", "queueing", "queueing and subscribed", "after a transaction"):
        harness.wait_until(lambda: stack.proxy.raw("acme").ask("GET", "a") == b"$-1\r\n", "service")
        wanted = b"+QUEUED\r\n" if "queueing" in state else b"$-1\r\n"
        assert client.ask("GET", "a") == wanted  # nothing of it was upstream
        return
    try:
        first = client.ask(*(("EXEC",) if "queueing" in state else ("GET", "a")))
    except (EOFError, ConnectionError):
        return
    assert first.startswith(b"-BACKENDDOWN"), first
    assert client.closed()
