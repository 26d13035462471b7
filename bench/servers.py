"""What is measured: a private Redis and the proxies before it, each started on free ports of the
loopback, ended with the run. Only Bulkhead has something to check: all that it does is on."""

import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build/release"))
USER, PASSWORD = "acme", "acme-secret"
OTHER, OTHER_PASSWORD = "globex", "globex-secret"

HAPROXY = """
global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend in
  bind 127.0.0.1:{port}
  default_backend out
backend out
  server redis 127.0.0.1:{redis}
"""

TWEMPROXY = """
redis:
  listen: 127.0.0.1:{port}
  redis: true
  hash: fnv1a_64
  distribution: modula
  auto_eject_hosts: false
  server_connections: 1
  servers:
   - 127.0.0.1:{redis}:1
"""

BULKHEAD = """
listen:
  - address: 127.0.0.1:{port}
admin:
  address: 127.0.0.1:{admin}
workers: {workers}
backends:
  - {{ name: main, address: "127.0.0.1:{redis}" }}
features:
  - {{ name: sessions,   db: 0, keys: ["session:*", "auth:*", "refresh:*", "presence:*", "*:session:*"] }}
  - {{ name: cache,      db: 1, keys: ["cache:*", "*:cache:*"] }}
  - {{ name: rate_limit, db: 2, keys: ["rate:*", "ratelimit:*", "*:ratelimit:*"] }}
  - {{ name: realtime,   db: 3, keys: ["ws:*", "online:*", "notifications:*", "stats:*"] }}
  - {{ name: queues,     db: 4, keys: ["queue:*", "job:*", "schedule:*", "bull:*"] }}
  - {{ name: analytics,  db: 5, keys: ["analytics:*", "leaderboard:*", "trending:*"] }}
default_feature: cache
policy: ["+@all", "-@admin", "-@dangerous", "+@tenant"]
{more}
tenants:
  - name: acme
    users:
      - {{ name: acme, passwords: ["{sha}"] }}
  - name: globex
    users:
      - {{ name: globex, passwords: ["{other_sha}"] }}
"""


def sha256(password):
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process that listens on a port."""

    login = []        # what redis-benchmark needs to be let in
    other_login = []  # and as another tenant

    def __init__(self, name, port, command, patience=10):
        self.name, self.port = name, port
        # A session of its own: nothing typed at the terminal ends it half-way.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + patience
        while not self.accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start: {' '.join(map(str, command))}")
            time.sleep(0.002)

    def accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def cpu(self):
        """Seconds of processor time of all threads so far."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self, field="VmRSS"):
        """Bytes of resident memory."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)

    def stop(self):
        self.process.kill()
        self.process.wait()


def redis(folder, *options):
    port = free_port()
    return Server("direct", port, ["redis-server", "--port", str(port), "--bind", "127.0.0.1",
                                   "--dir", str(folder), "--save", "", "--maxclients", "12000", *options])


def floor(_folder, redis_port):
    port = free_port()
    return Server("floor", port, [BUILD / "bench/floor", str(port), str(redis_port)])


def haproxy(folder, redis_port):
    return configured("haproxy", folder, HAPROXY, redis_port, lambda file: ["-f", file])


def twemproxy(folder, redis_port):
    stats = str(free_port())
    return configured("nutcracker", folder, TWEMPROXY, redis_port,
                      lambda file: ["-c", file, "-m", "16384", "-s", stats])


def configured(program, folder, text, redis_port, arguments):
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None:
        raise FileNotFoundError(program)
    port = free_port()
    file = pathlib.Path(folder, program + ".conf")
    file.write_text(text.format(port=port, redis=redis_port))
    name = "twemproxy" if program == "nutcracker" else program
    return Server(name, port, [found, *arguments(str(file))])


def bulkhead(folder, redis_port, workers=1, more="", binary=None, name="bulkhead"):
    port, admin = free_port(), free_port()
    file = pathlib.Path(folder, f"{name}.yaml")
    file.write_text(BULKHEAD.format(port=port, admin=admin, redis=redis_port, workers=workers,
                                    more=more, sha=sha256(PASSWORD), other_sha=sha256(OTHER_PASSWORD)))
    server = Server(name, port, [binary or BUILD / "bulkhead", "serve", "--config", str(file)], 60)
    server.login = ["--user", USER, "-a", PASSWORD]
    server.other_login = ["--user", OTHER, "-a", OTHER_PASSWORD]
    server.admin, server.file = admin, file
    return server
