"""Clients that ask for more than they read, and requests and replies that are large.

Who does not read stops being read; it costs bounded memory and nobody else's time.
"""

import threading
import time

import pytest

import harness

MIB = 1024 * 1024
LIMITS = """limits:
  client_output: 4MiB
  client_output_soft: 256KiB
  lane_output: 8MiB
  process_buffers: 64MiB
  slow_reader_grace: 300ms
"""


def fill(stack, tenant, keys, size):
    """Values that name their tenant and key, put behind the proxy's back."""
    prefix = {"acme": "acme:", "globex": "erp:tenant:globex:"}[tenant]
    for db, key in keys:
        stack.redis.client(db).set(prefix + key, value_of(tenant, key, size))


def value_of(tenant, key, size):
    return (f"{tenant}/{key}/".encode() * (size // len(f"{tenant}/{key}/") + 1))[:size]


def read_value(raw, tenant, key, size):
    assert raw.line() == b"$%d\r\n" % size
    assert raw.exactly(size) == value_of(tenant, key, size)
    assert raw.exactly(2) == b"\r\n"


@pytest.fixture
def narrow(fresh):
    return fresh(extra=LIMITS)


def test_who_never_reads_is_closed_and_others_are_served(narrow):
    fill(narrow, "acme", [(1, "big")], MIB)
    other = narrow.proxy.raw("globex")
    assert other.ask("SET", "small", "of-globex") == b"+OK\r\n"
    before = narrow.proxy.resident_bytes()
    slow = narrow.proxy.raw("acme")
    slow.send(slow.encode("GET", "big") * 1000)
    highest, longest = 0, 0.0

    def counted():
        nonlocal highest, longest
        begun = time.monotonic()
        assert other.ask("GET", "small") == b"$9\r\nof-globex\r\n"
        longest = max(longest, time.monotonic() - begun)
        highest = max(highest, narrow.proxy.resident_bytes())
        return narrow.proxy.metric("bulkhead_slow_readers_closed_total", tenant="acme")
    harness.wait_until(counted, "the slow reader's end")
    assert highest - before < 48 * MIB
    assert longest < 10  # the grace, the replies that nobody wants any more, a busy machine
    assert narrow.proxy.metric("bulkhead_connections_closed_total", reason="slow_reader") == 1
    assert len(slow.rest()) < 1000 * MIB
    for _ in range(100):
        assert other.ask("GET", "small") == b"$9\r\nof-globex\r\n"


def test_who_never_reads_may_wait_while_nobody_else_does(narrow):
    """Alone on its lane it is not closed, and reads everything when it likes."""
    fill(narrow, "acme", [(1, "big")], MIB)
    slow = narrow.proxy.raw("acme")
    before = narrow.proxy.resident_bytes()
    slow.send(slow.encode("GET", "big") * 100)
    begun = time.monotonic()
    probe = narrow.proxy.raw("acme")
    while time.monotonic() - begun < 1:
        assert probe.ask("PING") == b"+PONG\r\n"
        assert narrow.proxy.resident_bytes() - before < 48 * MIB
    for _ in range(100):
        read_value(slow, "acme", "big", MIB)
    assert slow.ask("PING") == b"+PONG\r\n"


def test_replies_from_several_databases_to_one_slow_client(narrow):
    """Each database's lane stops for it, and each goes on when it reads."""
    keys = [(0, "session:big"), (1, "big"), (4, "queue:big")]
    fill(narrow, "acme", keys, MIB)
    slow = narrow.proxy.raw("acme")
    slow.send(b"".join(slow.encode("GET", key) for _, key in keys) * 30)
    before = narrow.proxy.resident_bytes()
    # Read nothing until what is under way has come to rest.
    seen = []

    def rests():
        seen.append(narrow.proxy.metric("bulkhead_buffer_bytes"))
        return len(seen) > 50 and len(set(seen[-50:])) == 1
    harness.wait_until(rests, "the lanes")
    assert narrow.proxy.resident_bytes() - before < 48 * MIB
    for _ in range(30):
        for _, key in keys:
            read_value(slow, "acme", key, MIB)
    assert slow.ask("PING") == b"+PONG\r\n"


def test_twenty_slow_readers_of_large_replies(narrow):
    fill(narrow, "acme", [(1, "big")], 10 * MIB)
    fill(narrow, "globex", [(1, "big")], 10 * MIB)
    before = narrow.proxy.resident_bytes()
    readers = [(narrow.proxy.raw(tenant), tenant) for tenant in harness.PASSWORDS
               for _ in range(10)]
    for raw, _ in readers:
        raw.send(raw.encode("GET", "big"))
    whole = 0
    for raw, tenant in readers:
        # In small bites; whoever held up the others too long has been closed.
        try:
            read_value(raw, tenant, "big", 10 * MIB)
            whole += 1
        except (EOFError, ConnectionResetError):
            pass
        assert narrow.proxy.resident_bytes() - before < 80 * MIB
    assert whole > 0
    closed = narrow.proxy.metric("bulkhead_connections_closed_total", reason="slow_reader")
    assert whole + closed == len(readers)
    assert narrow.proxy.client("globex").get("none") is None


def test_a_large_value_both_ways(stack):
    size = 64 * MIB
    value = value_of("acme", "large", size)
    acme = stack.proxy.client()
    assert acme.set("large", value)
    assert stack.redis.client(1).get("acme:large") == value
    assert acme.get("large") == value
    assert acme.getrange("large", size - 5, -1) == value[-5:]
    assert stack.proxy.client("globex").get("large") is None


def test_a_long_pipeline_is_written_before_anything_is_read(stack):
    """As many clients do it: all is written by one thread before another one reads."""
    raw = stack.proxy.raw("acme")
    count = 50_000
    asked = b"".join(raw.encode("SET", f"p{i}", f"v{i}") + raw.encode("GET", f"p{i}")
                     for i in range(count))
    writer = threading.Thread(target=raw.send, args=[asked])
    writer.start()
    for i in range(count):
        assert raw.line() == b"+OK\r\n"
        value = b"v%d" % i
        assert raw.line() == b"$%d\r\n" % len(value) and raw.line() == value + b"\r\n"
    writer.join()


def test_ten_thousand_keys_at_once(stack):
    acme, globex = stack.proxy.client(), stack.proxy.client("globex")
    for names in ([f"cache:{i}" for i in range(10_000)],
                  [("session:%d", "cache:%d", "queue:%d", "%d")[i % 4] % i for i in range(10_000)]):
        assert acme.mset({name: f"acme/{name}" for name in names})
        assert acme.mget(names) == [f"acme/{name}".encode() for name in names]
        assert globex.mget(names) == [None] * len(names)
        assert acme.exists(*names) == 10_000
        assert acme.delete(*names) == 10_000
    assert stack.redis.keys() == {}


def test_a_hundred_thousand_arguments(stack):
    acme = stack.proxy.client()
    members = [str(i) for i in range(100_000)]
    assert acme.sadd("set", *members) == 100_000
    assert acme.rpush("list", *members) == 100_000
    assert acme.lrange("list", 0, -1) == [member.encode() for member in members]
    assert acme.delete(*members) == 0
    assert acme.scard("set") == 100_000


def test_a_reply_larger_than_all_limits(narrow):
    """One reply that exceeds the client's whole allowance is streamed through, not refused."""
    fill(narrow, "acme", [(1, "huge")], 100 * MIB)
    before = narrow.proxy.resident_bytes()
    raw = narrow.proxy.raw("acme")
    raw.send(raw.encode("GET", "huge"))
    read_value(raw, "acme", "huge", 100 * MIB)
    assert narrow.proxy.resident_bytes() - before < 32 * MIB


@pytest.mark.parametrize("byte", [b">", b"*", b"-", b"$", b"\r\n"])
def test_a_piece_of_a_reply_may_begin_with_any_byte(stack, byte):
    """Long replies are handed on in pieces; no piece is taken for a reply of its own."""
    value = byte * (2 * MIB // len(byte))
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "bytes", value) == b"+OK\r\n"
    for _ in range(5):
        assert raw.ask("GET", "bytes") == b"$%d\r\n%s\r\n" % (len(value), value)


def test_slow_readers_in_a_row_have_one_grace(narrow):
    """Who waits behind many that do not read does not wait for each of them in turn."""
    fill(narrow, "acme", [(1, "big")], 16 * MIB)
    other = narrow.proxy.raw("globex")
    slow = [narrow.proxy.raw("acme") for _ in range(20)]
    for reader in slow:
        reader.send(reader.encode("GET", "big"))
    begun = time.monotonic()
    assert other.ask("SET", "small", "v") == b"+OK\r\n"
    # 20 times the grace of 300 ms would be 6 s, before any tick.
    assert time.monotonic() - begun < 5
    assert narrow.proxy.metric("bulkhead_slow_readers_closed_total", tenant="acme") == 20
