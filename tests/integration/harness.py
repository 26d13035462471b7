"""A private Redis and a Bulkhead before it, for one test or one module.

Everything listens on unix sockets or free ports and lives in a temporary directory; everything
started here is ended here. Nothing sleeps: what must be waited for is polled with a deadline.
"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import redis

PATIENCE = 20.0
MEMORY_FACTOR = {"address,undefined": 2, "thread": 8}.get(os.environ.get("BULKHEAD_SANITIZE"), 1)
PASSWORDS = {"acme": "acme-secret", "globex": "globex-secret"}


def wait_until(condition, what, patience=PATIENCE):
    """Polls until the condition holds and returns its value."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience} s in vain for {what}")
        time.sleep(0.005)


def sha256(password):
    return "#" + hashlib.sha256(password.encode()).hexdigest()


FEATURES = """
features:
  - { name: sessions,   db: 0, keys: ["session:*", "auth:*", "refresh:*", "presence:*", "*:session:*"] }
  - { name: cache,      db: 1, keys: ["cache:*", "*:cache:*"] }
  - { name: rate_limit, db: 2, keys: ["rate:*", "ratelimit:*", "*:ratelimit:*"] }
  - { name: realtime,   db: 3, keys: ["ws:*", "online:*", "notifications:*", "stats:*"] }
  - { name: queues,     db: 4, keys: ["queue:*", "job:*", "schedule:*", "bull:*"] }
  - { name: analytics,  db: 5, keys: ["analytics:*", "leaderboard:*", "trending:*"] }
default_feature: cache
"""

TENANTS = f"""
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{sha256('acme-secret')}"] }}
  - name: globex
    prefix: "erp:tenant:globex:"
    policy: ["+keys", "+flushdb", "+flushall"]
    users:
      - {{ name: globex, passwords: ["{sha256('globex-secret')}"] }}
"""


class Redis:
    """redis-server on a unix socket; start(), stop() and kill() as often as a test likes."""

    def __init__(self, directory, *options):
        self.socket = str(pathlib.Path(directory) / "redis.sock")
        self.directory = str(directory)
        self.options = options
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.directory,
             "--save", "", "--appendonly", "no", *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, "redis-server")

    def answers(self):
        try:
            return self.client().ping()
        except redis.exceptions.RedisError:
            return False

    def client(self, db=0, **options):
        return redis.Redis(unix_socket_path=self.socket, db=db, **options)

    def keys(self):
        """Every physical key of every database, as {db: sorted keys}."""
        found = {}
        for db in range(16):
            keys = sorted(self.client(db).scan_iter(count=1000))
            if keys:
                found[db] = keys
        return found

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def unpause(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.unpause()
            self.kill()


class Bulkhead:
    """`bulkhead serve` with a configuration of the test's; ports are free ones."""

    def __init__(self, directory, redis_socket, *, extra="", features=FEATURES, tenants=TENANTS,
                 listen=None, workers=1, backend_extra="", config=None):
        self.directory = pathlib.Path(directory)
        self.file = self.directory / "bulkhead.yaml"
        self.log_file = self.directory / "bulkhead.log"
        self.listen = listen or "listen:\n  - address: 127.0.0.1:0\n"
        self.fixed = f"{self.listen}admin:\n  address: 127.0.0.1:0\nworkers: {workers}\n"
        address = redis_socket if ":" in redis_socket else f"unix:{redis_socket}"
        self.backend = (f"backends:\n  - name: main\n    address: {address}\n"
                        f"    reconnect_min: 10ms\n    reconnect_max: 200ms\n{backend_extra}")
        self.write(extra=extra, features=features, tenants=tenants, config=config)
        self.log = open(self.log_file, "ab")
        self.process = subprocess.Popen([os.environ["BULKHEAD"], "serve", "--config", self.file],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.wait_for_log("event_or_text", r" started ")
        self.ports = [int(p) for p in re.findall(r" listening address=127\.0\.0\.1:(\d+)",
                                                 self.log_text())]
        self.port = self.ports[0] if self.ports else None
        admin = re.search(r"admin_listening address=127\.0\.0\.1:(\d+)", self.log_text())
        self.admin_port = int(admin.group(1)) if admin else None
        self.wait_for_log("backend", r"backend_(up|down) ")

    def write(self, *, extra="", features=FEATURES, tenants=TENANTS, config=None):
        self.file.write_text(config or self.fixed + self.backend + features + tenants + extra)

    def log_text(self):
        return self.log_file.read_text(errors="replace")

    def wait_for_log(self, what, pattern, since=0):
        def seen():
            if self.process.poll() is not None and what != "end":
                raise RuntimeError("bulkhead has ended:\n" + self.log_text())
            return re.search(pattern, self.log_text()[since:])
        return wait_until(seen, f"{what} ({pattern}) in the log")

    def client(self, tenant="acme", **options):
        return redis.Redis(host="127.0.0.1", port=self.port, username=tenant,
                           password=PASSWORDS.get(tenant), **options)

    def raw(self, tenant=None, timeout=PATIENCE):
        """A plain socket, authenticated if a tenant is named."""
        connection = Raw(("127.0.0.1", self.port), timeout)
        if tenant:
            assert connection.ask("AUTH", tenant, PASSWORDS[tenant]) == b"+OK\r\n"
        return connection

    def reload(self):
        before = len(self.log_text())
        self.process.send_signal(signal.SIGHUP)
        self.wait_for_log("reload", r" (reloaded|reload_failed) ", since=before)

    def resident_bytes(self):
        """The memory of the process; what a sanitizer multiplies it by is taken off."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024 // MEMORY_FACTOR

    def http(self, path):
        """(status, body) of the admin port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}",
                                        timeout=PATIENCE) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name, **labels):
        """The value of one metric; 0 when it is not exposed."""
        wanted = {f'{k}="{v}"' for k, v in labels.items()}
        for line in self.http("/metrics")[1].splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found.group(1) == name and wanted <= set((found.group(2) or "").split(",")):
                return float(found.group(3))
        return 0.0

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Raw:
    """Bytes in, bytes out; the address is (host, port) or the path of a unix socket."""

    def __init__(self, address, timeout=PATIENCE):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    @staticmethod
    def encode(*words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, *words):
        self.send(self.encode(*words))
        return self.reply()

    def line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line + b"\r\n"

    def exactly(self, count):
        pieces, self.buffer = [self.buffer], b""
        missing = count - len(pieces[0])
        while missing > 0:
            pieces.append(self._receive())
            missing -= len(pieces[-1])
        data = b"".join(pieces)
        self.buffer = data[count:]
        return data[:count]

    def _receive(self):
        data = self.socket.recv(1024 * 1024)
        if not data:
            raise EOFError(f"closed after {self.buffer!r}")
        return data

    def _more(self):
        self.buffer += self._receive()

    def reply(self):
        """The bytes of one whole reply, RESP2 or RESP3."""
        line = self.line()
        kind = line[:1]
        if kind in b"$=!" and not line.startswith(b"$-1"):
            return line + self.exactly(int(line[1:]) + 2)
        if kind in b"*~>%|" and not line.startswith(b"*-1"):
            count = int(line[1:]) * (2 if kind in b"%|" else 1)
            body = line + b"".join(self.reply() for _ in range(count))
            return body + self.reply() if kind == b"|" else body
        return line

    def rest(self):
        """Everything until the other side closes."""
        try:
            while True:
                self._more()
        except (EOFError, ConnectionResetError):
            rest, self.buffer = self.buffer, b""
            return rest

    def closed(self):
        """Whether the other side closes without another byte."""
        return self.rest() == b""

    def close(self):
        self.socket.close()


def temporary_directory():
    return tempfile.mkdtemp(prefix="bulkhead-test-")


def remove(directory):
    shutil.rmtree(directory, ignore_errors=True)
