"""What is no request, what is only half of one, and what is nearly too much.

Malformed bytes are answered as a bare Redis answers the same bytes: the same text, then the end of
the connection. Where the two may differ, the test says why. A claimed length allocates nothing.
"""

import socket
import time

import pytest

import harness

ECHO_END = b"*2\r\n$4\r\nECHO\r\n$3\r\nend\r\n"
LONG = b"x" * 70 * 1024

# Refused by Redis, whoever sends it.
MALFORMED = {
    "count not a number": b"*x\r\n",
    "count empty": b"*\r\n",
    "count with a sign": b"*+1\r\n",
    "count with a leading zero": b"*01\r\n",
    "count with a blank": b"* 1\r\n",
    "count with a tail": b"*1 \r\n",
    "count minus zero": b"*-0\r\n",
    "count beyond 32 bits": b"*2147483648\r\n",
    "count beyond 64 bits": b"*18446744073709551617\r\n",
    "count far below zero": b"*-99999999999999999999\r\n",
    "count without end": b"*" + b"1" * len(LONG),
    "bulk length not a number": b"*1\r\n$x\r\n",
    "bulk length empty": b"*1\r\n$\r\n",
    "bulk length minus two": b"*1\r\n$-2\r\n",
    "bulk length with a leading zero": b"*1\r\n$04\r\nPING\r\n",
    "bulk length with a sign": b"*1\r\n$+4\r\nPING\r\n",
    "bulk length beyond 64 bits": b"*1\r\n$18446744073709551620\r\n",
    "bulk length without end": b"*1\r\n$" + b"1" * len(LONG),
    "null bulk": b"*1\r\n$-1\r\n",
    "second bulk is null": b"*2\r\n$4\r\nECHO\r\n$-1\r\n",
    "integer in the array": b"*1\r\n:1\r\n",
    "status in the array": b"*1\r\n+PING\r\n",
    "error in the array": b"*1\r\n-PING\r\n",
    "null in the array": b"*1\r\n_\r\n",
    "array in the array": b"*1\r\n*1\r\n$4\r\nPING\r\n",
    "array as second element": b"*2\r\n$4\r\nECHO\r\n*1\r\n$1\r\na\r\n",
    "deep nesting": b"*1\r\n" * 100,
    "text in the array": b"*1\r\nPING\r\n",
    "control character in the array": b"*1\r\n\x01\r\n",
    "backslash in the array": b"*1\r\n\\n\r\n",
    "quote in the array": b"*1\r\n\"\r\n",
    "byte above 127 in the array": b"*1\r\n\xff\r\n",
    "element without a type": b"*2\r\n$4\r\nECHO\r\n\r\n",
    "inline without end": LONG,
    "quote that does not end": b'ECHO "abc\r\n',
    "single quote that does not end": b"ECHO 'abc\r\n",
    "quote followed by text": b'ECHO "abc"def\r\n',
}

# Only before AUTH: Redis limits what a stranger may send.
MALFORMED_BEFORE_AUTH = {
    "eleven arguments": b"*11\r\n",
    "a long argument": b"*2\r\n$4\r\nAUTH\r\n$16385\r\n",
    "a huge argument": b"*2\r\n$4\r\nAUTH\r\n$536870911\r\n",
    "a million arguments": b"*1048576\r\n",
}

# Only after it.
MALFORMED_AFTER_AUTH = {
    "argument above 512 MiB": b"*2\r\n$4\r\nECHO\r\n$536870913\r\n",
}

# Redis answers, and goes on.
ACCEPTED = {
    "no elements": b"*0\r\n",
    "minus one element": b"*-1\r\n",
    "minus ten elements": b"*-10\r\n",
    "many empty commands": b"*0\r\n*-1\r\n\r\n*-10\r\n" * 50,
    "empty line": b"\r\n",
    "bare newlines": b"\n\n",
    "blank line": b"   \r\n",
    "empty command name": b"*1\r\n$0\r\n\r\n",
    "empty arguments": b"*3\r\n$4\r\nECHO\r\n$0\r\n\r\n$0\r\n\r\n",
    "empty key": b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
    "NUL in the key": b"*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$3\r\na\0b\r\n",
    "CRLF in the key": b"*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$2\r\n\r\n\r\n*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n",
    "unknown command": b"*3\r\n$5\r\nNOSUC\r\n$3\r\none\r\n$3\r\ntwo\r\n",
    "unknown command with CRLF": b"*2\r\n$6\r\nNO\r\nSU\r\n$4\r\na\r\nb\r\n",
    "unknown command, long": b"*2\r\n$300\r\n" + b"n" * 300 + b"\r\n$300\r\n" + b"a" * 300 + b"\r\n",
    "unknown command, many arguments":
        b"*41\r\n$5\r\nNOSUC\r\n" + b"$10\r\n0123456789\r\n" * 40,
    "unknown subcommand": b"*2\r\n$6\r\nCLIENT\r\n$5\r\nNOSUC\r\n",
    "arity too small": b"*1\r\n$3\r\nGET\r\n",
    "arity too large": b"*3\r\n$3\r\nGet\r\n$1\r\na\r\n$1\r\nb\r\n",
    "arity of a subcommand": b"*2\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n",
    "arity of a local command": b"*4\r\n$4\r\nPING\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
    "inline": b"SET inline value\r\nGET inline\r\n",
    "inline with a bare newline": b"ECHO x\n",
    "inline with blanks and tabs": b"  ECHO\t  x  \r\n",
    "inline with quotes": b'SET "a key" \'a value\'\r\nGET "a key"\r\n',
    "inline with escapes": b'ECHO "\\x41\\n\\r\\t\\a\\b\\\\\\"\\q\\x4"\r\n' + b"ECHO 'it\\'s\\n'\r\n",
    "inline with a quote inside": b'ECHO a"b c"\r\n',
    "inline with an empty argument": b'ECHO ""\r\nGET \'\'\r\n',
    "inline unknown command": b"nosuch a b\r\n",
}

# Bytes on which the two may differ, with Bulkhead's answer and the reason.
DIFFERENT = [
    # Redis skips the two bytes behind a bulk unseen. Whoever forgets them is out of step, and what
    # follows would be read as something else than was meant.
    (b"*2\r\n$4\r\nECHO\r\n$3\r\nabcXY", b"-ERR Protocol error: expected CRLF after a bulk string\r\n"),
    (b"*1\r\n$4\r\nPINGPING\r\n", b"-ERR Protocol error: expected CRLF after a bulk string\r\n"),
    # Redis takes 2,147,483,647 arguments; here it is `request_args`, and its text is Redis' own.
    (b"*1048577\r\n", b"-ERR Protocol error: invalid multibulk length\r\n"),
    # Redis' text of an unknown command ends at a NUL, because C strings do.
    (b"*1\r\n$4\r\nPI\0G\r\nQUIT\r\n",
     b"-ERR unknown command 'PI\0G', with args beginning with: \r\n+OK\r\n"),
]


@pytest.fixture(scope="module")
def bare(shared_stack):
    """A Redis without a proxy, which wants the same credentials."""
    directory = harness.temporary_directory()
    server = harness.Redis(directory)
    admin = server.client()
    admin.execute_command("ACL SETUSER acme on >acme-secret ~* &* +@all")
    admin.config_set("requirepass", "of-nobody")
    yield server
    server.stop()
    harness.remove(directory)


def login(raw, authenticated):
    if authenticated:
        assert raw.ask("AUTH", "acme", "acme-secret") == b"+OK\r\n"
    return raw


def after(raw, data):
    """Everything that comes back, until the end of the connection."""
    try:
        raw.send(data)
    except (BrokenPipeError, ConnectionResetError):
        pass  # closed before the last byte had been sent
    return raw.rest()


@pytest.mark.parametrize("authenticated", [False, True], ids=["before AUTH", "after AUTH"])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bytes_are_refused_as_by_redis(stack, bare, name, authenticated):
    theirs = after(login(harness.Raw(bare.socket), authenticated), MALFORMED[name])
    ours = after(login(stack.proxy.raw(), authenticated), MALFORMED[name])
    assert theirs.startswith(b"-ERR Protocol error: ")
    assert ours == theirs


@pytest.mark.parametrize("name", [*MALFORMED_BEFORE_AUTH, *MALFORMED_AFTER_AUTH])
def test_limits_are_refused_as_by_redis(stack, bare, name):
    authenticated = name in MALFORMED_AFTER_AUTH
    data = {**MALFORMED_BEFORE_AUTH, **MALFORMED_AFTER_AUTH}[name]
    theirs = after(login(harness.Raw(bare.socket), authenticated), data)
    assert theirs.startswith(b"-ERR Protocol error: ")
    assert after(login(stack.proxy.raw(), authenticated), data) == theirs


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_but_valid_bytes_are_answered_as_by_redis(stack, bare, name):
    def answers(raw):
        login(raw, True).send(ACCEPTED[name] + ECHO_END)
        replies = []
        while not replies or replies[-1] != b"$3\r\nend\r\n":
            replies.append(raw.reply())
        return replies
    assert answers(stack.proxy.raw()) == answers(harness.Raw(bare.socket))


@pytest.mark.parametrize("data, expected", DIFFERENT)
def test_the_few_differences(stack, data, expected):
    assert after(stack.proxy.raw("acme"), data) == expected


def test_replies_before_the_malformed_bytes_are_delivered(stack):
    raw = stack.proxy.raw("acme")
    data = raw.encode("SET", "a", "1") + raw.encode("GET", "a") + b"*1\r\n:1\r\n" + ECHO_END
    assert after(raw, data) == (
        b"+OK\r\n$1\r\n1\r\n-ERR Protocol error: expected '$', got ':'\r\n")


def test_protocol_errors_are_counted(stack):
    before = stack.proxy.metric("bulkhead_connections_closed_total", reason="protocol")
    after(stack.proxy.raw("acme"), b"*x\r\n")
    after(stack.proxy.raw(), b"*x\r\n")
    assert stack.proxy.metric("bulkhead_connections_closed_total", reason="protocol") == before + 2


@pytest.mark.parametrize("claim", [b"*1048576\r\n", b"*2\r\n$4\r\nECHO\r\n$536870911\r\n"])
def test_a_claimed_length_allocates_nothing(stack, claim):
    clients = [stack.proxy.raw("acme") for _ in range(200)]
    before = stack.proxy.resident_bytes()
    for client in clients:
        client.send(claim + b"$4\r\n"[:3 if claim.startswith(b"*1") else 0] + b"x" * 3)
    # Every one of them has been read when a later request of another client is answered.
    assert stack.proxy.raw("acme").ask("PING") == b"+PONG\r\n"
    assert stack.proxy.resident_bytes() - before < 32 * 1024 * 1024
    for client in clients:
        client.close()


def test_half_a_request_and_silence_end_at_the_deadline(fresh):
    proxy = fresh(extra="limits:\n  auth_timeout: 300ms\n").proxy
    begun = time.monotonic()
    halves = [b"", b"*2\r\n$4\r\nAUTH\r\n$11\r\nacme-", b"AUTH ac", b"*", b"*-"]
    clients = [proxy.raw() for _ in halves]
    authenticated = proxy.raw("acme")
    for client, half in zip(clients, halves):
        client.send(half)
    assert all(client.closed() for client in clients)
    assert 0.25 < time.monotonic() - begun < 5
    assert proxy.metric("bulkhead_connections_closed_total", reason="auth_timeout") == len(halves)
    assert authenticated.ask("PING") == b"+PONG\r\n"


def test_byte_by_byte(stack):
    raw = stack.proxy.raw()
    data = (b"*-1\r\n" + raw.encode("AUTH", "acme", "acme-secret") + b"*0\r\n\r\n" +
            raw.encode("SET", "k", "a\r\nb") + b"*-12\r\nGET k\r\n" + raw.encode("GET", "") +
            b"*-3\r\n" + raw.encode("GET", "k"))
    for byte in data:
        raw.send(bytes([byte]))
    assert [raw.reply() for _ in range(5)] == [
        b"+OK\r\n", b"+OK\r\n", b"$4\r\na\r\nb\r\n", b"$-1\r\n", b"$4\r\na\r\nb\r\n"]


def test_a_thousand_pipelined_requests_are_answered_in_order(stack):
    raw = stack.proxy.raw("acme")
    asked, expected = [], []
    for i in range(250):
        key = ("session:%d", "cache:%d", "queue:%d", "%d")[i % 4] % i
        asked += [("SET", key, i), ("GET", key), ("ECHO", i), ("MGET", key, "session:0")]
        expected += [b"+OK\r\n", b"$%d\r\n%d\r\n" % (len(str(i)), i)] + [
            b"$%d\r\n%d\r\n" % (len(str(i)), i),
            b"*2\r\n$%d\r\n%d\r\n$1\r\n0\r\n" % (len(str(i)), i)]
    raw.send(b"".join(raw.encode(*words) for words in asked))
    for words, reply in zip(asked, expected):
        assert raw.reply() == reply, words


def test_limits_of_one_request_are_configurable(fresh):
    proxy = fresh(extra="limits:\n  request_bulk: 1KiB\n  request_bytes: 2KiB\n"
                        "  request_args: 20\n").proxy
    raw = proxy.raw("acme")
    assert raw.ask("SET", "k", "v" * 1024) == b"+OK\r\n"
    assert raw.ask("DEL", *["k"] * 19) == b":1\r\n"
    for words, why in [(("SET", "k", "v" * 1025), b"invalid bulk length"),
                       (("DEL", *["k"] * 20), b"invalid multibulk length"),
                       (("MSET", "a", "v" * 900, "b", "v" * 900, "c", "v" * 900),
                        b"too big request")]:
        raw = proxy.raw("acme")
        assert after(raw, raw.encode(*words)) == b"-ERR Protocol error: " + why + b"\r\n"


def test_a_client_that_sends_no_more_still_gets_its_replies(stack):
    stack.redis.client(1).set("acme:big", b"v" * 4 * 1024 * 1024)
    raw = stack.proxy.raw("acme")
    raw.send(raw.encode("PING") + raw.encode("GET", "big") + raw.encode("MGET", "session:1", "k") +
             raw.encode("ECHO", "end"))
    raw.socket.shutdown(socket.SHUT_WR)
    assert raw.reply() == b"+PONG\r\n"
    assert len(raw.reply()) == len(b"$4194304\r\n\r\n") + 4 * 1024 * 1024
    assert raw.reply() == b"*2\r\n$-1\r\n$-1\r\n"
    assert raw.reply() == b"$3\r\nend\r\n"
    assert raw.closed()


def test_a_client_that_leaves_in_the_middle_disturbs_nobody(stack):
    stack.redis.client(1).set("acme:big", b"v" * 8 * 1024 * 1024)
    stays = stack.proxy.raw("acme")
    for i in range(20):
        leaves = stack.proxy.raw("acme")
        leaves.send(leaves.encode("GET", "big") + leaves.encode("SET", "left", i))
        leaves.line()
        stays.send(stays.encode("GET", "none") + stays.encode("ECHO", i))
        leaves.close()
        assert stays.reply() == b"$-1\r\n"
        assert stays.reply() == b"$%d\r\n%d\r\n" % (len(str(i)), i)


def test_connection_limit(fresh):
    proxy = fresh(extra="limits:\n  clients: 5\n").proxy
    clients = [proxy.raw("acme") for _ in range(5)]
    assert proxy.raw().rest() == b"-ERR max number of clients reached\r\n"
    assert proxy.metric("bulkhead_connections_rejected_total", reason="max_clients") == 1
    clients[0].send(b"QUIT\r\n")
    assert clients[0].rest() == b"+OK\r\n"
    assert proxy.raw("acme").ask("PING") == b"+PONG\r\n"
    assert all(client.ask("PING") == b"+PONG\r\n" for client in clients[1:])
