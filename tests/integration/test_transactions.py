"""MULTI, EXEC, DISCARD, WATCH, UNWATCH: as on a bare Redis, also over the databases of features."""

import pytest

import harness

SETTINGS = [2, 3]

# Each sequence is run through the proxy and on a bare Redis; every reply must be the same bytes.
SEQUENCES = {
    "one database": [("MULTI",), ("SET", "a", "1"), ("INCR", "a"), ("GET", "a"), ("EXEC",)],
    "many databases": [
        ("SET", "session:1", "s"), ("MULTI",), ("SET", "cache:a", "1"), ("GET", "session:1"),
        ("LPUSH", "queue:q", "x", "y"), ("INCR", "rate:r"), ("GET", "cache:a"), ("EXEC",),
        ("GET", "cache:a"), ("GET", "rate:r"), ("LRANGE", "queue:q", "0", "-1")],
    "empty": [("MULTI",), ("EXEC",)],
    "twice": [("MULTI",), ("SET", "a", "1"), ("EXEC",), ("MULTI",), ("GET", "a"), ("EXEC",)],
    "discard": [("SET", "a", "0"), ("MULTI",), ("SET", "a", "1"), ("DISCARD",), ("GET", "a")],
    "without multi": [("EXEC",), ("DISCARD",), ("UNWATCH",)],
    "nested": [("MULTI",), ("MULTI",), ("SET", "a", "1"), ("EXEC",)],
    "watch inside": [("MULTI",), ("WATCH", "a"), ("SET", "a", "1"), ("EXEC",)],
    "unwatch inside": [("WATCH", "a"), ("MULTI",), ("UNWATCH",), ("SET", "a", "1"), ("EXEC",)],
    "unknown command": [("MULTI",), ("NOSUCH", "x"), ("SET", "a", "1"), ("EXEC",), ("GET", "a")],
    "wrong arity": [("MULTI",), ("GET",), ("SET", "a", "1"), ("EXEC",), ("GET", "a")],
    "exec arity": [("MULTI",), ("SET", "a", "1"), ("EXEC", "now"), ("GET", "a")],
    "error inside": [("SET", "a", "x"), ("MULTI",), ("INCR", "a"), ("SET", "b", "1"), ("EXEC",),
                     ("GET", "b")],
    "syntax inside": [("MULTI",), ("ZUNION", "0", "a"), ("XREAD", "STREAMS", "a"),
                      ("SET", "b", "1"), ("EXEC",), ("GET", "b")],
    "split inside": [
        ("MSET", "session:1", "a", "cache:2", "b", "rate:3", "c"), ("MULTI",),
        ("MGET", "rate:3", "none", "session:1", "cache:2"),
        ("EXISTS", "session:1", "rate:3", "rate:3"), ("DEL", "session:1", "cache:2", "none"),
        ("MSET", "session:1", "x", "cache:2", "y"), ("EXEC",), ("GET", "cache:2")],
    "renamed across": [("SET", "session:1", "v"), ("MULTI",), ("RENAME", "session:1", "cache:1"),
                       ("GET", "cache:1"), ("EXEC",)],
    "names in replies": [
        ("XADD", "queue:s", "1-1", "f", "v"), ("RPUSH", "queue:l", "1", "2"), ("ZADD", "rate:z", "1", "m"),
        ("MULTI",), ("XREAD", "STREAMS", "queue:s", "0"), ("LMPOP", "2", "none", "none2", "LEFT"),
        ("LMPOP", "1", "queue:l", "LEFT"), ("ZMPOP", "1", "rate:z", "MIN"), ("EXEC",)],
    "error text": [("SET", "a", "x"), ("MULTI",),
                   ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "queue:s", ">"), ("EXEC",)],
    "blocking does not block": [
        ("RPUSH", "queue:l", "1"), ("MULTI",), ("BLPOP", "queue:l", "0"), ("BLPOP", "queue:l", "0"),
        ("BRPOPLPUSH", "queue:l", "queue:m", "0"), ("BZPOPMIN", "rate:z", "0"),
        ("XREAD", "BLOCK", "0", "STREAMS", "queue:s", "$"), ("WAIT", "1", "0"), ("EXEC",)],
    "answers of the proxy": [
        ("MULTI",), ("PING",), ("SET", "a", "1"), ("ECHO", "hello"), ("PING", "x"),
        ("CLIENT", "GETNAME"), ("CLIENT", "SETNAME", "me"), ("CLIENT", "GETNAME"), ("GET", "a"),
        ("EXEC",), ("CLIENT", "GETNAME")],
    "dbsize": [("MULTI",), ("SET", "a", "1"), ("SET", "session:2", "1"), ("DBSIZE",), ("EXEC",)],
    "watched and untouched": [("SET", "a", "1"), ("WATCH", "a"), ("GET", "a"), ("MULTI",),
                              ("SET", "a", "2"), ("EXEC",), ("GET", "a")],
    "watched and written": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("SET", "a", "2"),
                            ("EXEC",), ("GET", "a")],
    "watched in many databases": [
        ("WATCH", "a", "session:1", "rate:1"), ("SET", "session:1", "x"), ("MULTI",),
        ("SET", "a", "2"), ("EXEC",), ("GET", "a")],
    "watched, nothing queued": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("EXEC",)],
    "watched, answers only": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("PING",),
                              ("CLIENT", "SETNAME", "n"), ("EXEC",), ("CLIENT", "GETNAME")],
    "unwatched": [("WATCH", "a"), ("SET", "a", "0"), ("UNWATCH",), ("MULTI",), ("SET", "a", "2"),
                  ("EXEC",), ("GET", "a")],
    "discard unwatches": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("DISCARD",), ("MULTI",),
                          ("SET", "a", "2"), ("EXEC",)],
    "exec unwatches": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("EXEC",), ("MULTI",),
                       ("SET", "a", "2"), ("EXEC",)],
    "abort unwatches": [("WATCH", "a"), ("SET", "a", "0"), ("MULTI",), ("NOSUCH",), ("EXEC",),
                        ("MULTI",), ("SET", "a", "2"), ("EXEC",)],
    "watch twice": [("WATCH", "a"), ("WATCH", "session:b"), ("SET", "session:b", "0"), ("MULTI",),
                    ("SET", "a", "2"), ("EXEC",)],
    "select inside": [("MULTI",), ("SELECT", "99"), ("SET", "a", "1"), ("EXEC",)],
}


def run(connection, sequence, at_once):
    if at_once:
        connection.send(b"".join(connection.encode(*words) for words in sequence))
        return [connection.reply() for _ in sequence]
    return [connection.ask(*words) for words in sequence]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_as_on_a_bare_redis(stack, name, at_once, protocol):
    direct = harness.Raw(stack.redis.socket)
    proxied = stack.proxy.raw("acme")
    replies = {}
    for side, connection in (("direct", direct), ("proxied", proxied)):
        stack.clean()
        connection.ask("HELLO", str(protocol))
        replies[side] = run(connection, SEQUENCES[name], at_once)
        # What comes after is not shifted.
        assert connection.ask("ECHO", "end") == b"$3\r\nend\r\n"
        connection.close()
    assert replies["proxied"] == replies["direct"]


def test_a_write_by_another_client_makes_exec_null(stack):
    client, other = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    assert client.ask("WATCH", "a", "session:b") == b"+OK\r\n"
    assert client.ask("MULTI") == b"+OK\r\n"
    assert client.ask("SET", "a", "mine") == b"+QUEUED\r\n"
    assert other.ask("SET", "session:b", "theirs") == b"+OK\r\n"
    assert client.ask("EXEC") == b"*-1\r\n"
    assert client.ask("GET", "a") == b"$-1\r\n"


def test_the_same_name_of_another_tenant_is_not_watched(stack):
    client, other = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    client.ask("WATCH", "a")
    other.ask("SET", "a", "theirs")
    client.ask("MULTI")
    client.ask("SET", "a", "mine")
    assert client.ask("EXEC") == b"*1\r\n+OK\r\n"
    assert other.ask("GET", "a") == b"$6\r\ntheirs\r\n"


def test_a_refused_command_aborts(stack):
    client = stack.proxy.raw("acme")
    client.ask("MULTI")
    assert client.ask("FLUSHALL").startswith(b"-NOPERM")
    assert client.ask("SET", "a", "1") == b"+QUEUED\r\n"
    assert client.ask("EXEC").startswith(b"-EXECABORT Transaction discarded because of previous")
    assert client.ask("GET", "a") == b"$-1\r\n"


@pytest.mark.parametrize("words", [("AUTH", "acme", "acme-secret"), ("HELLO", "3"),
                                   ("CLIENT", "REPLY", "OFF"), ("SUBSCRIBE", "c")])
def test_what_cannot_wait_is_refused_in_a_transaction(stack, words):
    client = stack.proxy.raw("acme")
    client.ask("MULTI")
    assert client.ask(*words) == b"-ERR Command not allowed inside a transaction\r\n"
    assert client.ask("EXEC").startswith(b"-EXECABORT")
    assert client.ask("PING") == b"+PONG\r\n"


def test_reset_ends_a_transaction_and_the_identity(stack):
    client = stack.proxy.raw("acme")
    client.ask("WATCH", "a")
    client.ask("MULTI")
    assert client.ask("RESET") == b"+RESET\r\n"
    assert client.ask("EXEC").startswith(b"-NOAUTH")
    assert client.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert client.ask("EXEC") == b"-ERR EXEC without MULTI\r\n"


def test_quit_in_a_transaction(stack):
    client = stack.proxy.raw("acme")
    client.ask("MULTI")
    client.ask("SET", "a", "1")
    assert client.ask("QUIT") == b"+OK\r\n"
    assert client.closed()
    assert stack.redis.keys() == {}


def test_lanes_of_watchers_are_used_again(stack):
    clients = [stack.proxy.raw("acme") for _ in range(20)]
    for round_ in range(5):
        for client in clients:
            assert client.ask("WATCH", "a") == b"+OK\r\n"
            assert client.ask("UNWATCH") == b"+OK\r\n"
    connected = stack.redis.client().info("stats")["total_connections_received"]
    for client in clients:
        client.ask("WATCH", "a")
        client.ask("UNWATCH")
    # One more is the one that asks.
    after = stack.redis.client().info("stats")["total_connections_received"]
    assert after - connected <= 2


def test_watched_keys_of_a_client_that_left_are_forgotten(stack):
    first = stack.proxy.raw("acme")
    first.ask("WATCH", "a")
    first.ask("SET", "a", "1")  # the lane's EXEC would be null now
    first.close()
    second = stack.proxy.raw("globex")
    for _ in range(10):
        second.ask("WATCH", "b")
        second.ask("MULTI")
        second.ask("SET", "b", "1")
        assert second.ask("EXEC") == b"*1\r\n+OK\r\n"


def test_a_backend_that_dies_is_told_and_the_client_closed(fresh):
    stack = fresh()
    watching, queueing, both = (stack.proxy.raw("acme") for _ in range(3))
    watching.ask("WATCH", "a")
    queueing.ask("MULTI")
    queueing.ask("SET", "q", "1")
    both.ask("WATCH", "a")
    both.ask("MULTI")
    both.ask("SET", "b", "1")
    stack.redis.kill()
    stack.proxy.wait_for_log("loss", "backend_down")
    for client in (watching, both):
        assert client.ask("EXEC").startswith(b"-BACKENDDOWN")
        assert client.closed()
    assert queueing.ask("EXEC").startswith(b"-BACKENDDOWN")
    assert queueing.closed()
    stack.redis.start()
    stack.proxy.wait_for_log("return", r"backend_up[^$]*backend_up")
    client = stack.proxy.raw("acme")
    client.ask("WATCH", "a")
    client.ask("MULTI")
    client.ask("SET", "a", "1")
    assert client.ask("EXEC") == b"*1\r\n+OK\r\n"


def test_an_error_of_the_backend_while_queueing_is_told(fresh):
    stack = fresh(redis_options=("--maxmemory", "1mb", "--maxmemory-policy", "noeviction"))
    stack.redis.client().config_set("maxmemory", "1")
    client = stack.proxy.raw("acme")
    client.ask("MULTI")
    assert client.ask("SET", "a", "1") == b"+QUEUED\r\n"
    assert client.ask("EXEC").startswith(b"-EXECABORT Transaction discarded because of: OOM")


def test_a_transaction_beyond_the_limit(fresh):
    stack = fresh(extra="limits: { request_bulk: 32KiB, request_bytes: 64KiB }\n")
    client = stack.proxy.raw("acme")
    client.ask("MULTI")
    replies = {client.ask("SET", "a", "x" * 10000) for _ in range(10)}
    assert replies == {b"+QUEUED\r\n",
                       b"-ERR the transaction is larger than the configured limit\r\n"}
    assert client.ask("EXEC").startswith(b"-EXECABORT")


def test_the_limit_on_watchers(fresh):
    stack = fresh(extra="limits: { pinned: 2 }\n")
    first, second, third = (stack.proxy.raw("acme") for _ in range(3))
    assert first.ask("WATCH", "a") == b"+OK\r\n"
    assert second.ask("WATCH", "a") == b"+OK\r\n"
    assert third.ask("WATCH", "a").startswith(b"-ERR max number of")
    assert stack.proxy.raw("globex").ask("WATCH", "a") == b"+OK\r\n"
    first.ask("UNWATCH")
    harness.wait_until(lambda: third.ask("WATCH", "a") == b"+OK\r\n", "room")


def test_atomic_over_databases(stack):
    """Two counters of two features move together: a reader never sees one of them ahead."""
    writer, reader = stack.proxy.raw("acme"), stack.proxy.raw("acme")
    increment = [("MULTI",), ("INCR", "session:n"), ("INCR", "rate:n"), ("EXEC",)]
    look = [("MULTI",), ("GET", "rate:n"), ("GET", "session:n"), ("EXEC",)]
    for _ in range(200):
        writer.send(b"".join(writer.encode(*words) for words in increment))
        seen = run(reader, look, True)[-1]
        values = seen.split(b"\r\n")[2::2] if b"$-1" not in seen else [b"", b""]
        assert values[0] == values[1]
        for _ in increment:
            writer.reply()
