"""A backend that does not keep to the protocol: whatever it sends, nobody gets another's reply.

Well behaved, the scripted Redis answers every command with its physical key, so that each reply
tells whose it is.
"""

import pytest

import harness
from fake_redis import FakeRedis, bulk, second_word

PREFIX = {"acme": b"acme:", "globex": b"erp:tenant:globex:"}
DOWN = b"-BACKENDDOWN backend 'main' "


class Liar:
    """The scripted Redis with a Bulkhead before it, which is told not to wait long."""

    def __init__(self):
        self.directory = harness.temporary_directory()
        self.redis = FakeRedis()
        self.proxy = harness.Bulkhead(self.directory, self.redis.address,
                                      backend_extra="    command_timeout: 2s\n")

    def lost(self, reason):
        return self.proxy.metric("bulkhead_backend_lanes_closed_total", reason=reason)

    def blocked(self, tenant):
        return self.proxy.metric("bulkhead_foreign_name_blocked_total", tenant=tenant)

    def close(self):
        self.proxy.stop()
        self.redis.close()
        harness.remove(self.directory)


@pytest.fixture(scope="module")
def shared_liar():
    liar = Liar()
    yield liar
    liar.close()


@pytest.fixture
def liar(shared_liar):
    shared_liar.redis.answer = second_word
    yield shared_liar
    assert shared_liar.proxy.process.poll() is None, shared_liar.proxy.log_text()


def own(tenant, key):
    return bulk(PREFIX[tenant] + key.encode())


def recovers(raw, tenant="acme"):
    def right():
        reply = raw.ask("GET", "probe")
        assert reply == own(tenant, "probe") or reply.startswith(DOWN), reply
        return not reply.startswith(b"-")
    harness.wait_until(right, "the lane", 5)


def ready(liar, tenant="acme"):
    raw = liar.proxy.raw(tenant)
    recovers(raw, tenant)
    return raw


GARBAGE = [b"hello\r\n", b"\r\n", b"\0\0\0\0", b"$x\r\n", b"$-2\r\n", b"$\r\n", b"*-5\r\n", b"$3\r\nabcXY",
           b"*99999999999999999999\r\n", b"$99999999999999999999\r\n", b"*2\r\n$1\r\na\r\nb\r\n",
           b"%-1\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage(liar, garbage):
    raw, other = ready(liar), ready(liar, "globex")
    before = liar.lost("protocol")
    liar.redis.once(lambda *_: garbage)
    assert raw.ask("GET", "a").startswith(DOWN)
    recovers(raw)
    recovers(other, "globex")
    assert liar.lost("protocol") == before + 1


def test_garbage_behind_a_large_reply_that_has_begun_to_leave(liar):
    raw = ready(liar)
    before = liar.lost("protocol")
    liar.redis.once(lambda *_: b"$200000\r\n" + b"v" * 200000 + b"XY")
    raw.send(raw.encode("GET", "a"))
    assert len(raw.rest()) < 200011  # only the end can tell the client
    recovers(liar.proxy.raw("acme"))
    assert liar.lost("protocol") == before + 1


REPLIES = [b"$3\r\nabc\r\n", b"*2\r\n$3\r\nabc\r\n*1\r\n:12\r\n", b"-ERR no\r\n", b"$-1\r\n"]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("end", ["close", "reset"])
def test_cut_at_every_byte(liar, reply, end):
    raw = ready(liar)
    before = liar.lost("by_backend")
    for length in range(len(reply)):
        def cut(connection, _, length=length):
            connection.send(reply[:length])
            getattr(connection, end)()
        liar.redis.once(cut)
        raw.send(raw.encode("GET", "a") + raw.encode("GET", "behind"))
        assert raw.reply().startswith(DOWN), length
        assert raw.reply().startswith(DOWN), length
        recovers(raw)
    assert liar.lost("by_backend") == before + len(reply)


SURPLUS = {
    "a second reply": lambda key: bulk(key) + b"$6\r\nnobody\r\n",
    "half a second reply": lambda key: bulk(key) + b"$6\r\nno",
    "a status": lambda key: bulk(key) + b"+OK\r\n",
    "a push behind": lambda key: bulk(key) + b">2\r\n$10\r\ninvalidate\r\n*1\r\n$6\r\nacme:x\r\n",
    "a stray newline": lambda key: bulk(key) + b"\r\n",
}


@pytest.mark.parametrize("name", SURPLUS)
def test_surplus_reply(liar, name):
    raws = {tenant: ready(liar, tenant) for tenant in PREFIX}
    before = liar.lost("surplus_reply")
    liar.redis.once(lambda _, words: SURPLUS[name](words[1]))
    assert raws["acme"].ask("GET", "a") == own("acme", "a")
    for tenant, raw in raws.items():
        recovers(raw, tenant)
    assert liar.lost("surplus_reply") == before + 1


@pytest.mark.parametrize("protocol", [2, 3])
def test_push_in_front_of_a_reply(liar, protocol):
    raw = liar.proxy.raw("acme")
    raw.ask("HELLO", protocol)
    recovers(raw)
    before = liar.lost("surplus_reply")
    liar.redis.once(lambda _, words: b">2\r\n+message\r\n$6\r\nglobex\r\n" + bulk(words[1]))
    assert raw.ask("GET", "a").startswith(DOWN)
    recovers(raw)
    assert liar.lost("surplus_reply") == before + 1


def test_unasked_reply_while_nothing_is_under_way(liar):
    raw = ready(liar)
    for unasked in [b"+OK\r\n", b">1\r\n+push\r\n", b"$", b"-ERR bye\r\n"]:
        before = liar.lost("surplus_reply")
        liar.redis.last.send(unasked)
        harness.wait_until(lambda: liar.lost("surplus_reply") == before + 1, "the loss")
        recovers(raw)


def test_surplus_reply_in_the_handshake_is_for_nobody(liar):
    raw = ready(liar)
    before = liar.lost("surplus_reply")
    liar.redis.handshake[b"SELECT"] = b"+OK\r\n$6\r\nnobody\r\n"
    liar.redis.once(lambda connection, _: connection.close())
    assert raw.ask("GET", "a").startswith(DOWN)

    def counted():
        reply = raw.ask("GET", "a")
        assert reply.startswith(DOWN) or reply == own("acme", "a"), reply
        return liar.lost("surplus_reply") > before
    harness.wait_until(counted, "the loss")
    liar.redis.handshake[b"SELECT"] = b"+OK\r\n"
    recovers(raw)


def test_pipelines_of_two_tenants_when_a_reply_too_many_comes_in_the_middle(liar):
    """Only what cannot be known is given out: what came before the lie."""
    raws = {tenant: ready(liar, tenant) for tenant in PREFIX}
    for _ in range(20):
        for tenant, raw in raws.items():
            raw.send(b"".join(raw.encode("GET", f"k{i}") for i in range(50)))

        def close_after(connection, words):
            connection.send(bulk(words[1])[:-1])
            connection.close()
        liar.redis.once(close_after)
        for tenant, raw in raws.items():
            for i in range(50):
                reply = raw.reply()
                assert reply == own(tenant, f"k{i}") or reply.startswith(DOWN), reply
        for tenant, raw in raws.items():
            recovers(raw, tenant)


FOREIGN = {"acme": b"erp:tenant:globex:x", "globex": b"acme:x"}
OTHERS = [b"x", b"", b"acm", b"erp:tenant:"]


def pages(tenant, name):
    """Commands, and replies to them that hold the name beside one of the tenant's own."""
    mine = PREFIX[tenant] + b"mine"
    keys = b"*2\r\n" + bulk(mine) + bulk(name)
    return [
        (("SCAN", "0", "COUNT", "100"), b"*2\r\n$1\r\n0\r\n" + keys),
        (("LMPOP", "1", "mine", "LEFT"), b"*2\r\n" + bulk(name) + b"*1\r\n$1\r\nv\r\n"),
        (("ZMPOP", "1", "mine", "MIN"), b"*2\r\n" + bulk(name) + b"*1\r\n*2\r\n$1\r\nv\r\n$1\r\n1\r\n"),
        (("XREAD", "STREAMS", "mine", "0"), b"*1\r\n*2\r\n" + bulk(name) + b"*0\r\n"),
        (("XREAD", "STREAMS", "mine", "more", "0", "0"),
         b"*2\r\n*2\r\n" + bulk(mine) + b"*0\r\n*2\r\n" + bulk(name) + b"*0\r\n"),
    ]


@pytest.mark.parametrize("tenant", PREFIX)
def test_foreign_name_in_a_reply_is_withheld_and_counted(liar, tenant):
    for name in [FOREIGN[tenant], *OTHERS]:
        asked = pages(tenant, name)
        if tenant == "globex":
            asked.append((("KEYS", "*"), asked[0][1]))
        for words, reply in asked:
            raw = liar.proxy.raw(tenant)
            recovers(raw, tenant)
            before = liar.blocked(tenant)
            liar.redis.answer = lambda _, w, reply=reply, first=words[0]: (
                reply if w[0] in (first.encode(), b"SCAN") else second_word(_, w))
            assert raw.ask(*words) == (b"-ERR reply withheld: it holds a name that does not belong "
                                       b"to this tenant\r\n"), words
            assert liar.blocked(tenant) == before + 1
            liar.redis.answer = second_word
            recovers(raw, tenant)  # the connection lives on


def test_foreign_name_in_resp3(liar):
    raw = liar.proxy.raw("acme")
    raw.ask("HELLO", 3)
    recovers(raw)
    liar.redis.once(lambda *_: b"%1\r\n" + bulk(FOREIGN["acme"]) + b"*0\r\n")
    assert raw.ask("XREAD", "STREAMS", "mine", "0").startswith(b"-ERR reply withheld")
    recovers(raw)


def test_foreign_name_far_behind_ends_the_connection(liar):
    """The first part of the reply has left when the name comes: it is cut off before the name."""
    raw = ready(liar)
    before = liar.blocked("acme")
    entries = b"*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$300000\r\n" + b"v" * 300000 + b"\r\n"
    liar.redis.once(lambda *_: b"*2\r\n*2\r\n" + bulk(b"acme:mine") + entries +
                    b"*2\r\n" + bulk(FOREIGN["acme"]) + b"*0\r\n")
    raw.send(raw.encode("XREAD", "STREAMS", "mine", "x", "0", "0"))
    assert b"globex" not in raw.rest()
    assert liar.blocked("acme") == before + 1
    recovers(liar.proxy.raw("acme"))
