"""The program's subcommands: what they print, and how they end."""

import hashlib
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest
import redis

import harness

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BASE = ("listen:\n  - address: 127.0.0.1:0\nadmin:\n  address: 127.0.0.1:0\nworkers: 1\n"
        "backends:\n  - name: main\n    address: 127.0.0.1:1\n")


def run(*words, **options):
    return subprocess.run([os.environ["BULKHEAD"], *map(str, words)], capture_output=True,
                          text=True, timeout=harness.PATIENCE, **options)


@pytest.fixture
def config(tmp_path):
    """Writes a configuration, a good one if the test does not say otherwise."""
    def write(text=BASE + harness.FEATURES + harness.TENANTS):
        file = tmp_path / "bulkhead.yaml"
        file.write_text(text)
        return file
    return write


def test_check_sums_up_a_good_file(config):
    file = config()
    done = run("check", "--config", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{file} is good: 1 backends, 6 features, 2 tenants, 2 users\n"


def test_the_configuration_in_the_repository_is_good():
    done = run("check", "--config", REPOSITORY / "config" / "bulkhead.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r" is good: .* tenants", done.stdout)


TEN_MISTAKES = """\
listen:
  - address: 127.0.0.1:70000           # 1
admin:
  adress: 127.0.0.1:9121               # 2
workers: 0                             # 3
backends:
  - name: main
    address: 127.0.0.1:6379
    command_timeout: 5 parsecs         # 4
features:
  - { name: sessions, db: -1, keys: ["session:*"] }   # 5
  - { name: cache, db: 1, keys: ["cache:*"] }
default_feature: nocache               # 6
tenants:
  - name: Acme                         # 7
    users:
      - { name: a, passwords: ["secret"] }            # 8
  - name: globex
    policy: ["nosuchcommand"]          # 9
    users:
      - { name: g, passwords: ["#4fe6ae1bd397d68b149f8a86069f5e6806a937d7d0b2f31830c48008b268bda0"] }
limits:
  clients: many                        # 10
"""


def test_check_reports_every_mistake_with_its_line(config):
    file = config(TEN_MISTAKES)
    done = run("check", "--config", file)
    assert done.returncode == 1 and done.stdout == ""
    reported = {int(line) for line in re.findall(rf"^{re.escape(str(file))}:(\d+)", done.stderr, re.M)}
    made = {number for number, line in enumerate(TEN_MISTAKES.splitlines(), 1)
            if re.search(r"# \d+$", line)}
    assert len(made) == 10
    assert made <= reported, done.stderr


@pytest.mark.parametrize("rule", ["+nosuch", "-get|nosuch", "+@nosuch", "+client|nosuch"])
def test_check_knows_the_commands_in_a_policy(config, rule):
    done = run("check", "--config", config(BASE + harness.TENANTS + f'policy: ["+@all", "{rule}"]\n'))
    assert done.returncode == 1
    assert re.search(r"bulkhead\.yaml:\d+.*nosuch", done.stderr), done.stderr


def test_check_of_a_file_that_is_not_there(tmp_path):
    for command in ("check", "serve"):
        done = run(command, "--config", tmp_path / "none.yaml")
        assert done.returncode == 1
        assert "none.yaml" in done.stderr and "No such file" in done.stderr


def explained(file, *words):
    done = run("explain", "--config", file, *words)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [re.split(r"\s+", line, maxsplit=1) for line in done.stdout.splitlines()]
    return {title: [value for t, value in lines if t == title] for title, _ in lines}


def test_explain(config):
    file = config()
    assert explained(file, "acme", "GET", "session:1") == {
        "tenant": ["acme"], "row": ["get"], "handling": ["forward"], "verdict": ["allowed"],
        "name": ["session:1 (argument 1, key)"],
        "feature": ["sessions"], "backend": ["main"], "db": ["0"],
        "sent": [r"*2\r\n$3\r\nGET\r\n$14\r\nacme:session:1\r\n"]}
    split = explained(file, "globex", "MGET", "queue:1", "x", "queue:2")
    assert split["handling"] == ["split"]
    assert split["name"] == ["queue:1 (argument 1, key)", "x (argument 2, key)",
                             "queue:2 (argument 3, key)"]
    assert split["feature"] == ["queues", "cache"] and split["db"] == ["4", "1"]
    assert split["sent"][1] == r"*2\r\n$4\r\nMGET\r\n$19\r\nerp:tenant:globex:x\r\n"
    refused = explained(file, "acme", "KEYS", "*")
    assert refused["verdict"] == ["refused (not_permitted)"]
    assert refused["answer"] == ["-NOPERM this user has no permissions to run the 'keys' command"]
    assert "sent" not in refused
    unknown = explained(file, "acme", "NOSUCH", "a")
    assert unknown["verdict"] == ["refused (unknown_command)"]
    scoped = explained(file, "globex", "KEYS", "*")
    assert scoped["handling"] == ["scoped"] and scoped["verdict"] == ["allowed"]
    assert sorted(scoped["db"]) == ["0", "1", "2", "3", "4", "5"]
    assert run("explain", "--config", file, "nobody", "GET", "a").returncode == 1


def test_hash_password():
    for password in ("acme-secret", "x", "mit Umlaut ä", "  blanks  "):
        done = run("hash-password", input=password + "\n")
        assert done.returncode == 0
        assert done.stdout == "#" + hashlib.sha256(password.encode()).hexdigest() + "\n"
    assert run("hash-password", input="no newline").stdout == harness.sha256("no newline") + "\n"
    assert run("hash-password", input="").returncode == 1


def test_version_and_help():
    done = run("--version")
    assert done.returncode == 0 and re.fullmatch(r"(bulkhead )?\d+\.\d+\.\d+\n", done.stdout)
    helped = run("--help")
    assert helped.returncode == 0
    for word in ("serve", "check", "explain", "dev", "hash-password"):
        assert word in helped.stdout
    assert run().returncode != 0
    assert run("nosuch").returncode != 0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def dev(tmp_path):
    """`bulkhead dev` on free ports, with its temporary files under the test's."""
    port, admin = free_port(), free_port()
    process = subprocess.Popen(
        [os.environ["BULKHEAD"], "dev", "--port", str(port), "--admin-port", str(admin)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)})
    process.port = port

    def client(tenant):
        return redis.Redis(port=port, username=tenant, password=harness.PASSWORDS[tenant])
    process.client = client

    def serves():
        try:
            return client("acme").get("none") is None
        except redis.exceptions.RedisError:
            return False
    harness.wait_until(serves, "bulkhead dev")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()


def test_dev_serves_two_tenants_and_cleans_up(dev, tmp_path):
    acme, globex = dev.client("acme"), dev.client("globex")
    acme.set("a", "of-acme")
    assert globex.get("a") is None and globex.keys() == []
    assert acme.get("a") == b"of-acme"
    (directory,) = tmp_path.iterdir()
    (child,) = children(dev.pid)
    behind = redis.Redis(unix_socket_path=str(next(directory.glob("*.sock*"))), db=1)
    assert behind.keys() == [b"acme:a"]
    dev.send_signal(signal.SIGTERM)
    assert dev.wait(harness.PATIENCE) == 0
    assert f"redis-cli -p {dev.port} --user acme" in dev.stdout.read()
    assert list(tmp_path.iterdir()) == []
    assert not alive(child)


def test_devs_redis_dies_with_it(dev):
    (child,) = children(dev.pid)
    assert alive(child)
    dev.kill()
    dev.wait()
    harness.wait_until(lambda: not alive(child), "the end of redis-server", 5)


def test_dev_without_a_redis_server(tmp_path):
    done = run("dev", "--port", free_port(), "--admin-port", free_port(),
               "--redis-server", "/nonexistent/redis-server",
               env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 1
    assert "/nonexistent/redis-server" in done.stderr and len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("section", ["listen", "admin"])
def test_a_port_that_is_taken_is_one_clear_line(config, section):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        part = "listen:\n  - address: " if section == "listen" else "admin:\n  address: "
        done = run("serve", "--config",
                   config((BASE + harness.TENANTS).replace(part + "127.0.0.1:0", part + address)))
    assert done.returncode == 1
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if " info " not in line]
    assert len(complaints) == 1
    assert address in complaints[0] and "Address already in use" in complaints[0]
