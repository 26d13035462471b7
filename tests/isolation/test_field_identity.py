"""Ways by which a client has become somebody else, or has been told who else there is. One test each."""

import pytest

import harness

GLOBEX = "erp:tenant:globex:"


def test_no_identity_no_command(stack):
    """Without credentials there is no tenant, and so no command but those that bring one."""
    stack.redis.client().set("k", "nobody's")
    for call in (("GET", "k"), ("PING",), ("SELECT", "0"), ("CLIENT", "SETNAME", "acme"), ("COMMAND",), ("INFO",),
                 ("CLIENT", "LIST"), ("ECHO", "x"), ("MULTI",), ("SUBSCRIBE", "x"), ("HELLO", "3"),
                 ("HELLO", "3", "SETNAME", "acme"), ("EVAL", "return 1", "0"), ("ACL", "WHOAMI")):
        raw = stack.proxy.raw()
        assert raw.ask(*call).startswith(b"-NOAUTH "), call
        raw.close()
    raw = stack.proxy.raw()
    assert raw.ask("RESET") == b"+RESET\r\n" and raw.ask("GET", "k").startswith(b"-NOAUTH ")
    assert raw.ask("GET", "k").startswith(b"-NOAUTH ")


def test_reset_and_second_auth(stack):
    """RESET leaves nobody, never an administrator; a second AUTH leaves nothing of the first tenant: no keys,
    database or name. A failed one changes nothing."""
    raw = stack.proxy.raw("acme")
    raw.ask("HELLO", "3")
    raw.ask("CLIENT", "SETNAME", "named-by-acme")
    raw.ask("SELECT", "3")
    raw.ask("SET", "k", "acme-value")
    assert raw.ask("AUTH", "globex", "wrong").startswith(b"-WRONGPASS ")
    assert raw.ask("AUTH", "globex", "").startswith(b"-WRONGPASS ")
    assert raw.ask("GET", "k") == b"$10\r\nacme-value\r\n"
    assert raw.ask("AUTH", "globex", "globex-secret") == b"+OK\r\n"
    assert raw.ask("GET", "k") == b"_\r\n" and raw.ask("ACL", "WHOAMI") == b"$6\r\nglobex\r\n"
    assert raw.ask("SET", "session:1", "globex-value") == b"+OK\r\n"
    assert stack.redis.keys() == {0: [GLOBEX.encode() + b"session:1"], 3: [b"acme:k"]}
    assert raw.ask("CLIENT", "GETNAME") == b"_\r\n"
    assert b"named-by-acme" not in raw.ask("CLIENT", "LIST")
    assert raw.ask("RESET") == b"+RESET\r\n"
    for call in (("GET", "k"), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("CLIENT", "LIST"), ("SELECT", "3")):
        assert raw.ask(*call) == b"-NOAUTH Authentication required.\r\n"
    assert raw.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    assert raw.ask("CLIENT", "GETNAME") == b"$-1\r\n" and raw.ask("GET", "k") == b"$-1\r\n"


def test_hello_that_changes_the_tenant(stack):
    """HELLO with AUTH is an AUTH: it, too, begins from zero, but for the name that it brings itself."""
    raw = stack.proxy.raw("acme")
    raw.ask("SELECT", "3")
    raw.ask("CLIENT", "SETNAME", "named-by-acme")
    raw.ask("HELLO", "2", "AUTH", "globex", "globex-secret")
    assert raw.ask("CLIENT", "GETNAME") == b"$-1\r\n"
    raw.ask("HELLO", "2", "AUTH", "acme", "acme-secret", "SETNAME", "again")
    assert raw.ask("CLIENT", "GETNAME") == b"$5\r\nagain\r\n"
    assert raw.ask("SET", "session:1", "v") == b"+OK\r\n"
    assert stack.redis.keys() == {0: [b"acme:session:1"]}


def test_a_second_auth_in_one_write_keeps_the_order(stack):
    """Pipelined commands belong to the tenant that was there when they were sent."""
    for _ in range(20):
        raw = stack.proxy.raw()
        auth = {t: raw.encode("AUTH", t, harness.PASSWORDS[t]) for t in ("acme", "globex")}
        raw.send(auth["acme"] + raw.encode("SET", "k", "a") + raw.encode("MGET", "session:x", "cache:x")
                 + auth["globex"] + raw.encode("GET", "k") + raw.encode("SET", "k", "g") + auth["acme"]
                 + raw.encode("GET", "k") + raw.encode("RESET") + raw.encode("GET", "k"))
        replies = [raw.reply() for _ in range(10)]
        assert replies[4] == b"$-1\r\n" and replies[7] == b"$1\r\na\r\n" and replies[9].startswith(b"-NOAUTH ")
        assert stack.proxy.client("globex").getdel("k") == b"g"
        raw.close()


def test_listener_bound_tenant(fresh):
    """Who comes in by a tenant's listener is that tenant, and is it again after RESET; a foreign password
    is no way in for a name alone."""
    stack = fresh(listen="listen:\n  - address: 127.0.0.1:0\n"
                         "  - { address: 127.0.0.1:0, tenant: globex }\n")
    open_port, bound_port = stack.proxy.ports
    stack.redis.client(1).mset({"acme:k": "a", GLOBEX + "k": "g"})
    raw = harness.Raw(("127.0.0.1", bound_port))
    for _ in range(2):
        assert raw.ask("GET", "k") == b"$1\r\ng\r\n"
        assert raw.ask("GET", "acme:k") == b"$-1\r\n"
        assert raw.ask("AUTH", "acme", "wrong").startswith(b"-WRONGPASS ")
        assert raw.ask("CLIENT", "SETNAME", "acme") == b"+OK\r\n"
        assert raw.ask("GET", "k") == b"$1\r\ng\r\n"
        assert raw.ask("RESET") == b"+RESET\r\n"
    assert harness.Raw(("127.0.0.1", open_port)).ask("GET", "k").startswith(b"-NOAUTH ")


def test_one_password_of_two_tenants_is_refused(fresh):
    """AUTH with a password alone would be a matter of luck."""
    same = harness.sha256("same")
    tenants = "tenants:\n" + "".join(f'  - {{ name: {n}, users: [{{ name: {n}, passwords: ["{same}"] }}] }}\n'
                                     for n in ("acme", "globex"))
    with pytest.raises(RuntimeError, match="acme.*globex|globex.*acme"):
        fresh(tenants=tenants)
    stack = fresh(tenants=tenants, extra="password_only_auth: false\n")
    raw = stack.proxy.raw()
    assert raw.ask("AUTH", "same").startswith(b"-WRONGPASS ")
    assert raw.ask("AUTH", "globex", "same") == b"+OK\r\n"


def test_users_of_a_tenant_are_not_told_of_others(fresh):
    """The same sentence for a wrong password and for a user that does not exist."""
    stack = fresh(extra="limits:\n  auth_failure_delay: 0\n")
    raw = stack.proxy.raw()
    answers = {raw.ask("AUTH", *words) for words in (("acme", "x"), ("nobody", "x"), ("x",), ("globex", "acme-secret"),
                                                     ("", ""), ("acme", "acme-secret\0"), ("ACME", "acme-secret"))}
    assert answers == {b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"}
    acme = stack.proxy.raw("acme")
    for call in (("ACL", "GETUSER", "globex"), ("ACL", "LIST"), ("ACL", "USERS"), ("ACL", "LOG")):
        reply = acme.ask(*call)
        assert b"erp:" not in reply and b"#" not in reply and reply[:1] in b"-$*_", call
    assert acme.ask("ACL", "GETUSER", "globex") == acme.ask("ACL", "GETUSER", "nobody")


def test_huge_requests_before_auth(stack):
    """Nothing is kept for whoever has not said who he is: 10 arguments, 16 KiB."""
    before = stack.proxy.resident_bytes()
    for claim in (b"*2147483647\r\n", b"*11\r\n", b"*2\r\n$2147483647\r\n", b"*1\r\n$16385\r\n", b"*-2147483648\r\n",
                  b"*99999999999999999999\r\n", b"*2\r\n$-1\r\n", b"*1\r\n$99999999999999999999\r\n"):
        raw = stack.proxy.raw()
        raw.send(claim)
        raw.send(b"")
        if claim.startswith(b"*-"):
            assert raw.ask("PING").startswith(b"-NOAUTH ")
        else:
            assert raw.rest().startswith(b"-ERR Protocol error"), claim
    assert stack.proxy.resident_bytes() - before < 8 * 2**20


def test_inline_and_empty_requests(stack):
    """Inline commands are read as Redis reads them, and their names are rewritten like others."""
    stack.redis.client(1).set(GLOBEX + "secret", "top secret")
    raw = stack.proxy.raw("acme")
    raw.send(b"SET k \"a\\x00b\"\r\n*0\r\n*-1\r\n\r\nGET " + GLOBEX.encode() + b"secret\r\nGET 'k'\nPING\r\n")
    assert [raw.reply() for _ in range(4)] == [b"+OK\r\n", b"$-1\r\n", b"$3\r\na\0b\r\n", b"+PONG\r\n"]
    for line in (b"GET \"k\r\n", b"GET 'k\r\n", b"GET \"k\"x\r\n"):
        other = stack.proxy.raw("acme")
        other.send(line + b"PING\r\n")
        assert other.rest().startswith(b"-ERR Protocol error")


def test_lengths_that_do_not_fit_are_the_end_of_the_connection(stack):
    """A request is never taken apart in two ways: its lengths hold to the byte, or the client is closed."""
    get = b"*2\r\n$3\r\nGET\r\n$" + str(len(GLOBEX) + 6).encode() + b"\r\n" + GLOBEX.encode() + b"secret\r\n"
    stack.redis.client(1).set(GLOBEX + "secret", "top secret")
    for smuggled in (b"*2\r\n$3\r\nGET\r\n$1\r\nkX" + get, b"*2\r\n$3\r\nGET\r\n$2\r\nk\r\n" + get,
                     b"*2\r\n$3\r\nGET\r\n$01\r\nk\r\n" + get, b"*2\r\n$3\r\nGET\r\n$+1\r\nk\r\n" + get,
                     b"*2\r\n$3\r\nGET\r\n$1 \r\nk\r\n" + get, b"*02\r\n$3\r\nGET\r\n$1\r\nk\r\n" + get,
                     b"*2\r\n$3\r\nGET\r\n:1\r\n" + get, b"*2\r\n$3\r\nGET\r\n$4294967297\r\nk\r\n" + get,
                     b"*2\r\n$3\r\nGET\r\n$18446744073709551617\r\nk\r\n" + get, b"*4294967297\r\n$4\r\nPING\r\n" + get):
        raw = stack.proxy.raw("acme")
        raw.send(smuggled)
        raw.socket.shutdown(1)
        assert b"top secret" not in raw.rest(), smuggled


def test_admin_is_not_on_the_data_port(stack):
    """Nothing of the proxy's own is a command."""
    raw = stack.proxy.raw("acme")
    for call in (("PROXY", "SHUTDOWN"), ("PROXY", "CONFIG"), ("BULKHEAD",), ("RELOAD",), ("NAMESPACE", "GET", "*")):
        assert raw.ask(*call).startswith(b"-ERR unknown command "), call
    other = stack.proxy.raw()
    other.send(b"GET /metrics HTTP/1.1\r\n")
    assert other.reply() == b"-ERR wrong number of arguments for 'get' command\r\n"


def test_metrics_and_log_hold_no_secrets_or_keys(fresh):
    """Neither passwords nor names nor values are in the log at its usual level, or in /metrics."""
    stack = fresh(extra="limits:\n  slowlog_slower_than: 0\n  auth_failure_delay: 0\n")
    raw = stack.proxy.raw()
    words = ["pass-word-1", "pass-word-2", "key-name-1", "value-1", "channel-1", "client-name-1", "unknown-name-1",
             "user-name-1"]
    raw.ask("AUTH", "acme", "pass-word-1")
    raw.ask("AUTH", "user-name-1", "pass-word-1")
    raw.ask("HELLO", "3", "AUTH", "acme", "pass-word-2")
    raw.ask("HELLO", "3", "AUTH", "acme", "acme-secret", "SETNAME", "client-name-1")
    for call in (("SET", "key-name-1", "value-1"), ("GET", "key-name-1"), ("LPUSH", "key-name-1", "value-1"),
                 ("PUBLISH", "channel-1", "value-1"), ("UNKNOWN-NAME-1", "key-name-1"), ("unknown-name-1",),
                 ("CONFIG", "SET", "requirepass", "pass-word-1"), ("ACL", "SETUSER", "acme", ">pass-word-2"),
                 ("MIGRATE", "h", "1", "key-name-1", "0", "1", "AUTH", "pass-word-1"), ("KEYS", "key-name-1"),
                 ("EVAL", "return 'value-1'", "1", "key-name-1"), ("SCAN", "0", "MATCH", "key-name-1"),
                 ("AUTH", "acme", "pass-word-1"), ("CLIENT", "unknown-name-1"), ("SELECT", "key-name-1")):
        raw.ask(*call)
    slow = raw.ask("SLOWLOG", "GET", "-1")
    raw.send(b"*1\r\n$key-name-1\r\n")
    raw.rest()
    assert b"pass-word" not in slow and b"acme-secret" not in slow
    texts = {"log": stack.proxy.log_text(), "metrics": stack.proxy.http("/metrics")[1]}
    for where, text in texts.items():
        assert "acme" in text, where
        for word in [*words, "acme-secret", harness.sha256("acme-secret")[1:], GLOBEX, "acme:"]:
            assert word.lower() not in text.lower(), (where, word)


def test_labels_are_bounded(stack):
    """Client bytes never make a new time series."""
    raw = stack.proxy.raw("acme")
    raw.ask("GET", "x")
    raw.ask("NOTHING", "x")
    before = len(stack.proxy.http("/metrics")[1].splitlines())
    for i in range(200):
        raw.ask("SET", f"label-{i}:x", "v")
        raw.ask(f"NOTHING{i}", "x")
        raw.ask("CLIENT", f"NOTHING{i}")
    assert len(stack.proxy.http("/metrics")[1].splitlines()) - before < 20
