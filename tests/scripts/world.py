"""A Redis, a configuration, and tenants' scripts on both sides of the wall: bare, and wrapped."""

import hashlib
import os
import pathlib
import subprocess

import harness
import wire

SECRET = "fence-secret"


BARE_DB = 15  # no feature's: what a bare script writes lies there
# A bare script may change what all scripts of the server share.
HEAL = b"cjson.encode_number_precision(14) cjson.encode_sparse_array(false, 2, 10) cjson.encode_max_depth(1000)"


class Wrapped:
    def __init__(self, parts):
        self.text, self.sha, self.hidden, db, *self.keys = parts
        self.db = int(db)


class World:
    def __init__(self, tenants=harness.TENANTS, features=harness.FEATURES, top=""):
        self.directory = harness.temporary_directory()
        self.redis = harness.Redis(self.directory)
        self.config = pathlib.Path(self.directory, "bulkhead.yaml")
        self.config.write_text(
            "listen:\n  - address: 127.0.0.1:0\nbackends:\n"
            f"  - {{ name: main, address: 'unix:{self.redis.socket}' }}\n{top}{features}{tenants}")
        self.tool = str(pathlib.Path(os.environ.get("BULKHEAD_BUILD", pathlib.Path(
            os.environ["ROWS_JSON"]).parent), "wrap_script"))
        self.cache = {}
        self.connections = {}

    def close(self):
        self.redis.stop()
        harness.remove(self.directory)

    def run_tool(self, *words, text=b""):
        return subprocess.run([self.tool, *words], input=text, stdout=subprocess.PIPE, check=True).stdout

    def wrap(self, body, keys=(), tenant="acme", db=0, nested=False):
        mode = ["--nested"] if nested else []
        out = self.run_tool(*mode, str(self.config), tenant, str(db), *keys, text=body)
        return Wrapped(out.split(b"\0")[:-1])

    def fence(self, tenant="acme"):
        words = self.run_tool("--fence", str(self.config), tenant, SECRET).decode().split("\n")[:-1]
        self.redis.client().execute_command("ACL", "SETUSER", words[0], *words[1:])
        return words[0]

    def connection(self, db, user=None, protocol=2):
        login = [user.encode(), SECRET.encode()] if user else None
        at = (db, user, protocol)
        if at not in self.connections:
            self.connections[at] = wire.Connection(self.redis.socket, protocol, login, db)
        return self.connections[at]

    def eval(self, connection, text, keys, args):
        return connection.raw.ask(b"EVAL", text, b"%d" % len(keys), *keys, *args)

    def bare(self, body, keys=(), args=(), protocol=2):
        connection = self.connection(BARE_DB, None, protocol)
        reply = self.eval(connection, body, encoded(keys), encoded(args))
        self.eval(connection, HEAL, [], [])
        return reply

    def shimmed(self, body, keys=(), args=(), user=None, tenant="acme", db=0, protocol=2, nested=False):
        """The reply as the client would get it: with the digest of its own script."""
        it = self.wrap(body, keys, tenant, db, nested)
        connection = self.connection(it.db, user, protocol)
        reply = self.eval(connection, it.text, it.keys, [*encoded(args), it.hidden])
        own = digest(body)
        return reply.replace(b" script: " + it.sha + b", on @", b" script: " + own + b", on @")


def digest(body):
    return hashlib.sha1(body).hexdigest().encode()


def encoded(words):
    return [w if isinstance(w, bytes) else str(w).encode() for w in words]
