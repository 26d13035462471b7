"""Proves that redis-cli and redis-benchmark, unmodified, work through the proxy as on a bare Redis:
the interactive prompt with its hints, the modes that scan, measure and insert, and the logins."""

import os
import re
import subprocess

import pytest

import harness
from terminal import PROMPT, Terminal

ENVIRONMENT = {"REDISCLI_HISTFILE": "/dev/null", "REDISCLI_RCFILE": "/dev/null"}


def login(tenant="acme"):
    return ["--user", tenant, "--pass", harness.PASSWORDS[tenant], "--no-auth-warning"]


def cli(stack, *words, given="", tenant="acme", options=None):
    """redis-cli not on a terminal; its finished process."""
    options = login(tenant) if options is None else options
    return subprocess.run(["redis-cli", "-p", str(stack.proxy.port), *options, *words],
                          input=given, capture_output=True, text=True, timeout=harness.PATIENCE,
                          env=dict(os.environ, **ENVIRONMENT), check=False)


def says(stack, *words, **options):
    """What a redis-cli that succeeds without complaints prints."""
    done = cli(stack, *words, **options)
    assert (done.returncode, done.stderr) == (0, ""), (words, done)
    return done.stdout


@pytest.fixture
def prompt(stack):
    terminals = []

    def make(*options):
        terminals.append(Terminal(["redis-cli", "-p", str(stack.proxy.port), *options], ENVIRONMENT))
        return terminals[-1]

    yield make
    for terminal in terminals:
        terminal.close()


def test_commands_at_the_prompt(stack, prompt):
    terminal = prompt(*login())
    terminal.line("set session:1 hello")
    terminal.wait_for(r"OK\r\n")
    terminal.line("get session:1")
    terminal.wait_for(r'"hello"\r\n')
    terminal.line("hset cache:h a 1 b 2")
    terminal.wait_for(r"\(integer\) 2\r\n")
    terminal.line("hgetall cache:h")
    terminal.wait_for(r'1\) "a"\r\n2\) "1"\r\n3\) "b"\r\n4\) "2"\r\n')
    terminal.line("keys *")
    terminal.wait_for(r"\(error\) NOPERM this user has no permissions to run the 'keys' command")
    terminal.line("nosuchcommand")
    terminal.wait_for(r"\(error\) ERR unknown command 'nosuchcommand'")
    terminal.line("quit")
    assert stack.redis.keys() == {0: [b"acme:session:1"], 1: [b"acme:cache:h"]}
    assert terminal.ended() == 0


def test_hints_at_the_prompt(prompt):
    terminal = prompt(*login())
    terminal.wait_for(PROMPT)
    terminal.type("SET")
    terminal.wait_for(r"SET key value \[NX\|XX\]")
    terminal.type(" k1 v1\r")
    terminal.wait_for(r"OK\r\n")
    terminal.wait_for(PROMPT)
    terminal.type("hincrby")
    terminal.wait_for(r"hincrby key field increment")
    terminal.type(" h f 2\r")
    terminal.wait_for(r"\(integer\) 2\r\n")


def test_auth_select_and_resp3_at_the_prompt(stack, prompt):
    terminal = prompt()
    terminal.line("get x")
    terminal.wait_for(r"\(error\) NOAUTH Authentication required\.")
    terminal.line("auth acme wrong")
    terminal.wait_for(r"\(error\) WRONGPASS ")
    terminal.line("auth acme acme-secret")
    terminal.wait_for(r"OK\r\n")
    terminal.line("select 4")
    terminal.wait_for(r"OK\r\n")
    terminal.line("rpush jobs a b")
    terminal.wait_for(r"\(integer\) 2\r\n")
    terminal.line("select 9")
    terminal.wait_for(r"\(error\) ERR DB index is out of range")
    terminal.line("hello 3")
    terminal.wait_for(r'"proto" => \(integer\) 3')
    terminal.line("auth globex-secret")
    terminal.wait_for(r"OK\r\n")
    terminal.line("exists jobs")
    terminal.wait_for(r"\(integer\) 0\r\n")
    assert stack.redis.keys() == {4: [b"acme:jobs"]}


@pytest.mark.parametrize("options", [
    login("acme"), ["-a", "acme-secret", "--no-auth-warning"],
    ["-u", "redis://acme:acme-secret@127.0.0.1:{port}", "--no-auth-warning"], ["-3", *login("acme")],
], ids=["user and password", "password only", "uri", "RESP3"])
def test_logins(stack, options):
    options = [word.format(port=stack.proxy.port) for word in options]
    assert says(stack, "acl", "whoami", options=options) == "acme\n"
    assert says(stack, "set", "session:1", "v", options=options) == "OK\n"
    assert stack.redis.keys() == {0: [b"acme:session:1"]}


def test_a_wrong_password_is_told(stack):
    done = cli(stack, "get", "x", options=["--user", "acme", "--pass", "no", "--no-auth-warning"])
    assert "WRONGPASS" in done.stderr and "NOAUTH" in done.stdout + done.stderr


def test_databases(stack):
    assert says(stack, "-n", "3", "set", "a", "1") == "OK\n"
    assert says(stack, "-n", "3", "dbsize") == "1\n" and says(stack, "-n", "4", "dbsize") == "0\n"
    assert stack.redis.keys() == {3: [b"acme:a"]}
    assert "ERR DB index is out of range" in cli(stack, "-n", "9", "dbsize").stderr


def test_output_formats(stack):
    acme = stack.proxy.client()
    acme.hset("cache:h", "f", "v")
    acme.rpush("queue:q", "a,b", 'c"d')
    assert says(stack, "--csv", "lrange", "queue:q", "0", "-1") == '"a,b","c\\"d"\n'
    assert says(stack, "--json", "hgetall", "cache:h") == '{"f":"v"}\n'
    assert says(stack, "-3", "--no-raw", "hgetall", "cache:h") == '1# "f" => "v"\n'
    assert says(stack, "--no-raw", "get", "none") == "(nil)\n"
    assert says(stack, "-r", "3", "incr", "n") == "1\n2\n3\n"
    assert cli(stack, "-e", "get", "queue:q").returncode == 1


def test_the_last_argument_from_the_input(stack):
    value = "a line\nand \x01 bytes"
    assert says(stack, "-x", "set", "session:x", given=value) == "OK\n"
    assert says(stack, "-X", "it", "set", "it", "v", given="session:y") == "OK\n"
    assert stack.proxy.client().mget("session:x", "session:y") == [value.encode(), b"v"]


def test_commands_from_the_input(stack):
    given = "set a 1\nincr a\nselect 4\nrpush jobs x\n"
    assert says(stack, given=given) == "OK\n2\nOK\n1\n"
    assert stack.redis.keys() == {1: [b"acme:a"], 4: [b"acme:jobs"]}


def filled(stack):
    """Keys of both tenants in three databases; those of acme's."""
    names = []
    for tenant in ("acme", "globex"):
        pipeline = stack.proxy.client(tenant).pipeline(transaction=False)
        names = [f"session:{i}" for i in range(1500)] + [f"cache:{i}" for i in range(700)]
        for name in names:
            pipeline.set(name, tenant * 5)
        pipeline.rpush("queue:big", *range(300)).hset("cache:hash", "f", "v").sadd("ws:set", "a", "b")
        pipeline.execute()
    return names + ["queue:big", "cache:hash", "ws:set"]


def test_scan_lists_every_key_once(stack):
    names = filled(stack)
    listed = says(stack, "--scan").split()
    assert sorted(listed) == sorted(names)
    ones = sorted(name for name in names if name.startswith("session:1"))
    assert sorted(says(stack, "--scan", "--pattern", "session:1*").split()) == ones
    assert says(stack, "--scan", "--pattern", "acme:*") == ""


def test_bigkeys_and_memkeys(stack):
    stack.proxy.client("globex").set("session:huge", "x" * 100000)
    names = filled(stack)
    for option in ("--bigkeys", "--memkeys"):
        report = says(stack, option)
        assert f"Sampled {len(names)} keys in the keyspace!" in report
        assert re.search(r"""Biggest +list found '?"queue:big"'? has [1-9]""", report)
        assert re.search(r"2200 strings with [1-9]", report)
        assert "huge" not in report and "acme:" not in report


def test_latency(stack):
    low, high, average, samples = says(stack, "--latency").split()
    assert int(low) <= float(average) <= int(high) and int(samples) > 10


@pytest.mark.parametrize("options, pattern", [
    (["--latency-history", "-i", "0.1"], r"seconds range"),
    (["--latency"], r"min: \d+, max: \d+, avg: [0-9.]+ \(\d\d samples\)"),
    (["--latency-dist", "-i", "0.1"], r"From 0 to 100%"),
    (["--stat", "-i", "0.1"], r"requests +connections.*\n.*\d"),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_endless_modes_until_they_are_stopped(prompt, options, pattern):
    terminal = prompt(*login(), *options)
    shown = terminal.wait_for(pattern)
    terminal.type("\x03")  # as Ctrl-C
    assert "rror" not in shown


def test_info(stack):
    for options in ([], ["-3"]):
        report = says(stack, *options, "info")
        assert "redis_version:7." in report and "# Server" in report
    assert "maxmemory_policy:" in says(stack, "info", "memory")


@pytest.mark.parametrize("protocol", [[], ["-3"]], ids=["RESP2", "RESP3"])
def test_mass_insertion(stack, protocol):
    raw = b"".join(harness.Raw.encode("SET", f"session:{i}", "v" * (i % 200)) for i in range(20000))
    done = cli(stack, *protocol, "--pipe", given=raw.decode())
    assert "errors: 0, replies: 20000" in done.stdout and done.returncode == 0, done
    assert stack.redis.client().dbsize() == 20000
    mixed = "SET a 1\r\nKEYS *\r\nLPUSH a 1\r\nSET b 1\r\n"
    done = cli(stack, *protocol, "--pipe", given=mixed)
    assert "errors: 2, replies: 4" in done.stdout and "NOPERM" in done.stdout + done.stderr


@pytest.mark.parametrize("words, told", [
    (["monitor"], "NOPERM this user has no permissions to run the 'monitor' command"),
    (["function", "dump"], "NOPERM this user has no permissions to run the 'function|dump' command"),
    (["--rdb", "/dev/null"], "NOPERM this user has no permissions to run the 'sync' command"),
    (["--replica"], "NOPERM this user has no permissions to run the 'sync' command"),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_what_is_refused(stack, words, told):
    done = cli(stack, *words)
    assert told in done.stdout + done.stderr


BENCHMARKS = "set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset"


@pytest.mark.parametrize("options", [[], ["-P", "16"], ["-3", "-P", "16"], ["--threads", "2"],
                                     ["--dbnum", "4"]], ids=lambda options: " ".join(options) or "plain")
def test_benchmark(stack, options):
    done = subprocess.run(
        ["redis-benchmark", "-p", str(stack.proxy.port), "--user", "acme", "-a", "acme-secret", "-q",
         "-n", "2000", "-c", "20", "-r", "100", "-t", BENCHMARKS, *options],
        capture_output=True, text=True, timeout=3 * harness.PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert not re.search("error|warning|NOPERM", done.stdout, re.IGNORECASE), done.stdout
    finished = re.findall(r"^(.+): [0-9.]+ requests per second", done.stdout, re.MULTILINE)
    assert len(finished) == len(BENCHMARKS.split(",")) + 4  # LRANGE is measured in four lengths
    keys = stack.redis.keys()
    assert list(keys) == ([4] if "--dbnum" in options else [1])
    assert all(key.startswith(b"acme:") for found in keys.values() for key in found)
