"""The commands of the generator, one template a line.

Capitals stand for themselves, `k` is a key, another small word one of the vocabulary's choices or a
maker of the generator's; [a|b] is nothing or one alternative, (a|b) one alternative, and + behind a
word or a bracket one to four of it. A line that begins with ! is never damaged, because a command
with another word would be answered at random, by the clock, or (a cursor beyond 64 bits) leave an errno in
Redis that its next SORT takes for its own. ~ marks a command whose reply has the order of a hash table:
permitted.py says when it may differ.
"""

STRINGS = """
SET k v
SET k v [NX|XX] [GET] [KEEPTTL]
!SET k v [NX|XX] [GET] (EXAT at|PXAT at_ms|EXAT 0|PXAT -1)
!SET k v [GET] (EX soon|PX soon_ms|EX no_time|PX no_time)
SETNX k v
!SETEX k soon v
!PSETEX k soon_ms v
!SETEX k no_time v
GET k
GETSET k v
GETDEL k
GETEX k [EXAT at|PXAT at_ms|PERSIST|EXAT past]
!GETEX k (EX soon|PX no_time)
(GETRANGE|SUBSTR) k i i
SETRANGE k offset v
STRLEN k
APPEND k v
(INCR|DECR) k
(INCRBY|DECRBY) k int
INCRBYFLOAT k float
MGET k+
MSET (k v)+
MSET k v k
MSETNX (k v)+
LCS k k [LEN|IDX] [MINMATCHLEN n] [WITHMATCHLEN]
SETBIT k bits bit
GETBIT k bits
BITCOUNT k [i i|i i BIT|i i BYTE|i]
BITPOS k bit [i|i i|i i BIT]
BITOP (AND|OR|XOR|NOT|NAND) k k+
BITFIELD k (GET type where|SET type where int|INCRBY type where int|OVERFLOW SAT|OVERFLOW FAIL|OVERFLOW x)+
BITFIELD_RO k (GET type where)+
BITFIELD_RO k SET type where int
PFADD k [m+]
PFCOUNT k+
PFMERGE k k+
PFMERGE k
"""

HASHES = """
HSET k (h v)+
HSET k (h v)+
HSET k (h v)+ h
HMSET k (h v)+
HSETNX k h v
HGET k h
HMGET k h+
~HGETALL k
~HKEYS k
~HVALS k
HLEN k
HDEL k h+
(HEXISTS|HSTRLEN) k h
HINCRBY k h int
HINCRBYFLOAT k h float
!~HRANDFIELD k whole [WITHVALUES]
!HRANDFIELD k 0
!HRANDFIELD k abc
!~HSCAN k 0 COUNT whole [MATCH glob]
!HSCAN k (x|-1)
!HSCAN k 0 (COUNT 0|COUNT x|NOVALUES|MATCH)
"""

LISTS = """
LPUSH k m+
RPUSH k m+
RPUSH k m+
(LPUSHX|RPUSHX) k m+
(LPOP|RPOP) k [n]
LLEN k
LINDEX k i
LSET k i v
LRANGE k i i
LTRIM k i i
LREM k i m
LINSERT k (BEFORE|AFTER|UNDER) m v
LPOS k m [RANK i] [COUNT n] [MAXLEN n]
LMOVE k k (LEFT|RIGHT) (LEFT|RIGHT|left|UP)
RPOPLPUSH k k
LMPOP counted (LEFT|RIGHT|UP) [COUNT n]
LMPOP k
"""

SETS = """
SADD k m+
SADD k m+
SADD k (1|2|3|4|5|600)+
SREM k m+
SCARD k
~SMEMBERS k
SISMEMBER k m
SMISMEMBER k m+
SMOVE k k m
~SINTER k+
~SUNION k+
~SDIFF k+
SINTERCARD counted [LIMIT n]
(SINTERSTORE|SUNIONSTORE|SDIFFSTORE) k k+
(SINTERSTORE|SUNIONSTORE|SDIFFSTORE) k k+
!~SPOP k whole
!SPOP k 0
!SPOP k -1 n
!~SRANDMEMBER k whole
!SRANDMEMBER k 0
!~SSCAN k 0 COUNT whole [MATCH glob]
!SSCAN k x
"""

SORTED_SETS = """
ZADD k (score m)+
ZADD k (score m)+
ZADD k [NX|XX] [GT|LT] [CH] [INCR] (score m)+
ZINCRBY k score m
ZREM k m+
ZCARD k
ZSCORE k m
ZMSCORE k m+
(ZRANK|ZREVRANK) k m
ZCOUNT k lo hi
ZLEXCOUNT k lex_lo lex_hi
ZRANGE k i i [REV] [WITHSCORES]
ZRANGE k lo hi BYSCORE [REV] [LIMIT i n] [WITHSCORES]
ZRANGE k lex_lo lex_hi BYLEX [LIMIT i n] [WITHSCORES]
ZREVRANGE k i i [WITHSCORES]
ZRANGEBYSCORE k lo hi [WITHSCORES] [LIMIT i n]
ZREVRANGEBYSCORE k hi lo [WITHSCORES] [LIMIT i n]
ZRANGEBYLEX k lex_lo lex_hi [LIMIT i n]
ZREVRANGEBYLEX k lex_hi lex_lo
ZRANGESTORE k k (i i|lo hi BYSCORE|lex_lo lex_hi BYLEX) [REV] [LIMIT i n]
ZREMRANGEBYRANK k i i
ZREMRANGEBYSCORE k lo hi
ZREMRANGEBYLEX k lex_lo lex_hi
(ZPOPMIN|ZPOPMAX) k [n]
ZMPOP counted (MIN|MAX|LEFT) [COUNT n]
ZUNION counted_weights [AGGREGATE SUM|AGGREGATE MIN|AGGREGATE MAX|AGGREGATE x] [WITHSCORES]
ZINTER counted_weights [AGGREGATE SUM|AGGREGATE MAX] [WITHSCORES]
ZDIFF counted [WITHSCORES]
ZINTERCARD counted [LIMIT n]
ZUNIONSTORE k counted_weights [AGGREGATE SUM|AGGREGATE MIN|AGGREGATE MAX]
ZINTERSTORE k counted_weights [AGGREGATE MIN]
ZDIFFSTORE k counted
!~ZRANDMEMBER k whole [WITHSCORES]
!ZRANDMEMBER k 0
!~ZSCAN k 0 COUNT whole [MATCH glob]
!ZSCAN k 0 COUNT 0
GEOADD k [NX|XX] [CH] (lon lat m)+
GEOADD k (lon lat m)+
GEODIST k m m [unit]
GEOPOS k m+
GEOHASH k m+
GEOSEARCH k from (BYRADIUS radius unit|BYBOX radius radius unit) [ASC|DESC] [COUNT n] [ANY] [WITHCOORD] [WITHHASH]
GEOSEARCHSTORE k k from BYRADIUS radius unit [ASC|DESC] [COUNT n] [STOREDIST]
GEORADIUS k lon lat radius unit [WITHDIST] [WITHCOORD] [ASC] [COUNT n]
GEORADIUS k lon lat radius unit (STORE k|STOREDIST k|STORE k STOREDIST k|WITHDIST STORE k)
GEORADIUSBYMEMBER k m radius unit [DESC] [STORE k]
GEORADIUS_RO k lon lat radius unit [WITHDIST]
GEORADIUS_RO k lon lat radius unit STORE k
GEORADIUSBYMEMBER_RO k m radius unit
"""

STREAMS = """
XADD k new_id (h v)+
XADD k new_id (h v)+
XADD k [NOMKSTREAM] (MAXLEN n|MAXLEN = n|MAXLEN ~ n|MINID id|MINID ~ id LIMIT n|MAXLEN n LIMIT n) new_id h v
XADD k new_id h
XLEN k
XRANGE k from_id to_id [COUNT n]
XREVRANGE k to_id from_id [COUNT n]
XDEL k id+
XTRIM k (MAXLEN n|MAXLEN = n|MINID id|MAXLEN x|UP n)
XSETID k id [ENTRIESADDED n MAXDELETEDID id]
XREAD [COUNT n] STREAMS streams
XREAD [COUNT n] STREAMS k k id
XGROUP CREATE k group (0|$|id) [MKSTREAM] [ENTRIESREAD n]
XGROUP CREATE k group 0 MKSTREAM
XGROUP SETID k group (0|$|id) [ENTRIESREAD n]
XGROUP DESTROY k group
XGROUP CREATECONSUMER k group consumer
XGROUP DELCONSUMER k group consumer
XREADGROUP GROUP group consumer [COUNT n] [NOACK] STREAMS group_streams
XREADGROUP GROUP group consumer STREAMS k >
XACK k group id+
XPENDING k group
!XPENDING k group - + 10 [consumer]
!XPENDING k group IDLE (0|1000000000) from_id to_id n [consumer]
!XCLAIM k group consumer (0|1000000000) id+ [JUSTID] [FORCE] [RETRYCOUNT n]
!XCLAIM k group consumer x id
!XAUTOCLAIM k group consumer (0|1000000000) after_id [COUNT n] [JUSTID]
!XINFO STREAM k
!XINFO STREAM k FULL [COUNT n]
!XINFO GROUPS k
!XINFO CONSUMERS k group
"""

GENERIC = """
DEL k+
UNLINK k+
EXISTS k+
TOUCH k+
TYPE k
TYPE k
COPY k k [REPLACE]
!COPY k k (DB 0|DB 0 REPLACE|DB x|DB -1|DB 99999|REPLACE DB|NOSUCH)
RENAME k k
RENAMENX k k
PERSIST k
EXPIREAT k at [NX|XX|GT|LT]
PEXPIREAT k at_ms [NX|XX|GT|LT|NX GT|UP]
EXPIREAT k past
PEXPIREAT k past
!EXPIRE k no_time
!PEXPIRE k no_time
!EXPIRE k soon [NX|XX]
!PEXPIRE k soon_ms [NX|XX]
!(TTL|PTTL) k
!(EXPIRETIME|PEXPIRETIME) k
OBJECT ENCODING k
OBJECT REFCOUNT k
!OBJECT IDLETIME k
OBJECT FREQ k
!MEMORY USAGE k [SAMPLES n]
!DUMP k
!RESTORE k (0|-1|x) blob [REPLACE] [ABSTTL] [IDLETIME n] [FREQ n]
RESTORE k at_ms blob ABSTTL
SORT k [BY sort_by] [LIMIT i n] [GET sort_get] [GET sort_get] [ASC|DESC] [STORE k]
~SORT k ALPHA BY sort_by [GET sort_get]
SORT k ALPHA [DESC] [LIMIT i n] [STORE k]
~SORT k BY nosort [STORE k]
SORT_RO k [ALPHA] [DESC]
SORT_RO k STORE k
!KEYS key_glob
!DBSIZE
!RANDOMKEY
!SCAN 0 COUNT whole [MATCH key_glob] [TYPE hash|TYPE nosuch]
!SCAN 0 (COUNT 0|COUNT x|MATCH|UP 1)
!SCAN x
WAIT
ECHO v
PING
PING v
PUBLISH k v
SPUBLISH k v
"""

# What nobody may, or acme may not: the bare Redis is not given it.
REFUSED = """
!MOVE k 1
!SWAPDB 0 1
!FLUSHALL
!CONFIG SET maxmemory 1
!CONFIG RESETSTAT
!DEBUG SLEEP 0
!DEBUG OBJECT k
!SHUTDOWN NOSAVE
!REPLICAOF NO ONE
!SAVE
!MIGRATE h 1 k 0 1
!ACL SETUSER x
!PFDEBUG ENCODING k
!CLIENT PAUSE 0
!MODULE UNLOAD x
"""

# Subcommands and options that do not exist, of commands with and without keys.
ERRORS = """
OBJECT
OBJECT NOSUCH k
OBJECT ENCODING
XINFO
XINFO NOSUCH k
XGROUP NOSUCH k group
XGROUP
MEMORY NOSUCH
CLIENT NOSUCH v
CONFIG NOSUCH
COMMAND NOSUCH k
unknown k v
unknown
unknown m+ k+ v+
"""

GROUPS = {"strings": STRINGS, "hashes": HASHES, "lists": LISTS, "sets": SETS, "sorted_sets": SORTED_SETS,
          "streams": STREAMS, "generic": GENERIC, "refused": REFUSED, "errors": ERRORS}
# How often a group is drawn from.
WEIGHTS = {"strings": 16, "hashes": 12, "lists": 12, "sets": 14, "sorted_sets": 16, "streams": 14,
           "generic": 18, "refused": 1, "errors": 2}
