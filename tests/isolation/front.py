"""The proxy with the world behind it: calls by attackers, and what must hold after each of them."""

import re

import world
from integration_fixtures import Stack

PROTOCOLS = ("2", "3")
# The attackers may say this themselves, so only the marker and the unsaid name betray a victim.
BETRAYING = (world.MARKER, world.UNSAID)


class Front:
    def __init__(self, extra=""):
        self.stack = Stack(features=world.FEATURES, tenants=world.TENANTS, extra=extra)
        self.world = world.World(self.stack.redis)
        self.connections = {}
        self.calls = 0
        self.blocked = 0  # replies that held a foreign name

    def close(self):
        self.stack.close()

    def connect(self, attacker, protocol):
        raw = self.stack.proxy.raw()
        reply = raw.ask("HELLO", protocol, "AUTH", attacker, attacker + "-secret")
        assert b"proto" in reply, reply
        return raw

    def connection(self, attacker, protocol, shared):
        """Calls that change their connection get one of their own."""
        if not shared:
            return self.connect(attacker, protocol)
        if (attacker, protocol) not in self.connections:
            self.connections[attacker, protocol] = self.connect(attacker, protocol)
        return self.connections[attacker, protocol]

    def ask(self, attacker, protocol, calls, shared=True):
        """The replies to the calls, sent at once; each is exactly one, and none betrays a victim."""
        raw = self.connection(attacker, protocol, shared)
        self.calls += 1
        echo = b"echo %d" % self.calls
        fence = raw.encode("ECHO", echo) if shared else b""
        raw.send(b"".join(raw.encode(*call) for call in calls) + fence)
        replies = [raw.reply() for _ in calls]
        if shared:
            assert raw.reply() == b"$%d\r\n%s\r\n" % (len(echo), echo), "a reply too many or too few"
        for call, reply in zip(calls, replies):
            for betraying in BETRAYING:
                assert betraying not in reply, (call, reply)
        return replies

    def attack(self, attacker, protocol, calls, shared=True, victims=True):
        """The same against the world as it was in the beginning, which must then still be so. Answers with
        the replies and with a digest of what the attacker then has."""
        self.world.reset(victims)
        replies = self.ask(attacker, protocol, calls, shared)
        return replies, self.world.check(attacker, victims)

    def check(self):
        """Nothing was published to the victims, and the proxy is well."""
        self.world.listener.check()
        process = self.stack.proxy.process
        assert process.poll() is None, self.stack.proxy.log_text()
        counts = re.findall(r"^bulkhead_foreign_name_blocked_total.* (\S+)$",
                            self.stack.proxy.http("/metrics")[1], re.MULTILINE)
        before, self.blocked = self.blocked, sum(map(float, counts))
        assert counts and self.blocked == before, "a foreign name came back, and was only stopped then"


def is_error(reply):
    return reply[:1] in b"-!"
