"""Who may log in, when and from where: passwords that end, networks, bans, sockets that know their peers."""

import concurrent.futures
import datetime
import os
import stat
import subprocess

import pytest

import harness

WRONGPASS = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
NO_DELAY = "limits:\n  auth_failure_delay: 0\n"
GLOBEX = f'  - name: globex\n    users:\n      - {{ name: globex, passwords: ["{harness.sha256("globex-secret")}"] }}\n'


def tenants(acme):
    return f"tenants:\n  - name: acme\n    users:\n      - {acme}\n" + GLOBEX


def utc(seconds=0):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def rotating(old_ends):
    return tenants(f'{{ name: acme, passwords: [{{ hash: "{harness.sha256("old")}", expires: {old_ends} }}, '
                   f'"{harness.sha256("acme-secret")}"] }}')


# ---- Passwords that end

def test_a_password_ends_at_its_moment_without_a_reload(fresh):
    stack = fresh(tenants=rotating(utc(4)), extra=NO_DELAY)
    early = stack.proxy.raw()
    assert early.ask("AUTH", "acme", "old") == b"+OK\r\n"
    raw = stack.proxy.raw()
    harness.wait_until(lambda: raw.ask("AUTH", "acme", "old") == WRONGPASS, "the end of the password")
    assert raw.ask("AUTH", "old") == WRONGPASS
    assert raw.ask("HELLO", "3", "AUTH", "acme", "old") == WRONGPASS
    assert raw.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    assert early.ask("PING") == b"+PONG\r\n"  # who is in stays in
    assert stack.proxy.metric("bulkhead_auth_failures_total", reason="expired") >= 3
    stack.proxy.wait_for_log("reason", r"auth_failed client=\S+ reason=expired user=acme")


def test_check_tells_of_passwords_that_are_over(fresh):
    stack = fresh(tenants=rotating("2020-01-01"))
    stack.proxy.wait_for_log("warning", "passwords_expired notes=1")
    check = subprocess.run([os.environ["BULKHEAD"], "check", "--config", stack.proxy.file],
                           capture_output=True, text=True)
    assert check.returncode == 0
    assert "is good" in check.stdout
    assert "a password of user 'acme' has expired on 2020-01-01T00:00:00Z" in check.stdout
    assert stack.proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_a_rotation(fresh):
    """Both are good for a while; then a reload ends the old one, and brings it back."""
    stack = fresh(tenants=rotating("2099-12-31"), extra=NO_DELAY)
    raw = stack.proxy.raw()
    assert raw.ask("AUTH", "acme", "old") == b"+OK\r\n"
    stack.proxy.write(tenants=rotating("2020-12-31T23:00:00+02:00"), extra=NO_DELAY)
    stack.proxy.reload()
    other = stack.proxy.raw()
    assert other.ask("AUTH", "acme", "old") == WRONGPASS
    assert raw.ask("PING") == b"+PONG\r\n"
    stack.proxy.write(tenants=rotating("2099-12-31"), extra=NO_DELAY)
    stack.proxy.reload()
    assert other.ask("AUTH", "old") == b"+OK\r\n"


# ---- Sources

def test_a_user_comes_from_its_networks_only(fresh):
    user = '{{ name: acme, passwords: ["{0}"], source: {1} }}'
    away = tenants(user.format(harness.sha256("acme-secret"), '["10.0.0.0/8", "2001:db8::/32"]'))
    here = tenants(user.format(harness.sha256("acme-secret"), '["10.0.0.0/8", "127.0.0.0/8"]'))
    stack = fresh(tenants=here, extra=NO_DELAY)
    inside = stack.proxy.raw("acme")
    assert inside.ask("PING") == b"+PONG\r\n"
    stack.proxy.write(tenants=away, extra=NO_DELAY)
    stack.proxy.reload()
    raw = stack.proxy.raw()
    assert raw.ask("AUTH", "acme", "acme-secret") == WRONGPASS
    assert raw.ask("AUTH", "acme-secret") == WRONGPASS
    assert raw.ask("AUTH", "globex-secret") == b"+OK\r\n"
    assert inside.closed()  # it came from where that user may not be any more
    assert stack.proxy.metric("bulkhead_auth_failures_total", reason="source_refused") == 2
    stack.proxy.wait_for_log("reason", r"auth_failed client=127.0.0.1:\d+ reason=source_refused user=acme")
    stack.proxy.write(tenants=here, extra=NO_DELAY)
    stack.proxy.reload()
    assert stack.proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_ipv4_networks_hold_on_a_dual_stack_listener(fresh):
    user = f'{{ name: acme, passwords: ["{harness.sha256("acme-secret")}"], source: 127.0.0.1 }}'
    stack = fresh(tenants=tenants(user), listen='listen:\n  - address: "[::]:0"\n', extra=NO_DELAY)
    port = int(stack.proxy.wait_for_log("port", r" listening address=\S*?:(\d+) ").group(1))
    assert harness.Raw(("127.0.0.1", port)).ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    assert harness.Raw(("::1", port)).ask("AUTH", "acme", "acme-secret") == WRONGPASS


# ---- Bans

def from_address(stack, address):
    """A connection from another address of the loopback network."""
    raw = harness.Raw.__new__(harness.Raw)
    raw.socket = harness.socket.create_connection(("127.0.0.1", stack.proxy.port), harness.PATIENCE, (address, 0))
    raw.buffer = b""
    return raw


def auth_settings(**settings):
    return "auth: { " + ", ".join(f"{key}: {value}" for key, value in settings.items()) + " }\n" + NO_DELAY


@pytest.mark.parametrize("workers", [1, 3])
def test_a_guesser_is_banned_and_others_are_not(fresh, workers):
    stack = fresh(extra=auth_settings(failures=3, window="60s", ban="2s"), workers=workers)
    for _ in range(5):
        assert stack.proxy.raw().ask("AUTH", "acme", "wrong") == WRONGPASS
    stack.proxy.wait_for_log("ban", r"auth_banned of=pair client=127.0.0.1:\d+ user=acme ban_ms=2000")
    harness.wait_until(lambda: all(stack.proxy.raw().ask("AUTH", "acme", "acme-secret") == WRONGPASS
                                   for _ in range(8)) or None, "the ban in every worker", patience=1.5)
    assert stack.proxy.raw("globex").ask("PING") == b"+PONG\r\n"
    assert from_address(stack, "127.0.0.2").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    harness.wait_until(lambda: stack.proxy.raw().ask("AUTH", "acme", "acme-secret") == b"+OK\r\n", "the end of the ban")
    assert stack.proxy.metric("bulkhead_auth_bans_total", of="pair") == 1
    assert stack.proxy.metric("bulkhead_auth_failures_total", reason="banned") >= 8


def test_a_source_that_tries_many_users_is_banned_but_not_who_was_good_there(fresh):
    stack = fresh(extra=auth_settings(failures=0, source_failures=5, ban="1h"))
    assert stack.proxy.raw("globex").ask("PING") == b"+PONG\r\n"
    for i in range(5):
        assert stack.proxy.raw().ask("AUTH", f"user-{i}", "wrong") == WRONGPASS
    stack.proxy.wait_for_log("ban", "auth_banned of=source")
    assert stack.proxy.raw().ask("AUTH", "acme", "acme-secret") == WRONGPASS
    assert stack.proxy.raw("globex").ask("PING") == b"+PONG\r\n"
    assert from_address(stack, "127.0.0.2").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"


def test_a_user_that_many_guess_at_still_comes_in_where_it_did_before(fresh):
    stack = fresh(extra=auth_settings(failures=0, source_failures=0, user_failures=6, ban="1h"))
    assert from_address(stack, "127.0.1.1").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    for i in range(6):
        assert from_address(stack, f"127.0.2.{i + 1}").ask("AUTH", "acme", "wrong") == WRONGPASS
    stack.proxy.wait_for_log("ban", "auth_banned of=user .*user=acme")
    assert from_address(stack, "127.0.3.1").ask("AUTH", "acme", "acme-secret") == WRONGPASS
    assert from_address(stack, "127.0.1.1").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    stack.proxy.write(extra=auth_settings(user_failures=0))
    stack.proxy.reload()  # bans are lifted by a reload, too
    assert from_address(stack, "127.0.3.1").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"


def test_who_is_banned_stays_connected_and_who_is_in_stays_in(fresh):
    stack = fresh(extra=auth_settings(failures=2, ban="1h"))
    inside = stack.proxy.raw("acme")
    raw = stack.proxy.raw()
    for _ in range(4):
        assert raw.ask("AUTH", "acme", "wrong") == WRONGPASS
    assert raw.ask("AUTH", "acme", "acme-secret") == WRONGPASS
    assert inside.ask("PING") == b"+PONG\r\n"
    assert inside.ask("AUTH", "acme", "acme-secret") == WRONGPASS  # and keeps who it is
    assert inside.ask("SET", "k", "v") == b"+OK\r\n"


def test_answers_to_wrong_passwords_wait_longer_each_time(fresh):
    stack = fresh(extra="auth: { failure_delay_max: 400ms }\nlimits:\n  auth_failure_delay: 100ms\n")
    raw = stack.proxy.raw()
    took = []
    for _ in range(4):
        before = harness.time.monotonic()
        assert raw.ask("AUTH", "acme", "wrong") == WRONGPASS
        took.append(harness.time.monotonic() - before)
    for measured, least in zip(took, (0.1, 0.2, 0.4, 0.4)):
        assert measured > least * 0.9, took


def test_a_storm_of_wrong_passwords_beside_a_good_client(fresh):
    """Thousands of them, from many connections, for users that there are and are not: the good client is
    served, and memory stays where it was."""
    stack = fresh(extra=auth_settings(failures=10, source_failures=100000, ban="1h"), workers=2)
    good = from_address(stack, "127.0.0.9")
    assert good.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"

    def storm(number):
        raw = from_address(stack, f"127.1.{number}.1")
        batch = b"".join(raw.encode("AUTH", f"user-{number}-{i}", "wrong") for i in range(200))
        for _ in range(2):
            raw.send(batch)
            for _ in range(200):
                assert raw.reply() == WRONGPASS
        raw.send(raw.encode("AUTH", "acme", "wrong") * 100)
        for _ in range(100):
            assert raw.reply() == WRONGPASS
        raw.close()
        return 500

    storm(200)
    before = stack.proxy.resident_bytes()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        storms = [pool.submit(storm, number) for number in range(20)]
        for i in range(200):
            assert good.ask("SET", "k", i) == b"+OK\r\n"
        assert sum(s.result() for s in storms) == 10000
    assert from_address(stack, "127.0.0.9").ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    assert stack.proxy.resident_bytes() - before < 16 * 2**20
    assert stack.proxy.metric("bulkhead_auth_bans_total", of="pair") >= 20


# ---- Unix sockets

def unix_stack(fresh, listener, user_extra=""):
    path = "/tmp/" + os.path.basename(harness.temporary_directory()) + ".sock"
    user = f'{{ name: acme, passwords: ["{harness.sha256("acme-secret")}"]{user_extra} }}'
    listen = f"listen:\n  - address: 127.0.0.1:0\n  - address: unix:{path}\n{listener}"
    return fresh(listen=listen, tenants=tenants(user), extra=NO_DELAY), path


def test_the_kernel_says_who_a_peer_is(fresh):
    stack, path = unix_stack(fresh, f'    mode: "0600"\n    peers: {{ {os.getuid()}: acme }}\n')
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    raw = harness.Raw(path)
    assert raw.ask("ACL", "WHOAMI") == b"$4\r\nacme\r\n"
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert raw.ask("ACL", "WHOAMI") == b"$6\r\nglobex\r\n"
    assert raw.ask("RESET") == b"+RESET\r\n"
    assert raw.ask("ACL", "WHOAMI") == b"$4\r\nacme\r\n"
    assert b"user=acme" in raw.ask("CLIENT", "INFO")
    # Hot: the file's mode, and who may be whom.
    stack.proxy.fixed = stack.proxy.fixed.replace("0600", "0666").replace(f"{os.getuid()}: acme", "12345: acme")
    stack.proxy.write(tenants=tenants(f'{{ name: acme, passwords: ["{harness.sha256("acme-secret")}"] }}'))
    stack.proxy.reload()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
    other = harness.Raw(path)
    assert other.ask("GET", "k").startswith(b"-NOAUTH ")
    assert other.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    assert raw.ask("ACL", "WHOAMI") == b"$4\r\nacme\r\n"
    assert "restart_needed" not in stack.proxy.log_text()
    os.unlink(path)


def test_a_peer_must_be_allowed_to_come_by_a_socket(fresh):
    stack, path = unix_stack(fresh, f"    peers: {{ {os.getuid()}: acme }}\n", ", source: 10.0.0.0/8")
    raw = harness.Raw(path)
    assert raw.ask("GET", "k").startswith(b"-NOAUTH ")
    assert raw.ask("AUTH", "acme", "acme-secret") == WRONGPASS
    assert raw.ask("RESET") == b"+RESET\r\n" and raw.ask("GET", "k").startswith(b"-NOAUTH ")
    os.unlink(path)


def test_a_tenants_listener_lets_in_that_tenants_users_alone(fresh):
    stack = fresh(listen="listen:\n  - address: 127.0.0.1:0\n  - { address: 127.0.0.1:0, tenant: globex }\n",
                  extra=NO_DELAY)
    raw = harness.Raw(("127.0.0.1", stack.proxy.ports[1]))
    assert raw.ask("SET", "k", "g") == b"+OK\r\n"
    for words in (("AUTH", "acme", "acme-secret"), ("AUTH", "acme-secret"),
                  ("HELLO", "3", "AUTH", "acme", "acme-secret")):
        assert raw.ask(*words) == WRONGPASS
        assert raw.ask("GET", "k") == b"$1\r\ng\r\n"
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert raw.ask("ACL", "WHOAMI") == b"$6\r\nglobex\r\n"
    assert raw.ask("MULTI") == b"+OK\r\n" and raw.ask("RESET") == b"+RESET\r\n"
    assert raw.ask("GET", "k") == b"$1\r\ng\r\n" and raw.ask("EXEC") == b"-ERR EXEC without MULTI\r\n"
    assert stack.redis.keys() == {1: [b"erp:tenant:globex:k"]}
