"""Proves that subscriptions through the proxy are those of Redis for one tenant alone: acknowledgements, messages,
the restrictions of RESP2, pushes between the replies of RESP3, counts, limits; with a subscription upstream for
each client (exact) and with one for all clients of a worker (fanout)."""

import pytest

import harness

LIMITS = """
limits:
  subscriptions: 5
  tenant_subscriptions: 8
"""
SLOW = """
limits:
  subscriber_output: 2MiB
  subscriber_output_soft: 1MiB
"""


def bulk(text):
    text = text if isinstance(text, bytes) else text.encode()
    return b"$%d\r\n%s\r\n" % (len(text), text)


def wire(*items, resp3=False, kind=b"*"):
    body = b"".join(b":%d\r\n" % item if isinstance(item, int)
                    else (b"_\r\n" if resp3 else b"$-1\r\n") if item is None else bulk(item) for item in items)
    return (b">" if resp3 else kind) + b"%d\r\n" % len(items) + body


@pytest.fixture(scope="module", params=["exact", "fanout"])
def pubsub_stack(request):
    import conftest
    made = conftest.Stack(extra=f"pubsub: {request.param}\n", workers=2)
    made.mode = request.param
    yield made
    made.close()


@pytest.fixture
def proxy(pubsub_stack):
    yield pubsub_stack.proxy
    assert pubsub_stack.proxy.process.poll() is None, pubsub_stack.proxy.log_text()


def subscribed(proxy, tenant, *words, protocol=2):
    raw = proxy.raw(tenant)
    if protocol == 3:
        raw.ask("HELLO", 3)
    raw.send(raw.encode(*words))
    for _ in words[1:]:
        raw.reply()
    return raw


def publish(proxy, tenant, *messages):
    raw = proxy.raw(tenant)
    raw.send(b"".join(raw.encode("PUBLISH", *message) for message in messages))
    return [int(raw.reply()[1:]) for _ in messages]


@pytest.mark.parametrize("resp3", [False, True], ids=["resp2", "resp3"])
def test_acknowledgements(proxy, resp3):
    raw = proxy.raw("acme")
    if resp3:
        raw.ask("HELLO", 3)

    def ask(*words, answers):
        raw.send(raw.encode(*words))
        for answer in answers:
            assert raw.reply() == wire(*answer, resp3=resp3), words

    ask("UNSUBSCRIBE", answers=[("unsubscribe", None, 0)])
    ask("UNSUBSCRIBE", "a", "b", answers=[("unsubscribe", "a", 0), ("unsubscribe", "b", 0)])
    ask("SUBSCRIBE", "a", "b", "a", answers=[("subscribe", "a", 1), ("subscribe", "b", 2), ("subscribe", "a", 2)])
    ask("subscribe", "a", answers=[("subscribe", "a", 2)])
    ask("PSUBSCRIBE", "p*", "q*", answers=[("psubscribe", "p*", 3), ("psubscribe", "q*", 4)])
    ask("SSUBSCRIBE", "s", answers=[("ssubscribe", "s", 1)])
    ask("UNSUBSCRIBE", "zz", answers=[("unsubscribe", "zz", 4)])
    ask("PUNSUBSCRIBE", answers=[("punsubscribe", "p*", 3), ("punsubscribe", "q*", 2)])
    ask("PUNSUBSCRIBE", answers=[("punsubscribe", None, 2)])
    ask("UNSUBSCRIBE", "a", "a", answers=[("unsubscribe", "a", 1), ("unsubscribe", "a", 1)])
    ask("UNSUBSCRIBE", answers=[("unsubscribe", "b", 0)])
    ask("SUNSUBSCRIBE", answers=[("sunsubscribe", "s", 0)])
    assert raw.ask("SUBSCRIBE").startswith(b"-ERR wrong number of arguments for 'subscribe'")


def test_messages_reach_the_own_tenant_only(proxy):
    acme = subscribed(proxy, "acme", "SUBSCRIBE", "news")
    by_pattern = subscribed(proxy, "acme", "PSUBSCRIBE", "*")
    sharded = subscribed(proxy, "acme", "SSUBSCRIBE", "news", protocol=3)
    globex = subscribed(proxy, "globex", "PSUBSCRIBE", "*")
    counts = publish(proxy, "acme", ("news", "one"), ("erp:tenant:globex:news", "two"), ("", "three"))
    if "fanout" not in proxy.file.read_text():
        assert counts == [2, 1, 1]
    assert publish(proxy, "globex", ("news", "four")) == [1]
    assert proxy.raw("acme").ask("SPUBLISH", "news", "five") == b":1\r\n"
    assert acme.reply() == wire("message", "news", "one")
    assert by_pattern.reply() == wire("pmessage", "*", "news", "one")
    assert by_pattern.reply() == wire("pmessage", "*", "erp:tenant:globex:news", "two")
    assert by_pattern.reply() == wire("pmessage", "*", "", "three")
    assert globex.reply() == wire("pmessage", "*", "news", "four")
    assert sharded.reply() == wire("smessage", "news", "five", resp3=True)
    for raw in (acme, by_pattern, globex):
        assert raw.ask("PING") == wire("pong", "")


def test_what_a_subscriber_may_do_in_resp2(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "a")
    for words in (("GET", "k"), ("PUBLISH", "a", "m"), ("HELLO", "3"), ("CLIENT", "ID"), ("MULTI",)):
        name = "|".join(words[:2]).lower() if words[0] == "CLIENT" else words[0].lower()
        assert raw.ask(*words) == (f"-ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                                   "QUIT / RESET are allowed in this context\r\n").encode()
    assert raw.ask("NOSUCH").startswith(b"-ERR unknown command")
    assert raw.ask("PING") == wire("pong", "")
    assert raw.ask("PING", "hello") == wire("pong", "hello")
    assert raw.ask("UNSUBSCRIBE", "a") == wire("unsubscribe", "a", 0)
    assert raw.ask("PING") == b"+PONG\r\n"
    assert raw.ask("SET", "k", "v") == b"+OK\r\n"


def test_leaving_by_reset_and_quit(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "reset-me")
    assert raw.ask("RESET") == b"+RESET\r\n"
    assert raw.ask("GET", "k").startswith(b"-NOAUTH")
    quitting = subscribed(proxy, "acme", "SUBSCRIBE", "reset-me")
    assert quitting.ask("QUIT") == b"+OK\r\n" and quitting.closed()
    other = proxy.raw("acme")
    harness.wait_until(lambda: other.ask("PUBSUB", "NUMSUB", "reset-me") == wire("reset-me", 0), "nobody")


def test_pushes_between_replies_in_resp3(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "a", protocol=3)
    writer = proxy.raw("acme")
    large = b"x" * 300_000
    assert raw.ask("SET", "large", large) == b"+OK\r\n"
    seen = 0
    for round_ in range(30):
        raw.send(raw.encode("GET", "large") * 3 + raw.encode("ECHO", "end"))
        writer.send(writer.encode("PUBLISH", "a", round_))
        writer.reply()
        expected = [bulk(large)] * 3 + [bulk("end")]
        while expected or seen <= round_:
            reply = raw.reply()
            if reply[:1] == b">":
                assert reply == wire("message", "a", str(seen), resp3=True)
                seen += 1
            else:
                assert reply == expected.pop(0)


def test_switching_protocol_while_subscribed(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "switch", protocol=3)
    assert raw.ask("GET", "k") == b"_\r\n" or True
    assert b"proto" in raw.ask("HELLO", 2)
    assert raw.ask("GET", "k").startswith(b"-ERR Can't execute 'get'")
    publish(proxy, "acme", ("switch", "m"))
    assert raw.reply() == wire("message", "switch", "m")
    assert raw.ask("SUBSCRIBE", "more") == wire("subscribe", "more", 2)
    raw.send(raw.encode("UNSUBSCRIBE") + raw.encode("SET", "job:1", "v") + raw.encode("GET", "job:1"))
    assert raw.reply() == wire("unsubscribe", "switch", 1)
    assert raw.reply() == wire("unsubscribe", "more", 0)
    assert raw.reply() == b"+OK\r\n" and raw.reply() == bulk("v")


def test_another_tenants_login_ends_subscriptions(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "mine", protocol=3)
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    other = proxy.raw("acme")
    harness.wait_until(lambda: other.ask("PUBSUB", "NUMSUB", "mine") == wire("mine", 0), "nobody")
    publish(proxy, "acme", ("mine", "secret"))
    assert raw.ask("PING") == b"+PONG\r\n"


def test_pubsub_tells_of_the_own_tenant(proxy):
    first = subscribed(proxy, "acme", "SUBSCRIBE", "tell1", "tell2")
    second = subscribed(proxy, "acme", "PSUBSCRIBE", "tell*", "t*")
    third = subscribed(proxy, "acme", "PSUBSCRIBE", "tell*")
    sharded = subscribed(proxy, "acme", "SSUBSCRIBE", "tell1")
    acme, globex = proxy.client("acme"), proxy.client("globex")
    assert sorted(acme.pubsub_channels("tell*")) == [b"tell1", b"tell2"]
    assert acme.pubsub_numsub("tell1", "none") == [(b"tell1", 1), (b"none", 0)]
    assert acme.pubsub_numpat() == 2
    assert globex.pubsub_channels() == [] and globex.pubsub_numpat() == 0
    assert globex.pubsub_numsub("tell1") == [(b"tell1", 0)]
    assert acme.execute_command("PUBSUB", "SHARDCHANNELS", "tell*") == [b"tell1"]
    assert acme.execute_command("PUBSUB", "SHARDNUMSUB", "tell1") == [b"tell1", 1]
    listed = [tuple(client[field] for field in ("flags", "sub", "psub", "ssub")) for client in acme.client_list()]
    for line in (("P", "2", "0", "0"), ("P", "0", "2", "0"), ("P", "0", "0", "1"), ("N", "0", "0", "0")):
        assert line in listed
    assert proxy.metric("bulkhead_connections", tenant="acme", state="subscribed") >= 4
    assert proxy.metric("bulkhead_pubsub_subscriptions", tenant="acme") >= 6
    for raw in (first, second, third, sharded):
        raw.close()


def test_many_subscriptions_in_one_pipeline(proxy):
    raw = proxy.raw("acme")
    names = [f"pipe{i}" for i in range(500)]
    raw.send(b"".join(raw.encode("SUBSCRIBE", n) + raw.encode("UNSUBSCRIBE", n) + raw.encode("SUBSCRIBE", n)
                      for n in names))
    for i, name in enumerate(names):
        assert raw.reply() == wire("subscribe", name, i + 1)
        assert raw.reply() == wire("unsubscribe", name, i)
        assert raw.reply() == wire("subscribe", name, i + 1)
    publish(proxy, "acme", *((name, name) for name in names))
    for name in names:
        assert raw.reply() == wire("message", name, name)


def test_client_reply_off_does_not_hold_messages_back(proxy):
    raw = proxy.raw("acme")
    raw.send(raw.encode("CLIENT", "REPLY", "OFF") + raw.encode("SUBSCRIBE", "quiet"))
    assert raw.reply() == wire("subscribe", "quiet", 1)
    publish(proxy, "acme", ("quiet", "m"))
    assert raw.reply() == wire("message", "quiet", "m")


def test_redis_py(proxy):
    pubsub = proxy.client("acme").pubsub()
    heard = []
    pubsub.subscribe(plain=None, handled=heard.append)
    pubsub.psubscribe("pat*")
    for _ in range(3):
        assert "subscribe" in pubsub.get_message(timeout=harness.PATIENCE)["type"]
    proxy.client("acme").publish("plain", "1")
    proxy.client("acme").publish("patient", "2")
    proxy.client("acme").publish("handled", "3")
    assert pubsub.get_message(timeout=harness.PATIENCE)["data"] == b"1"
    message = pubsub.get_message(timeout=harness.PATIENCE)
    assert (message["pattern"], message["channel"], message["data"]) == (b"pat*", b"patient", b"2")
    harness.wait_until(lambda: pubsub.get_message(timeout=0.01) or heard, "the handler")
    assert heard[0]["data"] == b"3"
    pubsub.unsubscribe()
    pubsub.punsubscribe()
    for _ in range(3):
        assert "unsubscribe" in pubsub.get_message(timeout=harness.PATIENCE)["type"]


@pytest.mark.parametrize("mode", ["exact", "fanout"])
def test_limits(fresh, mode):
    proxy = fresh(extra=LIMITS + f"pubsub: {mode}\n").proxy
    raw = subscribed(proxy, "acme", "SUBSCRIBE", *"abcde")
    assert raw.ask("SUBSCRIBE", "f") == b"-ERR max number of subscriptions reached\r\n"
    assert raw.ask("PING") == wire("pong", "")
    other = subscribed(proxy, "acme", "SUBSCRIBE", *"xyz")
    assert other.ask("PSUBSCRIBE", "f") == b"-ERR max number of subscriptions reached\r\n"
    subscribed(proxy, "globex", "SUBSCRIBE", "a")
    raw.close()
    harness.wait_until(lambda: other.ask("PSUBSCRIBE", "f").startswith(b"*3"), "room")
    assert proxy.metric("bulkhead_refusals_total", tenant="acme", reason="limit") >= 2


@pytest.mark.parametrize("mode", ["exact", "fanout"])
def test_a_slow_subscriber_is_closed_and_keeps_nobody_waiting(fresh, mode):
    proxy = fresh(extra=SLOW + f"pubsub: {mode}\n").proxy
    slow, quick = subscribed(proxy, "acme", "SUBSCRIBE", "a"), subscribed(proxy, "acme", "SUBSCRIBE", "a")
    payload = "x" * 100_000
    sent = 0

    def closed():
        nonlocal sent
        publish(proxy, "acme", ("a", f"{sent}/{payload}"))
        assert quick.reply() == wire("message", "a", f"{sent}/{payload}")
        sent += 1
        return proxy.metric("bulkhead_slow_subscribers_closed_total", tenant="acme") == 1

    harness.wait_until(closed, "the end of the slow one")
    assert proxy.metric("bulkhead_connections_closed_total", reason="slow_subscriber") == 1
    assert slow.rest()
    assert quick.ask("PING") == wire("pong", "")


def test_redis_dies_while_clients_are_subscribed(fresh):
    stack = fresh()
    subscriber = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a")
    stack.redis.kill()
    assert subscriber.closed()
    stack.redis.start()
    harness.wait_until(lambda: stack.proxy.raw("acme").ask("SET", "k", "v") == b"+OK\r\n", "Redis")
    again = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a")
    publish(stack.proxy, "acme", ("a", "m"))
    assert again.reply() == wire("message", "a", "m")


@pytest.mark.parametrize("mode", ["exact", "fanout"])
@pytest.mark.parametrize("protocol", [2, 3])
def test_a_redis_that_stands_still_is_noticed(fresh, mode, protocol):
    """Though a subscriber asks nothing of it. Until then it has been asked and has answered, and nobody saw it."""
    stack = fresh(backend_extra="    health_interval: 20ms\n    command_timeout: 500ms\n", extra=f"pubsub: {mode}\n")
    raw = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a", protocol=protocol)
    calls = lambda: stack.redis.client().info("commandstats").get("cmdstat_ping", {}).get("calls", 0)
    before = calls()
    harness.wait_until(lambda: calls() > before + 3, "questions")
    publish(stack.proxy, "acme", ("a", "m"))
    assert raw.reply() == wire("message", "a", "m", resp3=protocol == 3)
    stack.redis.pause()
    if mode == "exact":
        assert raw.closed()
    else:
        stack.proxy.wait_for_log("loss", "lane_connect_failed.*|lane_lost")
    stack.redis.unpause()


@pytest.mark.parametrize("mode", ["exact", "fanout"])
def test_a_backend_that_does_not_let_the_proxy_subscribe(fresh, mode):
    stack = fresh(extra=f"pubsub: {mode}\n")
    stack.redis.client().execute_command("ACL", "SETUSER", "default", "resetchannels")
    raw = stack.proxy.raw("acme")
    assert raw.ask("SUBSCRIBE", "a").startswith(b"-NOPERM" if mode == "exact" else b"-BACKENDDOWN")
    assert raw.closed()
    stack.redis.client().execute_command("ACL", "SETUSER", "default", "allchannels")
    harness.wait_until(lambda: stack.proxy.raw("acme").ask("SUBSCRIBE", "a") == wire("subscribe", "a", 1), "permission")


def test_redis_dies_under_a_shared_subscription(fresh):
    stack = fresh(extra="pubsub: fanout\n")
    subscriber = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a", "b")
    by_pattern = subscribed(stack.proxy, "globex", "PSUBSCRIBE", "*")
    stack.redis.kill()
    stack.proxy.wait_for_log("loss", "lane_lost|lane_connect_failed")
    assert stack.proxy.raw("acme").ask("SUBSCRIBE", "c").startswith(b"-BACKENDDOWN")
    assert subscriber.ask("UNSUBSCRIBE", "b") == wire("unsubscribe", "b", 1)
    stack.redis.start()
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_backend_resubscribed_total", backend="main"), "again")
    assert publish(stack.proxy, "acme", ("a", "m")) == [1]
    assert subscriber.reply() == wire("message", "a", "m")
    publish(stack.proxy, "globex", ("x", "y"))
    assert by_pattern.reply() == wire("pmessage", "*", "x", "y")
    assert publish(stack.proxy, "acme", ("b", "m")) == [0]


def test_a_shared_subscription_is_one_upstream(fresh):
    stack = fresh(extra="pubsub: fanout\n")
    raws = [subscribed(stack.proxy, "acme", "SUBSCRIBE", "a") for _ in range(20)]
    assert stack.redis.client().pubsub_numsub("acme:a") == [(b"acme:a", 1)]
    assert stack.proxy.client("acme").pubsub_numsub("a") == [(b"a", 20)]
    leaving = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a")
    assert leaving.ask("UNSUBSCRIBE", "a") == wire("unsubscribe", "a", 0)
    assert leaving.ask("GET", "k") == b"$-1\r\n"
    publish(stack.proxy, "acme", ("a", "m"))
    for raw in raws:
        assert raw.reply() == wire("message", "a", "m")
        raw.close()
    harness.wait_until(lambda: stack.redis.client().pubsub_channels() == [], "the end of it")


@pytest.mark.parametrize("mode", ["exact", "fanout"])
def test_many_slow_subscribers_do_not_take_all_memory(fresh, mode):
    """Each stays far below its own limit."""
    proxy = fresh(extra=f"limits:\n  process_buffers: 24MiB\n  client_output: 8MiB\n  lane_output: 8MiB\n"
                        f"pubsub: {mode}\n").proxy
    slow = [subscribed(proxy, "acme", "SUBSCRIBE", "a") for _ in range(40)]
    before = proxy.resident_bytes()
    payload = "x" * 100_000
    harness.wait_until(lambda: publish(proxy, "acme", ("a", payload)) == [0] or
                       proxy.metric("bulkhead_slow_subscribers_closed_total", tenant="acme") >= 20, "closed ones")
    assert proxy.resident_bytes() - before < 64 * 1024 * 1024
    assert proxy.raw("globex").ask("SET", "k", "v") == b"+OK\r\n"
    for raw in slow:
        raw.close()


@pytest.mark.parametrize("mode", ["exact", "fanout"])
def test_a_reload_that_moves_names_closes_subscribers(fresh, mode):
    stack = fresh(extra=f"pubsub: {mode}\n")
    raw = subscribed(stack.proxy, "globex", "SUBSCRIBE", "a")
    stays = subscribed(stack.proxy, "acme", "SUBSCRIBE", "a")
    stack.proxy.write(tenants=harness.TENANTS.replace("erp:tenant:globex:", "elsewhere:"), extra=f"pubsub: {mode}\n")
    stack.proxy.reload()
    assert raw.closed()
    publish(stack.proxy, "acme", ("a", "m"))
    assert stays.reply() == wire("message", "a", "m")
