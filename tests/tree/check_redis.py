"""deploy/redis: a real redis-server started as the compose file starts it keeps its promises."""

import pathlib
import re
import socket
import subprocess
import tempfile
import time

import common
import redis

DEPLOY = common.ROOT / "deploy"
# What must not work even for the proxy's own user.
DENIED = ["FLUSHALL", "SHUTDOWN", "SWAPDB 0 1", "DEBUG SLEEP 0", "MODULE LIST", "REPLICAOF NO ONE", "MONITOR",
          "CONFIG SET maxmemory 1", "CONFIG REWRITE", "MIGRATE h 1 k 0 1", "ACL SAVE", "BGREWRITEAOF"]
# What the proxy's conversations need.
NEEDED = ["PING", "INFO", "COMMAND", "ACL SETUSER fence on >x ~acme:* &acme:* +@read", "ACL DELUSER fence",
          "CONFIG GET maxmemory-policy", "SCAN 0", "DBSIZE", "SELECT 15", "CLIENT SETNAME x", "SCRIPT LOAD return"]
SETTINGS = {"maxmemory-policy": "noeviction", "databases": "16", "busy-reply-threshold": "500", "appendonly": "yes"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(client, process):
    for _ in range(200):
        try:
            return client.ping()
        except redis.ConnectionError:
            if process.poll() is not None:
                raise SystemExit(f"redis-server ended: {process.stdout.read()}")
            time.sleep(0.05)
    raise SystemExit("redis-server does not answer")


def refused(client, command):
    try:
        client.execute_command(*command.split())
    except redis.exceptions.NoPermissionError:
        return True
    except redis.ResponseError as error:
        return "not allowed" in str(error)  # DEBUG and MODULE: switched off before ACLs are asked
    return False


def login_problems(port, password):
    def attempt(**credentials):
        try:
            redis.Redis(port=port, **credentials).get("x")
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError, redis.ResponseError):
            return False
        return True
    problems = []
    if attempt():
        problems.append("it answers without a password")
    if attempt(username="default", password=password):
        problems.append("the default user may log in")
    if attempt(username="bulkhead", password="wrong"):
        problems.append("a wrong password is accepted")
    if attempt(username="health", password="-"):
        problems.append("the health check's user may read")
    return problems


def check(port, password, process):
    proxy = redis.Redis(port=port, username="bulkhead", password=password, decode_responses=True)
    wait_for(redis.Redis(port=port, username="health", password="-"), process)
    problems = login_problems(port, password)
    problems += [f"{command} is not refused" for command in DENIED if not refused(proxy, command)]
    for command in NEEDED:
        try:
            proxy.execute_command(*command.split())
        except redis.ResponseError as error:
            problems.append(f"{command}: {error}")
    for name, value in SETTINGS.items():
        found = proxy.config_get(name).get(name)
        if found != value:
            problems.append(f"{name} is {found}, not {value}")
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(process.pid)], capture_output=True, text=True).stdout
    if password in shown or "redis-server" not in shown:
        problems.append(f"the process list shows {shown}")
    return problems


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([DEPLOY / "make-secrets", folder / "secrets"], check=True)
        password = (folder / "secrets/redis_password").read_text()
        port = free_port()
        conf = (DEPLOY / "redis/redis.conf").read_text()
        conf = re.sub(r"(?m)^port .*$", f"port {port}", conf)
        conf = re.sub(r"(?m)^bind .*$", "bind 127.0.0.1", conf)
        conf = re.sub(r"(?m)^dir .*$", f"dir {folder}", conf)
        (folder / "redis.conf").write_text(conf)
        process = subprocess.Popen(
            [DEPLOY / "redis/start", folder / "redis.conf", folder / "secrets/redis_password"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            problems = check(port, password, process)
        finally:
            process.terminate()
        # The script must have made way for Redis, or this signal ends the shell alone.
        if process.wait(20) != 0 or "bye bye" not in process.stdout.read():
            problems.append("it does not end in order on SIGTERM")
    common.finish(problems, "Redis keeps its promises")


if __name__ == "__main__":
    main()
