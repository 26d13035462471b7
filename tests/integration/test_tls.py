"""Proves that listeners speak TLS: unmodified clients, what they may do, who is turned away and how, and
certificates that are exchanged while clients are served."""

import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

import harness
import node_clients
import tls_clients
from certificates import Authority, openssl

BIG = 100 * 1024 * 1024


class World:
    """A proxy with a plain listener and one that speaks TLS."""

    def __init__(self, stack_of, directory, tls="", extra="", **options):
        self.authority = Authority(directory)
        self.certificate, self.key = self.authority.server()
        self.tls = tls
        self.stack = stack_of(listen=self.listeners(), extra=extra, **options)
        self.proxy = self.stack.proxy
        self.plain_port, self.port = self.proxy.ports[:2]

    def listeners(self):
        return (f"listen:\n  - address: 127.0.0.1:0\n  - address: 127.0.0.1:0\n"
                f"    tls:\n      certificate: {self.certificate}\n      key: {self.key}\n{self.tls}")

    def client(self, **options):
        return tls_clients.client(self.port, self.authority, **options)

    def raw(self, **options):
        return tls_clients.Raw(self.port, tls_clients.context(self.authority, **options))

    def handshakes(self, result):
        return self.proxy.metric("bulkhead_tls_handshakes_total", result=result)


@pytest.fixture(scope="module")
def shared_world(stack_of, tmp_path_factory):
    return World(stack_of, tmp_path_factory.mktemp("tls"))


@pytest.fixture
def world(shared_world):
    shared_world.stack.clean()
    yield shared_world
    assert shared_world.proxy.process.poll() is None, shared_world.proxy.log_text()


@pytest.fixture
def make_world(fresh, tmp_path):
    return lambda **options: World(fresh, tmp_path, **options)


# ---- Clients

def test_redis_cli(world):
    done = subprocess.run(["redis-cli", *tls_clients.cli_options(world.authority), "-p", str(world.port),
                           "--user", "acme", "--pass", "acme-secret", "--no-auth-warning"],
                          input="SET session:1 one\nGET session:1\nPING\n", capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    assert (done.stdout, done.stderr) == ("OK\none\nPONG\n", "")
    assert world.stack.redis.keys() == {0: [b"acme:session:1"]}


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py(world, protocol):
    client = world.client()
    with client.pipeline(transaction=True) as pipe:
        for i in range(100):
            pipe.set(f"session:{i}", i)
        assert pipe.execute() == [True] * 100
    assert sorted(client.scan_iter("session:*")) == sorted(f"session:{i}".encode() for i in range(100))
    raw = world.raw().login()
    assert raw.ask("HELLO", protocol)[:1] == (b"%" if protocol == 3 else b"*")


@pytest.mark.parametrize("kind", ["redis5", "ioredis"])
def test_node_clients(world, kind):
    folder = node_clients.installed()
    done = subprocess.run(["node", node_clients.CLIENTS / "tls.mjs", kind, str(world.port),
                           str(world.authority.certificate)], env=node_clients.environment(folder),
                          capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_and_resumption(world, version):
    tls = tls_clients.context(world.authority, version=version)
    first = tls_clients.Raw(world.port, tls).login()
    assert first.ask("PING") == b"+PONG\r\n"
    again = socket.create_connection(("127.0.0.1", world.port))
    resumed = tls.wrap_socket(again, server_hostname="localhost", session=first.socket.session)
    assert resumed.session_reused
    resumed.sendall(b"AUTH acme acme-secret\r\n")
    assert resumed.recv(100) == b"+OK\r\n"


# ---- What goes through

def test_values_of_100_mib_both_ways_cost_a_buffer(make_world):
    world = make_world(extra="limits:\n  client_output: 4MiB\n")
    raw = world.raw().login()
    raw.ask("SET", "cache:warm", b"x" * 1024 * 1024)
    before = world.proxy.resident_bytes()
    piece = os.urandom(1024 * 1024)
    raw.send(b"*3\r\n$3\r\nSET\r\n$9\r\ncache:big\r\n$%d\r\n" % BIG)
    most = before
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


def test_a_slow_reader_is_bounded_and_gets_every_byte(world):
    world.client().set("cache:piece", b"y" * 1024 * 1024)
    raw = world.raw().login()
    before = world.proxy.resident_bytes()
    for _ in range(200):
        raw.send(raw.encode("GET", "cache:piece"))
    other = world.client()
    for _ in range(50):
        assert other.ping()
        time.sleep(0.002)  # it is to be slow: no event says so
    assert world.proxy.resident_bytes() - before < 100 * 1024 * 1024
    for _ in range(200):
        assert len(raw.reply()) == 1024 * 1024 + len("$1048576\r\n\r\n")


def test_pipelines_in_one_record_and_in_many(world):
    raw = world.raw().login()
    count = 20_000
    raw.send(b"".join(raw.encode("SET", f"cache:{i}", i) for i in range(count)))
    assert raw.exactly(5 * count) == b"+OK\r\n" * count
    for byte in raw.encode("GET", "cache:7"):
        raw.send(bytes([byte]))
    assert raw.reply() == b"$1\r\n7\r\n"


def test_pubsub_blocking_and_transactions(world):
    client, raw = world.client(), world.raw().login()
    subscriber = client.pubsub()
    subscriber.subscribe("news")
    assert subscriber.get_message(timeout=harness.PATIENCE)["type"] == "subscribe"
    assert client.publish("news", "hello") == 1
    assert subscriber.get_message(timeout=harness.PATIENCE)["data"] == b"hello"
    raw.send(raw.encode("BLPOP", "queue:a", 0))
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections", tenant="acme", state="blocked"),
                       "the client to block")
    client.rpush("queue:a", "job")
    assert raw.reply() == b"*2\r\n$7\r\nqueue:a\r\n$3\r\njob\r\n"
    with client.pipeline() as pipe:
        pipe.watch("session:a")
        pipe.multi()
        pipe.set("session:a", 1)
        pipe.set("cache:a", 2)
        assert pipe.execute() == [True, True]


@pytest.mark.parametrize("how", ["goodbye", "close", "kill"])
def test_a_blocked_client_that_goes_is_noticed(world, how):
    raw = world.raw().login()
    raw.send(raw.encode("BLPOP", "queue:gone", 0))
    blocked = lambda: world.proxy.metric("bulkhead_connections", tenant="acme", state="blocked")
    harness.wait_until(lambda: blocked() == 1, "the client to block")
    if how == "goodbye":
        raw.say_goodbye()
    elif how == "kill":
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    if how != "goodbye":
        raw.close()
    harness.wait_until(lambda: blocked() == 0, "the client to be gone")


def test_commands_behind_a_blocking_one_in_the_same_record(world):
    raw = world.raw().login()
    raw.send(raw.encode("BLPOP", "queue:both", 0) + raw.encode("ECHO", "after"))
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections", tenant="acme", state="blocked"),
                       "the client to block")
    raw.send(raw.encode("ECHO", "later"))
    world.client().rpush("queue:both", "job")
    assert raw.reply() == b"*2\r\n$10\r\nqueue:both\r\n$3\r\njob\r\n"
    assert raw.reply() + raw.reply() == b"$5\r\nafter\r\n$5\r\nlater\r\n"


def test_replies_are_still_sent_to_who_sends_no_more(world):
    raw = world.raw().login()
    world.client().set("cache:piece", b"z" * 4 * 1024 * 1024)
    raw.send(raw.encode("GET", "cache:piece") + raw.encode("ECHO", "last"))
    raw.half_close()
    assert len(raw.reply()) == 4 * 1024 * 1024 + len("$4194304\r\n\r\n")
    assert raw.reply() == b"$4\r\nlast\r\n"
    assert raw.socket.recv(10) == b""


def test_the_proxy_says_goodbye(world):
    raw = world.raw()
    raw.socket.suppress_ragged_eofs = False  # an end without close_notify would raise
    assert raw.ask("QUIT") == b"+OK\r\n"
    assert raw.socket.recv(10) == b""


# ---- Who is turned away

def closed(connection):
    connection.settimeout(harness.PATIENCE)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("bytes_sent", [b"PING\r\n", b"*1\r\n$4\r\nPING\r\n", b"GET / HTTP/1.0\r\n\r\n",
                                        os.urandom(4096), b"\x16\x03\x01\xff\xff" + b"a" * 70_000])
def test_what_is_no_tls_is_closed(world, bytes_sent):
    before = world.handshakes("protocol")
    with socket.create_connection(("127.0.0.1", world.port)) as raw:
        try:
            raw.sendall(bytes_sent)
        except ConnectionError:
            pass
        assert closed(raw)
    assert world.handshakes("protocol") == before + 1
    assert world.client().ping()


def test_tls_on_a_plain_port_is_closed(world):
    tls = tls_clients.context(world.authority)
    with socket.create_connection(("127.0.0.1", world.plain_port), harness.PATIENCE) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            tls.wrap_socket(raw, server_hostname="localhost")
    assert world.proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_garbage_inside_tls_is_a_protocol_error(world):
    raw = world.raw()
    raw.send(b"*1\r\n$x\r\n")
    assert raw.reply().startswith(b"-ERR Protocol error")
    assert raw.closed()


def test_old_versions_and_other_ciphers_are_refused(make_world):
    world = make_world(tls="      min_version: 1.3\n      ciphersuites: TLS_AES_256_GCM_SHA384\n")
    with pytest.raises(ssl.SSLError):
        world.raw(version=ssl.TLSVersion.TLSv1_2)
    assert world.raw().socket.cipher()[0] == "TLS_AES_256_GCM_SHA384"
    assert world.handshakes("protocol") == 1
    assert " tls_handshake_failed " in world.proxy.log_text()


def test_renegotiation_is_refused(world):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{world.port}", "-tls1_2"],
                          input="R\n", capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
    assert "no renegotiation" in done.stderr + done.stdout


def test_a_handshake_has_the_time_of_auth(make_world):
    world = make_world(extra="limits:\n  auth_timeout: 300ms\n")
    silent = socket.create_connection(("127.0.0.1", world.port))
    slow = socket.create_connection(("127.0.0.1", world.port))
    greeting = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections_unauthenticated") == 2,
                       "two without identity")
    for byte in greeting:
        slow.sendall(bytes([byte]))
    assert closed(silent) and closed(slow)
    assert world.handshakes("timeout") == 2
    assert world.proxy.metric("bulkhead_connections_closed_total", reason="auth_timeout") == 2
    # The time runs from the connection on, not from the end of the handshake.
    assert world.raw().closed()
    assert world.proxy.metric("bulkhead_connections_unauthenticated") == 0


def test_handshakes_count_as_clients(make_world):
    world = make_world(extra="limits:\n  clients: 2\n")
    held = [socket.create_connection(("127.0.0.1", world.port)) for _ in range(2)]
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections_unauthenticated") == 2,
                       "two handshakes")
    with socket.create_connection(("127.0.0.1", world.port)) as third:
        assert closed(third)
    assert world.proxy.metric("bulkhead_connections_rejected_total", reason="max_clients") == 1
    for one in held:
        one.close()
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections_unauthenticated") == 0, "none")
    assert world.client().ping()
    assert world.handshakes("closed") == 2


def test_a_drain_does_not_wait_for_handshakes(make_world):
    world = make_world()
    silent = socket.create_connection(("127.0.0.1", world.port))
    harness.wait_until(lambda: world.proxy.metric("bulkhead_connections_unauthenticated") == 1, "one")
    client = world.raw().login()
    world.proxy.process.send_signal(signal.SIGTERM)
    assert closed(silent)
    client.socket.suppress_ragged_eofs = False
    assert client.socket.recv(10) == b""
    assert world.proxy.process.wait(harness.PATIENCE) == 0


# ---- Certificates change

def serial(world):
    connection = world.raw()
    serial_number = connection.socket.getpeercert()["serialNumber"]
    connection.close()
    return serial_number


def test_a_reload_under_load_changes_the_certificate_for_new_connections(make_world):
    world = make_world(workers=2)
    old = serial(world)
    kept = world.raw().login()
    ended, errors, seen = threading.Event(), [], set()

    def work(number):
        try:
            while not ended.is_set():
                client = world.client()
                client.set(f"cache:{number}", number)
                assert client.get(f"cache:{number}") == b"%d" % number
                client.close()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        world.authority.server()
        world.proxy.reload()
        seen.add(serial(world))
        assert kept.ask("PING") == b"+PONG\r\n"
    ended.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(seen) == 5 and old not in seen
    assert world.proxy.metric("bulkhead_config_reloads_total", result="ok") == 5


BROKEN = {
    "garbage": (lambda w: w.certificate.write_text("nothing"), "holds no certificate in PEM format"),
    "key": (lambda w: w.key.write_text("nothing"), "holds no private key in PEM format"),
    "mismatch": (lambda w: openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", w.key),
                 "is not that of the certificate"),
    "gone": (lambda w: w.key.unlink(), "cannot be opened: No such file or directory"),
    "passphrase": (lambda w: openssl("ec", "-in", w.key, "-aes128", "-passout", "pass:secret", "-out", w.key),
                   "has a passphrase"),
    "pipe": (lambda w: (w.key.unlink(), os.mkfifo(w.key)), "is not a plain file"),
    "expired": (lambda w: w.authority.server(days=-1), "expired on "),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_certificate_leaves_the_old_one_in_force(make_world, what):
    breaks, sentence = BROKEN[what]
    world = make_world()
    old = serial(world)
    breaks(world)
    world.proxy.reload()
    log = world.proxy.log_text()
    assert sentence in log and " reload_failed " in log
    assert serial(world) == old
    assert world.proxy.metric("bulkhead_config_reloads_total", result="failed") == 1
    done = subprocess.run([os.environ["BULKHEAD"], "check", "--config", world.proxy.file],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{world.proxy.file}:4: " in done.stderr and sentence in done.stderr


def test_an_expired_certificate_in_force_holds_up_nothing(make_world, tmp_path):
    world = make_world()
    world.authority.server(days=-1)
    stopped = world.proxy
    stopped.stop()
    world.stack.proxy = proxy = harness.Bulkhead(tmp_path, world.stack.redis.socket, listen=world.listeners())
    assert " certificate_expires " in proxy.log_text()
    proxy.reload()
    assert proxy.metric("bulkhead_config_reloads_total", result="ok") == 1
    assert 0 < proxy.metric("bulkhead_tls_certificate_expires_timestamp_seconds",
                            of="listener 127.0.0.1:0") < time.time()


def test_a_certificate_that_expires_soon_is_told(make_world):
    world = make_world()
    world.authority.server(days=3)
    done = subprocess.run([os.environ["BULKHEAD"], "check", "--config", world.proxy.file],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, "expires on" in done.stderr) == (0, True)
