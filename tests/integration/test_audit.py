"""The audit log: what is told in it, what never is, and that nobody waits for it."""

import json
import os
import pathlib

import pytest

import harness

NO_DELAY = "limits:\n  auth_failure_delay: 0\n"


class Audit:
    def __init__(self, fresh, settings="", extra=NO_DELAY, **options):
        self.directory = harness.temporary_directory()
        self.file = pathlib.Path(self.directory, "audit.log")
        self.extra = f"audit: {{ file: {self.file}{settings} }}\n" + extra
        self.stack = fresh(extra=self.extra, **options)
        self.proxy = self.stack.proxy

    def lines(self, path=None):
        text = (path or self.file).read_text()
        return [json.loads(line) for line in text.splitlines()]

    def wait_for(self, path=None, **fields):
        def seen():
            found = [line for line in self.lines(path) if fields.items() <= line.items()]
            return found or None
        return harness.wait_until(seen, f"{fields} in the audit log")


def test_who_came_in_and_who_did_not(fresh):
    audit = Audit(fresh, extra="auth: { failures: 2, ban: 1h }\n" + NO_DELAY)
    good = audit.proxy.raw("acme")
    line = audit.wait_for(event="auth", result="ok")[0]
    assert (line["tenant"], line["user"], line["by"]) == ("acme", "acme", "password")
    assert line["client"] == "127.0.0.1:%d" % good.socket.getsockname()[1]
    assert line["listener"] == "127.0.0.1:%d" % audit.proxy.port
    raw = audit.proxy.raw()
    raw.ask("AUTH", "globex", "pass-word-1")
    raw.ask("HELLO", "3", "AUTH", "globex", "pass-word-1")
    raw.ask("AUTH", "globex", "globex-secret")
    audit.wait_for(event="auth", result="wrong", user="globex", tenant="globex")
    audit.wait_for(event="ban", of="pair", user="globex", ban_ms=3600000)
    audit.wait_for(event="auth", result="banned", user="globex")
    raw.ask("AUTH", "nobody\r\n\"}{\xff", "pass-word-1")
    audit.wait_for(event="auth", result="wrong", tenant="", user='nobody\r\n"}{\u00c3\u00bf')
    raw.ask("AUTH", "x" * 5000, "pass-word-1")
    assert audit.wait_for(event="auth", user="x" * 64)
    text = audit.file.read_text()
    assert "pass-word" not in text and "acme-secret" not in text
    assert oct(audit.file.stat().st_mode & 0o777) == "0o640"


def test_refusals_and_dangerous_commands(fresh):
    audit = Audit(fresh)
    globex, acme = audit.proxy.raw("globex"), audit.proxy.raw("acme")
    globex.ask("SET", "key-name-1", "value-1")
    globex.ask("KEYS", "key-name-*")
    globex.ask("MULTI")
    globex.ask("FLUSHDB")
    globex.ask("EXEC")
    acme.ask("KEYS", "key-name-*")
    acme.ask("CONFIG", "SET", "requirepass", "value-1")
    acme.ask("INFO")
    client = "127.0.0.1:%d" % globex.socket.getsockname()[1]
    assert len(audit.wait_for(event="command", command="keys", tenant="globex", user="globex", client=client, queued=0)) == 1
    audit.wait_for(event="command", command="flushdb", tenant="globex", queued=1)
    audit.wait_for(event="refused", command="keys", tenant="acme", user="acme", reason="not_permitted")
    audit.wait_for(event="refused", command="config|set", tenant="acme")
    audit.wait_for(event="command", command="info", tenant="acme")
    text = audit.file.read_text()
    for secret in ("key-name", "value-1", "requirepass"):
        assert secret not in text
    assert not [line for line in audit.lines() if line.get("command") in ("set", "get", "multi")]


def test_the_life_of_the_process(fresh):
    audit = Audit(fresh, settings=", tenant_commands: no")
    audit.wait_for(event="started")
    raw = audit.proxy.raw("acme")
    raw.ask("INFO")
    audit.proxy.reload()
    audit.wait_for(event="reloaded", file=str(audit.proxy.file))
    audit.proxy.file.write_text("nonsense: yes\n")
    audit.proxy.reload()
    audit.wait_for(event="reload_failed")
    audit.proxy.stop()
    events = [line["event"] for line in audit.lines()]
    assert events[0] == "started" and events[-2:] == ["draining", "stopped"]
    assert "command" not in events  # INFO is in @tenant


def test_logrotate_either_way(fresh):
    audit = Audit(fresh)
    audit.wait_for(event="started")
    moved = audit.file.with_name("audit.log.1")
    audit.file.rename(moved)
    audit.proxy.raw("acme")
    audit.wait_for(moved, event="auth", user="acme")
    audit.proxy.reload()
    audit.proxy.raw("globex")
    audit.wait_for(event="auth", user="globex")
    assert not [line for line in audit.lines(moved) if line.get("user") == "globex"]
    os.truncate(audit.file, 0)  # copytruncate
    audit.proxy.raw("acme")
    assert audit.wait_for(event="auth", user="acme")
    assert not audit.file.read_bytes().startswith(b"\0")


def test_it_comes_goes_and_moves_with_a_reload(fresh):
    audit = Audit(fresh)
    other = audit.file.with_name("other.log")
    audit.proxy.write(extra=audit.extra.replace(str(audit.file), str(other)))
    audit.proxy.reload()
    audit.proxy.raw("acme")
    audit.wait_for(other, event="auth")
    audit.proxy.write(extra=NO_DELAY)
    audit.proxy.reload()
    size = other.stat().st_size
    audit.proxy.raw("acme").ask("INFO")
    audit.proxy.write(extra=audit.extra)
    audit.proxy.reload()
    audit.proxy.raw("globex")
    audit.wait_for(event="auth", user="globex")
    assert other.stat().st_size == size
    audit.proxy.write(extra=audit.extra.replace(str(audit.file), "/nonexistent/audit.log"))
    audit.proxy.reload()
    audit.proxy.wait_for_log("problem", "audit_open_failed file=/nonexistent/audit.log")
    audit.proxy.raw("acme")
    audit.wait_for(event="auth", user="acme")  # the file before is kept


def test_a_file_that_cannot_be_opened_at_the_start(fresh):
    with pytest.raises(RuntimeError, match="cannot write the audit log /nonexistent/a.log"):
        fresh(extra="audit: { file: /nonexistent/a.log }\n")


def test_a_flood_is_cut_and_others_are_heard(fresh):
    audit = Audit(fresh, settings=", rate: 5")
    acme = audit.proxy.raw("acme")
    acme.send(acme.encode("SHUTDOWN") * 2000)
    for _ in range(2000):
        assert acme.reply().startswith(b"-NOPERM")
    globex = audit.proxy.raw("globex")
    globex.ask("SHUTDOWN")
    audit.wait_for(event="refused", tenant="globex")
    left_out = audit.wait_for(event="left_out", of="refused", tenant="acme")
    harness.wait_until(lambda: sum(line.get("lines", 0) for line in audit.lines() if line["event"] == "left_out")
                       + len([line for line in audit.lines() if line["event"] == "refused"
                              and line["tenant"] == "acme"]) == 2000, "all lines accounted for")
    assert left_out[0]["lines"] > 100
    assert audit.proxy.metric("bulkhead_audit_lines_dropped_total", reason="rate") > 1000


def test_a_full_disk_costs_lines_and_nobodys_time(fresh):
    audit = Audit(fresh, settings=", rate: 0")
    audit.wait_for(event="started")
    audit.proxy.write(extra=audit.extra.replace(str(audit.file), "/dev/full"))
    audit.proxy.reload()
    acme = audit.proxy.raw("acme")
    for _ in range(50):
        assert acme.ask("INFO", "server")[:1] == b"$"
    harness.wait_until(lambda: audit.proxy.metric("bulkhead_audit_lines_dropped_total", reason="write") > 50, "drops")
    audit.proxy.wait_for_log("event", "audit_write_failed problem=")
    assert audit.proxy.log_text().count("audit_write_failed") == 1
    audit.proxy.write(extra=audit.extra)
    audit.proxy.reload()
    audit.proxy.raw("globex")
    audit.wait_for(event="auth", user="globex")
    audit.proxy.wait_for_log("event", "audit_write_recovered")


def test_a_reader_that_does_not_read(fresh):
    """A pipe that is full: lines are dropped, the queue stays bounded, clients are served."""
    audit = Audit(fresh)
    pipe = audit.file.with_name("pipe")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    audit.proxy.write(extra=f"audit: {{ file: {pipe}, rate: 0, queue: 100 }}\n" + NO_DELAY)
    audit.proxy.reload()
    acme = audit.proxy.raw("acme")
    before = audit.proxy.resident_bytes()
    for _ in range(20):
        acme.send(acme.encode("SHUTDOWN") * 500)
        for _ in range(500):
            assert acme.reply().startswith(b"-NOPERM")
    dropped = harness.wait_until(lambda: audit.proxy.metric("bulkhead_audit_lines_dropped_total", reason="write")
                                 + audit.proxy.metric("bulkhead_audit_lines_dropped_total", reason="queue"), "drops")
    assert dropped > 0
    assert audit.proxy.resident_bytes() - before < 8 * 2**20
    os.close(reader)
    assert acme.ask("SHUTDOWN").startswith(b"-NOPERM")
    assert audit.proxy.raw("globex").ask("PING") == b"+PONG\r\n"
