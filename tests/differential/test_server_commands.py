"""Proves that the handshake and the commands about the connection and the server are answered as by a bare
Redis: byte by byte, or, where the server's own affairs are in the reply, in the same shape. So is every
command with too few or too many arguments, and every container with a subcommand that does not exist."""

import pytest

import wire
from world import World

# The same bytes.
SAME = """
PING | PING x | PING a b | ECHO | ECHO x | ECHO x y
SELECT 0 | SELECT x | SELECT -1 | SELECT 99999 | SELECT
HELLO 4 | HELLO x | HELLO 3 SETNAME | HELLO 3 NOSUCH | HELLO 3 AUTH a
AUTH | AUTH a b c d | AUTH nobody wrong
CLIENT | CLIENT GETNAME | CLIENT SETNAME me | CLIENT GETNAME | CLIENT SETNAME a\\nb | CLIENT SETNAME
CLIENT NO-EVICT on | CLIENT NO-EVICT x | CLIENT GETREDIR | CLIENT TRACKINGINFO
CLIENT CACHING yes | CLIENT CACHING x | CLIENT REPLY | CLIENT REPLY x | CLIENT REPLY on
CLIENT UNBLOCK 99999 | CLIENT UNBLOCK x | CLIENT UNBLOCK 1 NOSUCH
CLIENT KILL | CLIENT KILL ID 999999 | CLIENT KILL ID x | CLIENT KILL 127.0.0.1:1 | CLIENT KILL NOSUCH x
CLIENT LIST TYPE x | CLIENT LIST ID x | CLIENT LIST NOSUCH
COMMAND INFO get | COMMAND INFO get nosuch set | COMMAND INFO client|setname | COMMAND COUNT x
COMMAND DOCS get | COMMAND DOCS nosuch
COMMAND GETKEYS | COMMAND GETKEYS get | COMMAND GETKEYS get a | COMMAND GETKEYS mset a 1 b 2
COMMAND GETKEYS ping | COMMAND GETKEYS nosuch a | COMMAND GETKEYS eval x 2 a b c
COMMAND GETKEYS zunionstore d 2 a b | COMMAND GETKEYS sort a BY x_* STORE d
COMMAND GETKEYS xread COUNT 2 STREAMS a b 0 0 | COMMAND GETKEYS xgroup create k g 0
COMMAND GETKEYSANDFLAGS set a 1 | COMMAND GETKEYSANDFLAGS copy a b
COMMAND LIST FILTERBY MODULE x | COMMAND LIST FILTERBY NOSUCH x
CONFIG GET maxmemory | CONFIG GET maxmemory-policy | CONFIG GET save | CONFIG GET databases
CONFIG GET appendonly | CONFIG GET nosuch | CONFIG GET | CONFIG GET timeout | CONFIG GET proto-max-bulk-len
ACL | ACL WHOAMI x | ACL CAT nosuch | ACL GETUSER nosuch
CLUSTER INFO | CLUSTER NODES | CLUSTER KEYSLOT a | CLUSTER | READONLY | READWRITE | ASKING | READONLY x
LATENCY LATEST | LATENCY HISTORY x | LATENCY GRAPH x | LATENCY RESET | LATENCY HISTOGRAM nosuch
MEMORY PURGE | MEMORY USAGE nosuch | MODULE LIST | ROLE | LOLWUT
SLOWLOG GET 0 | SLOWLOG GET x | SLOWLOG GET -2 | SLOWLOG RESET
PUBSUB NUMPAT | PUBSUB CHANNELS | PUBSUB CHANNELS x* | PUBSUB NUMSUB | PUBSUB NUMSUB a b
PUBSUB SHARDCHANNELS | PUBSUB SHARDNUMSUB a
INFO nosuch | DBSIZE | RANDOMKEY | KEYS * | SCAN 0 | FLUSHDB NOSUCH | FLUSHDB | FLUSHDB SYNC
NOSUCH | nosuch a b
"""

# The same elements: an order that Redis takes from a hash table.
ELEMENTS = """
COMMAND LIST FILTERBY PATTERN xr* | CONFIG GET maxmemory timeout | ACL CAT string
"""

# The same type; the reply holds what is the server's own: its clients, numbers, times and texts, and the commands
# and categories that it has.
SHAPE = """
CLIENT ID | CLIENT INFO | CLIENT LIST | COMMAND | COMMAND COUNT | COMMAND INFO | COMMAND LIST
COMMAND LIST FILTERBY ACLCAT hyperloglog | ACL WHOAMI | ACL CAT
LATENCY DOCTOR | LATENCY HISTOGRAM | MEMORY DOCTOR | MEMORY STATS | SLOWLOG LEN | SLOWLOG GET
LOLWUT VERSION 5 | LASTSAVE | TIME | INFO | INFO server
"""


def commands(table):
    return [entry.strip().encode().replace(b"\\n", b"\n").split(b" ")
            for line in table.split("\n") for entry in line.split(" | ") if entry.strip()]


@pytest.fixture(scope="module")
def world():
    world = World(several=False)
    yield world
    world.close()


@pytest.fixture(params=[2, 3])
def pair(world, request):
    """The proxy's client and the bare one."""
    world.clear()
    pair = world.through(request.param), world.bare(request.param)
    yield pair
    for connection in pair:
        connection.close()


def ask(pair, command):
    through, bare = (connection.ask([command])[0] for connection in pair)
    return bare, through


def shape(tree):
    """Its type, and that of its parts where all have one."""
    kind, content = tree
    kinds = {part[0] for part in content} if isinstance(content, list) else set()
    return kind, kinds


def test_the_same_bytes(pair):
    different = [(command, *replies) for command in commands(SAME)
                 for replies in [ask(pair, command)] if replies[0] != replies[1]]
    assert different == []


def test_the_same_elements(pair):
    for command in commands(ELEMENTS):
        bare, through = (wire.value(reply) for reply in ask(pair, command))
        if bare[0] == b"*" and command[0] == b"CONFIG":  # RESP2: names and values in turns
            bare, through = ((kind, list(zip(items[::2], items[1::2]))) for kind, items in (bare, through))
        assert bare[0] == through[0] and sorted(bare[1]) == sorted(through[1]), command


def test_the_same_shape(pair):
    for command in commands(SHAPE):
        bare, through = (wire.value(reply) for reply in ask(pair, command))
        assert bare[0] == through[0], command
        if through[1] and bare[1]:
            assert shape(through)[1] <= shape(bare)[1], command


def test_hello_tells_the_same_but_the_id(pair):
    for version in (b"2", b"3", b"2"):
        for words in ([b"HELLO", version], [b"HELLO"], [b"HELLO", version, b"SETNAME", b"x"]):
            bare, through = (wire.value(reply) for reply in ask(pair, words))
            assert bare[0] == through[0] == (b"%" if version == b"3" else b"*")
            bare, through = (flat(tree) for tree in (bare, through))
            at = bare.index((b"$", b"id")) + 1
            assert bare[at][0] == through[at][0] == b":"
            del bare[at], through[at]
            assert bare == through


def flat(tree):
    """A map's names and values in turns."""
    kind, content = tree
    return [item for pair in content for item in pair[1]] if kind == b"%" else list(content)


def test_help_is_redis_own(pair):
    bare, _ = ask(pair, [b"COMMAND", b"INFO", *CONTAINERS])
    assert all(isinstance(command[1], list) for command in wire.value(bare)[1])
    for name in CONTAINERS:
        bare, through = ask(pair, [name, b"HELP"])
        disabled = name == b"CLUSTER" and bare.startswith(b"-ERR This instance has cluster support disabled")
        assert bare == through and (bare.startswith(b"*") or disabled), name
        for words in ([name, b"HELP", b"x"], [name], [name, b"NOSUCH"], [name, b"NOSUCH", b"a", b"b"]):
            if words == [b"COMMAND"]:  # it is one by itself
                continue
            bare, through = ask(pair, words)
            assert bare == through and bare.startswith(b"-ERR "), words


CONTAINERS = [b"ACL", b"CLIENT", b"CLUSTER", b"COMMAND", b"CONFIG", b"FUNCTION", b"LATENCY", b"MEMORY", b"MODULE",
              b"OBJECT", b"PUBSUB", b"SCRIPT", b"SLOWLOG", b"XGROUP", b"XINFO"]


def test_every_command_counts_its_arguments(pair):
    reply = wire.plain(wire.value(pair[1].one("COMMAND")))
    rows = reply + [sub for row in reply for sub in row[9]]
    assert len(rows) > 350
    tried, different = 0, []
    for name, arity in ((row[0], int(row[1])) for row in rows):
        words = name.split(b"|")
        for count in {abs(arity) - 1, len(words), arity + 1 if arity > 0 else 0}:
            if count < len(words) or count == arity or -count <= arity < 0:
                continue
            tried += 1
            bare, through = ask(pair, words + [b"x"] * (count - len(words)))
            assert b"wrong number of arguments" in bare, words
            if bare != through:
                different.append((words, bare, through))
    assert tried > 300 and different == []


def test_reset_and_quit(pair):
    for command, reply, last in ((b"RESET", b"+RESET\r\n", b""), (b"QUIT", b"+OK\r\n", b"")):
        for connection in pair:
            connection.raw.send(wire.encode([command]))
            assert connection.raw.reply() == reply
    assert [connection.raw.rest() for connection in pair] == [b"", b""]
