"""Proves that generated commands get the same replies, byte for byte, through the proxy and from a bare Redis,
in RESP2 and RESP3, with one feature and with several, and leave the same state, while a second tenant works
beside them that sees and leaves its own data only. What may differ is in permitted.py.

BULKHEAD_DIFF_SEED begins other sequences; BULKHEAD_DIFF_COMMANDS is how many commands a run has in all. A
failure names the seed of its sequence and shows the shortest one found.
"""

import os
import random

import pytest

import generate
import harness
import permitted
import vocabulary
from neighbour import Neighbour
from runner import Difference, Pair
from world import World

SEED = int(os.environ.get("BULKHEAD_DIFF_SEED", "20240607"))
COMMANDS = int(os.environ.get("BULKHEAD_DIFF_COMMANDS", "600000"))
SHARES = {2: 2 / 3, 3: 1 / 3}  # of the commands, by protocol
WALK_EVERY = 20  # sequences


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("several", [False, True], ids=["one_feature", "several_features"])
def test_the_same_commands_get_the_same_replies(several, protocol):
    compare(World(several), protocol, COMMANDS * SHARES[protocol] / 2)


@pytest.mark.parametrize("protocol", [2, 3])
def test_and_inside_the_fence(protocol):
    compare(World(True, extra="fence: all\n"), protocol, COMMANDS / 50)


def compare(world, protocol, wanted):
    try:
        pair, neighbour = Pair(world, protocol), Neighbour(world, SEED)
        neighbour.start()
        for number in range(10**9):
            if pair.commands >= wanted:
                break
            neighbour.turns.release()
            compare_sequence(pair, (SEED + number) * 10 + protocol, number % WALK_EVERY == 0)
        neighbour.finish()
        assert pair.commands >= wanted and neighbour.commands > pair.commands / 100
        for tenant in harness.PASSWORDS:
            assert world.proxy.metric("bulkhead_fence_trips_total", tenant=tenant) == 0
    finally:
        world.close()


def compare_sequence(pair, seed, walk):
    keys = vocabulary.SEVERAL_FEATURES if pair.world.several else vocabulary.ONE_FEATURE
    dice = random.Random(seed)
    sequences = generate.Sequences(seed, keys)
    commands = sequences.sequence(dice.randrange(200, 500))
    if seed // 10 % 3 == 0:
        commands = sequences.with_transactions(commands, permitted.may_be_queued)
    found = None
    try:
        pair.run(commands)
        if walk:
            for pattern in (b"*", dice.choice(vocabulary.CHOICES["key_glob"])):
                pair.compare_walks(commands, pattern, dice.choice([1, 3, 10, 1000]))
    except Difference as difference:
        found = difference
    if found is not None:
        pytest.fail(pair.shrink(found).report(seed), pytrace=False)
