"""The attacks themselves: every row has one, each has a name wherever the proxy finds one, and each
is a command that Redis carries out. An attack that fails for its syntax would prove nothing.
"""

import pytest

import harness
import table
import templates
import world
from attacks import ATTACKS, ON_NAMES, Attack, attacks, identity, rows_to_attack
from front import Front, is_error
from names import own, secret
from world import PREFIXES

# What Redis answers where it cannot do what is asked, however it is asked.
REFUSED_ALL_THE_SAME = {
    "object|freq": b"LFU maxmemory policy is not selected",
    "client|kill": b"No such user",
}


@pytest.fixture(scope="module")
def front():
    front = Front()
    yield front
    front.close()


@pytest.mark.parametrize("row", rows_to_attack(), ids=lambda row: row["name"])
def test_every_row_has_an_attack(row):
    for attack in attacks(row):
        assert table.row_of([str(word) for word in attack.words]) is row
    if table.takes_names(row):
        assert any(attack.positions for attack in attacks(row)), "no attack names anything"


def test_templates_belong_to_rows():
    """A template of a command that is no row any more, or that no longer reaches a backend, is a mistake."""
    for line in templates.LINES:
        assert table.row_of(line) in rows_to_attack(), line


def test_attacks_have_names_where_the_proxy_finds_them():
    calls = [attack.call(lambda at, _: b"name%d" % at, b"payload") for attack in ATTACKS]
    for attack, call, found in zip(ATTACKS, calls, table.find_names(calls)):
        assert found == [(at, attack.words[at].kind) for at in attack.positions], call


def carried_out_today(attack: Attack):
    return attack.is_clean and attack.row["since"] == "7.0"


@pytest.mark.parametrize("attack", filter(carried_out_today, ATTACKS), ids=identity)
def test_attacks_on_own_names_are_carried_out(front, attack):
    """The same calls with names of the caller's own are not errors, in any of the databases."""
    for namespace in world.NAMESPACES:
        call = attack.call(lambda _, name: own("acme", namespace.encode() + b":", name), front.world.payload)
        front.world.reset()
        reply, = front.ask("acme", "2", [call])
        if is_error(reply):
            assert REFUSED_ALL_THE_SAME.get(attack.row["name"], b"nothing") in reply, (call, reply)


# Where options are given twice the last one counts, and the first has no effect.
WITHOUT_EFFECT = {("SCAN 0 MATCH KEY_PATTERN MATCH KEY_PATTERN COUNT 1000", 3),
                  ("GEORADIUS KEY 15 37 900 km STORE UNUSED_KEY STOREDIST KEY", 7)}


@pytest.mark.parametrize("attack", filter(carried_out_today, ON_NAMES), ids=identity)
def test_attacks_would_succeed_without_the_proxy(front, attack):
    """Sent to the Redis itself, with the physical name in one position and names of the attacker's in the
    others, the same call reads or changes what is the victim's: test_rows.py would notice."""
    for position in attack.positions:
        effective = any(noticed(front, attack, position, field) for field in (b"", b"->f"))
        assert effective or (attack.text(), position) in WITHOUT_EFFECT, position


def noticed(front, attack, position, field):
    """Whether the call changes or betrays what is the victim's, or depends on it, or is heard by it."""
    def name_at(at, name):
        if at != position:
            return PREFIXES["acme"] + own("acme", b"session:", name)
        return secret("globex", "session", name) + (field if name.kind == "sort_pattern" else b"")
    results = []
    for victims in (True, False):
        front.world.reset(victims)
        reply = harness.Raw(front.stack.redis.socket).ask(*attack.call(name_at, front.world.payload))
        look = front.world.look("acme")
        results.append((reply, look.own, look.others == front.world.before["acme", victims].others))
    return results[0] != results[1] or not all(unchanged for *_, unchanged in results)
