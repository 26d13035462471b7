"""Values that go to the backend while they arrive: whole, in order, at the price of a buffer."""

import pytest

import harness

MIB = 1024 * 1024
LONG = 3 * MIB


def value_of(size, mark=b"v"):
    return (b"%s-%d/" % (mark, size) * (size // 4))[:size]


@pytest.mark.parametrize("size", [512 * 1024 - 1, 512 * 1024 + 40, MIB, LONG, 10 * MIB])
def test_a_value_arrives_whole(stack, size):
    raw = stack.proxy.raw("acme")
    value = value_of(size)
    assert raw.ask("SET", "session:long", value) == b"+OK\r\n"
    assert stack.redis.client(0).get("acme:session:long") == value
    assert raw.ask("GET", "session:long") == b"$%d\r\n%s\r\n" % (size, value)


def test_arguments_behind_it_and_commands_behind_them(stack):
    raw = stack.proxy.raw("acme")
    value = value_of(LONG)
    raw.send(raw.encode("SET", "a", "1") + raw.encode("SET", "long", value, "EX", "1000", "GET") +
             raw.encode("STRLEN", "long") + raw.encode("APPEND", "long", value) + raw.encode("TTL", "long"))
    assert raw.reply() == b"+OK\r\n"
    assert raw.reply() == b"$-1\r\n"
    assert raw.reply() == b":%d\r\n" % LONG
    assert raw.reply() == b":%d\r\n" % (2 * LONG)
    assert raw.reply() in (b":1000\r\n", b":999\r\n")
    assert stack.redis.client(1).get("acme:long") == value + value


def test_a_second_long_argument_is_read_whole(stack):
    raw = stack.proxy.raw("acme")
    one, two = value_of(LONG, b"one"), value_of(LONG, b"two")
    assert raw.ask("HSET", "hash", "f", one, "g", two) == b":2\r\n"
    assert stack.redis.client(1).hgetall("acme:hash") == {b"f": one, b"g": two}
    assert raw.ask("DEL", "hash") == b":1\r\n"
    assert raw.ask("RPUSH", "list", one, "x", two, "y") == b":4\r\n"
    assert stack.redis.client(1).lrange("acme:list", 0, -1) == [one, b"x", two, b"y"]


@pytest.mark.parametrize("command", [("MSET", "k", "V"), ("PING", "V"), ("GET", "V"), ("ECHO", "V"),
                                     ("SETRANGE", "k", "0", "V"), ("GETSET", "k", "V")])
def test_any_command_may_have_one(stack, command):
    """Through the proxy and on the backend itself; what cannot be passed on is read whole."""
    long = value_of(MIB)
    words = [long if word == "V" else word for word in command]
    stack.redis.client(1).flushdb()
    raw, bare = stack.proxy.raw("acme"), harness.Raw(stack.redis.socket)
    answer = raw.ask(*words)
    stack.redis.client(1).flushdb()
    assert bare.ask("SELECT", 1) == b"+OK\r\n"
    assert answer == bare.ask(*words)


def test_it_may_come_in_any_pieces(stack):
    value = value_of(600 * 1024)
    raw = stack.proxy.raw("acme")
    data = raw.encode("SET", "pieces", value, "EX", "1000")
    begin = data.index(value)
    end = begin + len(value)
    for cut in [*range(1, begin + 4), *range(end - 3, len(data))]:
        raw.send(data[:cut])
        # The proxy has read so far when it answers another connection.
        assert stack.proxy.raw("globex").ask("PING") == b"+PONG\r\n"
        raw.send(data[cut:])
        assert raw.reply() == b"+OK\r\n", cut
    assert stack.redis.client(1).get("acme:pieces") == value


def test_wrong_bytes_behind_it_end_the_connection(stack):
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "wrong", "before") == b"+OK\r\n"
    value = value_of(LONG)
    raw.send(raw.encode("SET", "wrong", value)[:-2] + b"xx")
    replies = b""
    try:
        while True:
            replies += raw.reply()
    except EOFError:
        pass
    assert b"-ERR Protocol error: expected CRLF after a bulk string\r\n" in replies
    assert b"+OK" not in replies
    assert stack.redis.client(1).get("acme:wrong") == b"before"


def test_who_leaves_half_way_changes_nothing(stack):
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "half", "before") == b"+OK\r\n"
    raw.send(raw.encode("SET", "half", value_of(LONG))[:LONG // 2])
    raw.socket.close()
    other = stack.proxy.raw("acme")
    assert other.ask("GET", "half") == b"$6\r\nbefore\r\n"
    assert other.ask("SET", "half", "after") == b"+OK\r\n"
    assert stack.redis.client(1).get("acme:half") == b"after"


def test_others_do_not_wait_for_it(stack):
    slow, other = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    data = slow.encode("SET", "slow", value_of(LONG))
    slow.send(data[:MIB])
    for i in range(100):
        assert other.ask("SET", f"key:{i}", "v") == b"+OK\r\n"
    slow.send(data[MIB:])
    assert slow.reply() == b"+OK\r\n"


def test_the_backend_goes_half_way(fresh):
    stack = fresh()
    raw = stack.proxy.raw("acme")
    data = raw.encode("SET", "lost", value_of(LONG))
    raw.send(data[:MIB])
    assert stack.proxy.raw("globex").ask("SET", "x", "1") == b"+OK\r\n"
    stack.redis.kill()
    assert raw.reply().startswith(b"-BACKENDDOWN ")
    with pytest.raises((EOFError, ConnectionError)):
        raw.reply()


def test_what_may_not_be_done_is_refused(stack):
    raw = stack.proxy.raw("acme")
    assert raw.ask("RESTORE", "k", "0", value_of(LONG)).startswith(b"-NOPERM ")
    assert raw.ask("GET", "k") == b"$-1\r\n"


def test_inside_a_transaction_it_is_read_whole(stack):
    raw = stack.proxy.raw("acme")
    value = value_of(LONG)
    assert raw.ask("MULTI") == b"+OK\r\n"
    assert raw.ask("SET", "long", value) == b"+QUEUED\r\n"
    assert raw.ask("STRLEN", "long") == b"+QUEUED\r\n"
    assert raw.ask("EXEC") == b"*2\r\n+OK\r\n:%d\r\n" % LONG


def test_memory_is_a_buffer_and_not_the_value(fresh):
    stack = fresh(extra="limits: { process_buffers: 16MiB, client_output: 16MiB, lane_output: 16MiB }\n")
    raw = stack.proxy.raw("acme")
    raw.ask("SET", "k", value_of(2 * MIB))
    before, highest = stack.proxy.resident_bytes(), 0
    data = memoryview(raw.encode("SET", "k", value_of(64 * MIB)))
    for at in range(0, len(data), MIB):
        raw.send(data[at:at + MIB])
        highest = max(highest, stack.proxy.resident_bytes())
    assert raw.reply() == b"+OK\r\n"
    assert highest - before < 8 * MIB
