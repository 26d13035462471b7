"""Of several mistakes in one command the client hears of the one that Redis reports."""

import itertools

import pytest

import harness

KEYS = ["missing", "text", "list", "geo", "stream"]
COMMANDS = """
SORT {k} LIMIT x y FOO | SORT {k} FOO LIMIT x y | SORT {k} LIMIT 1 | SORT {k} BY a* GET | SORT {k} STORE
SORT {k} LIMIT 0 x STORE | SORT {k} LIMIT 99999999999999999999 1 FOO | SORT_RO {k} STORE d | SORT_RO {k} LIMIT a b STORE d
GEORADIUS {k} x 37 200 km FOO | GEORADIUS {k} 15 37 x km FOO | GEORADIUS {k} 15 37 200 xx FOO
GEORADIUS {k} 15 37 200 km COUNT 0 FOO | GEORADIUS {k} 15 37 200 km FOO COUNT 0 | GEORADIUS {k} 15 37 200 km COUNT x STORE
GEORADIUS {k} 15 37 200 km COUNT | GEORADIUS {k} 15 37 200 km WITHDIST STORE d FOO | GEORADIUS {k} 15 37 200 km ANY
GEORADIUS {k} 15 37 200 km WITHDIST STORE d | GEORADIUS {k} 15 97 200 km FOO | GEORADIUS {k} 15 37 -1 km STORE
GEORADIUSBYMEMBER {k} c x km FOO | GEORADIUSBYMEMBER {k} nope 200 km FOO | GEORADIUSBYMEMBER {k} c 200 km STORE
GEORADIUSBYMEMBER {k} c 200 km COUNT 0 STOREDIST
XREAD COUNT x STREAMS {k} | XREAD COUNT x FOO | XREAD FOO COUNT x | XREAD STREAMS {k} | XREAD COUNT 1 STREAMS
XREAD GROUP g c COUNT x STREAMS {k} 0 | XREAD COUNT x GROUP g c STREAMS {k} 0 | XREAD COUNT x NOACK STREAMS {k} 0
XREAD COUNT 1.5 STREAMS {k} 0 | XREAD STREAMS {k} x | XREAD COUNT -1 STREAMS {k} 0
XREAD BLOCK x STREAMS {k} | XREAD BLOCK -1 STREAMS {k} | XREAD BLOCK x COUNT y FOO | XREAD COUNT y BLOCK x STREAMS {k} 0
XREADGROUP GROUP g c COUNT x STREAMS {k} | XREADGROUP COUNT x NOACK STREAMS {k} {k} 0 | XREADGROUP COUNT 1 NOACK STREAMS {k} >
XREADGROUP COUNT 1 NOACK NOACK STREAMS {k} > | XREADGROUP GROUP g c CLAIM x STREAMS {k} > | XREADGROUP GROUP g c STREAMS {k} x
SCAN x FOO | SCAN x COUNT y | SCAN 0 COUNT y FOO | SCAN 0 COUNT 0 FOO | SCAN 0 FOO COUNT 0 | SCAN 0 TYPE
SELECT 2147483648 | SELECT -2147483649 | SELECT 99999999999999999999 | SELECT 2147483647 | SELECT -1 | SELECT x
COPY {k} d DB x FOO | COPY {k} d FOO DB x | COPY {k} d DB | COPY {k} {k} REPLACE FOO
LMPOP x {k} FOO | LMPOP 0 {k} FOO | LMPOP 1 {k} FOO | LMPOP 1 {k} LEFT COUNT x | LMPOP 1 {k} LEFT COUNT 0 FOO | LMPOP 9 {k} LEFT
ZMPOP 1 {k} FOO | ZMPOP 1 {k} MIN COUNT 0 | ZMPOP x {k} MIN COUNT 0 | ZINTERCARD 1 {k} LIMIT x | ZINTERCARD 0 {k} LIMIT x
SINTERCARD 1 {k} LIMIT -1 | SINTERCARD 1 {k} FOO | SINTERCARD 2 {k} LIMIT | ZUNION 1 {k} WEIGHTS x | ZUNION x {k} WEIGHTS
ZUNIONSTORE d 1 {k} WEIGHTS x FOO | ZUNIONSTORE d x {k} | ZUNIONSTORE d 0 {k} FOO | ZDIFF 2 {k} | ZDIFFSTORE d 1 {k} FOO
LMOVE {k} d FOO LEFT | SMOVE {k} d | BITOP FOO d {k} | BITOP NOT d {k} {k} | MSETNX {k} 1 d | MSET {k} 1 d
GEOSEARCHSTORE d {k} FROMLONLAT x 37 BYRADIUS 1 km FOO | GEOSEARCHSTORE d {k} FROMMEMBER nope BYRADIUS 1 km WITHDIST
OBJECT FOO {k} | OBJECT ENCODING | MEMORY USAGE {k} SAMPLES x | MEMORY USAGE {k} FOO 1 | XINFO STREAM {k} FOO
"""


def templates():
    return [entry.strip() for line in COMMANDS.splitlines() for entry in line.split(" | ") if entry.strip()]


@pytest.fixture(scope="module")
def both(shared_stack):
    """A client of the proxy, and one of a bare Redis that holds the same."""
    directory = harness.temporary_directory()
    bare = harness.Redis(directory)
    clients = shared_stack.proxy.client(), bare.client()
    for client in clients:
        client.set("text", "1")
        client.rpush("list", "1", "2")
        client.geoadd("geo", (15.08, 37.5, "c"))
        client.xadd("stream", {"f": "v"}, id="1-1")
        client.xgroup_create("stream", "g")
    yield shared_stack.proxy.raw("acme"), harness.Raw(bare.socket)
    bare.stop()
    harness.remove(directory)


@pytest.mark.parametrize("template", templates())
def test_the_first_mistake_is_reported(both, template):
    proxy, bare = both
    for key in KEYS if "{k}" in template else [""]:
        words = template.replace("{k}", key).split()
        assert proxy.ask(*words) == bare.ask(*words), words
    for connection in both:
        connection.ask("DEL", "d")


def test_of_several_destinations_the_last_one_counts(fresh):
    """Though the others lie in another database: they have no say, and are not written."""
    stack = fresh()
    client, raw = stack.proxy.client(), stack.proxy.raw("acme")
    client.geoadd("geo", (15.08, 37.5, "c"))
    client.rpush("list", "2", "1")
    for first, second in itertools.permutations(["session:d", "d"]):
        raw.ask("GEORADIUS", "geo", 15, 37, 200, "km", "STORE", first, "STOREDIST", second)
        assert client.exists(first) == 0 and 50 < client.zscore(second, "c") < 60
        client.delete(second)
        raw.ask("SORT", "list", "STORE", first, "STORE", second)
        assert client.exists(first) == 0 and client.lrange(second, 0, -1) == [b"1", b"2"]
        client.delete(second)
