"""Tenants take turns on a lane: who sends much does not keep another waiting behind all of it.

The scripted Redis tells in which order commands reach it, and answers when the test says so.
"""

import threading
import time

import pytest

import harness
from fake_redis import FakeRedis, bulk, second_word

PREFIX = {"acme": b"acme:", "globex": b"erp:tenant:globex:"}
DOWN = b"-BACKENDDOWN backend 'main' "
WINDOW = "limits:\n  lane_in_flight: 32\n"
TIMEOUT = "    command_timeout: 10s\n"


def tenants(count, more=""):
    """That many tenants, t0 and so on."""
    return "tenants:\n" + "".join(
        f"  - {{ name: t{i}, {more} users: [{{ name: t{i}, passwords: [\"{harness.sha256(f'secret-{i}')}\"] }}] }}\n"
        for i in range(count))


def client_of(gate, number):
    raw = gate.proxy.raw()
    assert raw.ask("AUTH", f"t{number}", f"secret-{number}") == b"+OK\r\n"
    return raw


class Gate:
    """The scripted Redis, which answers nothing while it is shut, behind a Bulkhead."""

    def __init__(self, **options):
        self.directory = harness.temporary_directory()
        self.redis = FakeRedis()
        self.redis.answer = self.answer
        self.order = []
        self.opened = threading.Event()
        options.setdefault("extra", WINDOW)
        options.setdefault("backend_extra", TIMEOUT)
        self.proxy = harness.Bulkhead(self.directory, self.redis.address, **options)

    def answer(self, _, words):
        if words[0] not in (b"GET", b"SET"):
            return b"+OK\r\n"
        self.order.append(words[1])
        self.opened.wait()
        return bulk(words[1])

    def arrived(self, count):
        harness.wait_until(lambda: len(self.order) >= count, f"{count} commands at the backend")

    def queued(self, tenant):
        return self.proxy.metric("bulkhead_tenant_queued", tenant=tenant)

    def close(self):
        self.opened.set()
        self.proxy.stop()
        self.redis.close()
        harness.remove(self.directory)


@pytest.fixture
def gate_of():
    gates = []

    def make(**options):
        gates.append(Gate(**options))
        return gates[-1]

    yield make
    for gate in gates:
        gate.close()


@pytest.fixture
def gate(gate_of):
    return gate_of()


def pipeline(raw, command, names):
    raw.send(b"".join(raw.encode(command, name) for name in names))


def names_of(who, count):
    return [f"{who}:{i}" for i in range(count)]


def expect(raw, tenant, names):
    for name in names:
        assert raw.reply() == bulk(PREFIX[tenant] + name.encode())


def test_one_command_is_not_behind_a_thousand_of_another_tenant(gate):
    aggressor, quiet = gate.proxy.raw("acme"), gate.proxy.raw("globex")
    many = names_of("a", 1000)
    pipeline(aggressor, "GET", many)
    gate.arrived(1)
    pipeline(quiet, "GET", ["one"])
    harness.wait_until(lambda: gate.queued("acme") > 900, "the aggressor's queue")
    gate.opened.set()
    expect(quiet, "globex", ["one"])
    expect(aggressor, "acme", many)
    assert gate.order.index(PREFIX["globex"] + b"one") < 64  # the window, and half of it beside
    assert gate.queued("acme") == 0
    assert gate.proxy.metric("bulkhead_backend_wait_seconds_count", backend="main") > 900


def test_each_clients_commands_stay_in_order(gate):
    """Many clients of two tenants, whose commands are taken in turns."""
    clients = [(tenant, f"c{i}", gate.proxy.raw(tenant)) for i in range(6) for tenant in PREFIX]
    for _, who, raw in clients:
        pipeline(raw, "GET", names_of(who, 300))
    gate.arrived(1)
    gate.opened.set()
    for tenant, who, raw in clients:
        expect(raw, tenant, names_of(who, 300))
    for tenant, who, _ in clients:
        prefix = PREFIX[tenant] + who.encode() + b":"
        numbers = [int(name[len(prefix):]) for name in gate.order if name.startswith(prefix)]
        assert numbers == list(range(300))


def test_without_a_bound_nobody_overtakes(gate_of):
    gate = gate_of(extra="limits:\n  lane_in_flight: 0\n")
    aggressor, quiet = gate.proxy.raw("acme"), gate.proxy.raw("globex")
    many = names_of("a", 1000)
    pipeline(aggressor, "GET", many)
    harness.wait_until(lambda: gate.proxy.metric("bulkhead_backend_queue_depth", backend="main") == 1000,
                       "the aggressor's commands")
    pipeline(quiet, "GET", ["one"])
    gate.opened.set()
    expect(quiet, "globex", ["one"])
    expect(aggressor, "acme", many)
    assert gate.order.index(PREFIX["globex"] + b"one") == 1000


def test_a_large_value_takes_the_turns_of_many_small_ones(gate):
    large, small = gate.proxy.raw("acme"), gate.proxy.raw("globex")
    big = names_of("big", 50)
    large.send(b"".join(large.encode("SET", name, "v" * 50000) for name in big))
    gate.arrived(1)
    little = names_of("s", 500)
    pipeline(small, "GET", little)
    harness.wait_until(lambda: gate.queued("globex") > 400, "the small ones")
    gate.opened.set()
    expect(small, "globex", little)
    expect(large, "acme", big)
    last = gate.order.index(PREFIX["globex"] + b"s:499")
    assert sum(name.startswith(b"acme:") for name in gate.order[:last]) < 12


def test_a_lost_lane_answers_what_waits_too(gate):
    aggressor, quiet = gate.proxy.raw("acme"), gate.proxy.raw("globex")
    pipeline(aggressor, "GET", names_of("a", 500))
    gate.arrived(1)
    pipeline(quiet, "GET", names_of("q", 200))
    harness.wait_until(lambda: gate.queued("globex") > 100, "the quiet tenant's queue")
    gate.redis.last.reset()
    for raw, count in ((aggressor, 500), (quiet, 200)):
        for _ in range(count):
            assert raw.reply().startswith(DOWN)
    gate.opened.set()
    gate.redis.answer = second_word
    assert gate.queued("acme") == gate.queued("globex") == 0

    def served():
        return all(not raw.ask("GET", "again").startswith(b"-") for raw in (aggressor, quiet))
    harness.wait_until(served, "a new lane")


def test_a_client_that_leaves_takes_nothing_of_anybody(gate):
    """What it has sent is carried out, as Redis would, and its replies are nobody's."""
    leaving, staying, other = (gate.proxy.raw(t) for t in ("acme", "acme", "globex"))
    pipeline(leaving, "GET", names_of("gone", 300))
    gate.arrived(1)
    pipeline(other, "GET", names_of("o", 100))
    pipeline(staying, "GET", names_of("s", 100))
    harness.wait_until(lambda: gate.queued("acme") > 300, "what waits")
    leaving.close()
    gate.opened.set()
    expect(other, "globex", names_of("o", 100))
    expect(staying, "acme", names_of("s", 100))
    harness.wait_until(lambda: gate.queued("acme") == 0, "the queue's end")
    assert sum(name.startswith(b"acme:gone") for name in gate.order) == 300


def test_weights_are_shares_and_follow_a_reload(gate_of):
    gate = gate_of(tenants=tenants(2))
    clients = [client_of(gate, 0), client_of(gate, 1)]
    gate.proxy.write(extra=WINDOW, features=harness.FEATURES,
                     tenants=tenants(2).replace("name: t1, ", "name: t1, weight: 4, ", 1))
    gate.proxy.reload()
    for i, raw in enumerate(clients):
        raw.send(b"".join(raw.encode("GET", f"{i}:{n}") for n in range(2000)))
    harness.wait_until(lambda: gate.queued("t0") > 1800 and gate.queued("t1") > 1800, "both queues")
    gate.opened.set()
    for raw in clients:
        for _ in range(2000):
            assert raw.reply().startswith(b"$")
    some = gate.order[100:1100]
    heavy = sum(name.startswith(b"t1:") for name in some)
    assert 700 < heavy < 900


def test_a_tenant_that_fills_the_lane_does_not_stop_the_others(gate_of):
    """The aggressor waits for room; a neighbour's command is taken, and overtakes."""
    gate = gate_of(extra=WINDOW + "  lane_output: 64KiB\n  process_buffers: 256MiB\n")
    aggressors = [gate.proxy.raw("acme") for _ in range(4)]
    quiet = gate.proxy.raw("globex")
    pipeline(quiet, "GET", ["zero"])
    gate.arrived(1)
    for raw in aggressors:
        raw.send(b"".join(raw.encode("SET", f"a:{n}", "v" * 1000) for n in range(500)))
    harness.wait_until(lambda: gate.queued("acme") > 20, "the aggressor's queue")
    pipeline(quiet, "GET", ["one"])
    harness.wait_until(
        lambda: gate.proxy.metric("bulkhead_commands_total", tenant="globex", feature="cache") == 2,
        "the neighbour's command")
    assert gate.queued("acme") * 1000 < 200 * 1024
    gate.opened.set()
    expect(quiet, "globex", ["zero", "one"])
    for raw in aggressors:
        expect(raw, "acme", names_of("a", 500))
    assert gate.order.index(PREFIX["globex"] + b"one") < 150


def test_many_tenants_at_once_all_have_their_part(gate_of):
    count, each = 1000, 5
    gate = gate_of(tenants=tenants(count))
    clients = [client_of(gate, i) for i in range(count)]
    for i, raw in enumerate(clients):
        pipeline(raw, "GET", names_of(f"k{i}", each))
    harness.wait_until(lambda: gate.proxy.metric("bulkhead_tenant_queued", tenant=f"t{count - 1}") > 0,
                       "the last one's queue")
    gate.opened.set()
    for i, raw in enumerate(clients):
        for name in names_of(f"k{i}", each):
            assert raw.reply() == bulk(f"t{i}:{name}".encode())
    assert len(gate.order) == count * each


def test_transactions_stay_whole_among_others(stack):
    """With a real Redis: commands in one piece on a shared lane are not parted."""
    other = stack.proxy.raw("globex")
    own = stack.proxy.raw("acme")
    begun = time.monotonic()
    for n in range(50):
        pipeline(other, "GET", names_of("x", 500))
        own.send(own.encode("MULTI") + b"".join(own.encode("INCR", "n") for _ in range(20)) + own.encode("EXEC"))
        assert own.reply() == b"+OK\r\n"
        for _ in range(20):
            assert own.reply() == b"+QUEUED\r\n"
        assert own.reply() == b"*20\r\n" + b"".join(b":%d\r\n" % (n * 20 + i + 1) for i in range(20))
        for _ in range(500):
            assert other.reply() == b"$-1\r\n"
    assert time.monotonic() - begun < 60


def test_pinned_lanes_are_nobody_elses(gate):
    """Who watches has a connection of its own, on which nothing waits for a turn."""
    aggressor, quiet = gate.proxy.raw("acme"), gate.proxy.raw("globex")
    pipeline(aggressor, "GET", names_of("a", 1000))
    gate.arrived(1)
    assert quiet.ask("WATCH", "key") == b"+OK\r\n"  # while the shared lane is shut
    gate.opened.set()
    expect(aggressor, "acme", names_of("a", 1000))
