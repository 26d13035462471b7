"""The PROXY protocol before a connection's bytes: whose it is, and what happens to everything else."""

import concurrent.futures
import re
import struct

import pytest

import harness

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
WRONGPASS = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"


def header(source="192.0.2.7", port=4242, command=0x21, more=b"", family=0x11):
    behind = bytes(map(int, source.split("."))) + bytes([10, 0, 0, 5]) + struct.pack(">HH", port, 6380) + more
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(behind)) + behind


LISTEN = """listen:
  - address: 127.0.0.1:0
    proxy_protocol: { from: ["127.0.0.1", "10.0.0.0/8"], timeout: 500ms }
  - address: 127.0.0.1:0
"""
TENANTS = f"""
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{harness.sha256('acme-secret')}"], source: "192.0.2.0/24" }}
  - name: globex
    users:
      - {{ name: globex, passwords: ["{harness.sha256('globex-secret')}"] }}
"""
EXTRA = "limits:\n  auth_failure_delay: 0\nauth: { failures: 3, ban: 1h }\n"


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(listen=LISTEN, tenants=TENANTS, extra=EXTRA, workers=2)


def connect(stack, first=b""):
    raw = harness.Raw(("127.0.0.1", stack.proxy.ports[0]))
    raw.send(first)
    return raw


def test_the_header_says_who_the_client_is(stack):
    raw = connect(stack, header())
    assert raw.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"  # a source that is allowed
    info = raw.ask("CLIENT", "INFO")
    assert b" addr=192.0.2.7:4242 laddr=10.0.0.5:6380 " in info
    other = connect(stack, header("198.51.100.1"))
    assert other.ask("AUTH", "acme", "acme-secret") == WRONGPASS
    stack.proxy.wait_for_log("address", r"auth_failed client=198.51.100.1:4242 reason=source_refused")


def test_bans_are_for_the_clients_address(stack):
    for _ in range(3):
        assert connect(stack, header("203.0.113.1")).ask("AUTH", "globex", "wrong") == WRONGPASS
    harness.wait_until(lambda: connect(stack, header("203.0.113.1")).ask("AUTH", "globex", "globex-secret")
                       == WRONGPASS, "the ban")
    assert connect(stack, header("203.0.113.2")).ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"


def test_what_comes_with_the_header_is_read_behind_it(stack):
    raw = harness.Raw(("127.0.0.1", stack.proxy.ports[0]))
    raw.send(header(more=b"\x04\x00\x03abc" * 300) + raw.encode("AUTH", "globex", "globex-secret") + raw.encode("PING"))
    assert raw.reply() == b"+OK\r\n"
    assert raw.reply() == b"+PONG\r\n"


def test_a_header_cut_at_every_byte(stack):
    """In two pieces it is the same header; cut off it is the end."""
    whole = header(more=b"\x04\x00\x03abc")

    def at(i):
        raw = connect(stack, whole[:i])
        assert stack.proxy.process.poll() is None
        raw.send(whole[i:])
        assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n", i
        raw.close()
        cut = connect(stack, whole[:i])
        cut.socket.shutdown(1)
        assert cut.closed(), i
        cut.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(at, range(len(whole))))


def test_the_proxys_own_connections_keep_their_address(stack):
    for bytes_ in (SIGNATURE + b"\x20\x00\x00\x00", SIGNATURE + b"\x21\x00\x00\x03abc", header(command=0x20)):
        raw = connect(stack, bytes_)
        assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
        assert b" addr=127.0.0.1:" in raw.ask("CLIENT", "INFO")


def test_ipv6_clients(stack):
    behind = bytes.fromhex("20010db8" + "00" * 11 + "01" + "00" * 15 + "01") + struct.pack(">HH", 1, 2)
    raw = connect(stack, SIGNATURE + b"\x21\x21" + struct.pack(">H", len(behind)) + behind)
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert b" addr=[2001:db8::1]:1 laddr=[::1]:2 " in raw.ask("CLIENT", "INFO")


@pytest.mark.parametrize("bytes_", [
    b"PROXY TCP4 192.0.2.7 10.0.0.5 4242 6380\r\n", harness.Raw.encode("PING"), b"PING\r\n", b"\0" * 64, b"\x16\x03\x01",
    SIGNATURE + b"\x11\x11\x00\x0c" + b"x" * 12, SIGNATURE + b"\x2f\x11\x00\x0c" + b"x" * 12,
    SIGNATURE + b"\x21\x12\x00\x0c" + b"x" * 12, SIGNATURE + b"\x21\x31\x00\xd8" + b"x" * 216,
    SIGNATURE + b"\x21\x11\x00\x0b" + b"x" * 11, SIGNATURE + b"\x21\x11\xff\xff" + b"x" * 1000,
])
def test_everything_else_is_the_end_of_the_connection(stack, bytes_):
    before = stack.proxy.metric("bulkhead_connections_rejected_total", reason="proxy_header")
    raw = connect(stack, bytes_)
    assert raw.closed()
    assert stack.proxy.metric("bulkhead_connections_rejected_total", reason="proxy_header") == before + 1


def test_a_header_that_does_not_come_in_time(stack):
    silent, slow = connect(stack), connect(stack, header()[:-1])
    assert silent.closed() and slow.closed()
    stack.proxy.wait_for_log("problem", "proxy_header_refused client=127.0.0.1:.* in time")


def test_who_is_not_trusted_is_sent_away(stack):
    raw = harness.Raw.__new__(harness.Raw)
    raw.buffer = b""
    raw.socket = harness.socket.create_connection(("127.0.0.1", stack.proxy.ports[0]), harness.PATIENCE,
                                                  ("127.0.0.2", 0))
    assert raw.closed()
    stack.proxy.wait_for_log("event", "untrusted_source client=127.0.0.2:")
    assert stack.proxy.metric("bulkhead_connections_rejected_total", reason="untrusted_source") >= 1


def test_other_listeners_take_no_header(stack):
    raw = harness.Raw(("127.0.0.1", stack.proxy.ports[1]))
    raw.send(header("192.0.2.7"))
    assert raw.rest().endswith(b"+OK\r\n")  # to a server that does not know of it, it says QUIT
    other = harness.Raw(("127.0.0.1", stack.proxy.ports[1]))
    assert other.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"


def test_whom_to_trust_is_hot(fresh):
    stack = fresh(listen=LISTEN.replace('"127.0.0.1", ', ""), tenants=TENANTS, extra=EXTRA)
    assert connect(stack).closed()
    stack.proxy.fixed = stack.proxy.fixed.replace('["10.0.0.0/8"]', '["127.0.0.1"]')
    stack.proxy.write(tenants=TENANTS, extra=EXTRA)
    stack.proxy.reload()
    assert connect(stack, header()).ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    stack.proxy.fixed = re.sub(r"    proxy_protocol.*\n", "", stack.proxy.fixed)
    stack.proxy.write(tenants=TENANTS, extra=EXTRA)
    stack.proxy.reload()
    assert connect(stack).ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert "restart_needed" not in stack.proxy.log_text()
