"""SCAN, RANDOMKEY and tenants that write their prefix themselves: ways by which keys have been listed."""

import pytest
from redis.exceptions import NoPermissionError, ResponseError

import harness
from attacks import ON_NAMES, identity
from integration_fixtures import Stack

GLOBEX = "erp:tenant:globex:"


@pytest.fixture
def crowd(stack):
    """3,000 keys of globex around 30 of acme's."""
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex")
    globex.mset({f"cache:{i}": "g" for i in range(3000)})
    acme.mset({f"cache:own{i}": "a" for i in range(30)})
    return acme, globex


def own(names):
    return all(name.startswith(b"cache:own") for name in names)


def scan(raw, cursor, *options):
    """(cursor, names) of one page, or the error as text."""
    reply = raw.ask("SCAN", cursor, *options)
    if reply.startswith(b"-"):
        return reply.decode()
    lines = reply.split(b"\r\n")
    return lines[2], lines[5:-1:2]


def test_scan_without_match_and_with_two(crowd, stack):
    """Without a MATCH the prefix alone is matched; of two the last counts; no page holds a foreign name."""
    acme, _ = crowd
    assert len(set(acme.scan_iter())) == 30 and own(acme.scan_iter())
    raw = stack.proxy.raw("acme")
    everything = ("COUNT", 100000)
    for options in ((), ("MATCH", "*"), ("MATCH", "nothing", "MATCH", "*"), ("TYPE", "string"),
                    ("MATCH", GLOBEX + "*", "MATCH", "cache:*"), ("match", "nothing", "MaTcH", "cache:o*")):
        cursor, names = scan(raw, 0, *options, *everything)
        assert cursor == b"0" and len(names) == 30 and own(names), options
    for options in (("MATCH", "*", "MATCH", "nothing"), ("MATCH", GLOBEX + "*"), ("MATCH", "?rp:*"),
                    ("MATCH", "*globex*"), ("TYPE", "hash"), ("MATCH", "")):
        assert scan(raw, 0, *options, *everything) == (b"0", []), options
    for options in (("MATCH",), ("COUNT", 0), ("COUNT", "x"), ("COUNT", -1), ("NOTHING", "x"), ("MATCH", "a", "b")):
        assert isinstance(scan(raw, 0, *options), str), options


def cursors(raw, count, patience=1000):
    """Every cursor that a whole iteration hands out."""
    given, cursor = [], b"0"
    while patience:
        cursor, names = scan(raw, cursor, "COUNT", count)
        assert own(names) or all(name.startswith(b"cache:") for name in names)
        if cursor == b"0":
            return given
        given.append(cursor)
        patience -= 1
    raise AssertionError("the iteration does not end")


def test_scan_cursor_of_another_tenant(crowd, stack):
    """A cursor of globex' is of no use to acme: at worst it is one of acme's own places."""
    acme, globex = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    refused = 0
    theirs = cursors(globex, 10)
    for cursor in theirs:
        page = scan(acme, cursor, "COUNT", 1000)
        refused += isinstance(page, str)
        assert isinstance(page, str) or own(page[1])
    assert refused > 0.9 * len(theirs)


def test_scan_cursor_tells_nothing_of_the_size(crowd, stack):
    """A raw cursor is below the size of the hash table, and steps through it: these do neither."""
    given = [int(cursor) for cursor in cursors(stack.proxy.raw("acme"), 1)]
    assert given and len(set(given)) == len(given)
    assert max(given) > 2**40 and all(cursor < 2**53 for cursor in given)


def test_scan_cursors_that_were_never_given(crowd, stack):
    """Numbers of a client's own choice are invalid, or lead to nothing but its own keys."""
    raw = stack.proxy.raw("acme")
    for cursor in [1, 2, 4096, 2**37, 2**53 - 1, 2**53, 2**64 - 1, 2**64, -1, "x", "", "0x1", "1 ", "00"]:
        page = scan(raw, cursor, "COUNT", 100000)
        assert isinstance(page, str) or own(page[1]), cursor


def test_scan_finds_the_few_among_the_many(crowd, stack):
    """A tenant with few keys is not sent through thousands of empty pages."""
    assert len(cursors(stack.proxy.raw("acme"), 1)) <= 35


def test_randomkey_never_foreign(crowd):
    acme, globex = crowd
    names = {acme.randomkey() for _ in range(60)}
    assert own(names) and len(names) > 5
    assert acme.delete(*acme.scan_iter()) == 30
    assert acme.randomkey() is None and acme.dbsize() == 0
    assert globex.dbsize() == 3000


def test_sizes_are_the_tenants_own(crowd):
    acme, globex = crowd
    assert acme.dbsize() == 30 and globex.dbsize() == 3000
    keyspace = acme.info("keyspace")
    assert sum(db["keys"] for db in keyspace.values()) in (30, 60)  # DB 0 is the merged view of the others


REQUIRE = f"""
tenants:
  - name: acme
    prefix: "nextauth:"
    prefix_mode: require
    policy: ["+@all"]
    users: [{{ name: acme, passwords: ["{harness.sha256('acme-secret')}"] }}]
  - name: globex
    prefix: "nextauth2:"
    users: [{{ name: globex, passwords: ["{harness.sha256('globex-secret')}"] }}]
"""


@pytest.fixture(scope="module")
def require():
    stack = Stack(tenants=REQUIRE, features="")
    yield stack
    stack.close()


@pytest.mark.parametrize("attack", [a for a in ON_NAMES if a.is_clean], ids=identity)
def test_prefix_mode_require(require, attack):
    """Names without the tenant's prefix, and foreign ones, are refused in every position; own ones pass."""
    raw = require.proxy.raw("acme")
    secret = b"nextauth2:session:1"
    require.redis.client().set(secret, "v")
    before = require.redis.client().dump(secret)
    for position in attack.positions:
        for foreign in (secret, b"session:1", b"", b"*x", b"[n]extauth:*", b"nextauth", b"NEXTAUTH:x", b"{nextauth:}x",
                        b"\0nextauth:x", b"nextauth\0:x", b"?extauth:*", b"\\nextauth2:*"):
            call = attack.call(lambda at, _: foreign if at == position else b"nextauth:x*", b"payload")
            reply = raw.ask(*call)
            assert reply.startswith(b"-NOPERM ") or harmless(attack, reply), (call, reply)
        assert require.redis.client().keys("[^n]*") == []
    assert require.redis.client().dump(secret) == before


def harmless(attack, reply):
    """Patterns are about own names only, whatever they say; an earlier MATCH does not count."""
    return "pattern" in attack.text().lower() and b"nextauth2" not in reply and b"session" not in reply


def test_prefix_mode_require_lists_only_own(require):
    acme = require.proxy.client()
    acme.set("nextauth:user:1", "v")
    require.redis.client().set("nextauth2:user:2", "v")
    assert list(acme.scan_iter()) == acme.keys("*") == acme.keys("nextauth:*") == [b"nextauth:user:1"]
    assert acme.randomkey() == b"nextauth:user:1" and acme.dbsize() == 1
    for pattern in ("nextauth2:*", "*:user:*", "next*", "?extauth2:*", "[n]extauth2:*"):
        with pytest.raises((NoPermissionError, ResponseError)):
            acme.keys(pattern)
    assert acme.get("nextauth:user:1") == b"v"


def test_prefix_mode_require_tells_only_of_own_channels(require):
    """Two channels have a subscriber, one of them this tenant's."""
    acme, direct = require.proxy.client(), require.redis.client().pubsub()
    direct.subscribe("nextauth:events", "nextauth2:events")
    for _ in range(2):
        assert direct.get_message(timeout=harness.PATIENCE)["type"] == "subscribe"
    assert acme.pubsub_channels() == acme.pubsub_channels("nextauth:*") == [b"nextauth:events"]
    assert acme.pubsub_numsub("nextauth:events") == [(b"nextauth:events", 1)]
    for call in (("NUMSUB", "nextauth2:events"), ("NUMSUB", "nextauth:events", "nextauth2:events"),
                 ("CHANNELS", "nextauth2:*"), ("CHANNELS", "*events"), ("SHARDNUMSUB", "nextauth2:events")):
        with pytest.raises(NoPermissionError):
            acme.execute_command("PUBSUB", *call)
    with pytest.raises(NoPermissionError):
        acme.publish("nextauth2:events", "m")
    direct.close()
