"""What a hostile tenant, or a stranger, may think of: beside each the neighbour's commands go on, within a bound that
is generous, and the memory of the process stays under its ceiling."""

import socket
import threading
import time

import pytest

import harness

MIB = 1024 * 1024
CEILING = 96 * MIB  # over what it was: the budget, and what an allocator keeps
LIMITS = """limits:
  process_buffers: 48MiB
  client_output: 4MiB
  client_output_soft: 256KiB
  lane_output: 8MiB
  slow_reader_grace: 300ms
  auth_timeout: 1s
  auth_failure_delay: 50ms
  clients: 400
  subscriptions: 1000
  tenant_subscriptions: 5000
  pinned: 100
"""
BOUND = 5.0  # seconds, for one command of the neighbour's on a busy machine


class Neighbour:
    """Goes on all the time, checks every reply, and remembers the longest."""

    def __init__(self, proxy):
        self.raw = proxy.raw("globex")
        self.longest = self.rounds = 0
        self.highest = 0
        self.proxy = proxy
        self.before = proxy.resident_bytes()
        self.wrong = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while not self.over.wait(0.005):
                begun = time.monotonic()
                value = f"globex/{self.rounds}"
                if self.raw.ask("SET", "mine", value) != b"+OK\r\n":
                    self.wrong.append("SET")
                reply = self.raw.ask("GET", "mine")
                if reply != b"$%d\r\n%s\r\n" % (len(value), value.encode()):
                    self.wrong.append(reply)
                self.longest = max(self.longest, time.monotonic() - begun)
                self.highest = max(self.highest, self.proxy.resident_bytes())
                self.rounds += 1
        except Exception as error:  # shown by the test, which a thread cannot fail
            self.wrong.append(repr(error))

    def rest(self, rounds=20):
        """A while longer, with the hostile one still at work."""
        until = self.rounds + rounds
        harness.wait_until(lambda: self.wrong or self.rounds >= until, "the neighbour")

    def end(self):
        self.over.set()
        self.thread.join()
        assert self.wrong == []
        assert self.rounds > 0
        assert self.longest < BOUND
        assert self.highest - self.before < CEILING


@pytest.fixture
def scene(fresh):
    stack = fresh(extra=LIMITS)
    stack.neighbour = Neighbour(stack.proxy)
    yield stack
    stack.neighbour.end()
    assert stack.proxy.process.poll() is None
    assert "foreign_name" not in stack.proxy.log_text()


def try_raw(proxy, tenant=None, timeout=2):
    try:
        return proxy.raw(tenant, timeout=timeout)
    except (OSError, EOFError, AssertionError):
        return None


def try_send(raw, data):
    try:
        raw.send(data)
        return True
    except OSError:
        return False


def test_slowloris(scene):
    """Connections that say a byte at a time, and never who they are."""
    strangers = [raw for raw in (try_raw(scene.proxy) for _ in range(200)) if raw]
    for byte in b"*3\r\n$4\r\nAUTH\r\n":
        for raw in strangers:
            try_send(raw, bytes([byte]))
    scene.neighbour.rest()
    harness.wait_until(lambda: scene.proxy.metric("bulkhead_connections_unauthenticated") == 0, "their end")


def test_huge_pipelines_that_nobody_reads(scene):
    scene.redis.client(1).set("acme:big", b"v" * (64 * 1024))
    hostile = [raw for raw in (try_raw(scene.proxy, "acme") for _ in range(30)) if raw]
    for raw in hostile:
        raw.socket.settimeout(0.1)
        try_send(raw, raw.encode("GET", "big") * 200)
    scene.neighbour.rest()


def test_pipelines_of_writes_that_nobody_reads(scene):
    for _ in range(10):
        raw = try_raw(scene.proxy, "acme")
        raw.socket.settimeout(0.1)
        for i in range(50):
            if not try_send(raw, raw.encode("SET", f"k{i}", "x" * 10_000) * 20):
                break
    scene.neighbour.rest()


def test_a_flood_of_subscriptions(scene):
    refused = 0
    hostile = []
    for _ in range(20):
        raw = try_raw(scene.proxy, "acme")
        hostile.append(raw)
        raw.send(raw.encode("SUBSCRIBE", *(f"c{i}" for i in range(900))))
        if not raw.reply().startswith(b"-"):
            for _ in range(899):
                raw.reply()
            raw.send(raw.encode("SUBSCRIBE", *(f"d{i}" for i in range(900))))
            refused += raw.reply().startswith(b"-ERR max number of subscriptions reached")
        else:
            refused += 1
    assert refused >= 20
    publisher = scene.proxy.raw("acme")
    for i in range(200):
        publisher.send(publisher.encode("PUBLISH", "c1", "x" * 1000))
    scene.neighbour.rest()


def test_a_storm_of_wrong_passwords(scene):
    over = threading.Event()

    def storm():
        while not over.is_set():
            raw = try_raw(scene.proxy)
            if raw is None:
                continue
            try_send(raw, raw.encode("AUTH", "globex", "guess") * 20)
            raw.close()
    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    scene.neighbour.rest(50)
    over.set()
    for thread in threads:
        thread.join()
    assert scene.proxy.metric("bulkhead_auth_failures_total") > 0


def test_connections_that_come_and_go(scene):
    for i in range(600):
        raw = try_raw(scene.proxy, "acme" if i % 2 else None)
        if raw is None:
            continue
        if i % 3:
            try_send(raw, raw.encode("GET", "a") * (i % 7) + b"*2\r\n$3\r\nGE")
        raw.close()
    scene.neighbour.rest()
    harness.wait_until(lambda: scene.proxy.metric("bulkhead_connections_unauthenticated") == 0, "their end")


def test_giant_keys_and_values(scene):
    raw = scene.proxy.raw("acme")
    key, value = "k" * (4 * MIB), "v" * (16 * MIB)
    assert raw.ask("SET", key, "1") == b"+OK\r\n"
    assert raw.ask("GET", key) == b"$1\r\n1\r\n"
    for i in range(3):
        assert raw.ask("SET", f"big{i}", value) == b"+OK\r\n"
    for i in range(3):
        assert len(raw.ask("GET", f"big{i}")) > 16 * MIB
    scene.neighbour.rest()


BOMB = "a*" * 40 + "b"


def test_patterns_made_to_be_slow(scene):
    keys = {f"acme:{'a' * 200}{i}": "1" for i in range(200)}
    scene.redis.client(1).mset(keys)
    scene.redis.client(1).hset("acme:h", mapping={"a" * 200 + str(i): "1" for i in range(200)})
    raw = scene.proxy.raw("acme")
    for words in [("SCAN", "0", "MATCH", BOMB, "COUNT", "1000000000"), ("HSCAN", "h", "0", "MATCH", BOMB),
                  ("SSCAN", "h", "0", "COUNT", "10", "MATCH", BOMB), ("PUBSUB", "CHANNELS", BOMB)]:
        assert raw.ask(*words) == b"-ERR the pattern has more wildcards than the configured limit\r\n", words
    assert raw.ask("SCAN", "0", "MATCH", "x" * 2000) == b"-ERR the pattern is longer than the configured limit\r\n"
    assert raw.ask("PSUBSCRIBE", "a*", BOMB).startswith(b"-ERR the pattern has more")
    keys_allowed = scene.proxy.raw("globex")
    assert keys_allowed.ask("KEYS", BOMB).startswith(b"-ERR the pattern has more")
    assert raw.ask("SCAN", "0", "MATCH", "a*a*a*b", "COUNT", "10").startswith(b"*2")
    scene.neighbour.rest()


def test_scans_that_ask_for_everything_at_once(scene):
    scene.redis.client(1).mset({f"acme:{i}": "1" for i in range(20_000)})
    hostile = [scene.proxy.raw("acme") for _ in range(10)]
    for raw in hostile:
        raw.send(raw.encode("SCAN", "0", "COUNT", "2147483647") * 20)
    scene.neighbour.rest()
    for raw in hostile:
        assert raw.reply().startswith(b"*2")


@pytest.mark.parametrize("garbage", [
    b"*" * 100_000, b"[" * 100_000 + b"\r\n", b"*1\r\n" * 50_000, b"*1000000\r\n" + b"*1\r\n" * 1000,
    b'"' * 60_000, b"GET " + b'"\\x00' * 10_000 + b"\r\n", b"\r\n" * 200_000, b"$5\r\nhello\r\n" * 100,
    b"*3\r\n$-1\r\n", b"*2147483647\r\n$2147483647\r\n", b"a b c d e f g h i j k l m n\r\n" * 5000],
    ids=["stars", "brackets", "nested", "headers", "quotes", "escapes", "newlines", "bulks", "negative", "huge",
         "inline"])
def test_garbage(scene, garbage):
    for tenant in (None, "acme"):
        for _ in range(5):
            raw = try_raw(scene.proxy, tenant)
            raw.socket.settimeout(0.2)
            try_send(raw, garbage)
    scene.neighbour.rest()


def test_transactions_that_never_end(scene):
    hostile = [raw for raw in (try_raw(scene.proxy, "acme") for _ in range(50)) if raw]
    for raw in hostile:
        raw.socket.settimeout(0.1)
        raw.ask("MULTI")
        for i in range(20):
            if not try_send(raw, raw.encode("SET", f"k{i}", "x" * 100_000)):
                break
    scene.neighbour.rest()


def test_blocked_clients_in_masses(scene):
    hostile = [raw for raw in (try_raw(scene.proxy, "acme") for _ in range(150)) if raw]
    for i, raw in enumerate(hostile):
        raw.send(raw.encode("BLPOP", f"queue:{i}", "0"))
    scene.neighbour.rest()
    assert scene.redis.client().info("clients")["blocked_clients"] <= 100
