"""Edge cases of the kind that servers test themselves with, in order, by a tenant that selects databases: each reply is
that of a bare Redis."""

import pytest

import harness

TENANTS = f"""
routing: by_select
tenants:
  - name: acme
    databases: [9, 10]
    policy: ["+@keyspace"]
    users:
      - {{ name: acme, passwords: ["{harness.sha256('acme-secret')}"] }}
"""

SCRIPTS = {
    "keyspace": """
SET foo1{t} a | SET foo2{t} b | DEL foo1{t} foo2{t} foo4{t} | MGET foo1{t} foo2{t} | DBSIZE | SET {a}x 1 | SET {b}x 1
KEYS {a}* | DEL {a}x {b}x | EXISTS n n | SET n "" | GET n | EXISTS n n | RENAME nokey x | SET k a EX 100 | RENAME k k | RENAMENX k k
RENAME k k2 | TTL k2 | SET k3 b | RENAME k3 k2 | TTL k2 | COPY k2 k4 DB 10 | SELECT 10 | GET k4 | DBSIZE | SELECT 9 | COPY k2 k4 DB 10
COPY k2 k4 DB 10 REPLACE | COPY k2 k4 DB notanumber | COPY k2 k2 | COPY k2 k2 DB 10 | FLUSHDB | RANDOMKEY | DBSIZE | SELECT 10 | DBSIZE
FLUSHALL | DBSIZE | TYPE x | OBJECT ENCODING x | TOUCH x | UNLINK x x | KEYS [ | KEYS ** | KEYS a\\*b | SELECT 9""",
    "expire": """
SET x 1 | EXPIRE x 100 NX | EXPIRE x 10 NX | EXPIRE x 50 GT | EXPIRE x 500 GT | EXPIRE x 5 XX LT | EXPIRE x 5 NX XX
EXPIRE x 5 GT LT | EXPIRE x 5 FOO | EXPIRE x 9223372036854775807 | EXPIRE x -9223372036854775808 | PEXPIRE x 9223372036854770000
EXPIRE x abc | EXPIRE nokey 5 | PERSIST x | TTL x | PERSIST x | SETEX x 0 a | SETEX x -10 a | SET x 1 EX 0 | SET x 1 PX abc | PSETEX x 0 1
SET x 1 EX 10 PX 10 | SET x 1 EX 10 KEEPTTL | GETEX x EX 0 | GETEX x EX 10 PERSIST | GETEX x | EXPIRE x -1 | EXISTS x | EXPIREAT x 1
SET x 1 EXAT 9999999999 | EXPIRETIME x | PEXPIRETIME x | SET x 2 KEEPTTL | EXPIRETIME x | SET x 3 XX GET | SET y 1 NX GET | SET x 5 NX GET | DEL x y""",
    "sort": """
RPUSH l 3 1 2 | SET w1 30 | SET w2 20 | SET w3 10 | SORT l BY w* | SORT l BY w* GET # GET w* | SORT l BY nosort GET # | SORT l DESC LIMIT 0 2
SORT l LIMIT -1 -1 | SORT l BY w* STORE d | LRANGE d 0 -1 | SORT nokey STORE d | EXISTS d | HSET h1 f 3 | HSET h2 f 2 | HSET h3 f 1
SORT l BY h*->f GET h*->f | SORT l BY h*-> GET h*-> | RPUSH s b a | SORT s | SORT s ALPHA | SORT s BY x* ALPHA | SADD z 10 9 8 | SORT z GET #
SORT_RO l BY w* GET w* | SORT l GET w*x GET nokey* | SORT l BY *w | ZADD zs 1 a 2 b | SORT zs ALPHA DESC | SORT zs BY nosort DESC | SET str 1 | SORT str""",
    "strings": """
SETRANGE k 0 "" | SETRANGE k -1 a | SETRANGE k 536870912 a | SETRANGE k 2 xx | GETRANGE k -100 100 | GETRANGE k 5 1 | SETBIT k 4294967296 1
SETBIT k 1 2 | GETBIT k -1 | BITCOUNT k 0 -1 BIT | BITCOUNT k 0 | BITPOS k 2 | BITPOS k 1 0 -1 FOO | BITFIELD k SET u64 0 1 | BITFIELD k GET u8 #1
BITFIELD k OVERFLOW FAIL INCRBY u2 0 9 | BITFIELD_RO k SET u8 0 1 | BITOP NOT d k j | BITOP XOR d k nokey | STRLEN d | INCR k | SET n 9223372036854775807
INCR n | INCRBYFLOAT n 1 | SET f 1.5 | INCRBYFLOAT f nan | INCRBYFLOAT f 1e400 | DECRBY n -9223372036854775808 | APPEND k "" | LCS k d LEN IDX
MSETNX a 1 b 2 | MSETNX b 3 c 4 | MSET a 1 b | GETDEL a | GETSET b 2 | PFADD h a b | PFCOUNT h nokey | PFADD k a | PFMERGE h2 h k | PFMERGE h2 h | PFCOUNT h2""",
    "collections": """
LPOP l 0 | RPUSH l a b c | LPOP l -1 | LPOP l 0 | LINSERT l FOO a x | LINSERT l BEFORE nope x | LPOS l a RANK 0 | LPOS l a COUNT -1 | LSET l 9 x
LSET no 0 x | LTRIM l 5 1 | EXISTS l | LMPOP 2 no l LEFT | RPUSH l a | LMPOP 2 no l LEFT COUNT 5 | RPOPLPUSH l l | LMOVE no l LEFT RIGHT
SADD s a b | SMOVE s s a | SMOVE s t nope | SMOVE s t a | SINTERCARD 2 s t | SINTERCARD 2 s t LIMIT -1 | SPOP s -1 | SRANDMEMBER s 0 | SMISMEMBER s b x
HSET h a 1 b | HINCRBY h a x | HSET h a 1 | HINCRBYFLOAT h a 1e400 | HRANDFIELD h 0 WITHVALUES | HRANDFIELD h x | HSETNX h a 2 | HSTRLEN h a
ZADD z NX XX 1 a | ZADD z GT LT 1 a | ZADD z INCR 1 a 2 b | ZADD z nan a | ZADD z inf a | ZINCRBY z -inf a | ZADD z CH 1 b | ZRANGE z 0 -1 BYSCORE LIMIT 0
ZRANGE z (1 +inf BYSCORE WITHSCORES | ZRANGE z [a [b BYLEX | ZRANGESTORE d z 0 -1 | ZMPOP 1 z MIN COUNT 0 | ZMPOP 2 no z MAX | ZRANDMEMBER z 0
ZUNIONSTORE d 2 z s WEIGHTS 1 | ZUNIONSTORE d 2 z s AGGREGATE FOO | ZDIFF 1 z WITHSCORES | ZINTERCARD 2 z z LIMIT 1 | ZLEXCOUNT z a b | ZREVRANGEBYLEX z + -""",
    "streams": """
XADD s 0-0 a b | XADD s 1-1 a b | XADD s 1-1 a b | XADD s 1-* a b | XADD s NOMKSTREAM 2-1 a b | XADD no NOMKSTREAM 2-1 a b | XADD s MAXLEN ~ 0 LIMIT 0 3-1 a b
XADD s MAXLEN = 1 LIMIT 5 4-1 a b | XRANGE s - + COUNT 0 | XRANGE s (0 + | XRANGE s x + | XREAD STREAMS s no 0 0 | XREAD COUNT 1 STREAMS s no s 0 0 1
XGROUP CREATE no g 0 | XGROUP CREATE s g 0 | XGROUP CREATE s g 0 | XREADGROUP GROUP g c STREAMS s > | XREADGROUP GROUP no c STREAMS s >
XREADGROUP GROUP g c STREAMS s 0 | XPENDING s g | XPENDING s g - + 10 | XPENDING s no | XACK s g 1-1 | XCLAIM s g d 0 1-2 JUSTID | XAUTOCLAIM s g d 0 0 COUNT 0
XAUTOCLAIM s g d 0 0 JUSTID | XINFO GROUPS s | XINFO STREAM no | XINFO CONSUMERS s no | XDEL s 1-1 9-9 | XTRIM s MAXLEN 0 | XSETID s 0-1 | XLEN s | XGROUP DESTROY s g""",
}


def words_of(command):
    return [b"" if word == '""' else word.encode() for word in command.split()]


@pytest.fixture
def both(fresh):
    stack = fresh(tenants=TENANTS)
    directory = harness.temporary_directory()
    bare = harness.Redis(directory)
    yield stack.proxy.raw("acme"), harness.Raw(bare.socket)
    bare.stop()
    harness.remove(directory)


@pytest.mark.parametrize("version", "23")
@pytest.mark.parametrize("script", SCRIPTS)
def test_replies_are_those_of_a_bare_redis(both, script, version):
    for connection in both:
        connection.ask("HELLO", version)
        connection.ask("SELECT", 9)
    for command in SCRIPTS[script].replace("\n", " | ").split(" | "):
        if command.strip():
            through, bare = (connection.ask(*words_of(command)) for connection in both)
            assert through == bare, command
