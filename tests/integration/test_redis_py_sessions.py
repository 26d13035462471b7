"""Proves that redis-py's PubSub, and its Pipeline with WATCH, work through the proxy for threads of two tenants at
once with the same names."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

import applications
import harness

TENANTS = applications.TENANTS


def for_both(stack, body):
    """Runs body(client, tenant) for both tenants at the same time."""
    with ThreadPoolExecutor(len(TENANTS)) as pool:
        running = [pool.submit(body, stack.proxy.client(tenant, decode_responses=True), tenant) for tenant in TENANTS]
        return [one.result(3 * harness.PATIENCE) for one in running]


@pytest.fixture(autouse=True)
def keys_have_owners(stack):
    yield
    for keys in stack.redis.keys().values():
        assert all(key.startswith(tuple(applications.PREFIXES.values())) for key in keys)
    applications.assert_nothing_strange(stack)


def messages(pubsub, count):
    found = []
    while len(found) < count:
        message = pubsub.get_message(ignore_subscribe_messages=True, timeout=harness.PATIENCE)
        if message:
            found.append((message["type"], message["pattern"], message["channel"], message["data"]))
    return found


def test_channels_and_patterns(stack):
    def body(client, tenant):
        pubsub = client.pubsub()
        pubsub.subscribe("news", "sport")
        pubsub.psubscribe("n*")
        for _ in range(3):
            assert pubsub.get_message(timeout=harness.PATIENCE)["type"] in ("subscribe", "psubscribe")
        for i in range(50):
            assert client.publish("news", f"{tenant} {i}") == 2
        assert client.publish("sport", tenant) == 1 and client.publish("weather", tenant) == 0
        expected = [of for i in range(50) for of in (("message", None, "news", f"{tenant} {i}"),
                                                     ("pmessage", "n*", "news", f"{tenant} {i}"))]
        assert messages(pubsub, 101) == expected + [("message", None, "sport", tenant)]
        assert dict(client.pubsub_numsub("news", "sport", "weather")) == {"news": 1, "sport": 1, "weather": 0}
        assert sorted(client.pubsub_channels()) == ["news", "sport"] and client.pubsub_numpat() == 1
        pubsub.unsubscribe()
        pubsub.punsubscribe()
        while pubsub.subscribed:
            pubsub.get_message(timeout=harness.PATIENCE)
        assert client.publish("news", "nobody") == 0
        pubsub.close()

    for_both(stack, body)


def test_handlers_in_a_thread_and_pings(stack):
    def body(client, tenant):
        heard, both = [], threading.Event()

        def handle(message):
            heard.append(message["data"])
            if len(heard) == 20:
                both.set()

        pubsub = client.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(news=handle)
        pubsub.psubscribe(**{"n?ws": handle})
        pubsub.ping("still there")
        thread = pubsub.run_in_thread(sleep_time=0.01)
        harness.wait_until(lambda: client.publish("news", f"{tenant} 0") == 2, "the subscriptions")
        while not both.is_set():
            client.publish("news", f"{tenant} on")
            time.sleep(0)
        thread.stop()
        thread.join(harness.PATIENCE)
        assert all(data.startswith(tenant) for data in heard)

    for_both(stack, body)


def test_a_health_check_while_subscribed(stack):
    client = stack.proxy.client("acme", decode_responses=True, health_check_interval=1)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("news")
    assert pubsub.get_message(timeout=1.2) is None
    pubsub.check_health()
    client.publish("news", "text")
    assert messages(pubsub, 1) == [("message", None, "news", "text")]
    pubsub.close()


def test_pipelines_that_watch(stack):
    """Four threads of each tenant count the same name up without INCR, over two databases."""
    def count(client):
        for _ in range(25):
            def raise_it(pipe):
                now = int(pipe.get("stats:n") or 0)
                pipe.multi()
                pipe.set("stats:n", now + 1)
                pipe.set("session:n", now + 1)
            assert client.transaction(raise_it, "stats:n", "session:n") == [True, True]

    def body(client, _):
        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(count, client) for _ in range(4)]:
                one.result(harness.PATIENCE)
        assert client.mget("stats:n", "session:n") == ["100", "100"]

    for_both(stack, body)


def test_a_watched_key_of_ones_own_fails_the_transaction(stack):
    client, other, stranger = (stack.proxy.client(tenant) for tenant in ("acme", "acme", "globex"))
    for writer, fails in ((other, True), (stranger, False)):
        with client.pipeline() as pipe:
            pipe.watch("cache:x", "session:x")
            writer.set("session:x", "changed")
            pipe.multi()
            pipe.set("cache:x", "1")
            if fails:
                with pytest.raises(redis.exceptions.WatchError):
                    pipe.execute()
            else:
                assert pipe.execute() == [True]


def test_errors_in_pipelines(stack):
    def body(client, tenant):
        pipe = client.pipeline(transaction=True)
        pipe.set("session:x", tenant).lpush("session:x", "1").get("session:x")
        found = pipe.execute(raise_on_error=False)
        assert found[0] is True and found[2] == tenant and "WRONGTYPE" in str(found[1])
        with pytest.raises(redis.exceptions.ResponseError, match="Command # 1.*unknown command"):
            client.pipeline(transaction=True).execute_command("NOSUCH").set("session:x", "no").execute()
        assert client.get("session:x") == tenant
        plain = client.pipeline(transaction=False)
        for i in range(200):
            plain.set(f"cache:{i}", i).get(f"cache:{i}")
        assert plain.execute() == [of for i in range(200) for of in (True, str(i))]

    for_both(stack, body)


def test_blocking_pops_of_a_shared_pool(stack):
    def body(client, tenant):
        with ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(client.blpop, ["queue:a", "queue:b"], 15) for _ in range(8)]
            for i in range(8):
                client.rpush("queue:b", f"{tenant} {i}")
            found = [one.result(harness.PATIENCE) for one in waiting]
        assert sorted(found) == [("queue:b", f"{tenant} {i}") for i in range(8)]

    for_both(stack, body)


def test_locks(stack):
    def body(client, _):
        lock = client.lock("lock:one", timeout=20)
        assert lock.acquire(blocking=False) and lock.locked() and lock.owned()
        other = client.lock("lock:one", timeout=20, blocking_timeout=0.05, sleep=0.01)
        assert not other.acquire()
        with pytest.raises(redis.exceptions.LockError):
            other.release()
        assert lock.extend(30) and client.ttl("lock:one") > 45
        assert lock.reacquire() and client.ttl("lock:one") <= 20
        lock.release()
        assert other.acquire()
        client.delete("lock:one")
        with pytest.raises(redis.exceptions.LockNotOwnedError):
            other.release()

    for_both(stack, body)


def test_a_lock_excludes_the_tenants_own_threads(stack):
    def count(client):
        for _ in range(5):
            with client.lock("lock:count", timeout=20, sleep=0.001):
                client.set("stats:n", int(client.get("stats:n") or 0) + 1)

    def body(client, _):
        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(count, client) for _ in range(4)]:
                one.result(harness.PATIENCE)
        assert client.get("stats:n") == "20"

    for_both(stack, body)
