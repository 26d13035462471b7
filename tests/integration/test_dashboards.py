"""What graphical clients ask when they connect, browse, profile and analyse: RedisInsight and its like cannot be run
here, but what they send can be sent, and must be answered in the shapes of a bare Redis."""

import pytest

import harness

# One command a line; behind a '>' the fields that a dashboard looks for in the answer.
SAME_SHAPE = """
CLIENT SETNAME redisinsight-browser-1
CLIENT SETINFO LIB-NAME redisinsight
CLIENT SETINFO LIB-VER 2.60
INFO > redis_version redis_mode uptime_in_days connected_clients used_memory used_memory_human maxmemory keyspace_hits
INFO server > redis_version redis_mode os arch_bits
INFO memory > used_memory used_memory_peak mem_fragmentation_ratio maxmemory_policy
INFO clients > connected_clients blocked_clients maxclients
INFO stats > total_commands_processed total_connections_received instantaneous_ops_per_sec instantaneous_input_kbps
INFO replication > role connected_slaves
INFO keyspace > db0:keys=
INFO cpu > used_cpu_sys used_cpu_user
INFO everything > cmdstat_info
CLUSTER INFO
MODULE LIST
COMMAND
COMMAND COUNT
COMMAND INFO get set client
COMMAND DOCS get
COMMAND GETKEYS get string
CLIENT LIST
CLIENT LIST TYPE normal
CLIENT INFO
CLIENT ID
CLIENT GETNAME
DBSIZE
ACL WHOAMI
ACL CAT
ACL CAT read
CONFIG GET databases
CONFIG GET maxmemory-policy
CONFIG GET slowlog*
CONFIG GET slowlog-max-len
CONFIG GET nosuch
SLOWLOG GET 50
SLOWLOG LEN
SLOWLOG RESET
LATENCY LATEST
LATENCY HISTOGRAM
MEMORY STATS
MEMORY DOCTOR
MEMORY USAGE string SAMPLES 0
SCAN 0 MATCH * COUNT 500
SCAN 0 MATCH * COUNT 500 TYPE hash
TYPE string
TTL string
PTTL string
STRLEN string
OBJECT ENCODING hash
OBJECT IDLETIME hash
OBJECT REFCOUNT hash
HLEN hash
HSCAN hash 0 MATCH * COUNT 500
LLEN list
LRANGE list 0 99
SCARD set
SSCAN set 0 MATCH * COUNT 500
ZCARD zset
ZRANGE zset 0 99 WITHSCORES
ZSCAN zset 0 MATCH * COUNT 500
XINFO STREAM stream
XINFO STREAM stream FULL COUNT 10
XINFO GROUPS stream
XRANGE stream - + COUNT 500
XREVRANGE stream + - COUNT 500
XLEN stream
XPENDING stream group
GET string
GETRANGE string 0 4999
DUMP string
PUBSUB CHANNELS
PUBSUB NUMPAT
ROLE
TIME
LASTSAVE
LOLWUT
PING
ECHO hello
SELECT 0
"""

# Denied here, and an error on a bare Redis, or something that a tenant must not do. The connection lives on.
REFUSED = ["FT._LIST", "FT.INFO x", "CONFIG SET maxmemory 1", "DEBUG OBJECT string", "MONITOR", "SHUTDOWN", "ACL LIST",
           "ACL USERS", "ACL DRYRUN acme get x", "CONFIG RESETSTAT", "BGSAVE", "KEYS *", "CLIENT PAUSE 1", "FLUSHALL"]


def fill(client):
    client.set("string", "value")
    client.hset("hash", "field", "value")
    client.rpush("list", "a", "b")
    client.sadd("set", "a", "b")
    client.zadd("zset", {"a": 1})
    client.xadd("stream", {"f": "v"}, id="1-1")
    client.xgroup_create("stream", "group")


@pytest.fixture(scope="module")
def both():
    from conftest import Stack
    stack = Stack()
    directory = harness.temporary_directory()
    bare = harness.Redis(directory)
    fill(stack.proxy.client())
    fill(bare.client())
    yield {version: (ask_in(stack.proxy.raw("acme"), version), ask_in(harness.Raw(bare.socket), version))
           for version in "23"}
    bare.stop()
    harness.remove(directory)
    stack.close()


def ask_in(connection, version):
    connection.ask("HELLO", version)
    return connection


def shape(reply):
    """The type of a reply; errors are told apart by their first word."""
    return reply.split(b" ")[0] if reply[:1] in b"-!" else reply[:1]


@pytest.mark.parametrize("version", "23")
@pytest.mark.parametrize("line", SAME_SHAPE.strip().splitlines())
def test_the_answer_has_redis_shape(both, line, version):
    command, _, fields = line.partition(" > ")
    proxy, bare = (connection.ask(*command.split()) for connection in both[version])
    assert shape(proxy) == shape(bare), (proxy[:200], bare[:200])
    for field in fields.split():
        assert field.encode() in proxy and field.encode() in bare


@pytest.mark.parametrize("command", REFUSED)
def test_what_is_not_the_tenants_is_refused_and_nothing_more(both, command):
    proxy, _ = both["2"]
    assert proxy.ask(*command.split()).startswith((b"-NOPERM ", b"-ERR unknown"))
    assert proxy.ask("PING") == b"+PONG\r\n"


def test_the_settings_of_the_slow_log_are_the_proxys(fresh):
    client = fresh(extra="limits: { slowlog_slower_than: 25ms, slowlog_max_len: 77 }\n").proxy.client()
    assert client.config_get("slowlog*") == {"slowlog-log-slower-than": "25000", "slowlog-max-len": "77"}
