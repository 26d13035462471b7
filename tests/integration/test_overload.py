"""More than the process may hold, and more connections than it has descriptors for: who takes the most pays, and
everybody else goes on."""

import resource
import socket

import pytest

import harness

MIB = 1024 * 1024
NARROW = """limits:
  process_buffers: 32MiB
  client_output: 8MiB
  client_output_soft: 1MiB
  lane_output: 8MiB
"""


def half_sent(raw, size, rest):
    """A command that never ends: its memory stays as long as its client."""
    raw.send(b"*%d\r\n$4\r\nSADD\r\n$1\r\ns\r\n" % (rest + 3) + b"$%d\r\n%s\r\n" % (size, b"x" * size))


@pytest.mark.parametrize("workers", [1, 2])
def test_many_half_sent_requests_do_not_hold_the_process(fresh, workers):
    stack = fresh(extra=NARROW, workers=workers)
    neighbour = stack.proxy.raw("globex")
    small = [stack.proxy.raw("globex") for _ in range(10)]
    for raw in small:
        half_sent(raw, 20_000, 5)
    before = stack.proxy.resident_bytes()
    hostile, highest = [], 0
    for i in range(200):
        raw = stack.proxy.raw("acme")
        hostile.append(raw)
        raw.socket.settimeout(0.2)
        try:
            half_sent(raw, 400_000, 5)
        except (TimeoutError, ConnectionError):
            pass  # not read any more, or closed
        if i % 10 == 0:
            assert neighbour.ask("SET", "a", str(i)) == b"+OK\r\n"
            highest = max(highest, stack.proxy.resident_bytes())
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_clients_shed_total", tenant="acme") > 0, "the shedding")
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_buffer_bytes") <= 33 * MIB, "room")
    assert neighbour.ask("GET", "a") == b"$3\r\n190\r\n"
    assert highest - before < 80 * MIB
    assert stack.proxy.metric("bulkhead_clients_shed_total", tenant="globex") == 0
    assert stack.proxy.metric("bulkhead_connections_closed_total", reason="over_memory") > 0
    assert " over_memory_closed tenant=acme " in stack.proxy.log_text()
    for raw in small:  # what they had begun they can end
        raw.send(b"".join(b"$1\r\n%d\r\n" % i for i in range(5)))
        assert raw.reply().startswith(b":")
    # Who comes now finds room.
    assert stack.proxy.raw("acme").ask("SET", "b", "x" * 500_000) == b"+OK\r\n"


def test_the_budget_is_the_process_and_not_a_workers_part(fresh):
    """One worker alone may hold more than its part when the others hold nothing."""
    stack = fresh(extra=NARROW, workers=4)
    raw = stack.proxy.raw("acme")
    value = "x" * (20 * MIB)
    raw.send(raw.encode("SET", "page", value[:400_000]))
    assert raw.reply() == b"+OK\r\n"
    half_sent(raw, 12 * MIB, 5)  # more than a quarter of 32 MiB
    raw.send(b"".join(b"$1\r\n%d\r\n" % i for i in range(5)))
    assert raw.reply() == b":6\r\n"
    assert stack.proxy.metric("bulkhead_clients_shed_total", tenant="acme") == 0


def test_those_without_an_identity_pay_like_a_tenant(fresh):
    stack = fresh(extra="limits: { process_buffers: 2MiB, client_output: 1MiB, client_output_soft: 256KiB, "
                        "lane_output: 1MiB, auth_timeout: 600s, request_bulk: 1MiB, request_bytes: 2MiB }\n")
    neighbour = stack.proxy.raw("globex")
    strangers = [stack.proxy.raw() for _ in range(200)]
    for raw in strangers:
        raw.send(b"*3\r\n$4\r\nAUTH\r\n$16000\r\n" + b"x" * 15000)
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_clients_shed_total", tenant="") > 0, "the shedding")
    assert neighbour.ask("SET", "a", "1") == b"+OK\r\n"
    assert stack.proxy.metric("bulkhead_clients_shed_total", tenant="globex") == 0


@pytest.fixture
def few_descriptors():
    """For processes that are started in the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def limit(number):
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    yield limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def try_to_connect(proxy):
    try:
        return socket.create_connection(("127.0.0.1", proxy.port), 5)
    except OSError:
        return None


def test_without_descriptors_accepting_pauses_and_nothing_else(fresh, few_descriptors):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few_descriptors(100)
    stack = fresh()
    few_descriptors(soft)
    acme = stack.proxy.raw("acme")
    assert acme.ask("SET", "a", "1") == b"+OK\r\n"
    flood = [try_to_connect(stack.proxy) for _ in range(150)]
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_accept_pauses_total") > 2, "the pause")
    # Lanes and the admin port have descriptors left: another database, and a loss.
    assert acme.ask("SET", "session:a", "1") == b"+OK\r\n"
    stack.redis.kill()
    stack.redis.start()
    harness.wait_until(lambda: acme.ask("SET", "queue:a", "1") == b"+OK\r\n", "the lanes", 5)
    assert stack.proxy.metric("bulkhead_connections_rejected_total", reason="descriptors") > 0
    assert stack.proxy.metric("process_open_fds") <= 100
    assert stack.proxy.http("/readyz")[0] == 200
    for one in flood:
        if one is not None:
            one.close()
    harness.wait_until(lambda: _served(stack.proxy), "a new client", 10)
    assert stack.proxy.log_text().count(" accept_failed ") <= 3  # once for each shortage, not for each pause
    assert " accepting_again" in stack.proxy.log_text()


def _served(proxy):
    try:
        return proxy.raw("acme").ask("PING") == b"+PONG\r\n"
    except (OSError, EOFError, AssertionError):
        return False


def test_subscribers_leave_descriptors_to_the_lanes_of_all(fresh, few_descriptors):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few_descriptors(120)
    stack = fresh()
    few_descriptors(soft)
    globex = stack.proxy.raw("globex")
    hostile = []
    for i in range(70):
        try:
            raw = stack.proxy.raw("acme", timeout=2)
            raw.send(raw.encode("SUBSCRIBE", f"c{i}"))
            hostile.append(raw)
        except (OSError, EOFError, AssertionError):
            break
    for key in ("session:a", "rate:a", "queue:a", "analytics:a", "ws:a"):  # a lane for each
        assert globex.ask("SET", key, "1") == b"+OK\r\n"
    assert stack.proxy.http("/healthz")[0] == 200


def test_a_storm_of_connections_leaves_others_their_turn(fresh):
    stack = fresh(extra="limits: { clients: 300 }\n")
    neighbour = stack.proxy.raw("globex")
    for round_ in range(20):
        storm = [try_to_connect(stack.proxy) for _ in range(100)]
        assert neighbour.ask("SET", "a", str(round_)) == b"+OK\r\n"
        for one in storm:
            if one is not None:
                one.close()
    assert stack.proxy.metric("bulkhead_connections_accepted_total") > 1000
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_connections_unauthenticated") == 0, "their end")
