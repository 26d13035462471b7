"""Proves that keyspace events tell a tenant of its own keys, by its own names and the database numbers that it sees,
and of nobody else's: by exact names and by patterns, over several databases, in both kinds of routing."""

import pytest

import conftest
import harness
from test_pubsub import publish, subscribed, wire

NOTIFY = ("--notify-keyspace-events", "KEA")
CHOSEN = f"""
  - name: chosen
    routing: by_select
    databases: [0, 1, 9]
    users:
      - {{ name: chosen, passwords: ["{harness.sha256('chosen-secret')}"] }}
  - name: legacy
    prefix: "nextauth:"
    prefix_mode: require
    users:
      - {{ name: legacy, passwords: ["{harness.sha256('legacy-secret')}"] }}
"""


@pytest.fixture(scope="module", params=["exact", "fanout"])
def events(request):
    stack = conftest.Stack(redis_options=NOTIFY, extra=f"pubsub: {request.param}\n",
                           tenants=harness.TENANTS + CHOSEN)
    yield stack
    stack.close()


@pytest.fixture
def proxy(events):
    harness.PASSWORDS.update(chosen="chosen-secret", legacy="legacy-secret")
    events.clean()
    yield events.proxy
    for tenant in ("chosen", "legacy"):
        harness.PASSWORDS.pop(tenant)
    assert events.proxy.metric("bulkhead_foreign_name_blocked_total", tenant="acme") == 0


def heard(raw):
    """Everything that has come, up to a mark published on a channel of its own."""
    found = []
    while True:
        reply = raw.reply()
        if b"the-mark" in reply:
            return found
        found.append(reply)


def listener(proxy, tenant, *words):
    raw = subscribed(proxy, tenant, *words)
    prefix = "nextauth:" if tenant == "legacy" else ""
    raw.ask("SUBSCRIBE", prefix + "mark")
    raw.mark = lambda: publish(proxy, tenant, (prefix + "mark", "the-mark"))
    return raw


def work(proxy):
    """Two tenants write the same names in several databases."""
    for tenant in ("globex", "acme", "globex"):
        client = proxy.client(tenant)
        for key in ("session:1", "cache:1", "job:1"):
            client.set(key, tenant)
        client.delete("job:1")
        client.close()


def test_exact_names(proxy):
    raw = listener(proxy, "acme", "SUBSCRIBE", "__keyspace@0__:job:1", "__keyevent@0__:del", "__keyspace@4__:job:1",
                   "__keyspace@3__:job:1")
    work(proxy)
    raw.mark()
    assert sorted(heard(raw)) == sorted([
        wire("message", "__keyspace@0__:job:1", "set"), wire("message", "__keyspace@4__:job:1", "set"),
        wire("message", "__keyspace@0__:job:1", "del"), wire("message", "__keyspace@4__:job:1", "del"),
        wire("message", "__keyevent@0__:del", "job:1")])


@pytest.mark.parametrize("pattern", ["__key*__:*", "*", "__key*@0__:*"])
def test_patterns_in_the_merged_view(proxy, pattern):
    raw = listener(proxy, "acme", "PSUBSCRIBE", pattern)
    work(proxy)
    raw.mark()
    expected = []
    for key, event in (("session:1", "set"), ("cache:1", "set"), ("job:1", "set"), ("job:1", "del")):
        expected += [wire("pmessage", pattern, f"__keyspace@0__:{key}", event),
                     wire("pmessage", pattern, f"__keyevent@0__:{event}", key)]
    assert sorted(heard(raw)) == sorted(expected)


def test_patterns_of_one_kind(proxy):
    keys = listener(proxy, "acme", "PSUBSCRIBE", "__keyspace@*__:s*")
    events = listener(proxy, "acme", "PSUBSCRIBE", "__keyevent@0__:[d]el")
    own = listener(proxy, "acme", "PSUBSCRIBE", "__keyspace@4__:*")
    work(proxy)
    for raw in (keys, events, own):
        raw.mark()
    assert heard(keys) == [wire("pmessage", "__keyspace@*__:s*", "__keyspace@0__:session:1", "set")]
    assert heard(events) == [wire("pmessage", "__keyevent@0__:[d]el", "__keyevent@0__:del", "job:1")]
    assert heard(own) == [wire("pmessage", "__keyspace@4__:*", "__keyspace@4__:job:1", event)
                          for event in ("set", "del")]


def test_a_key_where_the_merged_view_does_not_look(proxy):
    raw = listener(proxy, "acme", "PSUBSCRIBE", "__keyevent@*__:set")
    writer = proxy.raw("acme")
    assert writer.ask("SELECT", 4) == b"+OK\r\n"
    assert writer.ask("SET", "cache:odd", "v") == b"+OK\r\n"
    raw.mark()
    assert heard(raw) == [wire("pmessage", "__keyevent@*__:set", "__keyevent@4__:set", "cache:odd")]


def test_routing_by_select_has_the_clients_databases(proxy):
    raw = listener(proxy, "chosen", "PSUBSCRIBE", "__keyspace@*__:*")
    one = listener(proxy, "chosen", "SUBSCRIBE", "__keyevent@9__:set", "__keyevent@4__:set")
    work(proxy)
    writer = proxy.raw("chosen")
    for db in (0, 1, 9):
        writer.ask("SELECT", db)
        assert writer.ask("SET", "session:1", "v") == b"+OK\r\n"
    raw.mark()
    one.mark()
    assert heard(raw) == [wire("pmessage", "__keyspace@*__:*", f"__keyspace@{db}__:session:1", "set")
                          for db in (0, 1, 9)]
    assert heard(one) == [wire("message", "__keyevent@9__:set", "session:1")]


def test_a_tenant_that_writes_its_prefix_itself(proxy):
    raw = listener(proxy, "legacy", "PSUBSCRIBE", "__key*@0__:*")
    exact = listener(proxy, "legacy", "SUBSCRIBE", "__keyspace@0__:nextauth:a")
    work(proxy)
    assert proxy.raw("legacy").ask("SET", "nextauth:a", "v") == b"+OK\r\n"
    raw.mark()
    exact.mark()
    assert sorted(heard(raw)) == [wire("pmessage", "__key*@0__:*", "__keyevent@0__:set", "nextauth:a"),
                                  wire("pmessage", "__key*@0__:*", "__keyspace@0__:nextauth:a", "set")]
    assert heard(exact) == [wire("message", "__keyspace@0__:nextauth:a", "set")]
    stranger = proxy.raw("legacy")
    assert stranger.ask("SUBSCRIBE", "__keyspace@0__:acme:a").startswith(b"-NOPERM")
    assert stranger.ask("PSUBSCRIBE", "*").startswith(b"-NOPERM")


def test_expired_keys(proxy):
    raw = listener(proxy, "acme", "PSUBSCRIBE", "__keyevent@*__:expired")
    proxy.client("globex").set("session:2", "v", px=1)
    proxy.client("acme").set("session:2", "v", px=1)
    assert raw.reply() == wire("pmessage", "__keyevent@*__:expired", "__keyevent@0__:expired", "session:2")


def test_channels_show_the_clients_names(proxy):
    raw = subscribed(proxy, "acme", "SUBSCRIBE", "__keyevent@0__:del", "x")
    acme = proxy.client("acme")
    assert sorted(acme.pubsub_channels("*")) == [b"__keyevent@0__:del", b"x"]
    assert acme.pubsub_numsub("__keyevent@0__:del") == [(b"__keyevent@0__:del", 1)]
    assert proxy.client("globex").pubsub_channels() == []
    publish(proxy, "acme", ("__keyevent@0__:del", "by hand"))
    assert raw.reply() == wire("message", "__keyevent@0__:del", "by hand")


def test_databases_of_another_backend_are_refused(fresh, tmp_path):
    second = harness.Redis(tmp_path, *NOTIFY)
    try:
        stack = fresh(redis_options=NOTIFY,
                      backend_extra=f"  - name: second\n    address: unix:{second.socket}\n",
                      features=harness.FEATURES.replace("queues,     db: 4,", "queues, backend: second, db: 4,"))
        raw = stack.proxy.raw("acme")
        for words in (("SUBSCRIBE", "__keyspace@0__:job:1"), ("SUBSCRIBE", "__keyevent@0__:del"),
                      ("PSUBSCRIBE", "__key*__:*"), ("SUBSCRIBE", "a", "__keyevent@4__:del")):
            assert raw.ask(*words).startswith(b"-CROSSDB Keyspace events of this database"), words
        assert raw.ask("PING") == b"+PONG\r\n"
        raw = subscribed(stack.proxy, "acme", "PSUBSCRIBE", "*", "__keyevent@1__:*")
        stack.proxy.client("acme").set("job:1", "v")
        stack.proxy.client("acme").set("cache:1", "v")
        found = [raw.reply() for _ in range(3)]
        assert sorted(found) == sorted([wire("pmessage", "*", "__keyspace@0__:cache:1", "set"),
                                        wire("pmessage", "*", "__keyevent@0__:set", "cache:1"),
                                        wire("pmessage", "__keyevent@1__:*", "__keyevent@1__:set", "cache:1")])
    finally:
        second.stop()
