"""Proves that a tenant which subscribes to everything it can think of hears nothing of others: neither their messages
nor the events of their keys, whatever prefix it has, by exact names, patterns and sharded channels, with a
subscription of its own and with a shared one."""

import conftest
import pytest

import harness
import world

NAMESPACES = world.NAMESPACES
VICTIMS = ("globex", "t10")
MORE = f"""
  - name: glob
    prefix: "g[1]*?\\\\:"
    users:
      - {{ name: glob, passwords: ["{harness.sha256('glob-secret')}"] }}
  - name: parted
    prefix: "p:{{feature}}:"
    users:
      - {{ name: parted, passwords: ["{harness.sha256('parted-secret')}"] }}
  - name: chosen
    routing: by_select
    databases: all
    users:
      - {{ name: chosen, passwords: ["{harness.sha256('chosen-secret')}"] }}
  - name: legacy
    prefix: "nextauth:"
    prefix_mode: require
    users:
      - {{ name: legacy, passwords: ["{harness.sha256('legacy-secret')}"] }}
"""
ATTACKERS = ("acme", "t1", "glob", "parted", "chosen", "legacy")
PREFIXES = [prefix.decode() for prefix in world.PREFIXES.values()] + ["nextauth:", "p:cache:", "p:channels:", ""]
WORDS = ["news", "session:secret", "cache:secret", "x__:acme:y", "x__:nextauth:y", "x__:p:cache:y"]

CHANNELS = [prefix + word for prefix in PREFIXES for word in WORDS]
CHANNELS += [f"__keyspace@{db}__:{prefix}{word}" for db in range(3) for prefix in PREFIXES for word in WORDS]
CHANNELS += [f"__keyevent@{db}__:{event}" for db in range(6) for event in ("set", "del", "expired", "lpush")]
PATTERNS = ["*", "**", "?*", "[^a]*", "[a-z_]*", "*e*", "*:*", "\\*", "__*", "__key*", "__key*__:*", "__keyspace@*",
            "__keyspace@*__:*", "__keyspace@?__:*", "__keyspace@[0-9]__:*", "__keyevent@*__:*", "__keyevent@0__:*",
            "__keyevent@*:set", "*secret*", "*__:*", "*globex*", "t1*", "acme:*", "nextauth:*", "nextauth:*\\"]
PATTERNS += [prefix + "*" for prefix in PREFIXES] + [f"__keyspace@*__:{prefix}*" for prefix in PREFIXES]


@pytest.fixture(scope="module", params=["exact", "fanout"])
def front(request):
    stack = conftest.fixtures.Stack(redis_options=("--notify-keyspace-events", "KEA"), features=world.FEATURES,
                                    tenants=world.TENANTS + MORE, extra=f"pubsub: {request.param}\n")
    harness.PASSWORDS.update({name: f"{name}-secret" for name in ATTACKERS})
    yield stack
    stack.close()


def subscribe(raw, words):
    """As many as are not refused."""
    for word in words[1:]:
        raw.ask(words[0], word)


def act(proxy, victim):
    """What others could hear of: messages, keys set, changed, expired and deleted in every database."""
    client, marker = proxy.client(victim), world.MARKER.decode()
    for channel in CHANNELS + [marker]:
        client.publish(channel, marker)
        client.execute_command("SPUBLISH", channel, marker)
    for namespace in NAMESPACES:
        for key in [f"{namespace}:{marker}", *(f"{namespace}:{word}" for word in WORDS),
                    *(prefix + namespace + ":k" for prefix in PREFIXES)]:
            client.set(key, marker, px=20)
            client.lpush(key + ":list", marker)
            client.delete(key + ":list")
    for word in WORDS:
        client.set(word, marker)
        client.delete(word)
    client.close()


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_a_subscriber_to_everything_hears_nothing_of_others(front, attacker):
    proxy = front.proxy
    mark = "nextauth:the-mark"
    ears = {}
    for words in (["SUBSCRIBE", *CHANNELS], ["PSUBSCRIBE", *PATTERNS], ["SSUBSCRIBE", *CHANNELS]):
        for protocol in (2, 3):
            raw = proxy.raw(attacker)
            if protocol == 3:
                raw.ask("HELLO", 3)
            subscribe(raw, words)
            raw.ask("SSUBSCRIBE", mark)
            ears[words[0], protocol] = raw
    for victim in VICTIMS:
        act(proxy, victim)
    await_expiry(front)
    assert proxy.raw(attacker).ask("SPUBLISH", mark, "end").startswith(b":")
    for kind, raw in ears.items():
        heard = []
        while b"the-mark" not in (reply := raw.reply()):
            heard.append(reply)
        assert heard == [], kind
        raw.close()
    for tenant in (attacker, *VICTIMS):
        assert proxy.metric("bulkhead_foreign_name_blocked_total", tenant=tenant) == 0


def await_expiry(front):
    """The victims' keys are gone, and Redis has told of it."""
    harness.wait_until(lambda: front.redis.keys() == {}, "the expiry")


def test_the_same_subscriber_does_hear_its_own(front):
    """So that silence proves something."""
    for attacker in ATTACKERS:
        raw = front.proxy.raw(attacker)
        prefix = "nextauth:" if attacker == "legacy" else ""
        raw.ask("PSUBSCRIBE", prefix + "*")
        raw.ask("PSUBSCRIBE", "__key*__:*")
        client = front.proxy.client(attacker)
        client.publish(prefix + "news", "mine")
        assert b"mine" in raw.reply()
        client.set(prefix + "cache:k", "mine")
        events = {raw.reply() for _ in range(2 if attacker == "legacy" else 4)}
        assert all(b"cache:k" in event for event in events)
        raw.close()
        client.delete(prefix + "cache:k")
