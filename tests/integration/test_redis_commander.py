"""Proves that Redis Commander, unmodified, shows a tenant its server and its keys, and lets it edit them."""

import json
import pathlib
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import harness
import node_clients


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Commander:
    """The program, logged in as acme, and its HTTP interface."""

    def __init__(self, port, log):
        folder = node_clients.installed(pathlib.Path(__file__).parent / "commander")
        self.port = free_port()
        self.connection = f"R:127.0.0.1:{port}:0"
        self.process = subprocess.Popen(
            ["node", folder / "node_modules/redis-commander/bin/redis-commander.js", "--nosave",
             "--redis-host", "127.0.0.1", "--redis-port", str(port), "--redis-username", "acme",
             "--redis-password", harness.PASSWORDS["acme"], "--address", "127.0.0.1", "--port", str(self.port)],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        harness.wait_until(self.answers, "Redis Commander")

    def answers(self):
        try:
            return self.ask("/connections")["connections"]
        except (urllib.error.URLError, ConnectionError):
            return False

    def ask(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", data, harness.PATIENCE) as reply:
            text = reply.read().decode()
            return json.loads(text) if text[:1] in "{[" else text

    def tree(self, prefix=""):
        return {node["keyName"] for node in self.ask(f"/apiv2/keystree/{self.connection}/{prefix}")["data"]}

    def key(self, name):
        return self.ask(f"/apiv2/key/{self.connection}/{name}")

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def commander(stack):
    acme = stack.proxy.client()
    acme.set("session:1", "v")
    acme.hset("user:1", "f", "v")
    acme.rpush("queue:mail", "a", "b")
    acme.zadd("leaderboard:x", {"a": 1})
    acme.xadd("log", {"f": "v"})
    stack.proxy.client("globex").set("secret", "x")
    with open(pathlib.Path(stack.directory) / "commander.log", "wb") as log:
        commander = Commander(stack.proxy.port, log)
        yield commander
        commander.stop()


def test_the_tree_has_the_tenants_keys(commander):
    assert commander.tree() == {"leaderboard:", "log", "queue:", "session:", "user:"}


def test_keys_of_every_type_are_shown(commander):
    assert commander.key("session:1")["value"] == "v"
    assert commander.key("user:1")["data"] == {"f": "v"}
    types = {name: commander.key(name)["type"] for name in ("queue:mail", "leaderboard:x", "log")}
    assert types == {"queue:mail": "list", "leaderboard:x": "zset", "log": "stream"}


def test_the_server_is_the_tenants(commander):
    server, = commander.ask("/apiv2/server/info")["data"]
    shown = {entry["key"]: entry["value"] for entry in server["info"]}
    assert shown["Redis version"].startswith("7.") and int(shown["Used memory"]) > 0
    assert "globex" not in str(server)


def test_a_key_is_written_and_its_command_line_runs(commander, stack):
    commander.ask(f"/apiv2/key/{commander.connection}/session:1", keyType="string", stringValue="new")
    assert stack.proxy.client().get("session:1") == b"new"
    said = commander.ask(f"/apiv2/exec/{commander.connection}", cmd="get session:1")
    assert "new" in str(said)
