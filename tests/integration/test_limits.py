"""The limits of a tenant: rates exact over all workers, delays, sizes, counts, and their reload."""

import threading
import time

import harness
import pytest
import redis

TENANTS = """
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{acme}"] }}
    limits: {limits}
  - name: globex
    users:
      - {{ name: globex, passwords: ["{globex}"] }}
"""


def tenants(limits):
    return TENANTS.format(limits="{ " + limits + " }", acme=harness.sha256("acme-secret"),
                          globex=harness.sha256("globex-secret"))


def proxy_with(fresh, limits, workers=1, **options):
    return fresh(tenants=tenants(limits), workers=workers, **options).proxy


def change(proxy, limits):
    proxy.write(tenants=tenants(limits))
    proxy.reload()
    assert " reload_failed " not in proxy.log_text()


def spread(proxy, count, workers, tenant="acme"):
    """Connections that lie on all workers: the kernel spreads them, so more are made until they do."""
    found = [[] for _ in range(workers)]
    while any(len(raws) < count // workers for raws in found):
        raw = proxy.raw()
        assert raw.ask("AUTH", tenant, harness.PASSWORDS[tenant]) == b"+OK\r\n"
        number = harness.wait_until(lambda: client_id(raw), "a token")
        found[(number - 1) % workers].append(raw)
    return [raw for raws in found for raw in raws[:count // workers]]


def client_id(raw):
    reply = raw.ask("CLIENT", "ID")
    return int(reply[1:]) if reply.startswith(b":") else None


def admitted(raws, seconds, depth, after=1.0):
    """How many SETs go through within that time, of clients that never cease; the time begins when
    what the burst was worth has gone."""
    begin = time.monotonic() + after
    counts, failures = [], []

    def drive(raw):
        batch, count = raw.encode("SET", "k", "v") * depth, 0
        while time.monotonic() < begin + seconds:
            raw.send(batch)
            for _ in range(depth):
                reply = raw.reply()
                if reply == b"+OK\r\n":
                    count += begin <= time.monotonic() < begin + seconds
                elif not reply.startswith(b"-THROTTLED retry after "):
                    failures.append(reply)
        counts.append(count)

    threads = [threading.Thread(target=drive, args=(raw,)) for raw in raws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return sum(counts)


@pytest.mark.parametrize("on_limit", ["refuse", "delay"])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("rate", [20, 2000])
def test_rate_of_commands(fresh, rate, workers, on_limit):
    proxy = proxy_with(fresh, f"commands_per_second: {rate}, commands_burst: {rate // 2}, "
                              f"on_limit: {on_limit}, max_delay: 10s", workers)
    raws = spread(proxy, 2 * workers, workers)
    count = admitted(raws, 3, depth=1 if rate < 100 else 20)
    # A pause of the machine's at the end of the time moves some of it out of it.
    assert abs(count - 3 * rate) <= 0.05 * 3 * rate + 1


def test_burst(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 10, commands_burst: 50")
    raw = proxy.raw("acme")
    raw.send(raw.encode("PING") * 200)
    replies = [raw.reply() for _ in range(200)]
    good = replies.count(b"+PONG\r\n")
    assert 48 <= good <= 55
    assert replies[:48] == [b"+PONG\r\n"] * 48
    assert replies[-1].startswith(b"-THROTTLED retry after ") and replies[-1].endswith(b" ms\r\n")
    wait = int(replies[-1].split()[3])
    assert 1 <= wait <= 100
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme",
                        limit="commands_per_second") == 200 - good
    assert proxy.metric("bulkhead_refusals_total", tenant="acme", reason="throttled") == 200 - good


def test_who_waits_as_told_is_served(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 20, commands_burst: 1")
    client = proxy.client()
    for _ in range(5):
        while True:
            try:
                client.set("k", "v")
                break
            except redis.ResponseError as error:
                assert str(error).startswith("THROTTLED retry after ")
                time.sleep(int(str(error).split()[3]) / 1000)
    proxy.client("globex").set("k", "v")


def test_delay_keeps_order_and_neighbours(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 200, commands_burst: 10, on_limit: delay, "
                              "max_delay: 10s")
    raw, other = proxy.raw("acme"), proxy.raw("globex")
    begin = time.monotonic()
    raw.send(b"".join(raw.encode("RPUSH", "queue:l", i) for i in range(300)))
    slowest = 0
    for _ in range(200):
        sent = time.monotonic()
        assert other.ask("SET", "k", "v") == b"+OK\r\n"
        slowest = max(slowest, time.monotonic() - sent)
    assert [raw.reply() for _ in range(300)] == [b":%d\r\n" % (i + 1) for i in range(300)]
    assert time.monotonic() - begin > 290 / 200 * 0.95
    assert slowest < 0.5
    assert proxy.client("globex").get("k") == b"v"
    assert proxy.metric("bulkhead_delayed_commands_total", tenant="acme") > 10
    assert proxy.metric("bulkhead_delayed_seconds_total", tenant="acme") > 0.5
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme",
                        limit="commands_per_second") == 0


def test_delay_has_an_end(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 1, commands_burst: 2, on_limit: delay, "
                              "max_delay: 100ms")
    raw = proxy.raw("acme")
    raw.send(raw.encode("PING") * 5)
    replies = [raw.reply() for _ in range(5)]
    assert replies[:2] == [b"+PONG\r\n"] * 2
    assert all(reply.startswith(b"-THROTTLED") for reply in replies[2:])


def test_many_delayed_clients(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 500, commands_burst: 10, on_limit: delay, "
                              "max_delay: 10s")
    raws = [proxy.raw("acme") for _ in range(50)]
    for raw in raws:
        raw.send(raw.encode("INCR", "rate:n") * 10)
    for raw in raws[::2]:
        raw.close()  # in the middle of the wait
    numbers = [int(raw.reply()[1:]) for raw in raws[1::2] for _ in range(10)]
    assert len(set(numbers)) == 250
    assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_rate_by_category(fresh):
    proxy = proxy_with(fresh, 'commands_by_category: { "@write": 5, "@scripting": 2, keys: 1 }',
                       extra='policy: ["+@all"]\n')
    raw = proxy.raw("acme")
    replies = [raw.ask("SET", "k", i) for i in range(10)]
    assert replies.count(b"+OK\r\n") in (5, 6)
    assert all(raw.ask("GET", "k").startswith(b"$1") for _ in range(20))
    replies = [raw.ask("EVAL", "return 1", 0) for _ in range(6)]
    assert replies.count(b":1\r\n") in (2, 3)
    assert [raw.ask("KEYS", "*")[:1] for _ in range(2)] == [b"*", b"-"]
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme",
                        limit="commands_by_category") >= 9


@pytest.mark.parametrize("reading", [False, True])
def test_rate_of_bytes(fresh, reading):
    """Both directions count: values of 10 kB at 200 kB a second."""
    proxy = proxy_with(fresh, "bytes_per_second: 200KB, bytes_burst: 20KB, on_limit: delay, "
                              "max_delay: 10s", workers=2)
    raws = spread(proxy, 2, 2)
    assert raws[0].ask("SET", "k", b"v" * 10_000) == b"+OK\r\n"
    command = ["GET", "k"] if reading else ["SET", "k", b"v" * 10_000]
    done = []

    def drive(raw, until):
        while time.monotonic() < until:
            raw.ask(*command)
            done.append(time.monotonic())

    begin = time.monotonic()
    threads = [threading.Thread(target=drive, args=(raw, begin + 3)) for raw in raws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = max(done) - begin
    volume = len(done) * 10_040
    assert abs(volume - 200_000 * seconds) < 0.05 * 200_000 * seconds + 30_000


def test_a_throttled_command_spoils_its_transaction(fresh):
    proxy = proxy_with(fresh, 'commands_by_category: { "@write": 1 }')
    raw = proxy.raw("acme")
    raw.send(b"".join(raw.encode(*words) for words in
                      [("MULTI",), ("SET", "k", "1"), ("SET", "k", "2"), ("EXEC",), ("GET", "k")]))
    assert raw.reply() == b"+OK\r\n"
    assert raw.reply() == b"+QUEUED\r\n"
    assert raw.reply().startswith(b"-THROTTLED")
    assert raw.reply().startswith(b"-EXECABORT")
    assert raw.reply() == b"$-1\r\n"


def test_exec_itself_is_never_throttled(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 1, commands_burst: 2")
    raw = proxy.raw("acme")
    assert raw.ask("MULTI") == b"+OK\r\n"
    assert raw.ask("SET", "k", "v") == b"+QUEUED\r\n"
    assert raw.ask("EXEC") == b"*1\r\n+OK\r\n"
    assert raw.ask("PING").startswith(b"-THROTTLED")


# ---- Connections


def test_connections(fresh):
    proxy = proxy_with(fresh, "connections: 3", workers=2)
    raws = [proxy.raw("acme") for _ in range(3)]
    for hello in (("AUTH", "acme", "acme-secret"), ("HELLO", 3, "AUTH", "acme", "acme-secret")):
        late = proxy.raw()
        assert late.ask(*hello) == b"-ERR max number of clients reached\r\n"
        assert late.closed()
    assert proxy.raw("globex").ask("PING") == b"+PONG\r\n"
    assert raws[0].ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"  # no new one
    raws.pop().close()
    harness.wait_until(lambda: proxy.metric("bulkhead_connections", tenant="acme",
                                            state="active") == 2, "the end of one")
    assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme", limit="connections") == 2


def test_connection_churn(fresh):
    proxy = proxy_with(fresh, "connections: 5", workers=2)
    errors = []

    def churn():
        for _ in range(60):
            raw = proxy.raw()
            reply = raw.ask("AUTH", "acme", "acme-secret")
            if reply == b"+OK\r\n":
                if raw.ask("PING") != b"+PONG\r\n":
                    errors.append("no pong")
            elif reply != b"-ERR max number of clients reached\r\n":
                errors.append(reply)
            raw.close()

    threads = [threading.Thread(target=churn) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    harness.wait_until(lambda: sum(proxy.metric("bulkhead_connections", tenant="acme", state=s)
                                   for s in ("active", "idle")) == 0, "the end of all")
    raws = [proxy.raw("acme") for _ in range(5)]
    assert proxy.raw().ask("AUTH", "acme", "acme-secret").startswith(b"-ERR max number")
    assert all(raw.ask("PING") == b"+PONG\r\n" for raw in raws)


def test_connections_of_a_bound_listener(fresh):
    proxy = proxy_with(fresh, "connections: 1", listen="listen:\n  - address: 127.0.0.1:0\n"
                                                       "    tenant: acme\n")
    first = proxy.raw()
    assert first.ask("PING") == b"+PONG\r\n"
    assert proxy.raw().rest() == b"-ERR max number of clients reached\r\n"
    assert first.ask("PING") == b"+PONG\r\n"


def test_rate_of_connections(fresh):
    proxy = proxy_with(fresh, "connections_per_second: 10, connections_burst: 3")
    replies = [proxy.raw().ask("AUTH", "acme", "acme-secret") for _ in range(10)]
    assert replies[:3] == [b"+OK\r\n"] * 3
    assert replies[-1].startswith(b"-THROTTLED retry after ")
    assert proxy.raw("globex").ask("PING") == b"+PONG\r\n"


def test_connections_that_are_delayed(fresh):
    proxy = proxy_with(fresh, "connections_per_second: 20, connections_burst: 1, on_limit: delay, "
                              "max_delay: 10s")
    begin = time.monotonic()
    raws = [proxy.raw() for _ in range(10)]
    for raw in raws:
        raw.send(raw.encode("AUTH", "acme", "acme-secret") + raw.encode("PING"))
    for raw in raws:
        assert (raw.reply(), raw.reply()) == (b"+OK\r\n", b"+PONG\r\n")
    assert 9 / 20 * 0.9 < time.monotonic() - begin < 5


# ---- Sizes and counts


def test_request_and_value_size(fresh):
    proxy = proxy_with(fresh, "value_bytes: 100KiB, request_bytes: 300KiB")
    raw = proxy.raw("acme")
    assert raw.ask("SET", "k", b"v" * 100 * 1024) == b"+OK\r\n"
    for size in (100 * 1024 + 1, 5_000_000):
        assert raw.ask("SET", "k", b"v" * size) == b"-ERR max value size reached\r\n"
        assert raw.ask("STRLEN", "k") == b":102400\r\n"
    assert raw.ask("MSET", *[b"k" if i % 2 == 0 else b"v" * 90_000 for i in range(8)]) == \
        b"-ERR max request size reached\r\n"
    assert raw.ask("MULTI") == b"+OK\r\n"
    assert raw.ask("SET", "k", b"v" * 2_000_000) == b"-ERR max value size reached\r\n"
    assert raw.ask("EXEC").startswith(b"-EXECABORT")
    # What stands behind such a value is read as ever.
    raw.send(raw.encode("SET", "k", b"v" * 3_000_000) + raw.encode("PING"))
    assert (raw.reply(), raw.reply()) == (b"-ERR max value size reached\r\n", b"+PONG\r\n")
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme", limit="value_bytes") == 4
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme", limit="request_bytes") == 1
    other = proxy.raw("globex")
    assert other.ask("SET", "k", b"v" * 5_000_000) == b"+OK\r\n"


def test_a_value_that_is_too_long_costs_no_memory(fresh):
    proxy = proxy_with(fresh, "value_bytes: 64KiB")
    raw = proxy.raw("acme")
    before = proxy.resident_bytes()
    raw.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n")
    for _ in range(100):
        raw.send(b"v" * 1_000_000)
    assert proxy.resident_bytes() - before < 20_000_000
    raw.send(b"\r\n")
    assert raw.reply() == b"-ERR max value size reached\r\n"
    assert raw.ask("GET", "k") == b"$-1\r\n"


def test_reply_size(fresh):
    stack = fresh(tenants=tenants("reply_bytes: 10KiB"))
    proxy = stack.proxy
    whole = proxy.raw("globex")
    raw = proxy.raw("acme")
    for client in (raw, whole):
        assert client.ask("SET", "small", b"v" * 9000) == b"+OK\r\n"
        assert client.ask("SET", "k", b"v" * 11_000) == b"+OK\r\n"
        assert client.ask("SET", "large", b"v" * 1_000_000) == b"+OK\r\n"
        client.ask("RPUSH", "queue:l", *["v" * 1000] * 20)
        client.ask("RPUSH", "queue:long", *["v" * 1000] * 1000)
    error = b"-ERR max reply size reached\r\n"
    assert raw.ask("GET", "small").startswith(b"$9000\r\n")
    assert raw.ask("GET", "k") == error
    assert raw.ask("GET", "large") == error
    assert raw.ask("LRANGE", "queue:l", 0, -1) == error
    assert raw.ask("LRANGE", "queue:long", 0, -1) == error
    assert raw.ask("MGET", "small", "session:1", "k") == error
    assert raw.ask("EVAL", "return redis.call('GET', KEYS[1])", 1, "large") == error
    # In a pipeline every reply is in its place.
    words = [("GET", "large"), ("PING",), ("LRANGE", "queue:long", 0, -1), ("GET", "session:x"),
             ("GET", "k"), ("GET", "small")]
    raw.send(b"".join(raw.encode(*w) for w in words))
    replies = [raw.reply() for _ in words]
    assert replies[:5] == [error, b"+PONG\r\n", error, b"$-1\r\n", error]
    assert replies[5].startswith(b"$9000\r\n")
    assert whole.ask("GET", "large").startswith(b"$1000000\r\n")
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme", limit="reply_bytes") >= 9


def test_a_reply_that_has_begun_ends_the_connection(fresh):
    proxy = proxy_with(fresh, "reply_bytes: 3MiB")
    raw = proxy.raw("acme")
    for _ in range(5):
        raw.ask("RPUSH", "queue:l", *["v" * 1000] * 1000)
    raw.send(raw.encode("LRANGE", "queue:l", 0, -1))
    assert raw.rest().startswith(b"*5000\r\n")
    assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_pipeline(fresh):
    stack = fresh(tenants=tenants("pipeline: 10"))
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "k", "v") == b"+OK\r\n"
    stack.redis.pause()
    raw.send(raw.encode("GET", "k") * 50)
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_limit_refusals_total", tenant="acme",
                                                  limit="pipeline") == 40, "refusals")
    stack.redis.unpause()
    replies = [raw.reply() for _ in range(50)]
    assert replies[:10] == [b"$1\r\nv\r\n"] * 10
    assert replies[10:] == [b"-ERR max number of pipelined commands reached\r\n"] * 40
    assert raw.ask("GET", "k") == b"$1\r\nv\r\n"


def test_pipeline_that_is_delayed(fresh):
    proxy = proxy_with(fresh, "pipeline: 3, on_limit: delay")
    raw = proxy.raw("acme")
    raw.send(raw.encode("INCR", "rate:n") * 100)
    assert [raw.reply() for _ in range(100)] == [b":%d\r\n" % (i + 1) for i in range(100)]


def test_blocked_clients(fresh):
    proxy = proxy_with(fresh, "blocked_clients: 2", workers=2)
    blocked = [proxy.raw("acme") for _ in range(2)]
    for raw in blocked:
        raw.send(raw.encode("BLPOP", "queue:l", 0))
    harness.wait_until(lambda: proxy.metric("bulkhead_connections", tenant="acme",
                                            state="blocked") == 2, "blocked clients")
    late = proxy.raw("acme")
    assert late.ask("BLPOP", "queue:l", 0) == b"-ERR max number of blocked clients reached\r\n"
    other = proxy.raw("globex")
    other.send(other.encode("BLPOP", "queue:l", "0.01"))
    assert other.reply() == b"*-1\r\n"
    assert late.ask("RPUSH", "queue:l", "a", "b") == b":2\r\n"
    for raw in blocked:
        raw.reply()
    assert late.ask("BLPOP", "queue:l", "0.01") == b"*-1\r\n"


def test_subscriptions_and_pinned(fresh):
    proxy = proxy_with(fresh, "subscriptions: 3, pinned: 2")
    raw = proxy.raw("acme")
    raw.send(raw.encode("SUBSCRIBE", "a", "b", "c"))
    for _ in range(3):
        raw.reply()
    assert proxy.raw("acme").ask("SUBSCRIBE", "d") == \
        b"-ERR max number of subscriptions reached\r\n"
    watching = proxy.raw("acme")
    assert watching.ask("WATCH", "k") == b"+OK\r\n"
    assert proxy.raw("acme").ask("WATCH", "k").startswith(b"-ERR max number of blocked")
    assert proxy.raw("globex").ask("SUBSCRIBE", "d").startswith(b"*3\r\n$9\r\nsubscribe")


# ---- Reload


def test_reload_up_and_down(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 10, commands_burst: 2, connections: 5")
    raws = [proxy.raw("acme") for _ in range(5)]

    def refused(raw):
        raw.send(raw.encode("PING") * 50)
        return sum(raw.reply() != b"+PONG\r\n" for _ in range(50))

    assert refused(raws[0]) >= 47
    change(proxy, "commands_per_second: 1000000, connections: 5")
    harness.wait_until(lambda: refused(raws[0]) == 0, "the new rate")
    change(proxy, "commands_per_second: 10, commands_burst: 2, connections: 2")
    assert refused(raws[1]) >= 45
    change(proxy, "connections: 2")
    assert all(raw.ask("PING") == b"+PONG\r\n" for raw in raws)  # all of them are still there
    assert proxy.raw().ask("AUTH", "acme", "acme-secret").startswith(b"-ERR max number of clients")
    change(proxy, "keys: 0")
    assert [refused(raw) for raw in raws] == [0] * 5
    assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_reload_frees_who_waits(fresh):
    proxy = proxy_with(fresh, "commands_per_second: 1, commands_burst: 1, on_limit: delay, "
                              "max_delay: 1m")
    raw = proxy.raw("acme")
    raw.send(raw.encode("PING") * 100)
    assert raw.reply() == b"+PONG\r\n"
    change(proxy, "pipeline: 1000")
    begin = time.monotonic()
    assert [raw.reply() for _ in range(99)] == [b"+PONG\r\n"] * 99
    assert time.monotonic() - begin < 5


def test_defaults_for_all_tenants(fresh):
    proxy = proxy_with(fresh, "connections: 2", extra="tenant_limits: { connections: 1 }\n")
    acme, globex = [proxy.raw("acme") for _ in range(2)], proxy.raw("globex")
    for tenant in ("acme", "globex"):
        assert proxy.raw().ask("AUTH", tenant, harness.PASSWORDS[tenant]) == \
            b"-ERR max number of clients reached\r\n"
    assert globex.ask("PING") == acme[1].ask("PING") == b"+PONG\r\n"


def test_mistakes_are_reported(fresh):
    proxy = proxy_with(fresh, "connections: 2")
    proxy.write(tenants=tenants('commands_by_category: { "@wrong": 1 }, on_limit: wait'))
    proxy.reload()
    log = proxy.log_text()
    assert "'@wrong' is neither a category nor a command" in log
    assert "refuse" in log and " reload_failed " in log
