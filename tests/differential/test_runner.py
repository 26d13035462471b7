"""Proves that the comparison can fail: a wrong reply, a lost one, a changed value, a key in the wrong database or
another tenant's data is found, and the sequence that shows it becomes the shortest."""

import pytest

import generate
import vocabulary
from neighbour import Neighbour
from runner import Difference, Pair, line
from world import MARKER, World


@pytest.fixture(scope="module")
def world():
    world = World(several=True)
    yield world
    world.close()


@pytest.fixture
def pair(world):
    pair = Pair(world, 2)
    yield pair
    pair.acme.close()
    pair.bare.close()


def noise(count, seed=1):
    return generate.Sequences(seed, vocabulary.SEVERAL_FEATURES).sequence(count)


def faulty(pair, fault):
    """The proxy's replies pass through fault(commands, replies)."""
    real = pair.acme.ask
    pair.acme.ask = lambda commands: fault(commands, real(commands))


def found(pair, commands):
    with pytest.raises(Difference) as difference:
        pair.run(commands)
    return pair.shrink(difference.value)


def test_a_wrong_reply_is_found_and_its_cause(pair):
    def fault(commands, replies):
        if (b"SET", b"k1", b"v") in commands and (b"GET", b"k1") in commands:
            replies[commands.index((b"GET", b"k1"))] = b"$1\r\nw\r\n"
        return replies
    faulty(pair, fault)
    commands = [*noise(120), (b"SET", b"k1", b"v"), *noise(90, 2), (b"GET", b"k1"), *noise(90, 3)]
    difference = found(pair, commands)
    assert difference.commands == [(b"SET", b"k1", b"v"), (b"GET", b"k1")]
    told = difference.report(7)
    assert "seed 7" in told and "  SET k1 v\n  GET k1\n" in told and repr(b"$1\r\nw\r\n") in told


def test_a_cause_behind_the_reply_is_kept(pair):
    def fault(commands, replies):
        if (b"SET", b"k2", b"v") in commands and (b"GET", b"k2") in commands:
            replies[commands.index((b"GET", b"k2"))] = b"$1\r\nv\r\n"  # as if SET had overtaken it
        return replies
    faulty(pair, fault)
    commands = [*noise(60), (b"GET", b"k2"), *noise(60, 2), (b"SET", b"k2", b"v")]
    assert found(pair, commands).commands == [(b"GET", b"k2"), (b"SET", b"k2", b"v")]


def test_a_lost_reply_is_found(pair):
    faulty(pair, lambda commands, replies: replies[:-1] if (b"PING", b"x") in commands else replies)
    assert found(pair, [*noise(50), (b"PING", b"x")]).commands == [(b"PING", b"x")]


@pytest.mark.parametrize("change", [
    (0, (b"SET", b"acme:session:k", b"other")), (0, (b"PEXPIREAT", b"acme:session:k", b"4102444800001")),
    (0, (b"DEL", b"acme:session:k")), (0, (b"SET", b"acme:session:more", b"v")),
    (0, (b"MOVE", b"acme:session:k", b"2"))], ids=lambda change: line(change[1]))
def test_a_changed_state_is_found(world, pair, change):
    def fault(commands, replies):
        world.direct.ask([(b"SELECT", b"%d" % change[0]), change[1]])
        return replies
    faulty(pair, fault)
    with pytest.raises(Difference, match="session:"):
        pair.run([(b"SET", b"session:k", b"v", b"PXAT", b"4102444800000")])


def test_a_key_without_a_prefix_is_found(world, pair):
    faulty(pair, lambda commands, replies: world.direct.ask([(b"SET", b"naked", b"v")]) * len(replies))
    with pytest.raises(AssertionError, match="is nobody's"):
        pair.run([(b"SET", b"session:k", b"v")])


def test_another_tenants_data_is_found(world, pair):
    pair._watch(b"$20\r\n" + MARKER + b"1\r\n")
    with pytest.raises(Difference, match="what belongs to globex"):
        pair.run([(b"PING",)])


def test_the_neighbour_misses_what_is_its_own(world):
    neighbour = Neighbour(world, 1)
    for _ in range(20):
        neighbour.take_turn()
    name = next(iter(neighbour.strings))
    world.through(2).ask([(b"SET", name, b"x")])  # acme's own key of that name
    neighbour.start()
    neighbour.finish()
    taken = Neighbour(world, 1)
    taken.strings = dict(neighbour.strings)
    taken.client.ask([(b"SET", name, b"x")])
    taken.start()
    with pytest.raises(AssertionError):
        taken.finish()
