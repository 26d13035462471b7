"""Tenants' libraries of functions, live: FUNCTION and FCALL through the proxy."""

import threading

import harness
import pytest
import redis

COUNTER = """#!lua name=counter

local calls = 0
redis.register_function('count', function(keys, args)
  calls = calls + 1
  return {redis.call('INCRBY', keys[1], args[1]), calls}
end)
redis.register_function{function_name='peek', callback=function(keys)
  return redis.call('GET', keys[1])
end, flags={'no-writes'}, description='reads it'}
"""
# Proxies of one fleet have it in common: the passwords of tenants' ACL users are made of it.
SECRET = "cursor_secret: one-for-all-proxies\n"
LOOP = "#!lua name=loop\nredis.register_function('loop', function() while true do pcall(redis.call, 'GET', 'x') end end)"


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(workers=2, extra=SECRET, redis_options=("--busy-reply-threshold", "100"))


@pytest.fixture(autouse=True)
def no_functions(request):
    if "stack" in request.fixturenames:
        request.getfixturevalue("stack").redis.client().function_flush()


def acme(stack, **options):
    return stack.proxy.client("acme", **options)


def globex(stack, **options):
    return stack.proxy.client("globex", **options)


def library(name, function, body):
    return f"#!lua name={name}\nredis.register_function('{function}', function(keys, args) {body} end)"


def names(listed):
    return sorted(entry[entry.index(b"library_name") + 1] for entry in listed)


def test_two_tenants_have_the_same_names(stack):
    for client, prefix in ((acme(stack), "acme:"), (globex(stack), "erp:tenant:globex:")):
        assert client.function_load(COUNTER) == b"counter"
        assert client.fcall("count", 1, "bull:n", 5) == [5, 1]
        assert client.fcall("count", 1, "bull:n", 2) == [7, 2]
        assert client.fcall_ro("peek", 1, "bull:n") == b"7"
        assert stack.redis.client(4).get(prefix + "bull:n") == b"7"
    assert stack.redis.keys() == {4: [b"acme:bull:n", b"erp:tenant:globex:bull:n"]}
    globex(stack).function_load(COUNTER.replace("calls + 1", "calls + 10"), replace=True)
    assert globex(stack).fcall("count", 1, "bull:n", 0) == [7, 10]
    assert acme(stack).fcall("count", 1, "bull:n", 0) == [7, 3]


def test_what_one_tenant_does_reaches_no_other(stack):
    mine, other = acme(stack), globex(stack)
    other.function_load(COUNTER)
    other.function_load(library("more", "f", "return 1"))
    before = stack.redis.client().function_list(withcode=True)
    assert mine.function_list() == [] and mine.function_list(library="*", withcode=True) == []
    stats = mine.function_stats()
    assert stats[1] is None and stats[3][1] == [b"libraries_count", 0, b"functions_count", 0]
    for call in (lambda: mine.fcall("count", 1, "bull:n", 1), lambda: mine.fcall_ro("peek", 1, "bull:n"),
                 lambda: mine.function_delete("counter")):
        with pytest.raises(redis.exceptions.ResponseError, match="not found"):
            call()
    assert mine.function_flush()
    with pytest.raises(redis.exceptions.ResponseError, match="No scripts in execution"):
        mine.function_kill()
    assert stack.redis.client().function_list(withcode=True) == before
    assert names(other.function_list()) == [b"counter", b"more"]
    mine.function_load(COUNTER)
    other.function_flush()
    assert other.function_list() == [] and names(mine.function_list()) == [b"counter"]


def test_names_of_the_other_side_lead_nowhere(stack):
    """Somebody who knows how names are tagged gains nothing by it."""
    mine, other = acme(stack), globex(stack)
    other.function_load(library("secret", "secret", "return 'globex-treasure'"))
    tagged = stack.redis.client().function_list()[0]
    upstream = tagged[tagged.index(b"library_name") + 1].decode()
    function = stack.redis.client().function_list()[0][5][0][1].decode()
    for name in (function, function.upper(), "../" + function, function + "\0", "*", ""):
        with pytest.raises(redis.exceptions.ResponseError, match="Function not found"):
            mine.fcall(name, 0)
    for pattern in (upstream, upstream.upper(), "*" + upstream, "[t]*", "\\t*", "t*", "*", ""):
        assert mine.function_list(library=pattern) == []
    with pytest.raises(redis.exceptions.ResponseError, match="Library not found"):
        mine.function_delete(upstream)
    # A library that calls itself so is the tenant's own all the same.
    assert mine.function_load(library(upstream, function, "return 'mine'")).decode() == upstream
    assert mine.fcall(function, 0) == b"mine"
    assert other.fcall("secret", 0) == b"globex-treasure"


def test_a_library_is_listed_as_it_was_loaded(stack):
    for text in (COUNTER, "#!LUA  \"name=odd\" \r\nredis.register_function('o', function() return 1 end)\r\n-- ]] \0 \xff end".encode("latin1")):
        client = acme(stack)
        name = client.function_load(text)
        entry = client.function_list(library=name.decode(), withcode=True)[0]
        assert entry[entry.index(b"library_code") + 1] == (text.encode() if isinstance(text, str) else text)
    (counter,) = client.function_list(library="coun*")
    described = {f[f.index(b"name") + 1]: f for f in counter[counter.index(b"functions") + 1]}
    assert described[b"peek"] == [b"name", b"peek", b"description", b"reads it", b"flags", [b"no-writes"]]
    assert described[b"count"] == [b"name", b"count", b"description", None, b"flags", []]


def test_all_workers_and_a_second_proxy_know_it(stack, tmp_path):
    acme(stack).function_load(COUNTER)
    assert sorted(acme(stack).fcall("count", 1, "bull:n", 0)[1] for _ in range(20)) == list(range(1, 21))
    second = harness.Bulkhead(tmp_path, stack.redis.socket, extra=SECRET)
    try:
        client = second.client("acme")
        assert client.fcall("count", 1, "bull:n", 3) == [3, 21]
        client.function_load(library("other", "second", "return 'second'"))
        assert acme(stack).fcall("second", 0) == b"second"
    finally:
        second.stop()


def test_keys_of_several_databases(stack):
    client = acme(stack)
    client.function_load(library("l", "both", "redis.call('SET', keys[1], 1) redis.call('SET', keys[2], 2) "
                                 "redis.call('SET', 'cache:undeclared', 3) return redis.call('MGET', keys[2], keys[1])"))
    assert client.fcall("both", 2, "session:a", "bull:b") == [b"2", b"1"]
    assert client.fcall("both", 2, "bull:b", "session:a") == [b"2", b"1"]
    assert stack.redis.keys() == {0: [b"acme:session:a"], 1: [b"acme:cache:undeclared"], 4: [b"acme:bull:b"]}
    selected = acme(stack, db=4)
    assert selected.fcall("both", 2, "session:a", "bull:b") == [b"2", b"1"]
    assert b"acme:session:a" in stack.redis.keys()[4]


def test_inside_a_transaction(stack):
    client = acme(stack)
    client.function_load(COUNTER)
    client.function_load(library("e", "fails", "return redis.call('INCR', keys[1])"))
    pipe = client.pipeline(transaction=True)
    pipe.set("bull:n", 5)
    pipe.fcall("count", 1, "bull:n", 2)
    pipe.fcall("count", 1, "session:n", 1)
    pipe.fcall("fails", 1, "bull:text")
    pipe.fcall("nothing", 0)
    pipe.set("bull:text", "x")
    pipe.fcall("fails", 1, "bull:text")
    pipe.get("bull:n")
    replies = pipe.execute(raise_on_error=False)
    assert replies[:4] == [True, [7, 1], [1, 2], 1] and replies[5] is True and replies[7] == b"7"
    assert str(replies[4]) == "Function not found"
    assert str(replies[6]) == "value is not an integer or out of range script: fails, on @user_function:2."
    with client.pipeline() as watching:
        watching.watch("bull:n")
        watching.multi()
        watching.fcall("count", 1, "bull:n", 1)
        assert watching.execute() == [[8, 3]]


def test_order_with_ordinary_commands(stack):
    client = acme(stack)
    client.function_load(COUNTER)
    pipe = client.pipeline(transaction=False)
    for i in range(30):
        pipe.set("bull:o", i)
        pipe.fcall("count", 1, "bull:o", 1)
        pipe.get("bull:o")
    replies = pipe.execute()
    assert [r[0] for r in replies[1::3]] == list(range(1, 31))
    assert replies[2::3] == [str(i + 1).encode() for i in range(30)]


def test_errors_carry_the_tenants_names(stack):
    raw = stack.proxy.raw("acme")
    assert raw.ask("FUNCTION", "LOAD", COUNTER) == b"$7\r\ncounter\r\n"
    assert raw.ask("SET", "bull:s", "text") == b"+OK\r\n"
    assert raw.ask("FCALL", "count", 1, "bull:s", 1) == (
        b"-ERR value is not an integer or out of range script: count, on @user_function:6.\r\n")
    assert raw.ask("FCALL", "COUNT", 1, "bull:s", 1) == (
        b"-ERR value is not an integer or out of range script: count, on @user_function:6.\r\n")
    assert raw.ask("FUNCTION", "LOAD", COUNTER) == b"-ERR Library 'counter' already exists\r\n"
    assert raw.ask("FUNCTION", "LOAD", COUNTER.replace("=counter", "=other")) in (
        b"-ERR Function count already exists\r\n", b"-ERR Function peek already exists\r\n")
    assert raw.ask("FUNCTION", "LOAD", "#!lua name=bad\n\nreturn 1 +") == (
        b"-ERR Error compiling function: user_function:3: unexpected symbol near '<eof>'\r\n")
    assert raw.ask("XGROUP", "CREATE", "bull:x", "g", "$", "MKSTREAM") == b"+OK\r\n"
    raw.ask("FUNCTION", "LOAD", library("x", "x", "return redis.call('XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', keys[1], '>')"))
    assert raw.ask("FCALL", "x", 1, "bull:x").startswith(b"-NOGROUP No such key 'bull:x' or consumer group 'none'")


def test_libraries_of_many_locals(stack):
    client = acme(stack)
    many = "".join(f"local v{i} = {i}\n" for i in range(200))
    text = f"#!lua name=many\n{many}redis.register_function('f', function(keys) return redis.call('INCRBY', keys[1], v199) end)"
    assert client.function_load(text) == b"many"
    assert client.fcall("f", 1, "bull:n") == 199
    entry = client.function_list(library="many", withcode=True)[0]
    assert entry[-1] == text.encode()


def test_libraries_outlive_the_proxy_and_follow_its_configuration(fresh, tmp_path):
    stack = fresh(workers=2)
    acme(stack).function_load(COUNTER)
    acme(stack).function_load(library("g", "where", "return redis.call('SET', 'moved:1', 1)"))
    assert acme(stack).fcall("where", 0) == b"OK"
    assert stack.redis.keys() == {1: [b"acme:moved:1"]}
    stack.clean()
    stack.proxy.write(features=harness.FEATURES.replace('"queue:*"', '"queue:*", "moved:*"'))
    stack.proxy.reload()
    pipe = acme(stack).pipeline(transaction=True)
    pipe.fcall("where", 0)
    assert pipe.execute() == [b"OK"]
    assert stack.redis.keys() == {4: [b"acme:moved:1"]}
    stack.proxy.wait_for_log("the renewal", "libraries_renewed tenant=acme libraries=2")
    stack.clean()
    stack.proxy.write()
    stack.proxy.reload()
    assert [acme(stack).fcall("where", 0) for _ in range(8)] == [b"OK"] * 8
    assert stack.redis.keys() == {1: [b"acme:moved:1"]}
    stack.proxy.stop()
    stack.proxy = harness.Bulkhead(tmp_path, stack.redis.socket)
    assert names(acme(stack).function_list()) == [b"counter", b"g"]
    assert acme(stack).function_list(library="counter", withcode=True)[0][-1] == COUNTER.encode()
    assert acme(stack).fcall("count", 1, "bull:n", 1)[0] == 1


def test_a_tenants_policy_holds_in_functions(fresh):
    stack = fresh(tenants=harness.TENANTS.replace("  - name: acme\n", "  - name: acme\n    policy: [\"-getset\"]\n"))
    client = acme(stack)
    client.function_load(library("l", "f", "return redis.call('GETSET', keys[1], 1)"))
    with pytest.raises(redis.exceptions.NoPermissionError, match="'getset'"):
        client.fcall("f", 1, "bull:x")


def test_an_empty_redis_has_no_functions(fresh):
    stack = fresh()
    acme(stack).function_load(COUNTER)
    stack.redis.kill()
    stack.redis.start()

    def answer():
        try:
            return acme(stack).fcall("count", 1, "bull:n", 1)
        except redis.exceptions.RedisError as error:
            return str(error) if "not found" in str(error) else None

    assert harness.wait_until(answer, "an answer") == "Function not found"
    assert acme(stack).function_list() == []
    assert acme(stack).function_load(COUNTER) == b"counter"
    assert acme(stack).fcall("count", 1, "bull:n", 1) == [1, 1]


def test_functions_persist_in_redis(fresh):
    stack = fresh()
    acme(stack).function_load(COUNTER)
    acme(stack).fcall("count", 1, "bull:n", 1)
    stack.redis.client().save()
    stack.redis.kill()
    stack.redis.start()
    client = acme(stack)

    def counted():
        try:
            return client.fcall("count", 1, "bull:n", 1)
        except redis.exceptions.RedisError as error:
            assert "not found" not in str(error)
            return None

    assert harness.wait_until(counted, "the backend") == [2, 1]


def test_caps(fresh):
    stack = fresh(extra="limits:\n  libraries: 2\n  library_bytes: 1KiB\n")
    client = acme(stack)
    client.function_load(library("a", "a", "return 1"))
    client.function_load(library("b", "b", "return 1"))
    with pytest.raises(redis.exceptions.ResponseError, match="max number of function libraries"):
        client.function_load(library("c", "c", "return 1"))
    client.function_load(library("b", "b", "return 2"), replace=True)
    with pytest.raises(redis.exceptions.ResponseError, match="max size of function libraries"):
        client.function_load(library("b", "b", "return '" + "x" * 1000 + "'"), replace=True)
    assert client.fcall("b", 0) == 2
    assert globex(stack).function_load(library("c", "c", "return 1")) == b"c"


def running(client, *call):
    """A call in a thread; its outcome is in the list when it is over."""
    outcome = []

    def run():
        try:
            outcome.append(client.execute_command(*call))
        except redis.exceptions.RedisError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_stats_and_kill_of_a_running_function(stack):
    client, other = acme(stack), globex(stack)
    client.function_load(LOOP)
    client.function_stats()
    thread, outcome = running(acme(stack, socket_timeout=30), "FCALL", "loop", 1, "bull:k", "a")
    stats = harness.wait_until(lambda: (client.function_stats() or [None, None])[1], "the function in STATS")
    assert stats[:4] == [b"name", b"loop", b"command", [b"FCALL", b"loop", b"1", b"bull:k", b"a"]]
    assert other.function_stats()[1] is None
    with pytest.raises(redis.exceptions.ResponseError, match="No scripts in execution"):
        other.function_kill()
    assert not outcome
    assert client.function_kill() == b"OK"
    thread.join()
    assert outcome == ["Script killed by user with SCRIPT KILL... script: loop, on @user_function:2."]


def test_watchdog_and_penalty(fresh):
    stack = fresh(redis_options=("--busy-reply-threshold", "50"),
                  extra="limits:\n  script_time: 200ms\n  script_penalty: 10s\n")
    acme(stack).function_load(LOOP)
    globex(stack).function_load(COUNTER)
    with pytest.raises(redis.exceptions.ResponseError, match="Script killed"):
        acme(stack).fcall("loop", 0)
    assert stack.proxy.metric("bulkhead_scripts_killed_total", tenant="acme") == 1
    stack.proxy.wait_for_log("the log", "script_killed .*tenant=acme")
    for call in (lambda: acme(stack).fcall("loop", 0), lambda: acme(stack).function_load(COUNTER)):
        with pytest.raises(redis.exceptions.NoPermissionError, match="ran too long"):
            call()
    assert globex(stack).fcall("count", 1, "bull:n", 1) == [1, 1]


def test_a_tripped_fence_is_an_alarm(stack):
    client = acme(stack)
    client.function_load(library("l", "f", "return redis.call('SET', keys[1], 1)"))
    assert client.fcall("f", 1, "bull:x") == b"OK"
    stack.redis.client().execute_command("ACL", "SETUSER", "bulkhead:acme", "-set")
    try:
        with pytest.raises(redis.exceptions.ResponseError, match="no permissions to access"):
            client.fcall("f", 1, "bull:x")
        assert stack.proxy.metric("bulkhead_fence_trips_total", tenant="acme") == 1
    finally:
        stack.redis.client().execute_command("ACL", "SETUSER", "bulkhead:acme", "+set")


def test_several_backends(fresh, tmp_path):
    second = harness.Redis(tmp_path)
    stack = None
    try:
        features = harness.FEATURES.replace("{ name: queues, ", "{ name: queues, backend: second, ")
        stack = fresh(features=features, backend_extra=f"  - name: second\n    address: 'unix:{second.socket}'\n    reconnect_min: 10ms\n")
        client = acme(stack)
        client.function_load(COUNTER)
        assert client.fcall("count", 1, "bull:n", 1) == [1, 1] and client.fcall("count", 1, "session:n", 1) == [1, 1]
        assert second.client(4).get("acme:bull:n") == b"1" and stack.redis.client(0).get("acme:session:n") == b"1"
        with pytest.raises(redis.exceptions.ResponseError, match="different databases"):
            client.fcall("count", 2, "bull:n", "session:n", 1)
        client.function_load(COUNTER.replace("calls + 1", "calls + 5"), replace=True)
        assert client.fcall("count", 1, "bull:n", 0) == [1, 5]
        assert client.function_stats()[3][1] == [b"libraries_count", 1, b"functions_count", 2]
        client.function_flush()
        assert second.client().function_list() == [] == stack.redis.client().function_list()
    finally:
        second.stop()


def test_scripts_may_be_off(fresh):
    stack = fresh(extra="scripts: off\n")
    for call in (lambda: acme(stack).function_load(COUNTER), lambda: acme(stack).function_list(), lambda: acme(stack).fcall("f", 0)):
        with pytest.raises(redis.exceptions.NoPermissionError):
            call()


def test_resp3(stack):
    raw = stack.proxy.raw("acme")
    raw.ask("HELLO", 3)
    assert raw.ask("FUNCTION", "LOAD", COUNTER) == b"$7\r\ncounter\r\n"
    assert raw.ask("FUNCTION", "STATS") == (b"%2\r\n$14\r\nrunning_script\r\n_\r\n$7\r\nengines\r\n%1\r\n$3\r\nLUA\r\n"
                                            b"%2\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:2\r\n")
    assert raw.ask("FCALL", "peek", 1, "bull:none") == b"_\r\n"
    assert b"~1\r\n+no-writes\r\n" in raw.ask("FUNCTION", "LIST")
