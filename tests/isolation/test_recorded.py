"""What reaches the backend, byte for byte: one command for one command, each name behind its tenant's
prefix, and nothing in an argument is taken for a command, a line or a length.

The backend only records. So rows of modules and of versions that this machine does not have are held
to the same.
"""

import re

import pytest

import harness
import names
import table
import world
from attacks import ATTACKS, ON_NAMES, identity
from front import PROTOCOLS
from recorder import Recorder

PREFIX = dict(world.PREFIXES, glob=b"x[1]*?\\:")
TENANTS = world.TENANTS + f"""
  - name: glob
    prefix: 'x[1]*?\\:'
    policy: ["+@all"]
    users:
      - {{ name: glob, passwords: ["{harness.sha256('glob-secret')}"] }}
"""


def escaped(prefix):
    """As a glob that means itself; a closing bracket does, once the opening one is escaped."""
    return re.sub(rb"([\\*?\[])", rb"\\\1", prefix)


class Recorded:
    def __init__(self):
        self.directory = harness.temporary_directory()
        self.redis = Recorder()
        self.proxy = harness.Bulkhead(self.directory, self.redis.address, features=world.FEATURES,
                                      tenants=TENANTS, extra="scripts: off\n")
        self.connections = {}

    def close(self):
        self.proxy.stop()
        self.redis.close()
        harness.remove(self.directory)

    def ask(self, tenant, protocol, call):
        """(the reply, the commands that reached the backend)"""
        if (tenant, protocol) not in self.connections:
            raw = self.connections[tenant, protocol] = self.proxy.raw()
            assert b"proto" in raw.ask("HELLO", protocol, "AUTH", tenant, f"{tenant}-secret")
        raw = self.connections[tenant, protocol]
        reply = raw.ask(*call)
        assert raw.ask("ECHO", "fence") == b"$5\r\nfence\r\n"
        return reply, self.redis.take()


@pytest.fixture(scope="module")
def recorded():
    recorded = Recorded()
    yield recorded
    recorded.close()


def calls_of(attack, tenant):
    """(the call, what one forwarded command must be) with each odd or exact name in each position."""
    prefix = PREFIX[tenant]
    for position in attack.positions:
        slot = attack.words[position]
        for namespace in ("session", "queue"):
            there = [names.secret("globex", namespace, slot), *names.exact("acme", namespace, slot)]
            for name in there + names.odd(namespace, slot):
                def plain(at, slot):
                    return name if at == position else names.own("acme", name, slot)

                def physical(at, slot):
                    return (escaped(prefix) if slot.kind.endswith("_pattern") and slot.kind != "sort_pattern"
                            else prefix) + plain(at, slot)
                yield attack.call(plain, b"payload"), attack.call(physical, b"payload")


def check_names(tenant, commands):
    """In each of the commands, every name stands behind the prefix."""
    prefix = PREFIX[tenant]
    for command, found in zip(commands, table.find_names(commands)):
        assert isinstance(found, list), (command, found)
        for at, kind in found:
            wanted = escaped(prefix) if kind in ("key_pattern", "channel_pattern") else prefix
            assert command[at].startswith(wanted), (command, at)


FORWARDED = [attack for attack in ON_NAMES if attack.is_clean and attack.row["handling"] in ("forward", "split")]
SCOPED = [attack for attack in ATTACKS if attack.row["handling"] == "scoped"]


@pytest.mark.parametrize("tenant", ["acme", "globex", "glob"])
@pytest.mark.parametrize("attack", FORWARDED, ids=identity)
def test_forwarded_commands(recorded, attack, tenant):
    """Exactly one command arrives, or none and an error: the client's, with the prefix before each name.
    Where its names lie in several databases, it is several commands or a script of the proxy's: each of
    their names has the prefix."""
    others, alone = [], 0
    for index, (call, wanted) in enumerate(calls_of(attack, tenant)):
        reply, commands = recorded.ask(tenant, PROTOCOLS[index % 2], call)
        if attack.row["name"] == "copy" and commands:
            assert commands[0][3] == b"DB"
            wanted, commands = wanted[:3], [commands[0][:3]]
        if commands == [wanted]:
            alone += 1
            continue
        assert commands or reply[:1] in b"-!", (call, reply)
        assert not commands or commands[0][0] == b"EVAL" or attack.row["handling"] == "split", (call, commands)
        others += commands
    check_names(tenant, others)
    refused_to_glob = tenant == "glob" and any(attack.words[at].kind == "sort_pattern" for at in attack.positions)
    assert alone > 20 or refused_to_glob, "hardly anything was forwarded"


@pytest.mark.parametrize("tenant", ["acme", "glob"])
@pytest.mark.parametrize("attack", SCOPED, ids=identity)
def test_scoped_commands(recorded, attack, tenant):
    """What the proxy asks in the client's stead has the prefix before each name, and SCAN always a MATCH."""
    commands = []
    calls = [call for call, _ in calls_of(attack, tenant)] or [attack.call(None)]
    for index, call in enumerate(calls):
        commands += recorded.ask(tenant, PROTOCOLS[index % 2], call)[1]
    check_names(tenant, commands)
    for command in commands:
        if command[0].upper() == b"SCAN":
            assert command[2] == b"MATCH" and command[3].startswith(escaped(PREFIX[tenant])), command


UNTOLD = [row for row in table.ROWS.values()
          if row["handling"] in ("denied", "local") and row["action"] not in ("quit", "reset", "client_reply")]


@pytest.mark.parametrize("row", UNTOLD, ids=lambda row: row["name"])
def test_denied_and_local_commands_do_not_reach_the_backend(recorded, row):
    words = [word.encode() for word in row["name"].split("|")]
    for argument in (b"erp:tenant:globex:session:secret:string", b"1", b"x\r\n*1\r\n$8\r\nFLUSHALL\r\n"):
        for count in range(0, 6):
            raw = recorded.proxy.raw()
            raw.ask("AUTH", "acme", "acme-secret")
            raw.ask(*words, *[argument] * count)
            assert recorded.redis.take() == []
            raw.close()


def test_unknown_commands_do_not_reach_the_backend(recorded):
    for name in (b"nothing", b"get\0", b"get\r\nset", b"", b"g" * 65536, b" get", b"client|list", b"GET|x"):
        for count in range(0, 4):
            reply, commands = recorded.ask("acme", "2", [name] + [b"erp:tenant:globex:session:x"] * count)
            assert reply.startswith(b"-ERR ") and commands == [], (name, reply, commands)
