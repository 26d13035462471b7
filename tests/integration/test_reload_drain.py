"""SIGHUP and SIGTERM: what changes, what goes on, and that nobody notices more than must be."""

import re
import signal
import socket
import textwrap
import threading
import time

import pytest

import harness
from fake_redis import FakeRedis
from harness import TENANTS, sha256

INITECH = f"""
  - name: initech
    users:
      - {{ name: initech, passwords: ["{sha256('initech-secret')}"] }}
"""
WITHOUT_GLOBEX = TENANTS[:TENANTS.index("  - name: globex")]


def reload_with(stack, **changes):
    stack.proxy.write(**changes)
    stack.proxy.reload()


def reloads(stack, result):
    return stack.proxy.metric("bulkhead_config_reloads_total", result=result)


def test_a_new_tenant_can_log_in(fresh):
    stack = fresh()
    raw = stack.proxy.raw()
    assert raw.ask("AUTH", "initech", "initech-secret").startswith(b"-WRONGPASS")
    reload_with(stack, tenants=TENANTS + INITECH)
    assert raw.ask("AUTH", "initech", "initech-secret") == b"+OK\r\n"
    assert raw.ask("SET", "a", "1") == b"+OK\r\n"
    assert stack.redis.keys() == {1: [b"initech:a"]}
    assert reloads(stack, "ok") == 1


def test_a_removed_user_is_put_out_idle_or_busy(fresh):
    stack = fresh()
    idle, busy, other = (stack.proxy.raw(t) for t in ("globex", "globex", "acme"))
    assert busy.ask("SET", "a", "1") == b"+OK\r\n"
    stack.redis.pause()
    busy.send(busy.encode("GET", "a"))
    stack.proxy.raw("acme").ask("PING")
    reload_with(stack, tenants=WITHOUT_GLOBEX)
    assert idle.closed()
    stack.redis.unpause()
    assert busy.reply() == b"$1\r\n1\r\n"  # it was accepted
    assert busy.closed()
    assert other.ask("PING") == b"+PONG\r\n"
    assert stack.proxy.raw().ask("AUTH", "globex", "globex-secret").startswith(b"-WRONGPASS")
    assert stack.proxy.metric("bulkhead_connections_closed_total", reason="removed") == 2
    assert stack.proxy.raw("acme").ask("GET", "a") == b"$-1\r\n"


def test_a_changed_policy_and_prefix_hold_for_open_connections(fresh):
    stack = fresh()
    globex = stack.proxy.raw("globex")
    assert globex.ask("SET", "a", "old") == b"+OK\r\n"
    assert globex.ask("KEYS", "*") == b"*1\r\n$1\r\na\r\n"
    reload_with(stack, tenants=TENANTS.replace('policy: ["+keys", "+flushdb", "+flushall"]',
                                               'policy: ["-@list"]'))
    assert globex.ask("KEYS", "*").startswith(b"-NOPERM ")
    assert globex.ask("LPUSH", "l", "1").startswith(b"-NOPERM ")
    assert globex.ask("GET", "a") == b"$3\r\nold\r\n"
    reload_with(stack, tenants=TENANTS.replace("erp:tenant:globex:", "erp:tenant:new:"))
    assert globex.ask("GET", "a") == b"$-1\r\n"
    assert globex.ask("SET", "a", "new") == b"+OK\r\n"
    assert globex.ask("KEYS", "*") == b"*1\r\n$1\r\na\r\n"
    assert stack.redis.keys() == {1: [b"erp:tenant:globex:a", b"erp:tenant:new:a"]}


def test_connections_survive_with_their_state(fresh):
    stack = fresh()
    acme, stranger = stack.proxy.raw("acme"), stack.proxy.raw()
    acme.ask("HELLO", "3", "SETNAME", "worker-1")
    client_id = acme.ask("CLIENT", "ID")
    assert acme.ask("SELECT", "4") == b"+OK\r\n"
    assert acme.ask("SET", "anything", "1") == b"+OK\r\n"
    acme.send(b"*2\r\n$3\r\nGET\r\n$8\r\nany")  # half a command stays half a command
    reload_with(stack, tenants=TENANTS + INITECH)
    acme.send(b"thing\r\n")
    assert acme.reply() == b"$1\r\n1\r\n"
    assert acme.ask("GET", "none") == b"_\r\n"
    assert acme.ask("CLIENT", "GETNAME") == b"$8\r\nworker-1\r\n"
    assert acme.ask("CLIENT", "ID") == client_id
    assert stack.redis.keys() == {4: [b"acme:anything"]}
    assert stranger.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"


def test_a_bad_file_changes_nothing(fresh):
    stack = fresh()
    globex = stack.proxy.raw("globex")
    since = len(stack.proxy.log_text())
    bad = WITHOUT_GLOBEX + INITECH.replace("initech-secret", "x").replace("passwords", "passwort")
    reload_with(stack, tenants=bad, features=harness.FEATURES.replace("db: 4", "db: four"),
                extra="limits:\n  clients: many\n")
    log = stack.proxy.log_text()[since:]
    lines = stack.proxy.file.read_text().splitlines()
    for mistake in ("passwort", "db: four", "clients: many"):
        number = next(i for i, line in enumerate(lines, 1) if mistake in line)
        assert re.search(rf"config_problem file=\S*bulkhead\.yaml line={number} problem=", log), mistake
    assert reloads(stack, "failed") == 1 and reloads(stack, "ok") == 0
    assert globex.ask("SET", "queue:a", "1") == b"+OK\r\n"
    assert stack.proxy.raw("globex").ask("GET", "queue:a") == b"$1\r\n1\r\n"
    assert stack.redis.keys() == {4: [b"erp:tenant:globex:queue:a"]}
    stack.proxy.file.unlink()
    stack.proxy.reload()
    assert reloads(stack, "failed") == 2
    assert globex.ask("PING") == b"+PONG\r\n"


def test_tenants_dir_is_read_again(fresh):
    stack = fresh(extra="tenants_dir: more\n")
    folder = stack.proxy.directory / "more"
    folder.mkdir()
    (folder / "initech.yaml").write_text(textwrap.dedent(INITECH))
    stack.proxy.reload()
    raw = stack.proxy.raw()
    assert raw.ask("AUTH", "initech", "initech-secret") == b"+OK\r\n", stack.proxy.log_text()
    (folder / "initech.yaml").unlink()
    stack.proxy.reload()
    assert raw.closed()


def checked_load(proxy, tenant, number, stop, wrong):
    """SET and GET without end; every reply is compared."""
    raw = proxy.raw(tenant)
    round_ = 0
    while not stop.is_set():
        round_ += 1
        words, expected = [], []
        for key in (f"session:{number}", f"cache:{number}", f"queue:{number}", f"k{number}"):
            value = f"{tenant}/{number}/{key}/{round_}"
            words += [("SET", key, value), ("GET", key)]
            expected += [b"+OK\r\n", b"$%d\r\n%s\r\n" % (len(value), value.encode())]
        raw.send(b"".join(raw.encode(*w) for w in words))
        for w, reply in zip(words, expected):
            got = raw.reply()
            if got != reply:
                wrong.append((w, got))
                return
    raw.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_reload_under_load(fresh, workers):
    stack = fresh(workers=workers)
    backend = stack.proxy.backend
    stop, wrong = threading.Event(), []
    threads = [threading.Thread(target=checked_load, args=[stack.proxy, tenant, n, stop, wrong])
               for tenant in harness.PASSWORDS for n in range(5)]
    for thread in threads:
        thread.start()
    for i in range(30):
        reload_with(stack, tenants=TENANTS + (INITECH if i % 2 else ""))
        # A backend's changed settings replace its lanes: nothing may be lost with the old ones.
        stack.proxy.backend = backend + f"    health_interval: {1000 + i}ms\n"
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert reloads(stack, "ok") == 30


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return False
    except ConnectionRefusedError:
        return True


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_answers_what_was_accepted(fresh, workers):
    stack = fresh(workers=workers)
    stack.redis.client(1).set("acme:a", "1")
    clients = [stack.proxy.raw("acme") for _ in range(200)]
    idle = clients[:100]
    busy = clients[100:]
    assert all(raw.ask("GET", "a") == b"$1\r\n1\r\n" for raw in busy)
    stack.redis.pause()
    for raw in busy:
        raw.send(raw.encode("GET", "a") * 5)
    # All of it has been read by the proxy when the queue of the backend is that long.
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_backend_queue_depth", backend="main")
                       == 500, "500 commands under way")
    stack.proxy.process.send_signal(signal.SIGTERM)
    assert all(raw.closed() for raw in idle)
    harness.wait_until(lambda: refused(stack.proxy.port), "the port's end")
    assert stack.proxy.http("/readyz")[0] == 503
    stack.redis.unpause()
    for raw in busy:
        assert raw.rest() == b"$1\r\n1\r\n" * 5
    assert stack.proxy.process.wait(5) == 0


def test_a_client_that_never_reads_does_not_hold_up_the_end(fresh):
    stack = fresh(extra="limits:\n  drain_timeout: 500ms\n")
    stack.redis.client(1).set("acme:big", b"v" * 8 * 1024 * 1024)
    slow = stack.proxy.raw("acme")
    slow.send(slow.encode("GET", "big") * 20)
    slow.line()
    begun = time.monotonic()
    stack.proxy.process.send_signal(signal.SIGTERM)
    assert stack.proxy.process.wait(5) == 0
    assert 0.4 < time.monotonic() - begun < 3


LONG_DRAIN = "limits: { drain_timeout: 60s, drain_blocked: 30s, drain_subscribed: 30s }\n"


def test_who_waits_has_a_while_longer_and_is_answered(fresh):
    """Clients that block, are in a transaction or listen go on until their deadline; idle ones are closed."""
    stack = fresh(extra=LONG_DRAIN)
    blocked, listening, queueing, idle = (stack.proxy.raw("acme") for _ in range(4))
    blocked.send(blocked.encode("BLPOP", "queue:a", "0"))
    listening.ask("SUBSCRIBE", "c")
    queueing.ask("MULTI")
    queueing.ask("SET", "queue:b", "1")
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == 1, "the block")
    stack.proxy.process.send_signal(signal.SIGTERM)
    assert idle.closed()
    assert stack.proxy.http("/readyz")[0] == 503
    stack.redis.client().publish("acme:c", "still")
    assert listening.reply() == b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nstill\r\n"
    assert queueing.ask("EXEC") == b"*1\r\n+OK\r\n"
    assert queueing.closed()
    stack.redis.client(4).rpush("acme:queue:a", "x")
    assert blocked.reply() == b"*2\r\n$7\r\nqueue:a\r\n$1\r\nx\r\n"
    assert blocked.closed()
    listening.send(listening.encode("UNSUBSCRIBE", "c"))
    assert listening.reply().startswith(b"*3\r\n$11\r\nunsubscribe")
    assert listening.closed()
    assert stack.proxy.process.wait(5) == 0


def test_who_waits_is_closed_at_its_deadline(fresh):
    stack = fresh(extra="limits: { drain_timeout: 60s, drain_blocked: 300ms, drain_subscribed: 600ms }\n")
    clients = {"blocked": ("BRPOP", "queue:a", "0"), "moving": ("BLMOVE", "queue:a", "queue:b", "LEFT", "LEFT", "0"),
               "listening": ("SUBSCRIBE", "c"), "queueing": ("MULTI",)}
    raws = {name: stack.proxy.raw("acme") for name in clients}
    for name, words in clients.items():
        raws[name].send(raws[name].encode(*words))
    raws["listening"].reply(), raws["queueing"].reply()
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == 2, "the blocks")
    stack.proxy.process.send_signal(signal.SIGTERM)
    assert raws["blocked"].rest() == b"*-1\r\n"
    assert raws["moving"].rest() == b"$-1\r\n"
    assert raws["queueing"].closed() and raws["listening"].closed()
    assert stack.proxy.process.wait(5) == 0


def test_blocked_clients_of_a_backend_that_stands_still_do_not_hold_up_the_end(fresh):
    stack = fresh(extra="limits: { drain_timeout: 1s, drain_blocked: 100ms }\n")
    blocked = stack.proxy.raw("acme")
    blocked.send(blocked.encode("BLPOP", "queue:a", "0"))
    harness.wait_until(lambda: stack.redis.client().info("clients")["blocked_clients"] == 1, "the block")
    stack.redis.pause()
    stack.proxy.process.send_signal(signal.SIGTERM)
    assert stack.proxy.process.wait(10) == 0
    assert blocked.closed()


def test_two_signals_are_one_drain_and_no_reload_comes_between(fresh):
    stack = fresh()
    raw = stack.proxy.raw("acme")
    stack.redis.pause()
    raw.send(raw.encode("GET", "a"))
    harness.wait_until(lambda: stack.proxy.metric("bulkhead_backend_queue_depth", backend="main")
                       == 1, "the command")
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        stack.proxy.process.send_signal(each)
    harness.wait_until(lambda: " draining " in stack.proxy.log_text(), "the drain")
    stack.redis.unpause()
    assert raw.rest() == b"$-1\r\n"
    assert stack.proxy.process.wait(5) == 0
    assert stack.proxy.log_text().count(" draining ") == 1


def test_two_workers_with_two_hundred_connections(fresh):
    stack = fresh(workers=2)
    clients = [stack.proxy.raw(("acme", "globex")[i % 2]) for i in range(200)]
    for i, raw in enumerate(clients):
        raw.send(raw.encode("SET", f"k{i // 2}", f"of-{i}") + raw.encode("CLIENT", "ID"))
    ids = set()
    for raw in clients:
        assert raw.reply() == b"+OK\r\n"
        ids.add(raw.reply())
    assert len(ids) == 200
    for i, raw in enumerate(clients):
        assert raw.ask("GET", f"k{i // 2}") == b"$%d\r\n%s\r\n" % (len(f"of-{i}"), b"of-%d" % i)
    assert {len(keys) for keys in stack.redis.keys().values()} == {200}
    states = [stack.proxy.metric("bulkhead_connections", tenant=t, state="active")
              for t in harness.PASSWORDS]
    assert states == [100, 100]


def test_a_backend_is_removed_while_a_command_visits_several(fresh):
    """KEYS is half done when the backend of its last part leaves the configuration."""
    other = FakeRedis()
    other.answer = lambda *_: b"*2\r\n$1\r\n0\r\n*0\r\n"
    features = harness.FEATURES.replace('"trending:*"] }', '"trending:*"], backend: other }')
    stack = fresh(features=features,
                  backend_extra=f"  - name: other\n    address: {other.address}\n")
    globex = stack.proxy.raw("globex")
    assert globex.ask("SET", "a", "1") == b"+OK\r\n"
    assert globex.ask("KEYS", "*") == b"*1\r\n$1\r\na\r\n"
    with_both = stack.proxy.backend
    for without, names in [(with_both[:with_both.index("  - name: other")], harness.FEATURES),
                           (with_both, features)] * 3:
        stack.redis.pause()
        globex.send(globex.encode("KEYS", "*"))
        harness.wait_until(lambda: stack.proxy.metric("bulkhead_backend_queue_depth",
                                                      backend="main") == 1, "the first part")
        stack.proxy.backend = without
        reload_with(stack, features=names)
        stack.redis.unpause()
        reply = globex.reply()
        assert reply == b"*1\r\n$1\r\na\r\n" or reply.startswith(b"-BACKENDDOWN "), reply
        assert globex.ask("KEYS", "*") == b"*1\r\n$1\r\na\r\n"
    other.close()
