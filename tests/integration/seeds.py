"""How real applications use Redis, as tables: their key patterns, their commands, their channels.

Three kinds of application: one that writes a tenant's slug in front of every key (`acme_corp:`), one
that divides its keys over six databases by feature (`nexus:`), and ordinary ones with short names
(sessions, permissions, rate limits, locks) or a namespace per application (`nextauth:`, `fabric:`,
`fastapi:`). test_seeds.py walks these tables.
"""

from typing import NamedTuple

# The features as an operator would write them who has those applications before him. The narrow
# pattern for failed logins stands before the wide one for all that is called `auth`.
FEATURES = """
features:
  - name: rate_limit
    db: 2
    keys: ["*:auth:failed:*", "rate:*", "ratelimit:*", "*:rate:*", "*:ratelimit:*"]
  - name: cache
    db: 1
    keys: ["cache:*", "*:cache:*", "perm:*"]
  - name: sessions
    db: 0
    keys: ["session:*", "sessions:*", "auth:*", "refresh:*", "presence:*", "*:session:*", "*:auth:*",
           "*:refresh:*", "*:presence:*"]
  - name: realtime
    db: 3
    keys: ["ws:*", "online:*", "notifications:*", "stats:*", "*:ws:*", "*:online:*",
           "*:notifications:*", "*:stats:*", "*:connections:*"]
  - name: queues
    db: 4
    keys: ["queue:*", "job:*", "schedule:*", "bull:*", "*:queue:*", "*:job:*", "*:schedule:*"]
  - name: analytics
    db: 5
    keys: ["analytics:*", "leaderboard:*", "trending:*", "*:analytics:*", "*:leaderboard:*",
           "*:trending:*"]
  - name: other
    db: 6
default_feature: other
"""
DATABASES = {"sessions": 0, "cache": 1, "rate_limit": 2, "realtime": 3, "queues": 4, "analytics": 5,
             "other": 6}


class Key(NamedTuple):
    pattern: str   # as the application's documents write it
    example: str
    feature: str
    kind: str      # string, counter, hash, set, list or zset
    ttl: int = 0   # seconds; 0: kept


MINUTE, HOUR, DAY = 60, 3600, 86400

SLUG = [
    Key("{slug}:auth:session:{token}", "acme_corp:auth:session:sess_abc123", "sessions", "string", DAY),
    Key("{slug}:auth:refresh:{user}", "acme_corp:auth:refresh:user_123", "sessions", "string", 30 * DAY),
    Key("{slug}:auth:reset:{token}", "acme_corp:auth:reset:reset_token_abc", "sessions", "string", HOUR),
    Key("{slug}:auth:verify:{token}", "acme_corp:auth:verify:verify_token_def", "sessions", "string", DAY),
    Key("{slug}:auth:failed:{who}", "acme_corp:auth:failed:192.168.1.100", "rate_limit", "counter", 900),
    Key("{slug}:cache:user:{id}", "acme_corp:cache:user:user_123", "cache", "string", HOUR),
    Key("{slug}:cache:product:{id}", "acme_corp:cache:product:prod_456", "cache", "string", 1800),
    Key("{slug}:cache:categories:all", "acme_corp:cache:categories:all", "cache", "string", 2 * HOUR),
    Key("{slug}:cache:search:{hash}", "acme_corp:cache:search:f1a2b3c4d5", "cache", "string", 600),
    Key("{slug}:cache:api:{endpoint}:{params}", "acme_corp:cache:api:get_products:filters_abc", "cache",
        "string", 300),
    Key("{slug}:rate:api:{user}:{endpoint}", "acme_corp:rate:api:user_123:get_products", "rate_limit",
        "counter", MINUTE),
    Key("{slug}:rate:global:{endpoint}", "acme_corp:rate:global:get_products", "rate_limit", "counter",
        MINUTE),
    Key("{slug}:rate:ip:{ip}", "acme_corp:rate:ip:192.168.1.100", "rate_limit", "counter", HOUR),
    Key("{slug}:ws:connections:{user}", "acme_corp:ws:connections:user_123", "realtime", "set"),
    Key("{slug}:online:users", "acme_corp:online:users", "realtime", "set", 300),
    Key("{slug}:notifications:{user}", "acme_corp:notifications:user_123", "realtime", "list", DAY),
    Key("{slug}:cart:{user}", "acme_corp:cart:user_123", "other", "string", 7 * DAY),
    Key("{slug}:cart:temp:{session}", "acme_corp:cart:temp:sess_xyz789", "other", "string", DAY),
    Key("{slug}:upload:{id}", "acme_corp:upload:upload_abc123", "other", "string", HOUR),
    Key("{slug}:queue:{queue}", "acme_corp:queue:email", "queues", "list"),
    Key("{slug}:queue:{queue}", "acme_corp:queue:export", "queues", "list"),
    Key("{slug}:job:{id}", "acme_corp:job:job_abc123", "queues", "string", DAY),
    Key("{slug}:analytics:page_views:{date}", "acme_corp:analytics:page_views:2025-08-07", "analytics",
        "hash", 90 * DAY),
    Key("{slug}:metrics:realtime", "acme_corp:metrics:realtime", "other", "string", HOUR),
    Key("{slug}:features:{flag}", "acme_corp:features:advanced_analytics", "other", "string"),
    Key("{slug}:features:{flag}", "acme_corp:features:custom_domain", "other", "string"),
    Key("{slug}:health:status", "acme_corp:health:status", "other", "string", 300),
]

NEXUS = [
    Key("nexus:session:{id}", "nexus:session:sess_abc123", "sessions", "hash", DAY),
    Key("nexus:session:{entity}:{id}:{field}", "nexus:session:user:abc123:data", "sessions", "hash", DAY),
    Key("nexus:session:user:{id}:sessions", "nexus:session:user:user_123:sessions", "sessions", "set",
        30 * DAY),
    Key("nexus:refresh:{token}", "nexus:refresh:token_xyz789", "sessions", "string", 7 * DAY),
    Key("nexus:presence:user:{id}", "nexus:presence:user:user_123", "sessions", "string", 300),
    Key("nexus:cache:user:{id}", "nexus:cache:user:user_123", "cache", "hash", HOUR),
    Key("nexus:cache:campaign:{id}", "nexus:cache:campaign:camp_456", "cache", "hash", 900),
    Key("nexus:cache:campaign:{id}:{field}", "nexus:cache:campaign:xyz789:details", "cache", "hash", 900),
    Key("nexus:cache:creator:{id}", "nexus:cache:creator:creator_789", "cache", "hash", 1800),
    Key("nexus:cache:content:{id}", "nexus:cache:content:content_abc", "cache", "hash", HOUR),
    Key("nexus:cache:org:{id}", "nexus:cache:org:org_xyz", "cache", "hash", 1800),
    Key("nexus:cache:list:{type}:{hash}", "nexus:cache:list:campaigns:hash_123", "cache", "string", 300),
    Key("nexus:cache:tag:{tag}", "nexus:cache:tag:campaign:camp_456", "cache", "set", DAY),
    Key("nexus:ratelimit:api:{user}:{window}", "nexus:ratelimit:api:user_123:60", "rate_limit",
        "counter", MINUTE),
    Key("nexus:ratelimit:ip:{ip}:{endpoint}", "nexus:ratelimit:ip:192.168.1.1:/api/login", "rate_limit",
        "counter", MINUTE),
    Key("nexus:ratelimit:org:{id}:{resource}", "nexus:ratelimit:org:org_123:api_calls", "rate_limit",
        "counter", HOUR),
    Key("nexus:ratelimit:login:fail:{email}", "nexus:ratelimit:login:fail:user@example.com",
        "rate_limit", "counter", 900),
    Key("nexus:stats:live:campaign:{id}", "nexus:stats:live:campaign:camp_456", "realtime", "hash",
        MINUTE),
    Key("nexus:connections:websocket", "nexus:connections:websocket", "realtime", "set"),
    Key("nexus:queue:{queue}", "nexus:queue:email-sending", "queues", "list"),
    Key("nexus:queue:{queue}:active", "nexus:queue:email-sending:active", "queues", "list"),
    Key("nexus:queue:{queue}:completed", "nexus:queue:email-sending:completed", "queues", "list"),
    Key("nexus:queue:{queue}:failed", "nexus:queue:email-sending:failed", "queues", "list"),
    Key("nexus:job:{id}", "nexus:job:job_abc123", "queues", "hash", DAY),
    Key("nexus:schedule:{task}", "nexus:schedule:campaign_reminder", "queues", "zset"),
    Key("nexus:analytics:campaign:{id}:{period}", "nexus:analytics:campaign:camp_456:daily",
        "analytics", "hash", HOUR),
    Key("nexus:analytics:creator:{id}:{period}", "nexus:analytics:creator:creator_789:daily",
        "analytics", "hash", HOUR),
    Key("nexus:leaderboard:creators:{metric}", "nexus:leaderboard:creators:engagement", "analytics",
        "zset", HOUR),
    Key("nexus:trending:content:{period}", "nexus:trending:content:24h", "analytics", "zset", 900),
    Key("nexus:feature:{flag}", "nexus:feature:new_dashboard", "other", "string"),
    Key("nexus:feature:org:{id}", "nexus:feature:org:org_123", "other", "set"),
    Key("nexus:lock:{resource}:{id}", "nexus:lock:campaign:camp_456", "other", "string", 30),
    Key("nexus:semaphore:{resource}:{limit}", "nexus:semaphore:video_processing:10", "other", "zset"),
    Key("nexus:verify:email:{code}", "nexus:verify:email:ABC123", "other", "string", 900),
    Key("nexus:reset:password:{token}", "nexus:reset:password:token_xyz", "other", "string", HOUR),
    Key("nexus:otp:{purpose}:{who}", "nexus:otp:mfa:user_123", "other", "string", 600),
    Key("nexus:search:suggest:{type}", "nexus:search:suggest:campaigns", "other", "zset", DAY),
    Key("nexus:search:recent:{user}", "nexus:search:recent:user_123", "other", "list", 7 * DAY),
]

PLAIN = [
    Key("session:{id}", "session:abc123", "sessions", "hash", HOUR),
    Key("session:user:{user}", "session:user:123", "sessions", "set", HOUR),
    Key("perm:user:{user}", "perm:user:123", "cache", "string", 300),
    Key("perm:role:{role}", "perm:role:5", "cache", "string", 300),
    Key("rate:{ip}:{endpoint}", "rate:1.2.3.4:_api_auth_login", "rate_limit", "counter", MINUTE),
    Key("lock:{resource}:{id}", "lock:task:99", "other", "string", 30),
    Key("lock:{mutex}", "lock:daily-report", "other", "string", 30),
    Key("dash:stats:{month}", "dash:stats:2024-01", "realtime", "string", 300),
    Key("report:{type}:{id}", "report:sales:123", "other", "string", DAY),
    Key("user:{id}", "user:123", "other", "string", HOUR),
    Key("response:{method}:{path}", "response:GET:/users/123", "other", "string", 300),
    Key("{namespace}:{id}", "users:123", "other", "string", HOUR),
    Key("{namespace}:{id}", "sessions:123", "sessions", "string", HOUR),
    Key("{namespace}:{id}", "computed:123", "other", "string", HOUR),
    Key("{namespace}:{report}", "analytics:monthly-report", "analytics", "string", DAY),
    Key("{any}", "large-report", "other", "string", HOUR),
]

USER = "12345678-1234-1234-1234-123456789abc"
NEXTAUTH = [
    Key("nextauth:user:{id}", f"nextauth:user:{USER}", "other", "string"),
    Key("nextauth:session:{id}", "nextauth:session:abcdef12-3456-7890-abcd-ef1234567890", "sessions",
        "string", HOUR),
    Key("nextauth:session:by-user-id:{id}", f"nextauth:session:by-user-id:{USER}", "sessions", "string"),
    Key("nextauth:account:{provider}:{id}", "nextauth:account:azure:user@example.com", "other", "string"),
    Key("nextauth:account:by-user-id:{id}", f"nextauth:account:by-user-id:{USER}", "other", "string"),
    Key("nextauth:email:{email}", "nextauth:email:user@example.com", "other", "string"),
    Key("nextauth:token:{token}", "nextauth:token:abc", "other", "string", HOUR),
]
NAMESPACED = [
    Key("fabric:user:{id}:tokens", f"fabric:user:{USER}:tokens", "other", "string", 3300),
    Key("fabric:data:chart:{id}:{type}", "fabric:data:chart:co2-flow:realtime", "other", "string", 300),
    Key("fabric:data:chart:{id}:{type}", "fabric:data:chart:temperature:historical", "other", "string",
        300),
    Key("fabric:cache:query:{id}", "fabric:cache:query:plant-overview", "cache", "string", 600),
    Key("fabric:test:connection", "fabric:test:connection", "other", "string"),
    Key("fastapi:temp:data:{batch}", "fastapi:temp:data:batch-12345", "other", "string", HOUR),
    Key("fastapi:queue:processing:{item}", "fastapi:queue:processing:item-67890", "queues", "list", 1800),
    Key("fastapi:results:analysis:{id}", "fastapi:results:analysis:analysis-abc123", "other", "string",
        DAY),
    Key("fastapi:cache:model:{model}", "fastapi:cache:model:anomaly-detector", "cache", "string", HOUR),
]

KEYS = SLUG + NEXUS + PLAIN + NEXTAUTH + NAMESPACED

CHANNELS = [
    "nexus:channel:notifications:user_123", "nexus:channel:campaign:camp_456",
    "nexus:channel:system:broadcast", "permissions:invalidate", "sessions:invalidate",
    "cache:invalidate",
]
CHANNEL_PATTERNS = ["nexus:channel:*", "__keyspace@0__:fastapi:temp:data:*",
                    "__keyspace@0__:fabric:data:chart:*", "__keyspace@0__:nextauth:session:*"]
KEY_PATTERNS = ["acme_corp:*", "nexus:cache:*", "nexus:cache:user:*", "dash:*", "nextauth:*", "fabric:*",
                "fastapi:*", "nextauth:session:*", "fabric:user:*:tokens", "fastapi:temp:data:*"]
