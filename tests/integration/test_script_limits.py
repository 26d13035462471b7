"""What bounds tenants' scripts: the backend's memory, its version, the time that a script may take."""

import hashlib
import threading

import conftest
import fake_redis
import harness
import pytest
import redis


def acme(stack, **options):
    return stack.proxy.client("acme", **options)


def sha(text):
    return hashlib.sha1(text.encode()).hexdigest()


# ---- What a script may be

def test_what_does_not_compile_in_a_transaction_is_no_script(fresh):
    stack = fresh(workers=2)
    bad, good = "return 1 +", "return 'never seen before'"
    pipe = acme(stack).pipeline(transaction=True)
    pipe.eval(bad, 0)
    pipe.eval(good, 0)
    pipe.evalsha(sha(good), 0)
    replies = pipe.execute(raise_on_error=False)
    assert "Error compiling script" in str(replies[0]) and replies[1:] == [b"never seen before"] * 2
    for _ in range(8):  # on both workers
        assert acme(stack).script_exists(sha(bad), sha(good)) == [False, True]
    raw = stack.proxy.raw("acme")
    for words in (("MULTI",), ("EVAL", "return 'discarded'", 0), ("DISCARD",)):
        raw.ask(*words)
    assert acme(stack).script_exists(sha("return 'discarded'")) == [False]


# ---- Memory

def test_a_full_cache_is_flushed_and_nobody_notices(fresh):
    stack = fresh(workers=2, extra="limits:\n  script_cache: 1MiB\n")
    failed = []

    def work(number):
        client = acme(stack)
        mine = f"redis.call('INCR', KEYS[1]) return {number}"
        try:
            client.script_load(mine)
            for i in range(150):
                assert client.evalsha(sha(mine), 1, "bull:n") == number
                assert client.eval(f"return {i} -- {number}", 0) == i
                if i % 10 == 0:
                    pipe = client.pipeline(transaction=True)
                    pipe.evalsha(sha(mine), 1, "bull:n")
                    pipe.eval(mine, 1, "bull:n")
                    assert pipe.execute() == [number, number]
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert acme(stack).get("bull:n") == b"%d" % (4 * (150 + 15 * 2))
    assert stack.proxy.log_text().count("scripts_flushed") >= 2
    info = stack.redis.client().info("memory")
    assert info["number_of_cached_scripts"] < 300


def test_a_cache_that_others_have_filled(fresh):
    """By what the backend says of itself: a proxy that has just started knows nothing else."""
    stack = fresh(extra="limits:\n  script_cache: 1MiB\n", backend_extra="    health_interval: 20ms\n")
    for i in range(300):
        stack.redis.client().script_load(f"return '{'x' * 4000}{i}'")
    stack.proxy.wait_for_log("the flush", "scripts_flushed")
    assert stack.redis.client().info("memory")["number_of_cached_scripts"] < 300


def test_no_bound(fresh):
    stack = fresh(extra="limits:\n  script_cache: 0\n")
    client = acme(stack)
    for i in range(100):
        client.eval(f"return {i}", 0)
    assert stack.redis.client().info("memory")["number_of_cached_scripts"] >= 100
    assert "scripts_flushed" not in stack.proxy.log_text()


# ---- Versions

@pytest.mark.parametrize("said", [b"scripts can change the environment of others (setfenv)",
                                  b"scripts can change the strings of others (string metatable)"])
def test_a_server_whose_interpreter_can_be_changed(said):
    """As the probe answers on a server without the fixes of CVE-2025-46818."""
    backend = fake_redis.FakeRedis()
    asked = []

    def answer(_, words):
        asked.append(words)
        if words[0] == b"EVAL":
            return fake_redis.bulk(said if b"setfenv" in words[1] else b"ran")
        return b"+OK\r\n"

    backend.answer = answer
    directory = harness.temporary_directory()
    proxy = None
    try:
        proxy = harness.Bulkhead(directory, backend.address)
        proxy.wait_for_log("the reason", r"scripts_refused .*not safe for scripts of several tenants")
        assert said.decode() in proxy.log_text() and "7.2.11" in proxy.log_text() and "7.0.15-1~deb12u6" in proxy.log_text()
        raw = proxy.raw("acme")
        for words in (("EVAL", "return 1", 0), ("SCRIPT", "LOAD", "return 1")):
            reply = raw.ask(*words)
            assert reply.startswith(b"-NOPERM scripts are not permitted: ") and said in reply and b"7.2.11" in reply
        assert raw.ask("SET", "bull:x", "1") == b"+OK\r\n"
        assert not [words for words in asked if words[0] == b"EVAL" and b"setfenv" not in words[1]]
    finally:
        if proxy is not None:
            proxy.stop()
        backend.close()
        harness.remove(directory)


def test_this_server_is_safe(fresh):
    stack = fresh()
    assert acme(stack).eval("return 1", 0) == 1
    assert "scripts_refused" not in stack.proxy.log_text()


# ---- Time

LIMITS = "limits:\n  script_time: 200ms\n  script_penalty: {}\n"
QUICK = ("--busy-reply-threshold", "50")


def test_the_penalty_holds_for_the_process(fresh):
    stack = fresh(workers=2, redis_options=QUICK, extra=LIMITS.format("30s"))
    before = [acme(stack) for _ in range(8)]
    for client in before:
        client.ping()
    with pytest.raises(redis.exceptions.ResponseError, match="SCRIPT KILL"):
        acme(stack).eval("while true do end", 0)
    assert stack.proxy.metric("bulkhead_scripts_killed_total", tenant="acme") == 1

    def denied(client):
        try:
            client.eval("return 1", 0)
        except redis.exceptions.NoPermissionError as error:
            return "ran too long" in str(error)
        return False

    for client in before:
        harness.wait_until(lambda: denied(client), "the penalty")
    pipe = acme(stack).pipeline(transaction=True)
    pipe.set("bull:x", 1)
    pipe.eval("return 1", 0)
    with pytest.raises(redis.exceptions.RedisError):
        pipe.execute()
    assert acme(stack).get("bull:x") is None
    assert stack.proxy.client("globex").eval("return 1", 0) == 1


def test_a_transaction_is_watched_too(fresh):
    stack = fresh(redis_options=QUICK, extra=LIMITS.format("0"))
    pipe = acme(stack).pipeline(transaction=True)
    pipe.eval("while true do end", 0)
    replies = pipe.execute(raise_on_error=False)
    assert "SCRIPT KILL" in str(replies[0])
    assert stack.proxy.metric("bulkhead_scripts_killed_total", tenant="acme") == 1
    stack.proxy.wait_for_log("whose it was", "script_killed tenant=acme client=")


def test_who_kills_its_own_script_is_not_punished(fresh):
    stack = fresh(redis_options=QUICK, extra="limits:\n  script_time: 20s\n  script_penalty: 30s\n")
    outcome = []

    def loop():
        try:
            acme(stack, socket_timeout=30).eval("while true do end", 0)
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
    assert acme(stack).eval("return 1", 0) == 1
    assert stack.proxy.metric("bulkhead_scripts_killed_total", tenant="acme") == 0


def test_what_cannot_be_killed_is_said(fresh):
    stack = fresh(redis_options=QUICK, extra="limits:\n  script_time: 60ms\n")
    slow = "redis.call('SET', 'bull:x', 1) local n = 0 while n < 20000000 do n = n + 1 end return 'done'"
    assert acme(stack).eval(slow, 0) == b"done"
    stack.proxy.wait_for_log("it", "script_unkillable tenant=acme")
