"""Proves that each rule of permitted.py is needed, and that it permits nothing but what it names; that each
refusal it expects is given; and that commands answered by chance get answers that Redis could give."""

import pytest

import harness
import permitted
import templates
import wire
from generate import Sequences
from world import World

WRONG = [b"-ERR something else\r\n", b"+OK\r\n", b"*-1\r\n", b"$3\r\nxyz\r\n"]


@pytest.fixture(scope="module", params=[False, True], ids=["one_feature", "several_features"])
def world(request):
    world = World(request.param)
    yield world
    world.close()


@pytest.fixture
def sides(world):
    """(bare, through)"""
    world.clear()
    pair = world.bare(2), world.through(2)
    yield pair
    for connection in pair:
        connection.close()


@pytest.mark.parametrize("rule", permitted.RULES, ids=lambda rule: rule.name)
def test_every_rule_is_needed(world, sides, rule):
    bare, through = sides
    command = rule.example[-1]

    def different():
        world.clear()
        second = through.ask(rule.example)[-1]
        if rule.name == "idle":
            second = harness.wait_until(lambda: different_from(through, command, second), "a second")
        first = bare.ask(rule.example)[-1]
        return (first, second) if first != second else None

    if rule.several and not world.several:
        assert rule not in permitted.rules_for(command, world.several)
        return
    first, second = harness.wait_until(different, rule.name)
    assert rule in permitted.rules_for(command, world.several)
    assert rule.same(command, first, second), (first, second)
    for wrong in WRONG:
        accepted = rule.same(command, first, wrong)
        assert not accepted or wrong.startswith(first[:1]) and rule.name == "randomkey", (rule.name, wrong)


def different_from(connection, command, reply):
    now = connection.ask([command])[0]
    return now if now != reply else None


def test_what_policy_refuses_is_refused(sides):
    for text in templates.REFUSED.splitlines():
        if text:
            command = text.lstrip("!~").encode().split()
            assert permitted.is_refused(tuple(command))
            assert sides[1].ask([command])[0].startswith(b"-NOPERM this user has no permissions to run the '")


def test_nothing_else_counts_as_refused():
    for group, text in templates.GROUPS.items():
        for line in text.splitlines():
            if line and group != "refused" and line.lstrip("!~")[0].isupper():
                assert not permitted.is_refused(tuple(line.lstrip("!~").encode().split())), line


SPANNING = [b"SUNION session:a cache:a", b"LMPOP 2 session:a queue:a LEFT",
            b"XREAD STREAMS session:a ws:a 0 0", b"BITOP AND cache:a session:a ws:a", b"ZUNION 2 rate:a cache:a"]
CARRIED = [b"MGET session:a cache:a", b"RENAME session:a cache:a", b"SMOVE session:a cache:a m",
           b"SUNIONSTORE cache:a session:a auth:b", b"BITOP OR cache:a session:a auth:b",
           b"SORT session:a BY nosort STORE cache:a", b"ZUNIONSTORE cache:a 2 session:a auth:b",
           b"GEORADIUS session:a 0 0 1 km STORE cache:a", b"COPY session:a cache:a", b"SUNION session:a auth:b",
           b"GET session:a", b"SUNION rate:a rate:a"]


def test_what_may_be_refused_for_its_keys(world, sides):
    bare, through = sides
    for text in SPANNING + CARRIED:
        command = tuple(text.split())
        keys = wire.plain(wire.value(bare.one(b"COMMAND", b"GETKEYS", *command)))
        assert permitted.may_span(command, keys) == (text in SPANNING), text
        if text in CARRIED or not world.several:
            assert not through.ask([command])[0].startswith(b"-CROSSDB "), text


FILL = [b"SADD s a b c d", b"HSET h a 1 b 2 c 3 d 4", b"ZADD z 1 a 2 b 3 c 4 d"]
BY_CHANCE = [b"SRANDMEMBER s", b"SRANDMEMBER s 2", b"SRANDMEMBER s -7", b"SPOP s", b"SPOP s 2", b"HRANDFIELD h",
             b"HRANDFIELD h 3", b"HRANDFIELD h -7", b"ZRANDMEMBER z", b"ZRANDMEMBER z 2", b"ZRANDMEMBER z -7"]


def test_answers_by_chance_are_of_the_same_kind(sides):
    for text in BY_CHANCE:
        replies = [wire.value(side.ask([c.split() for c in (b"DEL s h z", *FILL, text)])[-1]) for side in sides]
        (kind, one), (_, other) = replies
        assert kind == replies[1][0], text
        names = [set(wire.plain(reply)) if kind == b"*" else {reply[1]} for reply in replies]
        assert all(found and found <= {b"a", b"b", b"c", b"d"} for found in names), text
        if kind == b"*":
            assert len(one) == len(other), text
    ids = [wire.plain(wire.value(side.one("XADD", "st", "*", "f", "v"))).split(b"-") for side in sides]
    assert abs(int(ids[0][0]) - int(ids[1][0])) < permitted.CLOCK_SLACK and ids[0][1] == ids[1][1] == b"0"


def test_the_same_seed_makes_the_same_commands():
    keys = [b"a", b"b", b"c"]
    first, again, other = (Sequences(seed, keys).sequence(2000) for seed in (7, 7, 8))
    assert first == again != other
    names = {command[0].upper() for seed in range(10) for command in Sequences(seed, keys).sequence(2000)}
    templated = {word for text in templates.GROUPS.values() for line in text.splitlines()
                 for word in line.lstrip("!~").replace("(", "").split(")")[0].split(" ")[0].split("|")}
    assert {word.encode() for word in templated if word.isupper()} <= names
