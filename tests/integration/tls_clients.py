"""Connections inside TLS for the tests: raw ones, redis-py's, and redis-cli's options."""

import socket
import ssl

import redis

import harness


def context(authority, client=None, *, version=None):
    """Trusts the authority; `client`: (certificate, key) to show."""
    made = ssl.create_default_context(cafile=str(authority.certificate))
    if client:
        made.load_cert_chain(*map(str, client))
    if version:
        made.minimum_version = made.maximum_version = version
    return made


class Raw(harness.Raw):
    """harness.Raw inside TLS."""

    def __init__(self, port, tls, timeout=harness.PATIENCE):
        super().__init__(("127.0.0.1", port), timeout)
        self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")

    def login(self, tenant="acme"):
        assert self.ask("AUTH", tenant, harness.PASSWORDS[tenant]) == b"+OK\r\n"
        return self

    def say_goodbye(self):
        """close_notify; nothing can be read any more."""
        self.socket.setblocking(False)
        try:
            self.socket.unwrap()
        except ssl.SSLWantReadError:
            pass

    def half_close(self):
        """Sends no more, and goes on reading."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)


def client(port, authority, pair=None, tenant="acme", **options):
    """A redis-py inside TLS; without a tenant it does not log in."""
    if pair:
        options.update(ssl_certfile=str(pair[0]), ssl_keyfile=str(pair[1]))
    if tenant:
        options.update(username=tenant, password=harness.PASSWORDS[tenant])
    return redis.Redis(host="localhost", port=port, ssl=True, ssl_ca_certs=str(authority.certificate),
                       **options)


def cli_options(authority, pair=None):
    options = ["--tls", "--cacert", str(authority.certificate), "-h", "localhost"]
    return options + (["--cert", str(pair[0]), "--key", str(pair[1])] if pair else [])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
