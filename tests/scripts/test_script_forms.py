"""Differential: every script gives the same bytes and leaves the same data as on a bare Redis."""

import pytest

import corpus
import world


def value_of(client, key):
    # Of streams with groups the bytes hold the time of day.
    if client.type(key) != b"stream":
        return client.dump(key)
    groups = client.xinfo_groups(key)
    return client.xrange(key), groups, [sorted(c["name"] for c in client.xinfo_consumers(key, g["name"])) for g in groups]


def data(redis, databases, prefix=b""):
    found = {}
    for db in databases:
        client = redis.client(db)
        for key in client.scan_iter(count=1000) if client.dbsize() else ():
            assert key.startswith(prefix), key
            found[key[len(prefix):]] = (value_of(client, key), client.ttl(key) > 0)
    return found


def compare(lua, body, keys, args, protocol, user):
    body = body.encode("latin1")
    lua.redis.client().flushall()
    assert lua.bare(corpus.FIXTURE) == lua.shimmed(corpus.FIXTURE, user=user) == b"$-1\r\n"
    bare = lua.bare(body, keys, args, protocol)
    wrapped = lua.shimmed(body, keys, args, user=user, protocol=protocol)
    databases = range(world.BARE_DB)
    return (bare, data(lua.redis, [world.BARE_DB])), (wrapped, data(lua.redis, databases, b"acme:"))


def cases():
    for call in corpus.CALLS:
        for form in corpus.FORMS:
            yield form % call, [], []
    yield from corpus.SCRIPTS


@pytest.mark.parametrize("protocol", [2, 3])
def test_same_as_bare(lua, protocol):
    user = lua.fence()
    different = {}
    count = 0
    for body, keys, args in cases():
        count += 1
        bare, wrapped = compare(lua, body, keys, args, protocol, user)
        if bare != wrapped:
            different[body] = (bare[0], wrapped[0], {k: (bare[1].get(k), wrapped[1].get(k)) for k in {**bare[1], **wrapped[1]}
                                                      if bare[1].get(k) != wrapped[1].get(k)})
    unexpected = {k: v for k, v in different.items() if k not in corpus.DIFFERENT}
    for body, how in unexpected.items():
        print(repr(body), *how, sep="\n    ")
    assert not unexpected
    assert set(corpus.DIFFERENT) == set(different)
    assert count > 700
