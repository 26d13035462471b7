"""Proves that a client certificate says who calls: by each kind of name, required or optional, and that
one which says nothing, or is not good, gives nothing."""

import ssl
import subprocess

import pytest
import redis

import harness
import node_clients
import tls_clients
from certificates import Authority
from harness import sha256

TENANTS = f"""
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{sha256('acme-secret')}"], certificates: ["CN:acme-app", "acme.example"] }}
      - name: robot
        certificates: ["DNS:Robot.acme.example", "URI:spiffe://acme/robot", "email:robot@acme.example"]
  - name: globex
    users:
      - {{ name: globex, passwords: ["{sha256('globex-secret')}"], certificates: ["CN:globex-app"] }}
"""
WITHOUT_ROBOT = TENANTS.replace("      - name: robot\n", "").replace(
    '        certificates: ["DNS:Robot.acme.example", "URI:spiffe://acme/robot", "email:robot@acme.example"]\n', "")


class World:
    """A listener that requires certificates, one where they are optional, and one for a tenant."""

    def __init__(self, stack_of, directory, tenants=TENANTS, more=""):
        self.authority = Authority(directory)
        self.other = Authority(directory, "other")
        self.pairs = {}
        certificate, key = self.authority.server()
        tls = (f"    tls:\n      certificate: {certificate}\n      key: {key}\n"
               f"      client_ca: {self.authority.certificate}\n")
        address = "  - address: 127.0.0.1:0\n"
        listen = ("listen:\n" + address + more + tls + address + tls + "      client_certificates: optional\n" +
                  address + tls + "      client_certificates: optional\n    tenant: globex\n")
        self.stack = stack_of(listen=listen, tenants=tenants)
        self.proxy = self.stack.proxy
        self.required, self.optional, self.globex = self.proxy.ports[:3]

    def pair(self, name, authority=None, **options):
        if name not in self.pairs:
            self.pairs[name] = (authority or self.authority).issue(name, **options)
        return self.pairs[name]

    def raw(self, port, pair=None):
        return tls_clients.Raw(port, tls_clients.context(self.authority, pair))

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
def own_world(fresh, tmp_path):
    return World(fresh, tmp_path)


def whoami(raw):
    return raw.ask("ACL", "WHOAMI").split(b"\r\n")[1].decode()


@pytest.mark.parametrize("name, options, user", [
    ("by-cn", {"subject": "/O=Acme/CN=acme-app"}, "acme"),
    ("by-any-dns", {"names": "DNS:acme.example"}, "acme"),
    ("by-any-cn", {"subject": "/CN=acme.example"}, "acme"),
    ("by-dns", {"names": "DNS:other.example,DNS:robot.ACME.example"}, "robot"),
    ("by-uri", {"names": "URI:spiffe://acme/robot"}, "robot"),
    ("by-email", {"names": "email:robot@acme.example"}, "robot"),
    ("by-two", {"subject": "/CN=nobody", "names": "URI:spiffe://acme/robot,email:robot@acme.example"}, "robot"),
    ("globex", {"subject": "/CN=globex-app"}, "globex"),
])
def test_each_kind_of_name(world, name, options, user):
    for port in (world.required, world.optional):
        raw = world.raw(port, world.pair(name, **options))
        assert whoami(raw) == user
        assert raw.ask("HELLO", 3)[:1] == b"%"  # without AUTH
        assert raw.ask("SET", "session:1", user) == b"+OK\r\n"
    tenant = "globex" if user == "globex" else "acme"
    assert world.stack.redis.keys() == {0: [f"{tenant}:session:1".encode()]}


@pytest.mark.parametrize("name, options", [
    ("unknown", {"subject": "/CN=unknown"}),
    ("kind-differs", {"subject": "/CN=x", "names": "DNS:acme-app"}),
    ("kind-differs-too", {"subject": "/CN=spiffe:\\/\\/acme\\/robot"}),
    ("ambiguous", {"subject": "/CN=acme-app", "names": "URI:spiffe://acme/robot"}),
    ("two-tenants", {"subject": "/CN=acme-app/CN=globex-app"}),
    ("longer", {"subject": "/CN=acme-app2"}),
])
def test_a_certificate_that_is_not_one_users_gives_no_identity(world, name, options):
    raw = world.raw(world.required, world.pair(name, **options))
    assert raw.ask("GET", "a").startswith(b"-NOAUTH")
    assert raw.ask("HELLO", 3).startswith(b"-NOAUTH")
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert whoami(raw) == "globex"
    assert " certificate_unknown " in world.proxy.log_text()


def test_auth_and_reset_afterwards(world):
    raw = world.raw(world.optional, world.pair("by-cn", subject="/O=Acme/CN=acme-app"))
    assert raw.ask("AUTH", "globex", "wrong").startswith(b"-WRONGPASS")
    assert whoami(raw) == "acme"
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert whoami(raw) == "globex"
    assert raw.ask("SET", "session:1", "x") == b"+OK\r\n"
    assert raw.ask("RESET") == b"+RESET\r\n"
    assert whoami(raw) == "acme"
    assert raw.ask("GET", "session:1") == b"$-1\r\n"
    assert world.stack.redis.keys() == {0: [b"globex:session:1"]}


def test_a_user_without_a_password_cannot_log_in_with_one(world):
    raw = world.raw(world.optional)
    for password in ("", "robot", "0" * 64):
        assert raw.ask("AUTH", "robot", password).startswith(b"-WRONGPASS")
    assert raw.ask("PING").startswith(b"-NOAUTH")


def test_required_without_a_certificate(world):
    before = world.handshakes("certificate")
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        world.raw(world.required).ask("PING")
    harness.wait_until(lambda: world.handshakes("certificate") == before + 1, "the refusal")
    assert "peer did not return a certificate" in world.proxy.log_text()


@pytest.mark.parametrize("name, options, reason", [
    ("foreign", {"subject": "/CN=acme-app"}, "unable to get local issuer certificate"),
    ("expired", {"subject": "/CN=acme-app", "days": -1}, "certificate has expired"),
])
@pytest.mark.parametrize("optional", [False, True])
def test_a_certificate_that_is_not_good_is_refused_also_where_none_is_needed(world, name, options, reason,
                                                                              optional):
    pair = world.pair(name, authority=world.other if name == "foreign" else None, **options)
    before = world.handshakes("certificate")
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        world.raw(world.optional if optional else world.required, pair).ask("PING")
    harness.wait_until(lambda: world.handshakes("certificate") == before + 1, "the refusal")
    assert reason in world.proxy.log_text()


def test_optional_without_a_certificate(world):
    raw = world.raw(world.optional).login()
    assert whoami(raw) == "acme"


def test_a_listener_of_a_tenants(world):
    raw = world.raw(world.globex)
    assert raw.ask("SET", "session:1", "x") == b"+OK\r\n"
    raw = world.raw(world.globex, world.pair("globex", subject="/CN=globex-app"))
    assert whoami(raw) == "globex"
    # Another tenant's certificate counts no more there than its password does.
    raw = world.raw(world.globex, world.pair("by-cn", subject="/O=Acme/CN=acme-app"))
    assert raw.ask("GET", "session:1") == b"$1\r\nx\r\n"
    assert world.stack.redis.keys() == {0: [b"globex:session:1"]}


def test_no_resumption_without_a_look_at_the_certificate(world):
    tls = tls_clients.context(world.authority, world.pair("by-cn", subject="/O=Acme/CN=acme-app"),
                              version=ssl.TLSVersion.TLSv1_2)
    first = tls_clients.Raw(world.required, tls)
    assert first.ask("PING") == b"+PONG\r\n"
    again = tls_clients.harness.Raw(("127.0.0.1", world.required))
    second = tls.wrap_socket(again.socket, server_hostname="localhost", session=first.socket.session)
    assert not second.session_reused


def test_unmodified_clients_without_auth(world):
    pair = world.pair("by-cn", subject="/O=Acme/CN=acme-app")
    client = tls_clients.client(world.required, world.authority, pair, tenant=None)
    assert client.set("session:1", "one") and client.acl_whoami() == "acme"
    done = subprocess.run(["redis-cli", *tls_clients.cli_options(world.authority, pair),
                           "-p", str(world.required), "GET", "session:1"], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    assert done.stdout == "one\n", done
    with pytest.raises(redis.exceptions.ConnectionError):
        tls_clients.client(world.required, world.authority, tenant=None).ping()


@pytest.mark.parametrize("kind", ["redis4", "redis5-resp3", "ioredis"])
def test_node_clients_without_auth(world, kind):
    folder = node_clients.installed()
    pair = world.pair("by-cn", subject="/O=Acme/CN=acme-app")
    done = subprocess.run(["node", node_clients.CLIENTS / "tls.mjs", kind, str(world.required),
                           str(world.authority.certificate), *map(str, pair)],
                          env=node_clients.environment(folder), capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr


def test_a_reload_puts_out_a_removed_user_and_forgets_its_certificate(own_world):
    world = own_world
    pair = world.pair("by-uri", names="URI:spiffe://acme/robot")
    robot, other = world.raw(world.required, pair), world.raw(world.optional).login()
    as_other = world.raw(world.required, pair)
    assert as_other.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert whoami(robot) == "robot"
    world.proxy.write(tenants=WITHOUT_ROBOT)
    world.proxy.reload()
    assert robot.closed()
    assert other.ask("PING") == b"+PONG\r\n"
    assert as_other.ask("RESET") == b"+RESET\r\n"
    assert as_other.ask("GET", "a").startswith(b"-NOAUTH")
    assert world.raw(world.required, pair).ask("GET", "a").startswith(b"-NOAUTH")


def test_another_authority_after_a_reload(own_world):
    world = own_world
    pair = world.pair("by-cn", subject="/CN=acme-app")
    kept = world.raw(world.required, pair)
    trusted = world.authority.certificate.read_text()
    world.authority.certificate.write_text(world.other.certificate.read_text())
    world.proxy.reload()
    world.authority.certificate.write_text(trusted)  # for the test's own side
    assert kept.ask("PING") == b"+PONG\r\n"
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        world.raw(world.required, pair).ask("PING")
    assert whoami(world.raw(world.required, world.other.issue("new", subject="/CN=globex-app"))) == "globex"


def test_a_users_source_holds_for_certificates(fresh, tmp_path):
    elsewhere = TENANTS.replace("robot@acme.example\"]\n", "robot@acme.example\"]\n        source: [\"10.0.0.0/8\"]\n")
    assert elsewhere != TENANTS
    world = World(fresh, tmp_path, tenants=elsewhere)
    raw = world.raw(world.required, world.pair("by-uri", names="URI:spiffe://acme/robot"))
    assert raw.ask("GET", "a").startswith(b"-NOAUTH")
    assert raw.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"


def test_behind_a_proxy_header(fresh, tmp_path):
    world = World(fresh, tmp_path, more="    proxy_protocol: { from: [\"127.0.0.0/8\"] }\n")
    header = (b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11\0\x0c" + bytes([192, 0, 2, 7, 127, 0, 0, 1]) +
              b"\x12\x34\x18\xeb")
    connection = harness.Raw(("127.0.0.1", world.required))
    connection.send(header)
    tls = tls_clients.context(world.authority, world.pair("by-uri", names="URI:spiffe://acme/robot"))
    connection.socket = tls.wrap_socket(connection.socket, server_hostname="localhost")
    assert whoami(connection) == "robot"
    assert b"addr=192.0.2.7:4660 " in connection.ask("CLIENT", "INFO")
