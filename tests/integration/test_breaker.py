"""A backend that fails is given up for a while, and found again: the breaker, and what health checks see."""

import time

import pytest

import harness
from fake_redis import FakeRedis, HANDSHAKE

QUICK = """    command_timeout: 300ms
    connect_timeout: 300ms
    health_interval: 50ms
    health_timeout: 200ms
    breaker: { timeouts: 2, failures: 3, open_time: 300ms, window: 10s }
"""
STATES = {0: "closed", 1: "half_open", 2: "open"}


def breaker(proxy):
    return STATES[proxy.metric("bulkhead_backend_breaker_state", backend="main")]


def condition(proxy, name):
    return proxy.metric("bulkhead_backend_condition", backend="main", condition=name) == 1


def wait_for_breaker(proxy, *states):
    harness.wait_until(lambda: breaker(proxy) in states, f"a breaker that is {states}")


def works(raw):
    return lambda: raw.ask("SET", "session:probe", "1") == b"+OK\r\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_redis_that_stands_still_is_given_up_and_found_again(fresh, workers):
    stack = fresh(backend_extra=QUICK, workers=workers)
    clients = [stack.proxy.raw("acme") for _ in range(8)]
    for raw in clients:
        assert raw.ask("SET", "a", "of-acme") == b"+OK\r\n"
    stack.redis.pause()
    wait_for_breaker(stack.proxy, "open", "half_open")
    begun, asked = time.monotonic(), 0
    for raw in clients * 10:  # on whichever worker they are
        reply = raw.ask("GET", "a")
        assert reply.startswith(b"-BACKENDDOWN backend 'main' "), reply
        asked += 1
    assert time.monotonic() - begun < 0.3 * asked / 2  # not a timeout each
    status, text = stack.proxy.http("/readyz")
    assert status == 503 and "not ready" in text and "backend main: hung" in text, text
    harness.wait_until(lambda: condition(stack.proxy, "hung"), "the condition")
    stack.redis.unpause()
    for raw in clients:
        harness.wait_until(works(raw), "recovery", 5)
        assert raw.ask("GET", "a") == b"$7\r\nof-acme\r\n"
    wait_for_breaker(stack.proxy, "closed")
    harness.wait_until(lambda: stack.proxy.http("/readyz") ==
                       (200, "ready\nbackend main: up, breaker closed\n"), "ready")
    for to in ("open", "half_open", "closed"):
        assert stack.proxy.metric("bulkhead_backend_breaker_transitions_total", backend="main", to=to) >= 1
    assert " breaker_open backend=main reason=" in stack.proxy.log_text()
    assert " breaker_closed backend=main" in stack.proxy.log_text()


def test_a_redis_that_is_gone_is_given_up_and_found_again(fresh):
    stack = fresh(backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "a", "1") == b"+OK\r\n"
    stack.redis.kill()
    wait_for_breaker(stack.proxy, "open", "half_open")
    # While it is open the lanes do not try.
    before = stack.proxy.metric("bulkhead_backend_connects_total", backend="main", result="failed")
    for _ in range(20):
        assert raw.ask("GET", "a").startswith(b"-BACKENDDOWN ")
    blocking = stack.proxy.raw("acme")
    assert blocking.ask("BLPOP", "queue:a", "0").startswith(b"-BACKENDDOWN ")
    assert stack.proxy.metric("bulkhead_backend_connects_total", backend="main",
                              result="failed") <= before + 2
    assert "unreachable" in stack.proxy.http("/readyz")[1]
    stack.redis.start()
    harness.wait_until(works(raw), "recovery", 5)
    assert blocking.ask("RPUSH", "queue:a", "x") == b":1\r\n"


def test_a_breaker_that_is_off_never_opens_and_one_follows_a_reload(fresh):
    stack = fresh(backend_extra=QUICK.replace("breaker: {", "breaker: { enabled: false,"))
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "a", "1") == b"+OK\r\n"
    stack.redis.pause()
    for _ in range(4):
        assert raw.ask("GET", "a").startswith(b"-BACKENDDOWN ")
    assert breaker(stack.proxy) == "closed"
    stack.proxy.backend = stack.proxy.backend.replace("enabled: false", "enabled: true")
    stack.proxy.write()
    stack.proxy.reload()
    wait_for_breaker(stack.proxy, "open", "half_open")
    stack.redis.unpause()
    harness.wait_until(works(raw), "recovery", 5)


@pytest.fixture
def fake():
    directory = harness.temporary_directory()
    server = FakeRedis()
    made = []

    def make(backend_extra=QUICK, **options):
        made.append(harness.Bulkhead(directory, server.address, backend_extra=backend_extra, **options))
        return server, made[0]
    yield make
    for proxy in made:
        proxy.stop()
    server.close()
    harness.remove(directory)


def test_commands_without_answers_open_it_though_health_checks_are_answered(fake):
    server, proxy = fake()
    raw = proxy.raw("acme")
    server.answer = lambda *_: None

    def opened():
        assert raw.ask("GET", "a").startswith(b"-BACKENDDOWN ")
        return proxy.metric("bulkhead_backend_breaker_transitions_total", backend="main", to="open")
    harness.wait_until(opened, "the breaker")


def test_an_error_in_the_handshake_of_one_database_is_nobody_elses_business(fake):
    """A tenant that selects a database which is not there must not open the breaker for all."""
    server, proxy = fake()
    raw = proxy.raw("acme")
    server.handshake[b"SELECT"] = b"-ERR DB index is out of range\r\n"

    def refused_often():
        assert raw.ask("GET", "a").startswith(b"-BACKENDDOWN ")
        return proxy.metric("bulkhead_backend_connects_total", backend="main", result="failed") >= 5
    harness.wait_until(refused_often, "5 refused handshakes")
    assert breaker(proxy) == "closed"
    server.handshake[b"SELECT"] = b"+OK\r\n"
    harness.wait_until(lambda: raw.ask("GET", "a").startswith(b"$"), "recovery")


@pytest.mark.parametrize("word, up", [("LOADING", 0), ("MASTERDOWN", 0), ("MISCONF", 1), ("BUSY", 1)])
def test_conditions_that_a_ping_tells(fake, word, up):
    """Such a Redis answers by itself, at once and in words that clients know: it is not given up."""
    server, proxy = fake()
    raw = proxy.raw("acme")
    server.handshake[b"PING"] = f"-{word} said the server\r\n".encode()
    server.answer = lambda *_: f"-{word} said the server\r\n".encode()
    harness.wait_until(lambda: condition(proxy, word.lower()), "the condition")
    assert proxy.metric("bulkhead_backend_up", backend="main") == up
    status, text = proxy.http("/readyz")
    assert status == (200 if up else 503) and f"backend main: {word.lower()}" in text
    assert raw.ask("GET", "a") == f"-{word} said the server\r\n".encode()
    assert breaker(proxy) == "closed"
    assert f" backend_condition backend=main condition={word.lower()} " in proxy.log_text()
    server.handshake[b"PING"] = HANDSHAKE[b"PING"]
    harness.wait_until(lambda: condition(proxy, "up"), "the condition")
    assert proxy.http("/readyz")[0] == 200


def test_a_replica_and_its_promotion(fresh):
    """Fail-over: writes are refused by a replica, and go on when it is promoted."""
    stack = fresh(backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "a", "kept") == b"+OK\r\n"
    direct = stack.redis.client()
    direct.execute_command("CONFIG", "SET", "replica-serve-stale-data", "yes")
    direct.execute_command("REPLICAOF", "127.0.0.1", "1")
    harness.wait_until(lambda: condition(stack.proxy, "readonly"), "the condition")
    assert raw.ask("SET", "a", "lost").startswith(b"-READONLY ")
    assert raw.ask("GET", "a") == b"$4\r\nkept\r\n"
    assert stack.proxy.http("/readyz")[0] == 200
    direct.execute_command("CONFIG", "SET", "replica-serve-stale-data", "no")
    harness.wait_until(lambda: condition(stack.proxy, "masterdown"), "the condition")
    assert raw.ask("GET", "a").startswith(b"-MASTERDOWN ")
    assert stack.proxy.http("/readyz")[0] == 503
    direct.execute_command("REPLICAOF", "NO", "ONE")
    harness.wait_until(works(raw), "recovery", 5)
    assert raw.ask("GET", "a") == b"$4\r\nkept\r\n"
    harness.wait_until(lambda: condition(stack.proxy, "up"), "the condition")
    assert breaker(stack.proxy) == "closed"


def test_a_full_redis(fresh):
    stack = fresh(backend_extra=QUICK)
    raw = stack.proxy.raw("acme")
    direct = stack.redis.client()
    assert raw.ask("SET", "a", "kept") == b"+OK\r\n"
    used = direct.info("memory")["used_memory"]
    direct.config_set("maxmemory", used + 1024 * 1024)
    direct.config_set("maxmemory-policy", "noeviction")

    def fill():
        raw.ask("APPEND", "a", "x" * 100_000)
        return condition(stack.proxy, "oom")
    harness.wait_until(fill, "the condition")
    assert raw.ask("SET", "b", "x" * 100_000).startswith(b"-OOM ")
    assert raw.ask("GETRANGE", "a", "0", "3") == b"$4\r\nkept\r\n"
    status, text = stack.proxy.http("/readyz")
    assert status == 200 and "backend main: oom" in text
    assert raw.ask("DEL", "a") == b":1\r\n"
    harness.wait_until(works(raw), "recovery", 5)
    harness.wait_until(lambda: condition(stack.proxy, "up"), "the condition")


def test_what_was_never_sent_is_sent_on_the_next_connection(fake):
    """The lane is lost while commands wait for their turn: those are kept, and what may have been sent is told."""
    server, proxy = fake(backend_extra="    command_timeout: 20s\n")
    raw, other = proxy.raw("acme"), proxy.raw("globex")
    assert raw.ask("GET", "a") == b"$6\r\nacme:a\r\n"
    began = time.monotonic()
    harness.wait_until(lambda: time.monotonic() - began > 1.1, "a connection that is steady")
    held = []
    server.answer = lambda connection, _: held.append(connection) or connection.block()
    raw.send(raw.encode("GET", "sent"))
    harness.wait_until(lambda: held, "the first command")
    raw.send(raw.encode("SET", "b", "x" * 500_000) * 20)  # fills the socket
    harness.wait_until(lambda: proxy.metric("bulkhead_buffer_bytes") > 1_000_000, "the lane's output")
    other.send(other.encode("GET", "read") + other.encode("SET", "write", "1") + other.encode("GET", "again"))
    harness.wait_until(lambda: proxy.metric("bulkhead_backend_queue_depth", backend="main") >= 5, "the queue")
    time.sleep(0.1)
    del server.answer
    server.answer = lambda _, words: b"$%d\r\n%s\r\n" % (len(words[1]), words[1])
    held[0].reset()
    assert raw.reply().startswith(b"-BACKENDDOWN ")
    assert other.reply() == b"$22\r\nerp:tenant:globex:read\r\n"
    assert other.reply() == b"$23\r\nerp:tenant:globex:write\r\n"
    assert other.reply() == b"$23\r\nerp:tenant:globex:again\r\n"


def test_a_command_has_a_deadline_of_its_own(fake):
    """A backend that answers one command a while is not hung; who waits too long is told all the same."""
    server, proxy = fake(backend_extra="    command_timeout: 5s\n    command_deadline: 500ms\n")

    def slowly(_, words):
        time.sleep(0.2)
        return b"$%d\r\n%s\r\n" % (len(words[1]), words[1])
    server.answer = slowly
    raw, other = proxy.raw("acme"), proxy.raw("globex")
    raw.send(b"".join(raw.encode("GET", f"k{i}") for i in range(10)))
    replies = [raw.reply() for _ in range(10)]
    assert replies[0] == b"$7\r\nacme:k0\r\n"
    assert replies[9] == b"-BACKENDDOWN backend 'main' did not answer in time\r\n"
    assert proxy.metric("bulkhead_backend_overdue_commands_total", backend="main") >= 5
    # What comes for them yet is for nobody.
    for i in range(3):
        reply = other.ask("GET", f"of-globex:{i}")
        assert reply.endswith(b"erp:tenant:globex:of-globex:%d\r\n" % i) or reply.startswith(b"-BACKENDDOWN")
    server.answer = lambda _, words: b"$%d\r\n%s\r\n" % (len(words[1]), words[1])
    harness.wait_until(lambda: other.ask("GET", "x") == b"$19\r\nerp:tenant:globex:x\r\n", "the rest")
    assert proxy.metric("bulkhead_backend_lanes_closed_total", backend="main", reason="timeout") == 0
