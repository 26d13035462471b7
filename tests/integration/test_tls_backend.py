"""Proves that backends are spoken to inside TLS on every kind of connection, only when their certificate is
good, and that certificates may change meanwhile."""

import threading

import pytest

import harness
import tls_clients
from certificates import Authority

BIG = 100 * 1024 * 1024


class World:
    """A redis-server that speaks TLS on TCP; `tls` are further lines of the backend's section."""

    def __init__(self, directory, *, certificate=None, options=(), extra="", tls="", ca=True, workers=1,
                 version=None):
        self.directory = directory
        self.authority = Authority(directory)
        self.port = tls_clients.free_port()
        pair = certificate(self.authority) if certificate else self.authority.server("redis")
        self.redis = harness.Redis(
            directory, "--tls-port", str(self.port), "--tls-cert-file", str(pair[0]), "--tls-key-file",
            str(pair[1]), "--tls-ca-cert-file", str(self.authority.certificate), "--tls-auth-clients", "no",
            *(("--tls-protocols", version) if version else ()), *options)
        lines = f"    tls:\n{tls}" + (f"      ca: {self.authority.certificate}\n" if ca else "")
        self.options = {"extra": extra, "backend_extra": lines if lines != "    tls:\n" else "    tls: {}\n",
                        "workers": workers}
        self.proxy = None

    def start(self):
        self.proxy = harness.Bulkhead(self.directory, f"127.0.0.1:{self.port}", **self.options)
        return self

    def close(self):
        if self.proxy:
            self.proxy.stop()
        self.redis.stop()


@pytest.fixture
def make_world(tmp_path):
    worlds = []

    def make(start=True, **options):
        worlds.append(World(tmp_path, **options))
        return worlds[-1].start() if start else worlds[-1]

    yield make
    for world in worlds:
        world.close()


def is_up(world):
    return world.proxy.metric("bulkhead_backend_up", backend="main") == 1


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_every_kind_of_connection(make_world, version):
    world = make_world(version=version, workers=2)
    client, subscriber = world.proxy.client(), world.proxy.client().pubsub()
    assert is_up(world)
    assert client.set("session:1", "one") and client.set("cache:1", "two")  # shared
    assert client.eval("return redis.call('GET', KEYS[1])", 1, "session:1") == b"one"  # fenced
    subscriber.subscribe("news")  # pinned
    assert subscriber.get_message(timeout=harness.PATIENCE)["type"] == "subscribe"
    assert client.publish("news", "hello") == 1
    assert subscriber.get_message(timeout=harness.PATIENCE)["data"] == b"hello"
    with client.pipeline() as pipe:
        pipe.watch("session:1")
        pipe.multi()
        pipe.get("session:1")
        pipe.get("cache:1")
        assert pipe.execute() == [b"one", b"two"]
    assert client.rpush("queue:1", "a") and client.blpop("queue:1", 1) == (b"queue:1", b"a")
    # None of them came by another way: the proxy knows the TLS port alone.
    assert world.redis.client().info("stats")["total_connections_received"] > 4


def test_fanout(make_world):
    world = make_world(extra="pubsub: fanout\n")
    subscribers = [world.proxy.client().pubsub() for _ in range(5)]
    for subscriber in subscribers:
        subscriber.subscribe("news")
        assert subscriber.get_message(timeout=harness.PATIENCE)["type"] == "subscribe"
    world.proxy.client().publish("news", "hello")
    for subscriber in subscribers:
        assert subscriber.get_message(timeout=harness.PATIENCE)["data"] == b"hello"


def test_values_of_100_mib_both_ways(make_world):
    world = make_world(extra="limits:\n  client_output: 4MiB\n")
    raw = world.proxy.raw("acme")
    before = most = world.proxy.resident_bytes()
    piece = bytes(range(256)) * 4096
    raw.send(b"*3\r\n$3\r\nSET\r\n$9\r\ncache:big\r\n$%d\r\n" % BIG)
    for _ in range(BIG // len(piece)):
        raw.send(piece)
        most = max(most, world.proxy.resident_bytes())
    raw.send(b"\r\n")
    assert raw.reply() == b"+OK\r\n"
    raw.send(raw.encode("GET", "cache:big"))
    assert raw.line() == b"$%d\r\n" % BIG
    for _ in range(BIG // len(piece)):
        assert raw.exactly(len(piece)) == piece
        most = max(most, world.proxy.resident_bytes())
    assert raw.exactly(2) == b"\r\n"
    assert most - before < 40 * 1024 * 1024, (before, most)


def test_many_clients_at_once_get_their_own_replies(make_world):
    world = make_world(workers=2)
    errors = []

    def work(number):
        try:
            client = world.proxy.client("acme" if number % 2 else "globex")
            for i in range(20):
                with client.pipeline(transaction=False) as pipe:
                    for j in range(50):
                        pipe.set(f"cache:{number}:{j}", f"{number}:{i}:{j}" * (1 + 40 * j))
                        pipe.get(f"cache:{number}:{j}")
                    replies = pipe.execute()
                assert replies[1::2] == [f"{number}:{i}:{j}".encode() * (1 + 40 * j) for j in range(50)]
        except BaseException as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_a_backend_that_comes_back(make_world):
    world = make_world()
    assert world.proxy.client().set("session:1", "one")
    world.redis.kill()
    harness.wait_until(lambda: not is_up(world), "the loss")
    assert world.proxy.raw("acme").ask("GET", "session:1").startswith(b"-BACKENDDOWN")
    world.redis.start()
    harness.wait_until(lambda: is_up(world), "the return")
    harness.wait_until(lambda: world.proxy.raw("acme").ask("SET", "session:1", "two") == b"+OK\r\n", "a lane")


# ---- Whom the proxy trusts

REFUSED = {
    "another authority": ({"ca": False}, "the certificate is not good"),
    "another name": ({"certificate": lambda a: a.issue("redis", names="DNS:elsewhere.example")},
                     "IP address mismatch"),
    "another server_name": ({"tls": "      server_name: elsewhere.example\n"}, "ostname mismatch"),
    "expired": ({"certificate": lambda a: a.server("redis", days=-1)}, "certificate has expired"),
    "too old": ({"tls": "      min_version: 1.3\n", "version": "TLSv1.2"}, "version"),
    "wants a certificate": ({"options": ("--tls-auth-clients", "yes")}, ""),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_backend_that_cannot_be_trusted_is_down_and_says_why(make_world, what):
    options, problem = REFUSED[what]
    world = make_world(**options)
    log = world.proxy.log_text()
    assert " backend_down " in log and problem in log
    raw = world.proxy.raw("acme")
    assert raw.ask("GET", "session:1").startswith(b"-BACKENDDOWN")
    assert world.proxy.http("/readyz")[0] == 503
    assert world.redis.client().info("commandstats").get("cmdstat_get") is None


def test_a_plain_backend_is_not_spoken_to(fresh, tmp_path):
    port = tls_clients.free_port()
    stack = fresh(redis_options=("--port", str(port)))
    proxy = harness.Bulkhead(tmp_path, f"127.0.0.1:{port}", backend_extra="    tls: { verify: false }\n")
    try:
        assert " backend_down " in proxy.log_text()
        assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"
        assert proxy.raw("acme").ask("GET", "a").startswith(b"-BACKENDDOWN")
        assert stack.redis.process.poll() is None
    finally:
        proxy.stop()


@pytest.mark.parametrize("options", [
    {"tls": "      verify: false\n", "ca": False,
     "certificate": lambda a: a.issue("redis", names="DNS:elsewhere.example", days=-1)},
    {"tls": "      server_name: main.redis.example\n",
     "certificate": lambda a: a.issue("redis", names="DNS:*.redis.example")},
])
def test_other_ways_to_trust(make_world, options):
    world = make_world(**options)
    assert world.proxy.client().set("session:1", "one")


def test_a_client_certificate_and_its_rotation(make_world, tmp_path):
    certificate, key = tmp_path / "proxy.crt", tmp_path / "proxy.key"
    world = make_world(start=False, options=("--tls-auth-clients", "yes"),
                       tls=f"      certificate: {certificate}\n      key: {key}\n")
    world.authority.issue("proxy")
    world.start()
    client = world.proxy.client()
    assert client.set("session:1", "one") and client.publish("news", "nobody hears") == 0
    subscriber = client.pubsub()
    subscriber.subscribe("news")
    assert subscriber.get_message(timeout=harness.PATIENCE)["type"] == "subscribe"
    # A new pair: connections that are there live on, and none is made anew because of it.
    ids = lambda: {one["id"] for one in world.redis.client().client_list() if one["addr"][0] != "/"}
    before = ids()
    world.authority.issue("proxy")
    world.proxy.reload()
    assert client.get("session:1") == b"one"
    client.publish("news", "still here")
    assert subscriber.get_message(timeout=harness.PATIENCE)["data"] == b"still here"
    assert before <= ids()
    assert client.set("queue:1", "one")  # another database: a new connection
    # A broken one changes nothing, and the log says why.
    key.write_text("nothing")
    world.proxy.reload()
    assert "holds no private key in PEM format" in world.proxy.log_text()
    assert client.set("rate:1", "one")
