"""The second wall: with `fence: all` the same attacks meet the first, and what a hole in it would let through,
each foreign name in each position of each command, is sent to Redis as the tenant's ACL user, and refused.
"""

import hashlib

import pytest

import harness
import names
import table
import world
from attacks import ON_NAMES, identity
from front import Front, is_error
from test_attacks import REFUSED_ALL_THE_SAME, carried_out_today

SECRET = "the secret of the fence"
EVERY = 6  # of the attacks that test_rows.py makes

# No name that reads or writes: the pattern is compared with nobody's rights, and what comes by it is checked;
# unsubscribing reaches nothing; invalidations are checked when they come. KEYS is given where it is granted.
NOT_THE_FENCES = {"keys", "psubscribe", "punsubscribe", "unsubscribe", "sunsubscribe", "client|tracking"}


@pytest.fixture(scope="module")
def front():
    front = Front(extra=f'fence: all\ncursor_secret: "{SECRET}"\n')
    yield front
    front.check()
    for tenant in world.PREFIXES:
        assert front.stack.proxy.metric("bulkhead_fence_trips_total", tenant=tenant) == 0
    front.close()


@pytest.mark.parametrize("attack", list(filter(carried_out_today, ON_NAMES)), ids=identity)
def test_own_names_pass_both_walls(front, attack):
    for namespace in ("session", "queue"):
        call = attack.call(lambda _, name: names.own("acme", namespace.encode() + b":", name), front.world.payload)
        front.world.reset()
        reply, = front.ask("acme", "2", [call], attack.is_clean)
        if is_error(reply):
            assert REFUSED_ALL_THE_SAME.get(attack.row["name"], b"nothing") in reply, (call, reply)


@pytest.mark.parametrize("attack", ON_NAMES[::EVERY], ids=identity)
def test_foreign_names_reach_nothing(front, attack):
    for position in attack.positions:
        for name in names.exact("acme", "session", attack.words[position]):
            call = attack.call(lambda at, slot: name if at == position else names.own("acme", name, slot),
                               front.world.payload)
            front.attack("acme", "3", [call], attack.is_clean)


def as_tenant(front):
    raw = harness.Raw(front.stack.redis.socket)
    password = hashlib.sha256(f"{SECRET}\0acme\0fence".encode()).hexdigest()
    assert raw.ask("AUTH", "bulkhead:acme", password) == b"+OK\r\n"
    return raw


@pytest.mark.parametrize("attack", list(filter(carried_out_today, ON_NAMES)), ids=identity)
def test_holes_are_held_by_the_fence(front, attack):
    front.ask("acme", "2", [["GET", "x"]])  # there is a user
    front.world.reset()
    for position in attack.positions:
        if attack.row["name"] in NOT_THE_FENCES or attack.words[position].kind == "unused_key":
            continue
        call = attack.call(
            lambda at, name: names.secret("globex", "session", name) if at == position
            else world.PREFIXES["acme"] + names.own("acme", b"session:", name), front.world.payload)
        reply = as_tenant(front).ask(*call)
        assert is_error(reply) and (b"permission" in reply or b"can't access" in reply), (call, reply)
    front.world.check("acme")
