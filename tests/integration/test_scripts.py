"""Tenants' scripts, live: EVAL, EVALSHA and SCRIPT through the proxy, with the fence around them."""

import functools
import hashlib
import threading

import conftest
import harness
import pytest
import redis


@pytest.fixture(scope="module")
def stack():
    it = conftest.Stack(workers=2, redis_options=("--busy-reply-threshold", "100"))
    yield it
    it.close()


@pytest.fixture(autouse=True)
def clean(stack):
    stack.clean()


def acme(stack, **options):
    return stack.proxy.client("acme", **options)


def globex(stack, **options):
    return stack.proxy.client("globex", **options)


def sha(text):
    return hashlib.sha1(text.encode()).hexdigest()


RATE = """local current = redis.call('INCR', KEYS[1])
if current == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
if current > tonumber(ARGV[1]) then
  return 0
end
return 1"""


def test_eval_is_the_tenants_own(stack):
    for client, prefix in ((acme(stack), "acme:"), (globex(stack), "erp:tenant:globex:")):
        assert [client.eval(RATE, 1, "rate:1", 2, 60) for _ in range(3)] == [1, 1, 0]
        assert stack.redis.client(2).ttl(prefix + "rate:1") > 0
    assert stack.redis.keys() == {2: [b"acme:rate:1", b"erp:tenant:globex:rate:1"]}


def test_undeclared_keys_go_where_they_belong(stack):
    client = acme(stack)
    assert client.eval("redis.call('SET', 'bull:x', 1) redis.call('SET', 'session:y', 2) return redis.call('MGET', 'bull:x', 'session:y')", 0) == [b"1", b"2"]
    assert stack.redis.keys() == {0: [b"acme:session:y"], 4: [b"acme:bull:x"]}
    assert client.get("bull:x") == b"1"


def test_evalsha_and_script(stack):
    client, other = acme(stack), globex(stack)
    text = "return {KEYS[1], ARGV[1], #ARGV}"
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha(sha(text), 1, "k", "v")
    assert client.script_load(text) == sha(text)
    for _ in range(20):  # new connections: on both workers
        assert acme(stack).evalsha(sha(text), 1, "k", "v") == [b"k", b"v", 1]
    assert client.evalsha(sha(text).upper(), 1, "k", "v") == [b"k", b"v", 1]
    assert client.script_exists(sha(text), "0" * 40) == [True, False]
    assert other.script_exists(sha(text)) == [False]
    with pytest.raises(redis.exceptions.NoScriptError):
        other.evalsha(sha(text), 1, "k", "v")
    other.eval(text, 1, "k", "v")
    assert client.script_flush() is True
    assert client.script_exists(sha(text)) == [False]
    assert other.script_exists(sha(text)) == [True]
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha(sha(text), 1, "k", "v")
    assert client.eval(text, 1, "k", "v") == [b"k", b"v", 1]
    assert client.evalsha(sha(text), 1, "k", "v") == [b"k", b"v", 1]
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha("short", 0)
    with pytest.raises(redis.exceptions.ResponseError, match="SYNC"):
        client.execute_command("SCRIPT", "FLUSH", "NOW")


def test_errors_are_the_clients(stack):
    client = acme(stack)
    client.set("bull:s", "text")
    text = "local x = 1\n\nredis.call('INCR', KEYS[1])"
    raw = stack.proxy.raw("acme")
    error = raw.ask("EVAL", text, 1, "bull:s")
    assert error == (f"-ERR value is not an integer or out of range script: {sha(text)}, on @user_script:3.\r\n").encode()
    assert raw.ask("EVALSHA", sha(text), 1, "bull:s") == error
    assert raw.ask("EVAL", "return 1 +", 0).startswith(b"-ERR Error compiling script (new function): user_script:1: ")
    assert raw.ask("SCRIPT", "LOAD", "return 1 +").startswith(b"-ERR Error compiling script (new function): user_script:1: ")
    assert raw.ask("EVALSHA", sha("return 1 +"), 0).startswith(b"-NOSCRIPT ")
    assert raw.ask("EVAL", "return 1", "x") == b"-ERR value is not an integer or out of range\r\n"
    assert raw.ask("EVAL", "return 1", -1) == b"-ERR Number of keys can't be negative\r\n"
    assert raw.ask("EVAL", "return 1", 5, "a").startswith(b"-ERR Number of keys can't be greater")
    assert raw.ask("EVAL", "return redis.call('XREADGROUP','GROUP','g','c','STREAMS','bull:q','>')", 0).startswith(
        b"-NOGROUP No such key 'bull:q' or consumer group 'g'")


def test_read_only_scripts(stack):
    client = acme(stack)
    client.set("bull:a", "1")
    assert client.execute_command("EVAL_RO", "return redis.call('GET', KEYS[1])", 1, "bull:a") == b"1"
    with pytest.raises(redis.exceptions.ResponseError, match="Write commands are not allowed"):
        client.execute_command("EVAL_RO", "return redis.call('SET', KEYS[1], 1)", 1, "bull:a")
    text = sha("return redis.call('GET', KEYS[1])")
    assert client.execute_command("EVALSHA_RO", text, 1, "bull:a") == b"1"


def test_scripts_of_many_locals(stack):
    names = ",".join(f"v{i}" for i in range(200))
    text = f"local {names}\nv199 = redis.call('INCR', KEYS[1])\nreturn v199"
    assert acme(stack).eval(text, 1, "bull:n") == 1
    assert acme(stack).script_load(text) == sha(text)
    assert acme(stack).evalsha(sha(text), 1, "bull:n") == 2


def test_order_with_ordinary_commands(stack):
    pipe = acme(stack).pipeline(transaction=False)
    for i in range(50):
        pipe.set("bull:o", i)
        pipe.eval("return redis.call('GET', KEYS[1])", 1, "bull:o")
        pipe.incr("bull:o")
        pipe.get("bull:o")
    replies = pipe.execute()
    assert replies[1::4] == [str(i).encode() for i in range(50)]
    assert replies[3::4] == [str(i + 1).encode() for i in range(50)]


def test_answers_that_need_no_waiting_in_a_pipeline(stack):
    pipe = acme(stack).pipeline(transaction=False)
    for i in range(20):
        pipe.evalsha("0" * 40, 0)
        pipe.execute_command("SCRIPT", "EXISTS", "0" * 40)
        pipe.echo(str(i))
    replies = pipe.execute(raise_on_error=False)
    assert replies[2::3] == [str(i).encode() for i in range(20)]
    assert all(isinstance(r, redis.exceptions.NoScriptError) for r in replies[::3])


def test_inside_a_transaction(stack):
    client = acme(stack)
    text = "redis.call('LPUSH', 'bull:log', ARGV[1]) return redis.call('INCR', KEYS[1])"
    client.script_load(text)
    stack.redis.client().script_flush()
    pipe = client.pipeline(transaction=True)
    pipe.set("bull:t", 5)
    pipe.evalsha(sha(text), 1, "bull:t", "one")
    pipe.eval(text, 1, "bull:t", "two")
    pipe.get("bull:t")
    assert pipe.execute() == [True, 6, 7, b"7"]
    assert client.lrange("bull:log", 0, -1) == [b"two", b"one"]


def test_the_digest_is_known_from_the_text_on(stack):
    """Bull adds jobs in bulk like this: one EVAL, then EVALSHAs, all in one piece."""
    client = acme(stack)
    text = "return redis.call('INCR', KEYS[1]) -- not seen before"
    pipe = client.pipeline(transaction=True)
    pipe.eval(text, 1, "bull:t")
    for _ in range(20):
        pipe.evalsha(sha(text), 1, "bull:t")
    assert pipe.execute() == list(range(1, 22))


def test_inside_a_transaction_over_databases(stack):
    client = acme(stack)
    pipe = client.pipeline(transaction=True)
    pipe.set("session:t", 5)
    pipe.eval("return redis.call('INCR', KEYS[1])", 1, "bull:t")
    pipe.eval("return redis.call('INCR', KEYS[1])", 1, "session:t")
    pipe.evalsha("0" * 40, 0)
    pipe.eval("return redis.call('INCR', 'bull:t', 'x')", 0)
    replies = pipe.execute(raise_on_error=False)
    assert replies[:3] == [True, 1, 6]
    assert isinstance(replies[3], redis.exceptions.NoScriptError)
    assert sha("return redis.call('INCR', 'bull:t', 'x')") in str(replies[4])
    assert client.mget("session:t", "bull:t") == [b"6", b"1"]


def test_watched_keys_and_a_script(stack):
    client = acme(stack)
    with client.pipeline() as pipe:
        pipe.watch("bull:w")
        pipe.multi()
        pipe.eval("return redis.call('INCR', KEYS[1])", 1, "bull:w")
        assert pipe.execute() == [1]
        pipe.watch("bull:w")
        acme(stack).incr("bull:w")
        pipe.multi()
        pipe.eval("return redis.call('INCR', KEYS[1])", 1, "bull:w")
        with pytest.raises(redis.exceptions.WatchError):
            pipe.execute()


def test_resp3(stack):
    raw = stack.proxy.raw("acme")
    assert b"proto" in raw.ask("HELLO", 3)
    assert raw.ask("EVAL", "redis.setresp(3) redis.call('HSET', KEYS[1], 'f', 'v') return redis.call('HGETALL', KEYS[1])", 1,
                   "bull:h") == b"%1\r\n$1\r\nf\r\n$1\r\nv\r\n"
    assert raw.ask("EVAL", "return nil", 0) == b"_\r\n"


def test_a_foreign_flush_and_a_restart_are_not_noticed(stack):
    client = acme(stack)
    text = "return redis.call('INCR', KEYS[1])"
    script = client.register_script(text)
    assert script(keys=["bull:f"]) == 1
    stack.redis.client().script_flush()
    assert client.evalsha(sha(text), 1, "bull:f") == 2
    stack.redis.client().acl_deluser("bulkhead:acme")
    stack.redis.kill()
    stack.redis.start()

    def answer_of(call):
        try:
            return call()
        except redis.exceptions.RedisError as error:
            assert "NOSCRIPT" not in str(error)
            return None

    evalsha = functools.partial(client.evalsha, sha(text), 1, "bull:f")
    assert harness.wait_until(lambda: answer_of(evalsha), "the script") == 1
    # Each database has a lane of its own, which comes back by itself.
    without_keys = functools.partial(client.eval, "return 1", 0)
    assert harness.wait_until(lambda: answer_of(without_keys), "database 0") == 1


def test_the_fence_stands(stack):
    acme(stack).eval("return 1", 0)
    users = stack.redis.client().acl_list()
    mine = next(u for u in users if u.startswith("user bulkhead:acme "))
    assert " ~acme:* " in mine and " &acme:* " in mine and "-@all" in mine
    assert "+flushall" not in mine and "+keys" not in mine
    assert any(c["user"] == "bulkhead:acme" for c in stack.redis.client().client_list())


def test_a_tripped_fence_is_an_alarm(stack):
    """Something that only the fence refuses: SORT with a pattern, which needs rights on all keys, is no such
    thing; so the fence is narrowed by hand."""
    client = acme(stack)
    assert client.eval("return redis.call('SET', 'bull:x', 1)", 0) == b"OK"
    stack.redis.client().execute_command("ACL", "SETUSER", "bulkhead:acme", "-set")
    before = stack.proxy.metric("bulkhead_fence_trips_total", tenant="acme")
    with pytest.raises(redis.exceptions.ResponseError, match="no permissions to access"):
        client.eval("return redis.call('SET', 'bull:x', 1)", 0)
    assert stack.proxy.metric("bulkhead_fence_trips_total", tenant="acme") == before + 1
    stack.proxy.wait_for_log("alarm", "fence_tripped")


def test_foreign_names_are_out_of_reach(stack):
    globex(stack).set("bull:secret", "treasure")
    client = acme(stack)
    for text in ("return redis.call('GET', 'erp:tenant:globex:bull:secret')",
                 "return loadstring(\"return redis.call('GET', 'erp:tenant:globex:bull:secret')\")()",
                 "return _G['redis'].call('GET', ARGV[1])"):
        assert client.eval(text, 0, "erp:tenant:globex:bull:secret") is None
    assert client.eval("return redis.call('EXISTS', KEYS[1])", 1, "erp:tenant:globex:bull:secret") == 0


def test_keys_in_a_script_where_it_is_granted(stack):
    """The flush of a tenant, as it stands in documentation of applications."""
    acme(stack).set("cache:1", 1)
    client = globex(stack)
    client.mset({"cache:1": 1, "session:2": 2, "bull:3": 3})
    flush = "return redis.call('del', unpack(redis.call('keys', ARGV[1])))"
    assert client.eval(flush, 0, "*") == 3
    assert stack.redis.keys() == {1: [b"acme:cache:1"]}
    with pytest.raises(redis.exceptions.NoPermissionError):
        acme(stack).eval(flush, 0, "*")


def test_kill_and_watchdog(stack):
    with pytest.raises(redis.exceptions.ResponseError, match="No scripts in execution"):
        acme(stack).script_kill()
    outcome = []

    def loop():
        try:
            outcome.append(acme(stack, socket_timeout=30).eval("while true do pcall(redis.call, 'GET', 'x') end", 0))
        except redis.exceptions.ResponseError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=loop)
    thread.start()

    def killed():
        try:
            acme(stack).script_kill()
        except redis.exceptions.ResponseError:
            pass
        return outcome

    harness.wait_until(killed, "the end of the script")
    thread.join()
    assert "Script killed by user with SCRIPT KILL" in outcome[0]


def test_scripts_may_be_off():
    stack = conftest.Stack(extra="scripts: off\n")
    try:
        with pytest.raises(redis.exceptions.NoPermissionError):
            acme(stack).eval("return 1", 0)
    finally:
        stack.close()


def test_shim_only():
    stack = conftest.Stack(extra="scripts: shim_only\n")
    try:
        assert acme(stack).eval("return redis.call('SET', 'bull:x', 1)", 0) == b"OK"
        assert stack.redis.keys() == {4: [b"acme:bull:x"]}
        assert [u for u in stack.redis.client().acl_list() if "bulkhead" in u] == []
    finally:
        stack.close()


def test_a_backend_user_that_may_not_make_users():
    directory = harness.temporary_directory()
    server = harness.Redis(directory)
    server.client().execute_command("ACL", "SETUSER", "poor", "on", ">pw", "~*", "&*", "+@all", "-acl")
    proxy = None
    try:
        proxy = harness.Bulkhead(directory, server.socket, backend_extra="    username: poor\n    password: pw\n")
        proxy.wait_for_log("the reason", r"scripts_refused .*may not make ACL users")
        with pytest.raises(redis.exceptions.NoPermissionError, match="scripts are not permitted"):
            proxy.client("acme").eval("return 1", 0)
        assert proxy.client("acme").set("bull:x", 1)
    finally:
        if proxy is not None:
            proxy.stop()
        server.stop()
        harness.remove(directory)


def test_watchdog_and_penalty():
    stack = conftest.Stack(redis_options=("--busy-reply-threshold", "50"),
                           extra="limits:\n  script_time: 200ms\n  script_penalty: 10s\n")
    try:
        with pytest.raises(redis.exceptions.ResponseError, match="SCRIPT KILL"):
            acme(stack).eval("while true do end", 0)
        assert stack.proxy.metric("bulkhead_scripts_killed_total", tenant="acme") == 1
        with pytest.raises(redis.exceptions.NoPermissionError, match="ran too long"):
            acme(stack).eval("return 1", 0)
        assert globex(stack).eval("return 1", 0) == 1
    finally:
        stack.close()


def test_caps():
    stack = conftest.Stack(extra="limits:\n  scripts: 3\n")
    try:
        texts = [f"return {i}" for i in range(5)]
        client = acme(stack)
        assert [client.eval(t, 0) for t in texts] == list(range(5))
        assert client.script_exists(*[sha(t) for t in texts]) == [False, False, True, True, True]
    finally:
        stack.close()


def test_a_removed_tenant_leaves_no_user(stack_factory=conftest.Stack):
    stack = stack_factory()
    try:
        globex(stack).eval("return 1", 0)
        acme(stack).eval("return 1", 0)
        assert len([u for u in stack.redis.client().acl_list() if "bulkhead:" in u]) == 2
        only = harness.TENANTS.split("  - name: globex")[0]
        stack.proxy.write(tenants=only)
        stack.proxy.reload()
        harness.wait_until(lambda: len([u for u in stack.redis.client().acl_list() if "bulkhead:" in u]) == 1, "the removal")
        assert acme(stack).eval("return 1", 0) == 1
    finally:
        stack.close()
