"""`fence: all`: every command of a tenant goes upstream as the tenant's own ACL user."""

import hashlib
import re

import conftest
import harness
import pytest
import redis

FENCED = "fence: all\n"
POLICY = harness.TENANTS.replace(
    "  - name: acme\n", '  - name: acme\n    policy: ["+keys", "+flushdb", "+sort"]\n')


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(extra=FENCED, tenants=POLICY, workers=2)


def acme(stack, **options):
    return stack.proxy.client("acme", **options)


def trips(stack, tenant="acme"):
    return stack.proxy.metric("bulkhead_fence_trips_total", tenant=tenant)


def users(stack):
    return [name for name in stack.redis.client().acl_users() if name.startswith("bulkhead:") and name != "bulkhead:"]


def fence_password(secret, tenant):
    return hashlib.sha256(f"{secret}\0{tenant}\0fence".encode()).hexdigest()


def test_ordinary_commands_go_as_the_tenants_user(stack):
    client = acme(stack)
    assert client.set("bull:x", 1) and client.get("bull:x") == b"1"
    assert client.mset({"session:1": "a", "cache:1": "b", "bull:1": "c"})
    assert client.mget("session:1", "cache:1", "bull:1") == [b"a", b"b", b"c"]
    assert client.rename("session:1", "bull:2") and client.get("bull:2") == b"a"
    assert client.sunionstore("cache:s", "bull:none") == 0
    assert sorted(client.scan_iter(count=100)) == [b"bull:1", b"bull:2", b"bull:x", b"cache:1"]
    assert client.dbsize() == 4 and len(client.keys("*")) == 4
    lanes = [c for c in stack.redis.client().client_list() if c["cmd"] in ("get", "set", "mset", "mget", "eval")]
    assert {c["user"] for c in lanes if c["cmd"] != "eval"} == {"bulkhead:acme"}
    assert client.flushdb() is True and stack.redis.keys() == {}
    assert trips(stack) == 0


def test_the_first_commands_may_come_at_once(fresh):
    """AUTH and a pipeline in one piece: the user is made while they wait, and their order holds."""
    stack = fresh(extra=FENCED)
    raw = stack.proxy.raw()
    commands = [("AUTH", "acme", "acme-secret")]
    for i in range(50):
        commands += [("SET", "bull:n", str(i)), ("GET", "bull:n"), ("GET", "session:n")]
    raw.send(b"".join(raw.encode(*c) for c in commands))
    assert raw.reply() == b"+OK\r\n"
    for i in range(50):
        text = str(i).encode()
        assert [raw.reply() for _ in range(3)] == [b"+OK\r\n", b"$%d\r\n%s\r\n" % (len(text), text), b"$-1\r\n"]
    assert users(stack) == ["bulkhead:acme"] and trips(stack) == 0


@pytest.mark.parametrize("protocol", [2, 3])
def test_blocking_transactions_and_tracking(stack, protocol):
    raw = stack.proxy.raw()
    assert b"proto" in raw.ask("HELLO", protocol, "AUTH", "acme", "acme-secret")
    acme(stack).rpush("bull:l", "v")
    assert raw.ask("BLPOP", "bull:l", 0) == b"*2\r\n$6\r\nbull:l\r\n$1\r\nv\r\n"
    assert raw.ask("WATCH", "bull:w", "session:w") == b"+OK\r\n"
    for words in (("MULTI",), ("SET", "bull:w", "1"), ("INCR", "session:w"), ("EVAL", "return redis.call('GET', KEYS[1])", 1, "bull:w")):
        raw.ask(*words)
    assert raw.ask("EXEC") == b"*3\r\n+OK\r\n:1\r\n$1\r\n1\r\n"
    assert raw.ask("WAIT", 0, 10) == b":0\r\n"
    assert raw.ask("XADD", "bull:s", "1-1", "f", "v") == b"$3\r\n1-1\r\n"
    assert b"bull:s" in raw.ask("XREAD", "BLOCK", 10, "STREAMS", "bull:s", "0")
    assert raw.ask("PUBLISH", "news", "x") == b":0\r\n"
    assert raw.ask("OBJECT", "ENCODING", "bull:w") == b"$3\r\nint\r\n"
    if protocol == 3:
        assert raw.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "cache:") == b"+OK\r\n"
        acme(stack).set("cache:t", 1)
        assert raw.reply() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$7\r\ncache:t\r\n"
        assert raw.ask("CLIENT", "TRACKING", "OFF") == b"+OK\r\n"
        assert raw.ask("CLIENT", "TRACKING", "ON", "OPTIN") == b"+OK\r\n"
        assert raw.ask("CLIENT", "CACHING", "YES") == b"+OK\r\n"
        assert raw.ask("GET", "cache:t") == b"$1\r\n1\r\n"
        acme(stack).set("cache:t", 2)
        assert raw.reply() == b">2\r\n$10\r\ninvalidate\r\n*1\r\n$7\r\ncache:t\r\n"
    assert trips(stack) == 0


@pytest.mark.parametrize("protocol", [2, 3])
def test_channels_patterns_and_keyspace_events(stack, protocol):
    stack.redis.client().config_set("notify-keyspace-events", "KEA")
    raw = stack.proxy.raw()
    assert b"proto" in raw.ask("HELLO", protocol, "AUTH", "acme", "acme-secret")
    mark = b">" if protocol == 3 else b"*"
    for command, name in (("SUBSCRIBE", "news"), ("PSUBSCRIBE", "n*"), ("SUBSCRIBE", "__keyspace@0__:bull:k"),
                          ("SUBSCRIBE", "__keyevent@0__:del"), ("PSUBSCRIBE", "__key*__:bull:p*"), ("SSUBSCRIBE", "shard")):
        assert raw.ask(command, name).startswith(mark + b"3\r\n"), name
    other = acme(stack)
    assert other.publish("news", "x") == 2
    assert [raw.reply()[:4] for _ in range(2)] == [mark + b"3\r\n", mark + b"4\r\n"]
    other.set("bull:k", 1)
    assert b"__keyspace@0__:bull:k\r\n$3\r\nset" in raw.reply()
    other.set("bull:p1", 1)
    assert b"bull:p1\r\n$3\r\nset" in raw.reply()
    other.delete("bull:k")
    assert {b"$18\r\n__keyevent@0__:del" in r for r in (raw.reply(), raw.reply())} == {True, False}
    assert other.execute_command("SPUBLISH", "shard", "y") == 1
    assert b"shard" in raw.reply()
    assert trips(stack) == 0


def test_the_user_reaches_nothing_but_its_own(fresh):
    """What a hole in the rewriting would send, sent by hand as the tenant's user."""
    stack = fresh(extra=FENCED + 'cursor_secret: "the secret"\n')
    assert acme(stack).set("bull:x", 1)
    stack.proxy.client("globex").set("bull:x", "treasure")
    login = {"username": "bulkhead:acme", "password": fence_password("the secret", "acme")}
    client = redis.Redis(unix_socket_path=stack.redis.socket, db=4, **login)
    assert client.get("acme:bull:x") == b"1"
    foreign = "erp:tenant:globex:bull:x"
    for words in (("GET", foreign), ("GET", "bull:x"), ("COPY", foreign, "acme:y"), ("RENAME", "acme:bull:x", foreign),
                  ("SORT", "acme:l", "BY", "erp:*", "GET", "erp:*"), ("PUBLISH", "news", "x"), ("PUBLISH", "__keyevent@0__:del", "acme:x"),
                  ("SUBSCRIBE", "erp:tenant:globex:news"), ("SUBSCRIBE", "__keyspace@4__:" + foreign),
                  ("SUBSCRIBE", f"__keyspace@4__:{foreign}__:acme:x"), ("SCAN", "0"), ("KEYS", "*"), ("RANDOMKEY",), ("DBSIZE",),
                  ("FLUSHDB",), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("CLIENT", "LIST"), ("INFO",), ("SCRIPT", "FLUSH"),
                  ("MOVE", "acme:bull:x", "1"), ("MONITOR",), ("EVAL", "return redis.call('GET', ARGV[1])", "0", foreign)):
        with pytest.raises(redis.exceptions.ResponseError, match="permission|can't access|insufficient"):
            client.execute_command(*words)


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_hole_is_an_alarm(fresh, protocol):
    """The user's rights are moved to other names by hand, so that what is sent is foreign to it."""
    stack = fresh(extra=FENCED)
    raw = stack.proxy.raw()
    assert b"proto" in raw.ask("HELLO", protocol, "AUTH", "acme", "acme-secret")
    raw.ask("SET", "bull:x", 1)
    stack.redis.client().execute_command("ACL", "SETUSER", "bulkhead:acme", "resetkeys", "~elsewhere:*", "resetchannels")
    told = b"-NOPERM this user has no permissions to access one of the keys used as arguments\r\n"
    for words in (("GET", "bull:x"), ("EVAL", "return redis.call('GET', 'bull:x')", 0), ("PUBLISH", "c", "x"), ("BLPOP", "bull:l", 1)):
        assert raw.ask(*words) == told
    raw.ask("MULTI")
    raw.ask("GET", "bull:x")
    assert raw.ask("EXEC").startswith(b"-EXECABORT ")
    assert raw.ask("ECHO", "still in step") == b"$13\r\nstill in step\r\n"
    assert trips(stack) == 5
    alarms = re.findall(r" \[?error\]? .*fence_tripped.*|fence_tripped.*", stack.proxy.log_text())
    assert 1 <= len(alarms) <= 3, alarms
    assert re.search(r"fence_tripped tenant=acme client=127\.0\.0\.1:\d+ command=get about=key trips=1", alarms[0])


def test_a_tenant_cannot_raise_the_alarm(stack):
    before = trips(stack)
    raw = stack.proxy.raw("acme")
    assert raw.ask("EVAL", "return redis.error_reply('NOPERM no')", 0) == b"-NOPERM no\r\n"
    assert raw.ask("EVAL", "return redis.call('FLUSHALL')", 0).startswith(b"-")
    assert raw.ask("CONFIG", "GET", "x") is not None
    assert trips(stack) == before


def test_one_tenant_alone(fresh):
    tenants = harness.TENANTS.replace("  - name: acme\n", "  - name: acme\n    fence: all\n")
    stack = fresh(tenants=tenants)
    assert acme(stack).set("bull:x", 1) and stack.proxy.client("globex").set("bull:x", 1)
    assert users(stack) == ["bulkhead:acme"]
    stack.proxy.write(tenants=harness.TENANTS, extra="scripts: off\n")
    client = acme(stack)
    stack.proxy.reload()
    assert client.get("bull:x") == b"1"
    harness.wait_until(lambda: users(stack) == [], "the removal of the user")
    assert acme(stack).get("bull:x") == b"1"


def test_a_reload_changes_rights_before_they_are_used(fresh):
    stack = fresh(extra=FENCED, workers=2)
    clients = [acme(stack) for _ in range(4)]
    for client in clients:
        client.set("bull:x", 1)
    for policy, allowed in (('["-get"]', False), ('["+get", "-incr"]', True), ('["-@all", "+get"]', True)):
        tenants = harness.TENANTS.replace("  - name: acme\n", f"  - name: acme\n    policy: {policy}\n")
        stack.proxy.write(tenants=tenants, extra=FENCED)
        stack.proxy.reload()
        for client in clients:
            if allowed:
                assert client.get("bull:x") == b"1"
            else:
                with pytest.raises(redis.exceptions.NoPermissionError, match="'get' command"):
                    client.get("bull:x")
        may = lambda: stack.redis.client().execute_command("ACL", "DRYRUN", "bulkhead:acme", "get", "acme:x") == b"OK"
        harness.wait_until(lambda: may() == allowed, "the rights")
    assert trips(stack) == 0


def test_prefixes_of_every_kind(fresh):
    tenants = f"""
tenants:
  - name: wild
    prefix: "a*[b]?:{{feature}}:"
    users: [{{ name: acme, passwords: ["{harness.sha256('acme-secret')}"] }}]
  - name: own
    prefix: "nextauth:"
    prefix_mode: require
    users: [{{ name: globex, passwords: ["{harness.sha256('globex-secret')}"] }}]
"""
    stack = fresh(tenants=tenants, extra=FENCED)
    client = acme(stack)
    assert client.set("bull:x", 1) and client.set("session:x", 2) and client.mget("bull:x", "session:x") == [b"1", b"2"]
    assert client.publish("news", 1) == 0 and client.eval("return redis.call('GET', 'bull:x')", 0) == b"1"
    own = stack.proxy.client("globex")
    assert own.set("nextauth:x", 1) and own.publish("nextauth:c", 1) == 0
    with pytest.raises(redis.exceptions.ResponseError):
        own.get("other:x")
    assert trips(stack, "wild") == trips(stack, "own") == 0


def test_redis_forgets_the_users(fresh):
    stack = fresh(extra=FENCED)
    client = acme(stack)
    assert client.set("bull:x", 1)
    stack.redis.client().acl_deluser("bulkhead:acme")

    def answers():
        try:
            return client.set("bull:x", 2)
        except redis.exceptions.ResponseError as error:
            assert "BACKENDDOWN" in str(error)
            return False

    harness.wait_until(answers, "the user")
    stack.redis.kill()
    stack.redis.start()
    harness.wait_until(answers, "the user after a restart")
    assert acme(stack).blpop("bull:none", 0.01) is None
    assert users(stack) == ["bulkhead:acme"] and trips(stack) == 0


def test_another_cursor_secret(fresh):
    stack = fresh(extra=FENCED + 'cursor_secret: "one"\n', workers=2)
    clients = [acme(stack) for _ in range(4)]
    for client in clients:
        client.set("bull:x", 1)

    def login(secret):
        try:
            redis.Redis(unix_socket_path=stack.redis.socket, username="bulkhead:acme",
                        password=fence_password(secret, "acme")).get("acme:x")
            return True
        except redis.exceptions.ResponseError:
            return False

    assert login("one")
    stack.proxy.write(extra=FENCED + 'cursor_secret: "two"\n')
    stack.proxy.reload()
    harness.wait_until(lambda: login("two") and not login("one"), "the new password")
    for client in clients:
        assert client.get("bull:x") == b"1" and client.blpop("bull:none", 0.01) is None
    assert trips(stack) == 0


def test_users_of_removed_tenants_are_swept_at_the_start(fresh):
    secret = 'cursor_secret: "ours"\n'
    stack = fresh(extra=FENCED + secret)
    acme(stack).set("x", 1)
    stack.proxy.client("globex").set("x", 1)
    admin = stack.redis.client()
    admin.execute_command("ACL", "SETUSER", "bulkhead:others", "on", ">pw", "~others:*", "+get")
    admin.execute_command("ACL", "SETUSER", "operator", "on", ">pw", "~*", "+get")
    stack.proxy.stop()
    only = harness.TENANTS.split("  - name: globex")[0]
    stack.proxy = harness.Bulkhead(stack.directory, stack.redis.socket, tenants=only, extra=FENCED + secret)
    stack.proxy.wait_for_log("the sweep", r"fences_swept .*users=1")
    assert sorted(users(stack)) == ["bulkhead:acme", "bulkhead:others"]
    assert "operator" in admin.acl_users()


def test_a_backend_user_that_may_not_make_users():
    directory = harness.temporary_directory()
    server = harness.Redis(directory)
    server.client().execute_command("ACL", "SETUSER", "poor", "on", ">pw", "~*", "&*", "+@all", "-acl")
    proxy = None
    try:
        proxy = harness.Bulkhead(directory, server.socket, extra=FENCED,
                                 backend_extra="    username: poor\n    password: pw\n")
        proxy.wait_for_log("the reason", r"fence_refused .*may not make ACL users")
        with pytest.raises(redis.exceptions.ResponseError, match="BACKENDDOWN"):
            proxy.client("acme").get("bull:x")
        assert server.keys() == {}
        proxy.wait_for_log("the failure", r"fence_failed ")
    finally:
        if proxy is not None:
            proxy.stop()
        server.stop()
        harness.remove(directory)


def test_fanout_is_the_proxys_own(fresh):
    stack = fresh(extra=FENCED + "pubsub: fanout\n")
    raw = stack.proxy.raw("acme")
    assert raw.ask("SUBSCRIBE", "news").startswith(b"*3\r\n")
    assert acme(stack).publish("news", "x") == 1
    assert b"news" in raw.reply()
    assert trips(stack) == 0


def test_long_values_and_many_pinned_lanes(stack):
    value = b"x" * (2 * 1024 * 1024)
    client = acme(stack)
    for _ in range(3):
        assert client.set("cache:long", value) and client.get("cache:long") == value
    raws = [stack.proxy.raw("acme") for _ in range(20)]
    for raw in raws:
        raw.send(raw.encode("BLPOP", "bull:many", 0))
    for i in range(20):
        acme(stack).rpush("bull:many", i)
    assert {raw.reply()[:4] for raw in raws} == {b"*2\r\n"}
    assert trips(stack) == 0
