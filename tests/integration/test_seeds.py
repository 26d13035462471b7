"""Proves that the ways in which real applications use Redis work for two tenants at once: every key
pattern lands in its feature's database under its tenant's prefix and reads back by its own name, and
what endangers the server is refused."""

import copy

import pytest
import redis

import harness
import seed_commands
import seeds

PREFIXES = {"acme": b"acme:", "globex": b"erp:tenant:globex:"}
ADOPTED = f"""
  - name: portal
    prefix: "nextauth:"
    prefix_mode: require
    policy: ["+keys"]
    users:
      - {{ name: portal, passwords: ["{harness.sha256('portal-secret')}"] }}
"""


@pytest.fixture(scope="module")
def shared_stack():
    from conftest import Stack
    stack = Stack(features=seeds.FEATURES, tenants=harness.TENANTS + ADOPTED)
    yield stack
    stack.close()


def portal(stack, **options):
    return redis.Redis(host="127.0.0.1", port=stack.proxy.port, username="portal",
                       password="portal-secret", **options)


# kind -> (how it is written, how it is read, what is read)
WAYS = {
    "string": (["SET", "{key}", "{me}"], ["GET", "{key}"], "{me}"),
    "counter": (["INCRBY", "{key}", "{number}"], ["GET", "{key}"], "{number}"),
    "hash": (["HSET", "{key}", "owner", "{me}"], ["HGET", "{key}", "owner"], "{me}"),
    "set": (["SADD", "{key}", "{me}"], ["SMEMBERS", "{key}"], ["{me}"]),
    "list": (["LPUSH", "{key}", "{me}"], ["LRANGE", "{key}", "0", "-1"], ["{me}"]),
    "zset": (["ZADD", "{key}", "{number}", "{me}"], ["ZRANGE", "{key}", "0", "-1"], ["{me}"]),
}
TYPES = {"counter": b"string"}


def filled(shape, me, key=""):
    """The words or the reply of a table, with the tenant's name, number and key put in."""
    if isinstance(shape, list):
        return [filled(item, me, key) for item in shape]
    if not isinstance(shape, str):
        return shape
    number = str(1 + list(PREFIXES).index(me)) if me in PREFIXES else "9"
    for word, value in (("{key}", key), ("{me}", me), ("{number}", number)):
        shape = shape.replace(word, value)
    return shape


def bare(client):
    """The same client without redis-py's conversions: what stands on the wire."""
    plain = copy.copy(client)
    plain.response_callbacks = {}
    return plain


def ask(client, words):
    return text(client.execute_command(*words))


def text(reply):
    if isinstance(reply, list):
        return [text(item) for item in reply]
    return reply.decode() if isinstance(reply, bytes) else reply


def write(client, me, key):
    words, _, _ = WAYS[key.kind]
    client.execute_command(*filled(words, me, key.example))
    if key.ttl:
        assert client.expire(key.example, key.ttl)


def fill(stack):
    clients = {me: stack.proxy.client(me) for me in PREFIXES}
    for key in seeds.KEYS:
        for me, client in clients.items():
            write(client, me, key)
    return clients


def test_the_tables_are_whole():
    examples = [key.example for key in seeds.KEYS]
    assert len(examples) == len(set(examples)) == 97
    assert {key.feature for key in seeds.KEYS} == set(seeds.DATABASES)
    assert {key.kind for key in seeds.KEYS} == set(WAYS)


def test_every_key_lands_in_its_features_database_under_its_tenants_prefix(stack):
    fill(stack)
    expected = {}
    for key in seeds.KEYS:
        for prefix in PREFIXES.values():
            expected.setdefault(seeds.DATABASES[key.feature], []).append(prefix + key.example.encode())
    assert stack.redis.keys() == {db: sorted(keys) for db, keys in expected.items()}


@pytest.mark.parametrize("key", seeds.KEYS, ids=lambda key: key.example)
def test_every_key_reads_back_by_its_own_name(stack, key):
    clients = {me: stack.proxy.client(me) for me in PREFIXES}
    for me, client in clients.items():
        write(client, me, key)
    direct = bare(stack.redis.client(seeds.DATABASES[key.feature]))
    _, read, expected = WAYS[key.kind]
    for me, client in clients.items():
        physical = (PREFIXES[me] + key.example.encode()).decode()
        assert ask(bare(client), filled(read, me, key.example)) == filled(expected, me)
        assert ask(direct, filled(read, me, physical)) == filled(expected, me)
        kind = TYPES.get(key.kind, key.kind.encode())
        assert client.execute_command("TYPE", key.example) == kind
        left = client.execute_command("TTL", key.example)
        assert left == -1 if not key.ttl else key.ttl - 5 <= left <= key.ttl


@pytest.mark.parametrize("pattern", seeds.KEY_PATTERNS)
def test_patterns_find_the_tenants_own_keys(stack, pattern):
    clients = fill(stack)
    head, tail = (pattern.split("*") + [""])[:2]
    expected = sorted(key.example.encode() for key in seeds.KEYS
                      if key.example.startswith(head) and key.example.endswith(tail))
    assert expected
    for client in clients.values():
        assert sorted(client.scan_iter(match=pattern)) == expected
    assert sorted(clients["globex"].keys(pattern)) == expected
    assert clients["globex"].delete(*expected) == len(expected)
    assert list(clients["globex"].scan_iter(match=pattern)) == []
    assert sorted(clients["acme"].scan_iter(match=pattern)) == expected


def test_a_database_is_its_feature(stack):
    fill(stack)
    for feature, db in seeds.DATABASES.items():
        expected = sorted(key.example.encode() for key in seeds.KEYS if key.feature == feature)
        if db == 0:
            continue  # database 0 is the merged view
        selected = stack.proxy.client("acme", db=db)
        assert sorted(selected.scan_iter()) == expected and selected.dbsize() == len(expected)
    merged = stack.proxy.client("acme")
    assert merged.dbsize() == len(seeds.KEYS) and len(list(merged.scan_iter())) == len(seeds.KEYS)
    for reserved in range(7, 16):
        with pytest.raises(redis.exceptions.ResponseError, match="DB index is out of range"):
            stack.proxy.client("acme", db=reserved).ping()


def test_the_applications_commands_by_two_tenants_in_step(stack):
    clients = {me: bare(stack.proxy.client(me)) for me in PREFIXES}
    for words, expected in seed_commands.SEQUENCE:
        for me, client in clients.items():
            assert ask(client, filled(words, me)) == filled(expected, me), words
    for keys in stack.redis.keys().values():
        assert all(key.startswith(tuple(PREFIXES.values())) for key in keys)


def test_a_rename_between_features_moves_the_key_to_its_new_database(stack):
    for me, prefix in PREFIXES.items():
        stack.clean()
        client = stack.proxy.client(me)
        client.set("user:123:tokens", me, ex=seeds.HOUR)
        assert client.rename("user:123:tokens", "fabric:cache:query:tokens")
        assert client.get("fabric:cache:query:tokens") == me.encode()
        assert seeds.HOUR - 5 <= client.ttl("fabric:cache:query:tokens") <= seeds.HOUR
        assert stack.redis.keys() == {1: [prefix + b"fabric:cache:query:tokens"]}


def test_a_pipeline_of_two_sets(stack):
    for me in PREFIXES:
        pipeline = stack.proxy.client(me).pipeline(transaction=False)
        pipeline.set("key1", me).set("key2", me).get("key1")
        assert pipeline.execute() == [True, True, me.encode()]


@pytest.mark.parametrize("channel", seeds.CHANNELS)
def test_a_message_is_published_under_the_tenants_prefix(stack, channel):
    with stack.redis.client().pubsub() as listener:
        listener.psubscribe("*")
        assert listener.get_message(timeout=harness.PATIENCE)["type"] == "psubscribe"
        for me, prefix in PREFIXES.items():
            assert stack.proxy.client(me).publish(channel, me) == 1
            message = listener.get_message(timeout=harness.PATIENCE)
            assert (message["channel"], message["data"]) == (prefix + channel.encode(), me.encode())


def test_a_subscriber_hears_its_own_tenant(stack):
    listeners = {}
    for me in PREFIXES:
        listeners[me] = stack.proxy.client(me).pubsub()
        listeners[me].subscribe(*seeds.CHANNELS)
        listeners[me].psubscribe("nexus:channel:*")
        for _ in range(len(seeds.CHANNELS) + 1):
            assert "subscribe" in listeners[me].get_message(timeout=harness.PATIENCE)["type"]
    for channel in [*seeds.CHANNELS, "nexus:channel:extra"]:
        for me in PREFIXES:
            stack.proxy.client(me).publish(channel, me)
            while (message := listeners[me].get_message(timeout=harness.PATIENCE))["channel"] != channel.encode():
                pass
            assert message["data"] == me.encode()
    for listener in listeners.values():
        listener.close()


@pytest.mark.parametrize("pattern, key", [("fastapi:temp:data:*", "fastapi:temp:data:batch-12345"),
                                          ("fabric:data:chart:*", "fabric:data:chart:kpi-1"),
                                          ("nextauth:session:*", "nextauth:session:token-1")])
def test_a_trigger_on_a_namespace_fires_for_its_own_tenant(stack, pattern, key):
    stack.redis.client().config_set("notify-keyspace-events", "KEA")
    triggers = {}
    for me in PREFIXES:
        triggers[me] = stack.proxy.client(me).pubsub()
        triggers[me].psubscribe("__keyspace@0__:" + pattern, "__keyevent@0__:expired")
        for _ in range(2):
            assert triggers[me].get_message(timeout=harness.PATIENCE)["type"] == "psubscribe"
    for me in PREFIXES:
        stack.proxy.client(me).set(key, me, px=20)
        stack.proxy.client(me).set("unrelated:" + key, me)
        seen = []
        while ("expired", key) not in seen:
            message = triggers[me].get_message(timeout=harness.PATIENCE)
            channel, data = message["channel"].decode(), message["data"].decode()
            kind, name = channel.split("@0__:", 1)
            seen.append((data, name) if kind == "__keyspace" else (name, data))
        assert seen == [("set", key), ("expire", key), ("expired", key), ("expired", key)][:len(seen)]
        assert len(seen) >= 3
        others = [trigger for other, trigger in triggers.items() if other != me]
        assert all(trigger.get_message() is None for trigger in others)
        while triggers[me].get_message(timeout=0.05):
            pass
    for trigger in triggers.values():
        trigger.close()
    stack.redis.client().config_set("notify-keyspace-events", "")


def test_an_adopted_namespace_keeps_its_names(stack):
    client = portal(stack)
    for key in seeds.NEXTAUTH:
        write(client, "portal", key)
        _, read, expected = WAYS[key.kind]
        assert ask(bare(client), filled(read, "portal", key.example)) == filled(expected, "portal")
    found = sorted(key for keys in stack.redis.keys().values() for key in keys)
    assert found == sorted(key.example.encode() for key in seeds.NEXTAUTH) == sorted(client.scan_iter())


def test_an_adopted_namespace_can_be_listed_and_nothing_beside_it(stack):
    fill(stack)
    client = portal(stack)
    client.set("nextauth:session:mine", "1")
    assert client.keys("nextauth:*") == [b"nextauth:session:mine"]
    assert list(client.scan_iter(match="*")) == [b"nextauth:session:mine"]
    for key in seeds.NAMESPACED + seeds.NEXUS + seeds.SLUG:
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.get(key.example)
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.delete("nextauth:session:mine", key.example)
    assert client.get("nextauth:session:mine") == b"1"


@pytest.mark.parametrize("words, name", seed_commands.DANGEROUS, ids=lambda w: " ".join(w)[:40]
                         if isinstance(w, list) else "")
def test_dangerous_commands_are_refused(stack, words, name):
    stack.proxy.client("globex").set("user:1", "kept")
    raw = stack.proxy.raw("acme")
    assert raw.ask(*words) == (
        f"-NOPERM this user has no permissions to run the '{name}' command\r\n".encode())
    assert raw.ask("PING") == b"+PONG\r\n"
    assert stack.proxy.client("globex").get("user:1") == b"kept"


def test_what_is_granted_concerns_one_tenant(stack):
    clients = fill(stack)
    assert clients["globex"].flushdb()
    assert clients["globex"].dbsize() == 0 and clients["acme"].dbsize() == len(seeds.KEYS)
    write(clients["globex"], "globex", seeds.KEYS[0])
    assert clients["globex"].flushall()
    assert clients["globex"].dbsize() == 0 and clients["acme"].dbsize() == len(seeds.KEYS)


def test_the_operators_questions(stack):
    clients = fill(stack)
    for client in clients.values():
        assert client.info()["redis_version"] and client.info("memory")["maxmemory_policy"]
        assert client.dbsize() == len(seeds.KEYS) and client.lastsave()
        assert client.memory_usage("acme_corp:cache:user:user_123") > 0
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_operators_questions_about_connections_concern_one_tenant(stack):
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex", client_name="neighbour")
    assert globex.ping() and globex.ping()
    assert {client["user"] for client in acme.client_list()} == {"acme"}
    address = next(client["addr"] for client in globex.client_list() if client["name"] == "neighbour")
    with pytest.raises(redis.exceptions.ResponseError, match="No such client"):
        acme.client_kill(address)
    assert globex.client_getname() == "neighbour"
    for words in (["SLOWLOG", "GET", "10"], ["SLOWLOG", "GET", "100"], ["LATENCY", "LATEST"]):
        assert isinstance(bare(acme).execute_command(*words), list)
