"""The commands that those applications and their operators send (see seeds.py), and what is refused."""

# (command, reply). Run in this order on an empty tenant; {me} is the tenant's name.
SEQUENCE = [
    # A session, a login, an invalidation.
    (["HSET", "nexus:session:s1", "userId", "{me}-7", "role", "admin"], 2),
    (["EXPIRE", "nexus:session:s1", "86400"], 1),
    (["HGETALL", "nexus:session:s1"], ["userId", "{me}-7", "role", "admin"]),
    (["SADD", "session:user:7", "{me}-a", "{me}-b"], 2),
    (["SCARD", "session:user:7"], 2),
    (["SETEX", "perm:user:7", "300", "{me}"], "OK"),
    (["TTL", "perm:user:7"], 300),
    (["EXISTS", "perm:user:7", "perm:user:8"], 1),
    (["DEL", "perm:user:7", "nexus:session:s1"], 2),
    (["EXISTS", "perm:user:7"], 0),
    # A counter with a window, and one more count in it.
    (["INCR", "rate:1.2.3.4:_api_auth_login"], 1),
    (["EXPIRE", "rate:1.2.3.4:_api_auth_login", "60"], 1),
    (["INCR", "rate:1.2.3.4:_api_auth_login"], 2),
    (["TTL", "rate:1.2.3.4:_api_auth_login"], 60),
    # A lock: taken once, seen by its owner, extended, released.
    (["SET", "lock:payment:9", "{me}:1", "EX", "30", "NX"], "OK"),
    (["SET", "lock:payment:9", "{me}:2", "EX", "30", "NX"], None),
    (["GET", "lock:payment:9"], "{me}:1"),
    (["SET", "lock:process-orders", "{me}", "PX", "30000", "NX"], "OK"),
    (["EXPIRE", "lock:payment:9", "60"], 1),
    (["TTL", "lock:payment:9"], 60),
    (["DEL", "lock:payment:9"], 1),
    # Lists, sets, sorted sets, hashes that count.
    (["LPUSH", "nexus:search:recent:7", "{me}1", "{me}2", "{me}3"], 3),
    (["LTRIM", "nexus:search:recent:7", "0", "1"], "OK"),
    (["LRANGE", "nexus:search:recent:7", "0", "-1"], ["{me}3", "{me}2"]),
    (["LPUSH", "acme_corp:queue:email", "{me}"], 1),
    (["RPOP", "acme_corp:queue:email"], "{me}"),
    (["ZADD", "nexus:leaderboard:creators:likes", "3", "{me}", "5", "best"], 2),
    (["ZREVRANGE", "nexus:leaderboard:creators:likes", "0", "0"], ["best"]),
    (["ZRANGEBYSCORE", "nexus:leaderboard:creators:likes", "1", "4"], ["{me}"]),
    (["HINCRBY", "acme_corp:analytics:page_views:2025-08-07", "/dashboard", "1"], 1),
    (["EXPIRE", "acme_corp:analytics:page_views:2025-08-07", "7776000"], 1),
    (["MEMORY", "USAGE", "acme_corp:nothing"], None),
    # Several at once, of one feature and of several.
    (["MSET", "user:1", "{me}1", "user:2", "{me}2", "perm:role:1", "{me}3"], "OK"),
    (["MGET", "user:1", "perm:role:1", "user:none", "user:2"], ["{me}1", "{me}3", None, "{me}2"]),
    (["DEL", "user:1", "user:2", "perm:role:1"], 3),
    # Adopting an application's namespace.
    (["SET", "user:123:tokens", "{me}"], "OK"),
    (["RENAME", "user:123:tokens", "fabric:user:123:tokens"], "OK"),
    (["GET", "fabric:user:123:tokens"], "{me}"),
    (["HSET", "session:abc123", "owner", "{me}"], 1),
    (["RENAME", "session:abc123", "nextauth:session:abc123"], "OK"),
    (["HGET", "nextauth:session:abc123", "owner"], "{me}"),
    # Tags: the keys that are to go are the members of a set, used verbatim.
    (["HSET", "nexus:cache:campaign:c1", "name", "{me}"], 1),
    (["SADD", "nexus:cache:tag:campaign:c1", "nexus:cache:campaign:c1"], 1),
    (["SMEMBERS", "nexus:cache:tag:campaign:c1"], ["nexus:cache:campaign:c1"]),
    (["DEL", "nexus:cache:campaign:c1", "nexus:cache:tag:campaign:c1"], 2),
    (["PING"], "PONG"),
]

# Denied by the default policy, whatever comes behind them.
DANGEROUS = [
    (["FLUSHALL"], "flushall"),
    (["FLUSHDB"], "flushdb"),
    (["KEYS", "acme_corp:*"], "keys"),
    (["KEYS", "nextauth:*"], "keys"),
    (["CONFIG", "SET", "requirepass", "your_strong_password"], "config|set"),
    (["CONFIG", "SET", "maxmemory", "2gb"], "config|set"),
    (["CONFIG", "SET", "notify-keyspace-events", "KEA"], "config|set"),
    (["CONFIG", "REWRITE"], "config|rewrite"),
    (["CONFIG", "RESETSTAT"], "config|resetstat"),
    (["SAVE"], "save"),
    (["BGSAVE"], "bgsave"),
    (["BGREWRITEAOF"], "bgrewriteaof"),
    (["MONITOR"], "monitor"),
    (["DEBUG", "SLEEP", "0"], "debug"),
    (["DEBUG", "RELOAD"], "debug"),
    (["SHUTDOWN"], "shutdown"),
    (["SHUTDOWN", "NOSAVE"], "shutdown"),
    (["REPLICAOF", "NO", "ONE"], "replicaof"),
    (["SLAVEOF", "NO", "ONE"], "slaveof"),
    (["SYNC"], "sync"),
    (["PSYNC", "?", "-1"], "psync"),
    (["FAILOVER"], "failover"),
    (["SWAPDB", "0", "1"], "swapdb"),
    (["MIGRATE", "127.0.0.1", "6379", "user:1", "0", "1000"], "migrate"),
    (["MODULE", "LOAD", "/tmp/x.so"], "module|load"),
    (["ACL", "SETUSER", "x", "on", "nopass", "+@all", "~*"], "acl|setuser"),
    (["ACL", "LIST"], "acl|list"),
    (["CLIENT", "PAUSE", "1000"], "client|pause"),
    (["CLUSTER", "RESET"], "cluster|reset"),
    (["SCRIPT", "FLUSH"], "script|flush"),
]

RATE_LIMIT_SCRIPT = """
local current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2])) end
if current > tonumber(ARGV[1]) then return 0 end
return 1
"""
RELEASE_SCRIPT = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

# Scripts: refused for now.
NOT_YET = [
    (["EVAL", RATE_LIMIT_SCRIPT, "1", "rate:1.2.3.4:_api", "5", "60"], "eval"),
    (["EVAL", RELEASE_SCRIPT, "1", "lock:payment:9", "me"], "eval"),
    (["EVAL", "return redis.call('del', unpack(redis.call('keys', ARGV[1])))", "0", "acme_corp:*"],
     "eval"),
    (["EVALSHA", "0" * 40, "1", "lock:payment:9", "me"], "evalsha"),
    (["SCRIPT", "LOAD", RELEASE_SCRIPT], "script|load"),
]
