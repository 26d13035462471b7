"""No reply reaches the wrong client: many clients of two tenants mix plain commands, transactions, watched keys,
blocking commands and subscriptions, and leave in the middle of any of them. Every value names its tenant, and
every reply is checked by whoever gets it."""

import random
import threading

import pytest

import harness

SEED = 20240611
ROUNDS = 150


class Client:
    """One client at a time: connects, does something, checks, and sometimes leaves without a word."""

    def __init__(self, stack, tenant, number):
        self.stack, self.tenant, self.number = stack, tenant, number
        self.random = random.Random(SEED + number * 2 + (tenant == "acme"))
        self.raw, self.turn, self.checked = None, 0, 0

    def value(self, key):
        self.turn += 1
        return f"{self.tenant}/{key}/{self.number}/{self.turn}"

    def run(self):
        for _ in range(ROUNDS):
            if self.raw is None:
                self.raw = self.stack.proxy.raw(self.tenant)
                if self.random.random() < 0.3:
                    self.raw.ask("HELLO", "3")
            try:
                self.random.choice([self.plain, self.many, self.transaction, self.watched, self.blocked,
                                    self.subscribed])()
            except (EOFError, ConnectionError):
                self.raw = None
                if not self.may_lose:
                    raise
            if self.random.random() < 0.1 and self.raw is not None:
                self.leave()

    may_lose = False

    def leave(self):
        """In the middle of something whose reply nobody will read."""
        something = self.random.choice([
            ("GET", "cache:1"), ("MULTI",), ("WATCH", "queue:1"), ("SUBSCRIBE", "c"),
            ("BLPOP", f"queue:never:{self.number}", "0"), ("MGET", "cache:1", "session:1", "queue:1")])
        self.raw.send(self.raw.encode(*something) * self.random.choice([1, 1, 3]))
        self.raw.close()
        self.raw = None

    def check(self, reply, key):
        """Null, or a value of this tenant's under this key."""
        self.checked += 1
        if reply[:1] == b"-" and self.may_lose:
            assert reply.startswith((b"-BACKENDDOWN", b"-LOADING")), reply
            return
        if reply[:3] in (b"$-1", b"_\r\n"):
            return
        assert reply.split(b"\r\n")[1].startswith(f"{self.tenant}/{key}/".encode()), (reply, key)

    def key(self):
        return self.random.choice(["cache", "session", "queue", "rate"]) + f":{self.random.randrange(4)}"

    def plain(self):
        keys = [self.key() for _ in range(self.random.randrange(1, 40))]
        self.raw.send(b"".join(self.raw.encode("SET", k, self.value(k)) + self.raw.encode("GET", k) for k in keys))
        for key in keys:
            first = self.raw.reply()
            assert first == b"+OK\r\n" or self.may_lose, first
            self.check(self.raw.reply(), key)

    def many(self):
        keys = [self.key() for _ in range(6)]
        reply = self.raw.ask("MGET", *keys)
        if reply[:1] == b"*":
            self.check_array(reply, keys)

    def check_array(self, reply, keys):
        parts = self._elements(reply)
        assert len(parts) == len(keys), reply
        for part, key in zip(parts, keys):
            self.check(part, key)

    @staticmethod
    def _elements(reply):
        at, elements = reply.index(b"\r\n") + 2, []
        while at < len(reply):
            end = reply.index(b"\r\n", at) + 2
            if reply[at:at + 1] == b"$" and reply[at:at + 3] != b"$-1":
                end += int(reply[at + 1:end - 2]) + 2
            elements.append(reply[at:end])
            at = end
        return elements

    def transaction(self):
        keys = [self.key() for _ in range(self.random.randrange(1, 6))]
        words = [("MULTI",), *(("GET", key) for key in keys), ("EXEC",)]
        self.raw.send(b"".join(self.raw.encode(*w) for w in words))
        replies = [self.raw.reply() for _ in words]
        if replies[-1][:1] == b"*":
            self.check_array(replies[-1], keys)
        else:
            assert self.may_lose, replies

    def watched(self):
        self.raw.ask("WATCH", self.key(), self.key())
        if self.random.random() < 0.5:
            self.plain()
        key = self.key()
        self.raw.ask("MULTI")
        self.raw.ask("SET", key, self.value(key))
        self.raw.ask("GET", key)
        reply = self.raw.ask("EXEC")
        if reply.startswith(b"*2"):
            self.check(self._elements(reply)[1], key)
        else:
            assert reply in (b"*-1\r\n", b"_\r\n") or self.may_lose, reply

    def blocked(self):
        key = f"queue:list:{self.random.randrange(3)}"
        if self.random.random() < 0.6:
            self.raw.ask("RPUSH", key, self.value(key))
            return
        self.raw.send(self.raw.encode("BLPOP", key, "0.02") + self.raw.encode("ECHO", "behind"))
        reply, behind = self.raw.reply(), self.raw.reply()
        assert behind == b"$6\r\nbehind\r\n" or self.may_lose
        if reply.startswith(b"*2"):
            name, value = self._elements(reply)
            assert name == b"$%d\r\n%s\r\n" % (len(key), key.encode())
            self.check(value, key)

    def subscribed(self):
        """Publishes to itself and takes what comes until its own message."""
        subscriber = self.stack.proxy.raw(self.tenant)
        subscriber.ask("SUBSCRIBE", "c")
        message = self.value("c")
        self.raw.ask("PUBLISH", "c", message)
        while True:
            words = self._elements(subscriber.reply())
            assert words[:2] == [b"$7\r\nmessage\r\n", b"$1\r\nc\r\n"], words
            self.check(words[2], "c")
            if message.encode() in words[2]:
                break
        subscriber.close()


def run_all(clients):
    failures = []

    def run(client):
        try:
            client.run()
        except BaseException as error:  # shown by the test, which a thread cannot fail
            failures.append(f"{client.tenant} {client.number}: {error!r}")

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_reply_is_its_clients(fresh, workers):
    stack = fresh(workers=workers)
    clients = [Client(stack, tenant, n) for n in range(12) for tenant in ("acme", "globex")]
    run_all(clients)
    assert sum(client.checked for client in clients) > 10000
    assert "foreign_name" not in stack.proxy.log_text()
    # Nothing is left behind upstream for clients that have gone.
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == 0, "none blocked")
    stack.proxy.stop()
    assert stack.proxy.process.returncode == 0


class Unlucky(Client):
    may_lose = True

    def subscribed(self):
        self.plain()


def test_every_reply_is_its_clients_while_the_backend_comes_and_goes(fresh):
    stack = fresh(workers=2, backend_extra="    command_timeout: 2s\n")
    over = threading.Event()

    def interrupt():
        while not over.wait(0.25):
            stack.redis.kill()
            stack.redis.start()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        run_all([Unlucky(stack, tenant, n) for n in range(8) for tenant in ("acme", "globex")])
    finally:
        over.set()
        interrupter.join()
    assert stack.proxy.process.poll() is None
    assert "foreign_name" not in stack.proxy.log_text()
