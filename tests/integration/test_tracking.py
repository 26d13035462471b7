"""CLIENT TRACKING: the tenant's own keys in its own names, told to whom Redis would tell them."""

import itertools

import pytest

import harness

TENANTS = harness.TENANTS + """  - name: shop
    prefix: "{tenant}:{feature}:"
    users:
      - { name: shop, passwords: ["%s"] }
  - name: own
    prefix: "own:"
    prefix_mode: require
    users:
      - { name: own, passwords: ["%s"] }
""" % (harness.sha256("shop-secret"), harness.sha256("own-secret"))


@pytest.fixture(autouse=True)
def passwords(monkeypatch):
    monkeypatch.setitem(harness.PASSWORDS, "shop", "shop-secret")
    monkeypatch.setitem(harness.PASSWORDS, "own", "own-secret")


def told(*keys):
    return b">2\r\n$10\r\ninvalidate\r\n" + harness.Raw.encode(*keys)


def told_in_resp2(*keys):
    return (b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n" + harness.Raw.encode(*keys))


def nothing_came(connection):
    """What was pushed before a reply has come before it."""
    assert connection.ask("PING") == b"+PONG\r\n"
    connection.ask("GET", "nobody:writes:this")
    assert connection.buffer == b""


def client(stack, tenant="acme", resp3=True):
    connection = stack.proxy.raw(tenant)
    if resp3:
        connection.ask("HELLO", "3")
    return connection


def number(reply):
    return reply[1:-2].decode()


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def stack(fresh, request):
    return fresh(workers=request.param, tenants=TENANTS)


# ---- Default mode

def test_reads_are_tracked_in_every_database(stack):
    reader, writer = client(stack), client(stack)
    assert reader.ask("CLIENT", "TRACKING", "ON") == b"+OK\r\n"
    for key in ("session:1", "cache:1", "queue:1"):
        reader.ask("GET", key)
        writer.ask("SET", key, "x")
        assert reader.reply() == told(key)
        writer.ask("SET", key, "y")  # is told once
    nothing_came(reader)


def test_a_read_split_over_databases_is_tracked(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON")
    assert reader.ask("MGET", "session:1", "cache:1", "queue:1") == b"*3\r\n_\r\n_\r\n_\r\n"
    for key in ("queue:1", "session:1"):
        writer.ask("SET", key, "x")
        assert reader.reply() == told(key)


def test_reads_in_a_transaction_are_tracked(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON")
    reader.ask("MULTI")
    reader.ask("GET", "session:1")
    reader.ask("GET", "queue:1")
    assert reader.ask("EXEC") == b"*2\r\n_\r\n_\r\n"
    for key in ("queue:1", "session:1"):
        writer.ask("SET", key, "x")
        assert reader.reply() == told(key)


def test_another_tenants_writes_are_not_told(stack):
    reader, foreign = client(stack), client(stack, "globex")
    reader.ask("CLIENT", "TRACKING", "ON")
    reader.ask("GET", "cache:1")
    foreign.ask("SET", "cache:1", "x")
    nothing_came(reader)


def test_own_writes_and_noloop(stack):
    reader = client(stack)
    reader.ask("CLIENT", "TRACKING", "ON")
    reader.ask("GET", "cache:1")
    reader.send(reader.encode("SET", "cache:1", "x"))
    assert sorted([reader.reply(), reader.reply()]) == sorted([b"+OK\r\n", told("cache:1")])
    reader.ask("CLIENT", "TRACKING", "ON", "NOLOOP")
    reader.ask("GET", "cache:1")
    assert reader.ask("SET", "cache:1", "x") == b"+OK\r\n"
    assert reader.ask("MSET", "cache:1", "x", "queue:1", "y") == b"+OK\r\n"
    nothing_came(reader)


@pytest.mark.parametrize("mode, word", [("OPTIN", "YES"), ("OPTOUT", "NO")])
def test_caching_is_about_the_next_command(stack, mode, word):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", mode)

    def opted(*words):
        assert reader.ask("CLIENT", "CACHING", word) == b"+OK\r\n"
        return reader.ask(*words)

    opted("GET", "cache:1"), reader.ask("GET", "cache:2")
    opted("CLIENT", "ID"), reader.ask("GET", "queue:1")  # CLIENT is one command to Redis
    opted("PING"), reader.ask("GET", "queue:2")
    opted("MGET", "session:1", "cache:3")
    opted("MULTI"), reader.ask("GET", "queue:3"), reader.ask("GET", "session:3"), reader.ask("EXEC")
    reader.ask("GET", "queue:4")
    with_word = ["cache:1", "queue:1", "session:1", "cache:3", "queue:3", "session:3"]
    without = ["cache:2", "queue:2", "queue:4"]
    for key in with_word + without:
        writer.ask("SET", key, "x")
    for key in with_word if mode == "OPTIN" else without:
        assert reader.reply() == told(key)
    nothing_came(reader)


def test_off_lets_go_of_the_lane(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON")
    lanes = lambda: stack.proxy.metric("bulkhead_backend_lanes", backend="main", kind="pinned")
    harness.wait_until(lambda: lanes() == 1, "a lane")
    reader.ask("GET", "cache:1")
    assert reader.ask("CLIENT", "TRACKING", "OFF") == b"+OK\r\n"
    harness.wait_until(lambda: lanes() == 0, "its end")
    writer.ask("SET", "cache:1", "x")
    nothing_came(reader)
    assert reader.ask("CLIENT", "TRACKING", "OFF") == b"+OK\r\n"


# ---- Broadcast

def test_broadcast_is_about_the_tenants_keys(stack):
    reader, writer, foreign = client(stack), client(stack), client(stack, "globex")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST") == b"+OK\r\n"
    foreign.ask("SET", "cache:1", "x")
    stack.redis.client().set("raw", "x")
    writer.ask("SET", "queue:1", "x")
    assert reader.reply() == told("queue:1")
    nothing_came(reader)


def test_broadcast_with_prefixes(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "cache:", "PREFIX", "queue:a")
    for key in ("queue:b", "session:1", "queue:a1", "cache:1"):
        writer.ask("SET", key, "x")
    assert [reader.reply(), reader.reply()] == [told("queue:a1"), told("cache:1")]
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "session:") == b"+OK\r\n"
    writer.ask("SET", "session:1", "y")
    assert reader.reply() == told("session:1")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST") == b"+OK\r\n"
    writer.ask("SET", "ws:1", "y")
    assert reader.reply() == told("ws:1")


def test_broadcast_where_prefixes_hold_the_feature(stack):
    reader, writer = client(stack, "shop"), client(stack, "shop")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST") == b"+OK\r\n"
    for key in ("queue:1", "session:1", "other"):
        writer.ask("SET", key, "x")
        assert reader.reply() == told(key)


def test_broadcast_where_the_tenant_writes_its_prefix(stack):
    reader, writer = client(stack, "own"), client(stack, "own")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "ow").startswith(b"-NOPERM")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "own:a") == b"+OK\r\n"
    writer.ask("SET", "own:b", "x")
    writer.ask("SET", "own:a", "x")
    assert reader.reply() == told("own:a")
    assert reader.ask("CLIENT", "TRACKING", "ON", "BCAST") == b"+OK\r\n"
    writer.ask("SET", "own:b", "x")
    assert reader.reply() == told("own:b")


def test_flushes(stack):
    """One tenant's is told key by key, and to that tenant; the server's to everybody."""
    ours, theirs = client(stack), client(stack, "globex")
    flusher = client(stack, "globex")
    for reader in (ours, theirs):
        reader.ask("SET", "cache:1", "x")
        reader.ask("CLIENT", "TRACKING", "ON")
        reader.ask("GET", "cache:1")
    assert flusher.ask("FLUSHALL") == b"+OK\r\n"
    assert theirs.reply() == told("cache:1")
    nothing_came(ours)
    stack.redis.client().flushall()
    assert ours.reply() == theirs.reply() == b">2\r\n$10\r\ninvalidate\r\n_\r\n"
    assert stack.proxy.metric("bulkhead_foreign_name_blocked_total", tenant="acme") == 0


# ---- Redirection

@pytest.mark.parametrize("resp3", [False, True], ids=["resp2", "resp3"])
def test_redirect(stack, resp3):
    """Several pairs, so that with two workers some lie on different ones."""
    for i in range(4):
        target, reader = client(stack, resp3=resp3), client(stack, resp3=False)
        writer = client(stack)
        id = number(target.ask("CLIENT", "ID"))
        if not resp3:
            assert target.ask("SUBSCRIBE", "__redis__:invalidate") == (
                b"*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n")
        assert reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", id) == b"+OK\r\n"
        assert reader.ask("CLIENT", "GETREDIR") == f":{id}\r\n".encode()
        reader.ask("GET", f"cache:{i}")
        writer.ask("SET", f"cache:{i}", "x")
        assert target.reply() == (told if resp3 else told_in_resp2)(f"cache:{i}")
        stack.redis.client().flushall()
        null = b">2\r\n$10\r\ninvalidate\r\n$-1\r\n" if resp3 else (
            b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n")
        assert target.reply() == null
        nothing_came(reader)


def test_redirect_to_itself(stack):
    reader, writer = client(stack), client(stack)
    id = number(reader.ask("CLIENT", "ID"))
    assert reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", id) == b"+OK\r\n"
    reader.ask("GET", "cache:1")
    writer.ask("SET", "cache:1", "x")
    assert reader.reply() == told("cache:1")


def test_redirect_to_nobody_and_to_foreigners(stack):
    reader, foreign = client(stack), client(stack, "globex")
    expected = b"-ERR The client ID you want redirect to does not exist\r\n"
    upstream = stack.redis.client().client_id()
    for id in (number(foreign.ask("CLIENT", "ID")), "0", "-1", "999999", str(upstream + 100)):
        assert reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", id) == expected
    assert reader.ask("CLIENT", "GETREDIR") == b":-1\r\n"


def test_the_one_who_is_told_leaves(stack):
    target, reader, writer = client(stack), client(stack), client(stack)
    id = number(target.ask("CLIENT", "ID"))
    reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", id)
    reader.ask("GET", "cache:1")
    target.close()
    harness.wait_until(lambda: b"broken_redirect" in reader.ask("CLIENT", "TRACKINGINFO"), "news")
    writer.ask("SET", "cache:1", "x")
    assert reader.reply() == b">2\r\n$21\r\ntracking-redir-broken\r\n:%s\r\n" % id.encode()
    line = reader.ask("CLIENT", "INFO").decode()
    assert " flags=tR " in line and f" redir={id} " in line


def test_subscribed_client_hears_channels_and_invalidations(stack):
    target, reader, writer = (client(stack, resp3=False) for _ in range(3))
    id = number(target.ask("CLIENT", "ID"))
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST", "REDIRECT", id)
    writer.ask("SET", "cache:1", "x")  # RESP2, not subscribed: as in Redis nobody is told
    target.ask("SUBSCRIBE", "__redis__:invalidate")
    writer.ask("PUBLISH", "__redis__:invalidate", "hand-made")
    assert target.reply() == (b"*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n"
                              b"$9\r\nhand-made\r\n")
    writer.ask("SET", "cache:1", "x")
    assert target.reply() == told_in_resp2("cache:1")


# ---- What it says about itself

WORDS = ("BCAST", "OPTIN", "OPTOUT", "NOLOOP", "PREFIX a", "PREFIX ab", "REDIRECT 424242",
         "REDIRECT x", "FOO", "PREFIX", "REDIRECT")
LINES = [" ".join(("CLIENT TRACKING", switch) + words)
         for switch in ("ON", "OFF", "MAYBE") for count in range(4)
         for words in itertools.permutations(WORDS, count) if count < 3 or words[0] == "BCAST"]


def test_options_and_their_mistakes_as_on_a_bare_redis(stack):
    for line in LINES:
        direct, proxied = harness.Raw(stack.redis.socket), client(stack, resp3=False)
        for words in (line, "CLIENT TRACKINGINFO", "CLIENT GETREDIR"):
            assert proxied.ask(*words.split()) == direct.ask(*words.split()), line
        direct.close(), proxied.close()


FIRST = ("CLIENT TRACKING ON", "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON OPTIN",
         "CLIENT TRACKING ON OPTOUT NOLOOP", "CLIENT TRACKING ON BCAST PREFIX a PREFIX b",
         "CLIENT TRACKING OFF")
SECOND = FIRST + ("CLIENT TRACKING ON BCAST PREFIX ac", "CLIENT TRACKING ON BCAST PREFIX c NOLOOP",
                  "CLIENT CACHING YES", "CLIENT CACHING NO", "CLIENT CACHING MAYBE", "HELLO 2",
                  "CLIENT TRACKING ON NOLOOP")


@pytest.mark.parametrize("first", FIRST)
def test_one_after_another_as_on_a_bare_redis(stack, first):
    for second, third in itertools.product(SECOND, SECOND):
        direct, proxied = harness.Raw(stack.redis.socket), client(stack, resp3=False)
        for words in ("HELLO 3", first, second, third):
            a, b = proxied.ask(*words.split()), direct.ask(*words.split())
            assert words.startswith("HELLO") or a == b, (first, second, third)
            for question in ("CLIENT TRACKINGINFO", "CLIENT GETREDIR"):
                assert proxied.ask(*question.split()) == direct.ask(*question.split()), (
                    first, second, third)
        direct.close(), proxied.close()


def test_flags_in_the_list(stack):
    reader = client(stack)
    assert b" flags=N " in reader.ask("CLIENT", "INFO")
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    line = reader.ask("CLIENT", "LIST")
    assert b" flags=tB " in line and b" redir=0 " in line
    assert b"tracking_clients:1\r\n" in reader.ask("INFO", "clients")
    reader.ask("CLIENT", "TRACKING", "OFF")
    assert b" redir=-1 " in reader.ask("CLIENT", "INFO")


# ---- Changes of state

def test_hello_changes_the_protocol_of_what_is_pushed(stack):
    reader, writer = client(stack, resp3=False), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    writer.ask("SET", "cache:1", "x")
    nothing_came(reader)
    reader.ask("HELLO", "3")
    assert reader.ask("GET", "cache:1") == b"$1\r\nx\r\n"
    writer.ask("SET", "cache:1", "x")
    assert reader.reply() == told("cache:1")
    reader.ask("HELLO", "2")
    writer.ask("SET", "cache:1", "x")
    nothing_came(reader)


@pytest.mark.parametrize("words", [("RESET",), ("AUTH", "globex", "globex-secret")])
def test_who_becomes_another_is_tracked_no_more(stack, words):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    reader.ask(*words)
    reader.ask("HELLO", "3", "AUTH", "globex", "globex-secret")
    writer.ask("SET", "cache:1", "x")
    client(stack, "globex").ask("SET", "cache:2", "x")
    nothing_came(reader)
    assert b"off" in reader.ask("CLIENT", "TRACKINGINFO")


def test_a_second_auth_as_the_same_tenant_changes_nothing(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    reader.ask("AUTH", "acme", "acme-secret")
    writer.ask("SET", "cache:1", "x")
    assert reader.reply() == told("cache:1")


def test_redis_dies_while_tracking(stack):
    target, reader = client(stack), client(stack)
    other = client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "REDIRECT", number(target.ask("CLIENT", "ID")))
    stack.redis.kill()
    assert reader.closed() and target.closed()
    stack.redis.start()
    harness.wait_until(lambda: other.ask("GET", "cache:1") in (b"$-1\r\n", b"_\r\n"), "redis")


def test_reload_while_tracking(stack):
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    stack.proxy.reload()
    writer.ask("SET", "cache:1", "x")
    assert reader.reply() == told("cache:1")
    stack.proxy.write(tenants=TENANTS.replace("- name: acme\n", "- name: acme\n    prefix: \"new:\"\n"))
    stack.proxy.reload()
    assert reader.closed()


def test_a_reader_who_does_not_read(fresh):
    stack = fresh(extra="limits: { client_output_soft: 64KiB, client_output: 128KiB }\n")
    reader, writer = client(stack), client(stack)
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST")
    key = "cache:" + "x" * 60000

    def closed():
        writer.ask("SET", key, "x")
        return stack.proxy.metric("bulkhead_slow_readers_closed_total", tenant="acme") == 1
    harness.wait_until(closed, "the end of the slow client")
