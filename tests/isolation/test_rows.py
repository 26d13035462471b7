"""Every row of the command table that reaches a backend, attacked in every position of a name.

After each call: nothing of the victims is in the reply, RESP2 or RESP3, errors included; what is theirs
is as it was, to the byte; no key is outside of all prefixes; the proxy did not need its last wall (a
foreign name found in a reply). The exact names are also tried in a world without the victims: what the
attacker reads must not depend on them.
"""

import re

import pytest

import names
import table
import world
from attacks import ATTACKS, ON_NAMES, identity
from front import PROTOCOLS, Front

# Their replies depend on the clock, on chance, or on what was asked before.
VARIABLE = {"spop", "srandmember", "hrandfield", "zrandmember", "randomkey", "info", "slowlog|get",
            "slowlog|len", "client|list", "memory|stats", "object|idletime"}


@pytest.fixture(scope="module")
def shared_front():
    front = Front()
    yield front
    front.close()


@pytest.fixture
def front(shared_front):
    yield shared_front
    shared_front.check()


def aimed(attack, position, name, attacker="acme", payload=b"", elsewhere=False):
    """The call with the name in one position and own names in the others, in its database or another."""
    near = name
    if elsewhere:
        near = b"queue:" if b"queue:" not in name else b"session:"
    return attack.call(lambda at, slot: name if at == position else names.own(attacker, near, slot), payload)


def variants(front, attack, position, names_there, **options):
    return [aimed(attack, position, name, payload=front.world.payload, **options) for name in names_there]


def exact_calls(front, attack, position):
    slot = attack.words[position]
    there = [names.secret("globex", namespace, slot) for namespace in world.NAMESPACES]
    there += names.exact("acme", "session", slot)
    calls = variants(front, attack, position, there)
    if len(attack.positions) > 1:
        calls += variants(front, attack, position, there, elsewhere=True)
    return calls


def normal(attack, reply):
    """Without the time since some moment, and sorted where the order of keys is nobody's business."""
    if attack.row["name"] in ("keys", "scan"):
        return sorted(reply.split(b"\r\n"))
    return re.sub(rb"(idle|inactive|age|seen-time|active-time)\r\n:\d+", rb"\1", reply)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("attack", ON_NAMES, ids=identity)
def test_exact_names(front, attack, protocol):
    """As the name is in Redis, as its owner says it, with prefixes doubled, in each feature's database; and
    the reply is the one of a world in which the victims have no keys."""
    for position in attack.positions:
        for call in exact_calls(front, attack, position):
            (reply,), has = front.attack("acme", protocol, [call], attack.is_clean)
            (without,), would_have = front.attack("acme", protocol, [call], attack.is_clean, victims=False)
            if attack.row["name"] not in VARIABLE:
                assert normal(attack, reply) == normal(attack, without), (call, "reads what depends on another tenant")
                assert has == would_have, (call, "writes what depends on another tenant")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("attack", ON_NAMES, ids=identity)
def test_odd_names(front, attack, protocol):
    """Glob characters, hash tags, NUL, CR and LF, nothing at all and 64 KiB, one after the other."""
    for index, position in enumerate(attack.positions):
        namespace = world.NAMESPACES[(index + len(attack.text())) % len(world.NAMESPACES)]
        calls = variants(front, attack, position, names.odd(namespace, attack.words[position]))
        if attack.is_clean:
            front.attack("acme", protocol, calls)
            continue
        for call in calls:
            front.attack("acme", protocol, [call], shared=False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("attack", ON_NAMES, ids=identity)
def test_prefix_that_nearly_begins_another(front, attack, protocol):
    """Tenant t1 (`t1:`) names what is tenant t10's (`t10:`)."""
    for position in attack.positions:
        slot = attack.words[position]
        calls = variants(front, attack, position, names.collisions(slot), attacker="t1")
        for call in calls:
            front.attack("t1", protocol, [call], attack.is_clean)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("attack", ATTACKS, ids=identity)
def test_foreign_names_where_none_belongs(front, attack, protocol):
    """A foreign name in place of every other argument, and behind the call with every word that makes Redis
    take an argument for a key in some command: it is data, or an error, and never a key."""
    physical = world.PREFIXES["globex"] + world.key("session", "list", "secret")
    plain = attack.call(lambda _, slot: names.own("acme", b"session:", slot), front.world.payload)
    calls = [plain]
    for at in range(attack.row["name"].count("|") + 1, len(plain)):
        if at not in attack.positions:
            calls.append([*plain[:at], physical, *plain[at + 1:]])
    for word in (b"STORE", b"STOREDIST", b"KEYS", b"STREAMS", b"PREFIX", b"1", b"2"):
        calls.append([*plain, word, physical])
    for word in (b"BY", b"GET", b"MATCH"):
        calls.append([*plain, word, world.PREFIXES["globex"] + b"session:secret:*"])
    calls += [[*plain, b"DB", b"1"], [*plain, physical], [*plain, b"STREAMS", physical, b"0"]]
    if attack.is_clean:
        front.attack("acme", protocol, calls)
        return
    for call in calls:
        front.attack("acme", protocol, [call], shared=False)


@pytest.mark.parametrize("row", [r for r in table.ROWS.values() if r["handling"] == "denied"],
                         ids=lambda row: row["name"])
def test_denied_rows_are_refused_to_whoever_asks(front, row):
    """A tenant to whom everything is permitted is still refused these, whatever their arguments."""
    words = [word.encode() for word in row["name"].split("|")]
    physical = world.PREFIXES["globex"] + world.key("session", "string", "secret")
    calls = [words + [argument] * count for argument in (physical, b"0", b"session:own:string")
             for count in range(0, 7)]
    for protocol in PROTOCOLS:
        for call, reply in zip(calls, front.attack("acme", protocol, calls)[0]):
            assert reply.startswith((b"-NOPERM ", b"-ERR wrong number of arguments", b"-ERR unknown ")), call
