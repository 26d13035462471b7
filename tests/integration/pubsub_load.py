"""Many subscribers in one process: each message carries tenant, channel and number, and every receiver checks that it
gets all of its own in their order and no other. Run as a program by test_pubsub_load.py:

    pubsub_load.py PORT SUBSCRIBERS MESSAGES TENANT:PASSWORD...

Prints "passed", or what went wrong.
"""

import asyncio
import resource
import sys

CHANNELS = 50
PATIENCE = 120


def encode(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words))


def bulk(text):
    return b"$%d\r\n%s\r\n" % (len(text), text)


class Subscriber(asyncio.Protocol):
    """Compares the bytes with those that must come; what it has understood is forgotten."""

    def __init__(self, tenant, password, channel, messages, ready, done):
        self.tenant, self.channel = tenant, channel
        self.hello = (b"+OK\r\n" + b"*3\r\n" + bulk(b"subscribe") + bulk(channel.encode()) + b":1\r\n")
        self.login = encode("AUTH", tenant, password) + encode("SUBSCRIBE", channel)
        self.messages, self.ready, self.done = messages, ready, done
        self.expected, self.next, self.buffer = self.hello, -1, b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.login)

    def message(self, number):
        text = f"{self.tenant}/{self.channel}/{number}".encode()
        return b"*3\r\n" + bulk(b"message") + bulk(self.channel.encode()) + bulk(text)

    def data_received(self, data):
        self.buffer += data
        while self.expected and len(self.buffer) >= len(self.expected):
            if not self.buffer.startswith(self.expected):
                return self.fail(f"{self.buffer[:200]!r} instead of {self.expected!r}")
            self.buffer = self.buffer[len(self.expected):]
            self.next += 1
            if self.next == 0:
                self.ready()
            self.expected = self.message(self.next) if self.next < self.messages else b""
            if not self.expected:
                self.done(None)
        if not self.expected and self.buffer:
            self.fail(f"{self.buffer[:200]!r} too many")

    def connection_lost(self, error):
        if self.expected:
            self.fail(f"closed before message {self.next}: {error}")

    def fail(self, why):
        self.expected = b""
        self.done(f"{self.tenant} on {self.channel}: {why}")


class Counter:
    """Set when as many have reported as there are, or at the first failure."""

    def __init__(self, count):
        self.left, self.event, self.failure = count, asyncio.Event(), None

    def __call__(self, failure=None):
        self.left -= 1
        self.failure = self.failure or failure
        if failure or self.left == 0:
            self.event.set()

    async def wait(self, what):
        try:
            await asyncio.wait_for(self.event.wait(), PATIENCE)
        except asyncio.TimeoutError:
            raise SystemExit(f"{self.left} subscribers wait in vain: {what}") from None
        if self.failure:
            raise SystemExit(self.failure)


async def publish(port, tenant, password, channels, messages):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(encode("AUTH", tenant, password))
    assert await reader.readline() == b"+OK\r\n"
    for number in range(messages):
        for channel in channels:
            writer.write(encode("PUBLISH", channel, f"{tenant}/{channel}/{number}"))
        for _ in channels:
            assert int((await reader.readline())[1:]) > 0
    writer.close()


async def main(port, subscribers, messages, tenants):
    loop = asyncio.get_running_loop()
    ready, done = Counter(subscribers), Counter(subscribers)
    limit = asyncio.Semaphore(200)

    async def connect(number):
        tenant, password = tenants[number % len(tenants)]
        channel = f"channel-{number // len(tenants) % CHANNELS}"
        async with limit:
            return await loop.create_connection(
                lambda: Subscriber(tenant, password, channel, messages, ready, done), "127.0.0.1", port)

    everybody = await asyncio.gather(*(connect(number) for number in range(subscribers)))
    await ready.wait("subscriptions")
    used = [f"channel-{i}" for i in range(min(CHANNELS, subscribers // len(tenants)))]
    await asyncio.gather(*(publish(port, *tenant, used, messages) for tenant in tenants))
    await done.wait("messages")
    for transport, subscriber in everybody:
        if subscriber.buffer:
            raise SystemExit(f"{subscriber.buffer!r} too many")
        transport.close()
    print("passed")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]),
                     [tuple(pair.split(":")) for pair in sys.argv[4:]]))
