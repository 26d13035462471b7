"""Quotas of keys and memory: sampled in the background, enforced where memory is needed."""

import harness
import pytest
import redis
from test_limits import change, tenants

OOM = b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"


def fill(raw, size, most=5000, batch=50):
    """Writes until it is refused; how many went through."""
    written = 0
    while written < most:
        raw.send(b"".join(raw.encode("SET", f"k:{written + i}", b"v" * size)
                          for i in range(batch)))
        replies = [raw.reply() for _ in range(batch)]
        written += replies.count(b"+OK\r\n")
        if OOM in replies:
            return written
        assert replies == [b"+OK\r\n"] * batch
        harness.time.sleep(0.02)
    raise AssertionError("never refused")


def over(proxy, tenant="acme"):
    return proxy.metric("bulkhead_tenant_over_quota", tenant=tenant) == 1


def test_fill_delete_and_write_again(fresh):
    stack = fresh(tenants=tenants("memory: 1MiB"), workers=2)
    proxy = stack.proxy
    raw, neighbour = proxy.raw("acme"), proxy.raw("globex")
    written = fill(raw, 2000)
    assert written >= 300
    # The other worker refuses as well; reading and deleting go on.
    others = [proxy.raw("acme") for _ in range(8)]
    assert [other.ask("SET", "x", "y") for other in others] == [OOM] * 8
    assert raw.ask("GET", "k:1").startswith(b"$2000")
    assert neighbour.ask("SET", "k", "v") == b"+OK\r\n"
    for words in [("LPUSH", "queue:l", "v"), ("COPY", "k:1", "k:x"), ("INCR", "rate:n"),
                  ("APPEND", "k:1", "v"), ("MSET", "k:1", "v", "session:1", "v"),
                  ("EVAL", "return 1", 0), ("HSET", "session:h", "f", "v")]:
        assert raw.ask(*words) == OOM, words
    for words in [("EXPIRE", "k:1", 1000), ("RENAME", "k:1", "k:r"), ("PERSIST", "k:r"),
                  ("EVAL_RO", "return 1", 0), ("GETDEL", "k:r"), ("DBSIZE",)]:
        assert not raw.ask(*words).startswith(b"-"), words
    raw.send(raw.encode("MULTI") + raw.encode("SET", "k", "v") + raw.encode("EXEC"))
    assert [raw.reply() for _ in range(2)] == [b"+OK\r\n", OOM]
    assert raw.reply().startswith(b"-EXECABORT")
    assert raw.ask("MULTI") == b"+OK\r\n"
    assert raw.ask("DEL", "k:2") == b"+QUEUED\r\n"
    assert raw.ask("EXEC") == b"*1\r\n:1\r\n"
    # INFO says the same.
    info = proxy.client().info("memory")
    assert info["maxmemory"] == 1024 * 1024
    assert info["used_memory"] >= 1024 * 1024
    assert proxy.client().config_get("maxmemory") == {"maxmemory": str(1024 * 1024)}
    assert proxy.metric("bulkhead_refusals_total", tenant="acme", reason="quota") >= 10
    assert proxy.metric("bulkhead_limit_refusals_total", tenant="acme", limit="memory") >= 10
    assert proxy.metric("bulkhead_tenant_keys", tenant="globex") == 0
    assert " quota_reached " in proxy.log_text()
    assert raw.ask("DEL", *(f"k:{i}" for i in range(100, written + 50)))[:1] == b":"
    harness.wait_until(lambda: raw.ask("SET", "x", "y") == b"+OK\r\n", "writes to go on")
    assert " quota_free " in proxy.log_text()


def test_key_count(fresh):
    stack = fresh(tenants=tenants("keys: 1000"))
    proxy, raw = stack.proxy, stack.proxy.raw("acme")
    for i in range(900):
        raw.send(raw.encode("SET", f"session:{i}" if i % 3 else f"cache:{i}", "v"))
    for _ in range(900):
        assert raw.reply() == b"+OK\r\n"
    globex = proxy.client("globex")
    globex.mset({f"k{i}": "v" for i in range(2000)})  # another's keys are not its own
    harness.wait_until(lambda: proxy.metric("bulkhead_tenant_keys", tenant="acme") == 900,
                       "the estimate")
    assert proxy.metric("bulkhead_tenant_keys_error", tenant="acme") == 0
    memory = proxy.metric("bulkhead_tenant_memory_bytes", tenant="acme")
    exact = sum(stack.redis.client(db).memory_usage(key)
                for db in (0, 1) for key in stack.redis.client(db).scan_iter("acme:*"))
    assert abs(memory - exact) < 0.1 * exact
    for i in range(100):
        assert raw.ask("SET", f"more:{i}", "v") == b"+OK\r\n"
    harness.wait_until(lambda: raw.ask("SET", "k", "v") == OOM, "the quota")
    # Some way below it, not at once.
    assert raw.ask("DEL", *(f"more:{i}" for i in range(20)))[:1] == b":"
    harness.wait_until(lambda: proxy.metric("bulkhead_tenant_keys", tenant="acme") <= 985,
                       "the next estimate")
    assert raw.ask("SET", "k", "v") == OOM
    raw.ask("DEL", *(f"more:{i}" for i in range(100)))
    harness.wait_until(lambda: raw.ask("SET", "k", "v") == b"+OK\r\n", "writes to go on")


def test_many_keys_are_weighed_in_part(fresh):
    stack = fresh(tenants=tenants("memory: 1GiB"),
                  extra="limits: { sampled_keys_per_second: 1000000 }\n")
    pipe = stack.redis.client(1).pipeline(transaction=False)
    for i in range(20_000):
        pipe.set(f"acme:{i}", "v" * (i % 1000))
    pipe.execute()
    proxy = stack.proxy
    harness.wait_until(lambda: proxy.metric("bulkhead_tenant_keys", tenant="acme") == 20_000,
                       "the estimate")
    exact = sum(stack.redis.client(1).memory_usage(f"acme:{i}") for i in range(0, 1000)) * 20
    error = harness.wait_until(lambda: proxy.metric("bulkhead_tenant_memory_error_bytes",
                                                    tenant="acme"), "the error")
    memory = proxy.metric("bulkhead_tenant_memory_bytes", tenant="acme")
    assert abs(memory - exact) < max(0.1 * exact, 4 * error)
    assert error < 0.1 * exact


def test_the_rate_of_sampling_is_bounded(fresh):
    stack = fresh(tenants=tenants("keys: 100000"),
                  extra="limits: { sampled_keys_per_second: 500 }\n")
    pipe = stack.redis.client(1).pipeline(transaction=False)
    for i in range(3000):
        pipe.set(f"acme:{i}", "v")
    pipe.execute()

    def asked():
        stats = stack.redis.client().info("commandstats")
        return stats.get("cmdstat_memory|usage", {}).get("calls", 0)

    harness.wait_until(asked, "sampling")
    before, begin = asked(), harness.time.monotonic()
    harness.time.sleep(2)
    assert asked() - before < 500 * (harness.time.monotonic() - begin) * 1.2 + 100


def test_without_a_quota_nothing_is_sampled(fresh):
    stack = fresh(tenants=tenants("connections: 100"))
    proxy, raw = stack.proxy, stack.proxy.raw("acme")
    raw.ask("SET", "k", "v")

    def scans():
        return "cmdstat_scan" in stack.redis.client().info("commandstats")

    assert "bulkhead_tenant_keys" not in proxy.http("/metrics")[1]
    assert not scans()
    change(proxy, "keys: 1")
    harness.wait_until(lambda: raw.ask("SET", "other", "v") == OOM, "the quota of the reload")
    change(proxy, "keys: 10")
    harness.wait_until(lambda: raw.ask("SET", "other", "v") == b"+OK\r\n", "the higher quota")
    change(proxy, "connections: 100")
    assert raw.ask("SET", "other", "v") == b"+OK\r\n"
    harness.wait_until(lambda: "bulkhead_tenant_keys" not in proxy.http("/metrics")[1],
                       "the end of sampling")


def test_a_lost_backend(fresh):
    stack = fresh(tenants=tenants("keys: 100"))
    proxy = stack.proxy
    with proxy.client() as client:
        client.mset({f"k{i}": "v" for i in range(50)})
    harness.wait_until(lambda: proxy.metric("bulkhead_tenant_keys", tenant="acme") == 50,
                       "the estimate")
    stack.redis.kill()
    proxy.wait_for_log("loss", " sampling_failed ")
    assert proxy.metric("bulkhead_tenant_keys", tenant="acme") == 50
    stack.redis.start()
    harness.wait_until(lambda: proxy.metric("bulkhead_tenant_keys", tenant="acme") == 0,
                       "the estimate of the new Redis")

    def write():
        try:
            return proxy.client().set("k", "v")
        except redis.RedisError:
            return False

    harness.wait_until(write, "writes")


@pytest.mark.parametrize("flags,allowed", [("no-writes", True), ("allow-oom", True), ("", False)])
def test_scripts_that_say_what_they_need(fresh, flags, allowed):
    stack = fresh(tenants=tenants("keys: 1"))
    raw = stack.proxy.raw("acme")
    assert raw.ask("SET", "k", "v") == b"+OK\r\n"
    harness.wait_until(lambda: over(stack.proxy), "the quota")
    head = f"#!lua flags={flags}\n" if flags else ""
    assert (raw.ask("EVAL", head + "return 1", 0) != OOM) == allowed
