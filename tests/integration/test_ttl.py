"""TTL policies: what they do to keys, and that a client does not notice. tests/isolation/test_ttl_rows.py walks
through all writes of the command table."""

import threading

import pytest
import redis

import harness

DEFAULT, MAX = 100_000, 1_000_000  # milliseconds
FEATURES = f"""
features:
  - {{ name: cache, db: 1, keys: ["cache:*"], ttl: {{ default: {DEFAULT}ms, max: {MAX}ms }} }}
  - {{ name: seen, db: 2, keys: ["seen:*"], ttl: {{ default: {DEFAULT}ms, max: {MAX}ms, mode: report }} }}
  - {{ name: free, db: 0, keys: ["free:*"] }}
  - {{ name: beside, db: 0, keys: ["beside:*"], ttl: {{ max: 50s }} }}
default_feature: free
"""
TENANTS = harness.TENANTS.replace('prefix: "erp:tenant:globex:"',
                                  'prefix: "erp:tenant:globex:"\n    ttl: { cache: { default: 10s }, free: { max: 20s } }')


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(features=FEATURES, tenants=TENANTS)


@pytest.fixture
def client(stack):
    client = stack.proxy.client()
    yield client
    client.close()


@pytest.fixture
def counted(stack):
    """The counters of a feature since the test began."""
    names = ("bulkhead_ttl_missing_total", "bulkhead_ttl_over_max_total")

    def read(feature):
        return [stack.proxy.metric(name, tenant="acme", feature=feature) for name in names]
    before = {feature: read(feature) for feature in ("cache", "seen", "free")}
    return lambda feature: tuple(now - then for now, then in zip(read(feature), before[feature]))


def near(left, wanted):
    return wanted - 20_000 < left <= wanted


def test_default(client):
    client.set("cache:string", "v")
    client.hset("cache:hash", "f", "v")
    client.incr("cache:number")
    client.mset({"cache:a": 1, "cache:b": 2})
    for key in ("string", "hash", "number", "a", "b"):
        assert near(client.pttl("cache:" + key), DEFAULT), key
    client.mset({"free:a": 1, "cache:c": 2})
    assert client.pttl("free:a") == -1 and near(client.pttl("cache:c"), DEFAULT)
    assert client.set("free:b", 1) and client.pttl("free:b") == -1
    assert client.set("beside:b", 1) and near(client.pttl("beside:b"), 50_000)


def test_an_expiry_stays(client):
    client.hset("cache:hash", "f", "v")
    client.pexpire("cache:hash", 60_000)
    client.hset("cache:hash", "g", "v")
    assert near(client.pttl("cache:hash"), 60_000)
    client.set("cache:string", "v", ex=60)
    assert near(client.pttl("cache:string"), 60_000)
    client.append("cache:string", "v")
    assert client.set("cache:string", "w", keepttl=True)
    assert near(client.pttl("cache:string"), 60_000)


def test_max(client):
    assert client.set("cache:a", "v", ex=5000)
    assert client.setex("cache:b", 5000, "v")
    assert client.set("cache:c", "v") and client.expire("cache:c", 5000) == 1
    assert client.set("cache:d", "v", pxat=4_000_000_000_000)
    assert client.set("cache:e", "v") and client.expireat("cache:e", 4_000_000_000) == 1
    assert client.set("cache:f", "v") and client.getex("cache:f", ex=5000) == b"v"
    assert client.set("free:g", "v", ex=5000) and client.copy("free:g", "cache:g")
    assert client.rename("free:g", "cache:h")
    for key in "abcdefgh":
        assert near(client.pttl("cache:" + key), MAX), key
    assert client.expire("cache:a", 5000, gt=True) == 1  # as Redis says, though it is cut again
    assert near(client.pttl("cache:a"), MAX)
    assert client.expire("cache:a", 5000, lt=True) == 0


def test_nothing_is_for_ever(client):
    client.set("cache:a", "v", ex=60)
    assert client.persist("cache:a") == 1 and near(client.pttl("cache:a"), DEFAULT)
    assert client.getex("cache:a", persist=True) == b"v" and near(client.pttl("cache:a"), DEFAULT)
    client.set("free:a", "v")
    dump = client.dump("free:a")
    client.rename("free:a", "cache:b")
    assert near(client.pttl("cache:b"), DEFAULT)
    assert dump


def test_a_key_from_before_gets_one(stack, client):
    stack.redis.client(1).hset("acme:cache:old", "f", "v")
    client.hget("cache:old", "f")
    assert client.pttl("cache:old") == -1
    client.hset("cache:old", "f", "w")
    assert near(client.pttl("cache:old"), DEFAULT)


def test_a_tenants_own(stack):
    client = stack.proxy.client("globex")
    client.set("cache:a", "v")
    client.set("free:a", "v")
    client.set("cache:b", "v", ex=5000)
    assert near(client.pttl("cache:a"), 10_000)
    assert near(client.pttl("free:a"), 20_000)
    assert near(client.pttl("cache:b"), MAX)


def test_errors_are_those_of_the_command(client):
    client.set("cache:a", "v")
    with pytest.raises(redis.ResponseError, match="^WRONGTYPE"):
        client.hset("cache:a", "f", "v")
    with pytest.raises(redis.ResponseError, match="^value is not an integer"):
        client.incr("cache:a")
    with pytest.raises(redis.ResponseError, match="^invalid expire time in 'setex' command"):
        client.execute_command("SETEX", "cache:a", 10**17, "v")
    with pytest.raises(redis.ResponseError, match="^syntax error"):
        client.execute_command("SET", "cache:a", "v", "EX", "10", "PX", "10")


def test_a_backend_that_is_full(fresh):
    stack = fresh(features=FEATURES, redis_options=("--maxmemory", "1"))
    client = stack.proxy.client()
    for words in (["SET", "cache:a", "v"], ["HSET", "cache:a", "f", "v"], ["SETEX", "cache:a", "5000", "v"]):
        with pytest.raises(redis.ResponseError, match="^OOM command not allowed when used memory > 'maxmemory'.$"):
            client.execute_command(*words)
    assert client.get("cache:a") is None


def test_transaction(client, counted):
    with client.pipeline() as pipe:
        pipe.set("cache:a", "v").hset("cache:h", "f", "v").incr("free:n").setex("cache:b", 5000, "v")
        pipe.mset({"cache:c": 1, "free:c": 2}).blmove("cache:none", "cache:l", 1).get("cache:a")
        assert pipe.execute() == [True, 1, 1, True, True, None, b"v"]
    for key in "ahc":
        assert near(client.pttl("cache:" + key), DEFAULT), key
    assert near(client.pttl("cache:b"), MAX)
    assert client.pttl("free:n") == client.pttl("free:c") == -1
    assert counted("cache")[1] == 1


def test_watched_keys_stay_watched(stack, client):
    with client.pipeline() as pipe:
        pipe.watch("cache:w")
        pipe.hset("cache:other", "f", "v")
        client.set("cache:w", "changed")
        pipe.multi()
        pipe.set("cache:x", "v")
        with pytest.raises(redis.WatchError):
            pipe.execute()
        pipe.watch("cache:w")
        assert pipe.hset("cache:other", "g", "v") == 1
        assert pipe.mset({"cache:p": 1, "free:p": 2})
        assert pipe.hget("cache:other", "g") == b"v"
        pipe.multi()
        pipe.set("cache:x", "v")
        assert pipe.execute() == [True]
    assert near(client.pttl("cache:other"), DEFAULT)


def test_blocking(stack, client):
    other = stack.proxy.client()
    waiting = threading.Thread(target=lambda: client.blmove("cache:from", "cache:to", 20))
    waiting.start()
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == 1, "the block")
    other.rpush("cache:from", "v")
    waiting.join()
    assert client.lrange("cache:to", 0, -1) == [b"v"]
    assert near(client.pttl("cache:to"), DEFAULT)
    client.rpush("cache:from", "w")
    assert client.brpoplpush("cache:from", "cache:too", 1) == b"w"
    assert near(client.pttl("cache:too"), DEFAULT)


def test_long_values(client, counted):
    value = b"x" * 3_000_000
    client.set("cache:a", value)
    client.set("cache:b", value, ex=50)
    client.set("cache:c", value, ex=5000)
    client.append("cache:d", value)
    assert client.set("cache:a", value, nx=True) is None
    assert near(client.pttl("cache:a"), DEFAULT) and near(client.pttl("cache:b"), 50_000)
    assert near(client.pttl("cache:c"), MAX) and near(client.pttl("cache:d"), DEFAULT)
    assert client.get("cache:a") == client.get("cache:d") == value
    client.set("free:a", value)
    assert client.pttl("free:a") == -1
    assert counted("cache") == (2, 1)


def test_long_replies(client):
    value = b"x" * 500_000
    client.set("cache:a", value, ex=50)
    assert client.getset("cache:a", "v") == value
    assert client.set("cache:a", value) and client.set("cache:a", "v", get=True) == value
    assert near(client.pttl("cache:a"), DEFAULT)


def test_pipeline(client):
    with client.pipeline(transaction=False) as pipe:
        for i in range(500):
            pipe.hset(f"cache:{i}", "f", i).set(f"free:{i}", i).incr(f"cache:n{i % 7}").get(f"free:{i}")
        replies = pipe.execute()
    for i in range(500):
        assert replies[4 * i:4 * i + 4] == [1, True, i // 7 + 1, str(i).encode()]


def test_tracking(stack):
    """A client that caches is told of the writes of others, and reads what it is told."""
    raw = stack.proxy.raw("acme")
    raw.ask("HELLO", "3")
    assert raw.ask("CLIENT", "TRACKING", "ON") == b"+OK\r\n"
    raw.ask("HSET", "cache:t", "f", "v")
    assert raw.ask("HGET", "cache:t", "f") == b"$1\r\nv\r\n"
    stack.proxy.client().hset("cache:t", "f", "w")
    assert raw.reply() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$7\r\ncache:t\r\n"
    assert raw.ask("HINCRBY", "cache:t", "n", "2") == b":2\r\n"


SCRIPT = """
redis.call('SET', KEYS[1], 'v') redis.call('INCR', 'cache:n') redis.call('HSET', 'cache:h', 'f', 'v')
redis.call('SETEX', 'cache:far', 5000, 'v') redis.call('SET', 'free:a', 'v') redis.call('MSET', 'cache:m', 1, 'free:m', 2)
redis.call('SADD', 'free:s', 'm') redis.call('SMOVE', 'free:s', 'free:t', 'm') redis.call('COPY', 'free:a', 'cache:copy')
redis.call('SET', 'cache:short', 'v', 'EX', 50) redis.call('APPEND', 'cache:short', 'w')
local command = 'zadd' redis.pcall(command, 'cache:z', 1, 'm')
redis.call('RPUSH', 'cache:l', 'b', 'a') redis.call('SORT', 'cache:l', 'ALPHA', 'STORE', 'cache:sorted')
return {redis.call('PERSIST', 'cache:short'), redis.pcall('HSET', 'cache:n', 'f', 'v'), redis.call('TTL', 'cache:n') > 0}
"""


def test_scripts(client):
    for _ in range(2):
        persisted, wrong, expires = client.eval(SCRIPT, 1, "cache:a")
        assert (persisted, str(wrong)[:9], expires) == (1, "WRONGTYPE", 1)
    for key in ("a", "n", "h", "m", "copy", "short", "z", "l", "sorted"):
        assert near(client.pttl("cache:" + key), DEFAULT), key
    assert near(client.pttl("cache:far"), MAX)
    for key in ("a", "m", "t"):
        assert client.pttl("free:" + key) == -1, key
    with client.pipeline() as pipe:
        pipe.eval("return redis.call('INCR', KEYS[1])", 1, "cache:k").hset("cache:beside", "f", "v")
        assert pipe.execute() == [1, 1]
    assert near(client.pttl("cache:k"), DEFAULT) and near(client.pttl("cache:beside"), DEFAULT)


def test_scripts_select(client):
    assert client.eval("redis.call('SELECT', 1) redis.call('SET', 'free:x', 'v') redis.call('SELECT', 0)"
                       " redis.call('SET', 'free:y', 'v') return redis.call('PTTL', 'free:y')", 0) == -1
    client.execute_command("SELECT", 1)
    assert near(client.execute_command("PTTL", "free:x"), DEFAULT)


def test_scripts_without_the_right_to_pexpire(fresh):
    stack = fresh(features=FEATURES, tenants=TENANTS.replace(
        "  - name: acme\n", '  - name: acme\n    policy: ["-pexpire"]\n'))
    client = stack.proxy.client()
    assert client.eval("return redis.call('INCR', KEYS[1])", 1, "cache:a") == 1
    assert near(client.pttl("cache:a"), DEFAULT)
    with pytest.raises(redis.ResponseError, match="pexpire"):
        client.eval("return redis.call('PEXPIRE', KEYS[1], 9)", 1, "cache:a")


def test_report(stack, client, counted):
    client.set("seen:a", "v")
    client.hset("seen:h", "f", "v")
    client.hset("seen:h", "g", "v")
    client.setex("seen:b", 5000, "v")
    client.hset("seen:b2", "f", "v")
    client.expire("seen:b2", 50)
    client.hset("seen:b2", "f", "v")
    with client.pipeline() as pipe:
        assert pipe.hset("seen:t", "f", "v").set("seen:u", "v").execute() == [1, True]
    assert client.pttl("seen:a") == client.pttl("seen:h") == -1
    assert client.pttl("seen:b") > MAX
    assert counted("seen") == (6, 1)


def test_enforce_counts_what_it_changed(client, counted):
    client.hset("cache:h", "f", "v")
    client.hset("cache:h", "g", "v")
    client.set("cache:a", "v")
    client.set("cache:a", "v", ex=50)
    client.expire("cache:a", 5000)
    client.mset({"cache:x": 1, "free:x": 1})
    assert counted("cache") == (3, 1)
    assert counted("free") == (0, 0)


def test_monitor_shows_what_the_client_said(stack):
    monitor = stack.proxy.raw("globex")
    stack.proxy.file.write_text(stack.proxy.file.read_text().replace('"+flushall"]', '"+flushall", "+monitor"]'))
    stack.proxy.reload()
    assert monitor.ask("MONITOR") == b"+OK\r\n"
    client = stack.proxy.client("globex")
    client.hset("cache:m", "f", "v")
    client.set("cache:m", "v")
    lines = [monitor.line() for _ in range(2)]
    assert b'"HSET" "cache:m" "f" "v"\r\n' in lines[0]
    assert lines[1].endswith(b'"SET" "cache:m" "v"\r\n')


def test_never_a_key_without(stack):
    """Somebody who looks all the time never sees one of these keys without an expiry."""
    seen, done = set(), threading.Event()
    script = stack.redis.client(1).register_script(
        "local out = {} for _, k in ipairs(redis.call('KEYS', 'acme:cache:*')) do"
        " if redis.call('TTL', k) == -1 then out[#out + 1] = k end end return out")

    def look():
        while not done.is_set():
            seen.update(script())
    looking = threading.Thread(target=look)
    looking.start()
    client = stack.proxy.client()
    with client.pipeline(transaction=False) as pipe:
        for _ in range(30):
            for i in range(20):
                pipe.sadd(f"cache:{i}", "m").delete(f"cache:{i}").rename("free:none", "cache:none")
            pipe.execute(raise_on_error=False)
    done.set()
    looking.join()
    assert seen == set()


def test_a_crash_leaves_no_key_without(fresh):
    """Redis is killed again and again amid writes; what its log brings back has an expiry."""
    stack = fresh(features=FEATURES, redis_options=("--appendonly", "yes", "--appendfsync", "always"))
    written = 0
    for attempt in range(3):
        stop = threading.Event()

        def write():
            nonlocal written
            client = stack.proxy.client(retry=None)
            while not stop.is_set():
                try:
                    client.sadd(f"cache:{written}", "m")
                    client.lpush(f"cache:l{written}", "m")
                    written += 1
                except redis.RedisError:
                    pass
        writer = threading.Thread(target=write)
        writer.start()
        goal = written + 50
        harness.wait_until(lambda: written > goal, "writes")
        stack.redis.kill()
        stop.set()
        writer.join()
        stack.redis.start()
        there = stack.redis.client(1)
        keys = there.keys()
        assert len(keys) >= written
        assert all(there.ttl(key) > 0 for key in keys)


def test_reload(fresh):
    stack = fresh(features=FEATURES)
    client = stack.proxy.client()
    client.set("free:a", "v")
    stack.proxy.write(features=FEATURES.replace('keys: ["free:*"]', 'keys: ["free:*"], ttl: { default: 1d }'))
    stack.proxy.reload()
    client.sadd("free:b", "v")
    assert client.ttl("free:a") == -1 and client.ttl("free:b") > 86000

