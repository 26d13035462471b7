"""A Redis that dies, stands still or is not there: errors at once, never another's reply.

Under load every value names its tenant, its client and its key, and every reply is checked.
"""

import random
import threading
import time

import harness

CLIENTS = 6  # of each tenant
BATCH = 40
KEYS = ["session:%d", "cache:%d", "queue:%d", "plain%d"]


class Load:
    """One client that pipelines without end, on a connection which it opens anew when it is closed."""

    def __init__(self, proxy, tenant, number):
        self.proxy, self.tenant, self.number = proxy, tenant, number
        self.answered = self.down = self.closed = self.rounds = 0
        self.wrong = []
        self.random = random.Random(number)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def command(self):
        """(words, what a value in its reply begins with)."""
        key = self.random.choice(KEYS) % self.random.randrange(20)
        if self.random.random() < 0.3:  # the tenant's clients share these
            value = f"{self.tenant}/shared/{key}/"
            key = f"shared:{key}"
        else:
            value = f"{self.tenant}/{self.number}/{key}/"
            key = f"{key}:{self.number}"
        if self.random.random() < 0.5:
            return ("GET", key), value
        padding = "x" * self.random.choice([0, 10, 1000, 40000])
        return ("SET", key, value + padding, "GET"), value

    def check(self, words, value, reply):
        if reply.startswith(b"-BACKENDDOWN ") or reply.startswith(b"-LOADING "):
            self.down += 1
        elif reply == b"$-1\r\n" or reply.split(b"\r\n", 1)[1].startswith(value.encode()):
            self.answered += 1
        else:
            self.wrong.append((words[:2], reply[:100]))

    def run(self):
        while not self.stopped.is_set():
            try:
                raw = self.proxy.raw(self.tenant)
                while not self.stopped.is_set():
                    commands = [self.command() for _ in range(BATCH)]
                    raw.send(b"".join(raw.encode(*words) for words, _ in commands))
                    for words, value in commands:
                        self.check(words, value, raw.reply())
                    self.rounds += 1
                raw.close()
            except (EOFError, ConnectionError):
                self.closed += 1
            except Exception as error:  # a time-out: a command without an answer
                self.wrong.append(repr(error))
                return

    def stop(self):
        self.stopped.set()
        self.thread.join()


def start_load(proxy):
    return [Load(proxy, tenant, number)
            for tenant in harness.PASSWORDS for number in range(CLIENTS)]


def everyone_advances(load):
    """Waits until each client has had a whole batch answered since now."""
    before = [client.rounds for client in load]
    harness.wait_until(lambda: all(client.wrong or client.rounds >= rounds + 2
                                   for client, rounds in zip(load, before)), "all clients")


def works(raw):
    return lambda: raw.ask("SET", "session:probe", "1") == b"+OK\r\n"


def test_redis_killed_and_restarted_under_load(fresh):
    stack = fresh()
    probe = stack.proxy.raw("acme")
    load = start_load(stack.proxy)
    try:
        for _ in range(8):
            everyone_advances(load)
            stack.redis.kill()
            everyone_advances(load)  # by refusals
            stack.redis.start()
            harness.wait_until(works(probe), "recovery", 2)
    finally:
        answered = [client.answered for client in load]
        everyone_advances(load)
        for client in load:
            client.stop()
    assert [client.wrong for client in load if client.wrong] == []
    assert all(client.answered > before for client, before in zip(load, answered))
    assert all(client.down for client in load)
    assert stack.proxy.metric("bulkhead_backend_lanes_closed_total", reason="by_backend") >= 8
    assert stack.proxy.metric("bulkhead_refusals_total", tenant="acme", reason="backend_down") > 0


def test_without_a_loss_the_load_sees_no_error(fresh):
    """The load itself is sound: without a loss it sees neither an error nor a closed connection."""
    stack = fresh()
    load = start_load(stack.proxy)
    for _ in range(3):
        everyone_advances(load)
    for client in load:
        client.stop()
    assert [client.wrong for client in load if client.wrong] == []
    assert sum(client.down + client.closed for client in load) == 0


def test_redis_that_stands_still(fresh):
    stack = fresh(backend_extra="    command_timeout: 300ms\n    connect_timeout: 300ms\n"
                                "    health_interval: 100ms\n")
    acme, globex = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    assert acme.ask("SET", "a", "of-acme") == b"+OK\r\n"
    assert globex.ask("SET", "a", "of-globex") == b"+OK\r\n"
    stack.redis.pause()
    acme.send(acme.encode("GET", "a") * 10)
    globex.send(globex.encode("GET", "a") * 10)
    for raw in (acme, globex):
        for _ in range(10):
            assert raw.reply().startswith(b"-BACKENDDOWN backend 'main' ")
    assert stack.proxy.metric("bulkhead_backend_lanes_closed_total", reason="timeout") == 1
    harness.wait_until(lambda: stack.proxy.http("/readyz")[0] == 503, "not ready")
    stack.redis.unpause()
    harness.wait_until(works(acme), "recovery")
    harness.wait_until(lambda: stack.proxy.http("/readyz")[0] == 200, "ready")
    # The late answers to the twenty commands above are for nobody.
    for _ in range(20):
        assert acme.ask("GET", "session:none") == b"$-1\r\n"
        assert globex.ask("GET", "a") == b"$9\r\nof-globex\r\n"
        assert acme.ask("GET", "a") == b"$7\r\nof-acme\r\n"


def test_redis_away_at_the_start():
    directory = harness.temporary_directory()
    proxy = server = None
    try:
        proxy = harness.Bulkhead(directory, f"{directory}/redis.sock")
        assert proxy.http("/readyz")[0] == 503
        assert proxy.http("/healthz")[0] == 200
        assert proxy.metric("bulkhead_backend_up", backend="main") == 0
        raw = proxy.raw("acme")
        begun = time.monotonic()
        for words in [("GET", "a"), ("MGET", "a", "session:1"), ("SCAN", "0"), ("DBSIZE",)] * 5:
            assert raw.ask(*words).startswith(b"-BACKENDDOWN backend 'main' "), words
        assert raw.ask("PING") == b"+PONG\r\n"
        assert time.monotonic() - begun < 2
        server = harness.Redis(directory)
        harness.wait_until(works(raw), "recovery", 2)
        harness.wait_until(lambda: proxy.http("/readyz")[0] == 200, "ready", 2)
        assert proxy.metric("bulkhead_backend_up", backend="main") == 1
    finally:
        if proxy:
            proxy.stop()
        if server:
            server.stop()
        harness.remove(directory)
