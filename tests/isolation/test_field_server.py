"""Ways by which a shared server has told of others or let them be disturbed. One test each."""

import re

import pytest
from redis.exceptions import NoPermissionError, ResponseError

import harness
import table

GLOBEX = "erp:tenant:globex:"
SECRET = "top-secret-of-globex"


@pytest.fixture
def both(stack):
    """Two tenants; globex has a secret."""
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex")
    globex.set("secret", SECRET)
    yield acme, globex
    assert globex.get("secret") == SECRET.encode()


def client_ids(listing):
    return set(re.findall(rb"^id=(\d+) ", listing, re.MULTILINE))


def test_client_list_kill_only_own(stack):
    """LIST shows, KILL and UNBLOCK reach the tenant's own connections, and ids are the proxy's own."""
    acme, globex = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    globex.ask("CLIENT", "SETNAME", "globex-worker")
    globex_id = globex.ask("CLIENT", "ID")[1:-2]
    globex_address = re.search(rb" addr=(\S+)", globex.ask("CLIENT", "LIST")).group(1)
    own = re.sub(rb"^\$\d+\r\n", b"", acme.ask("CLIENT", "LIST"))
    assert globex_id not in client_ids(own) and b"globex" not in own and own.count(b"user=acme") >= 1
    for words in (("ID", globex_id), ("ADDR", globex_address), ("TYPE", "normal"), ("USER", "globex"),
                  ("USER", "acme", "ID", globex_id), ("LADDR", f"127.0.0.1:{stack.proxy.port}"),
                  ("SKIPME", "yes"), ("MAXAGE", 0)):
        acme.ask("CLIENT", "KILL", *words)
    acme.ask("CLIENT", "KILL", globex_address)
    assert acme.ask("CLIENT", "UNBLOCK", globex_id) == b":0\r\n"
    assert globex.ask("CLIENT", "GETNAME") == b"$13\r\nglobex-worker\r\n"
    assert acme.ask("CLIENT", "LIST", "ID", globex_id) in (b"$0\r\n\r\n", b"$-1\r\n")
    assert stack.proxy.raw("acme").ask("PING") == b"+PONG\r\n"


def test_client_pause_and_other_commands_about_everybody_are_refused(both):
    for client in both:
        for call in (("PAUSE", 100), ("PAUSE", 100, "WRITE"), ("UNPAUSE",)):
            with pytest.raises((NoPermissionError, ResponseError)):
                client.execute_command("CLIENT", *call)


def test_client_reply_off_does_not_shift_replies(stack):
    """OFF and SKIP silence the client that said so, while replies on shared lanes stay with their clients."""
    silent, other = stack.proxy.raw("acme"), stack.proxy.raw("globex")
    silent.ask("SET", "k", "acme-value")
    other.ask("SET", "k", "globex-value")
    get, off, on, skip = (silent.encode(*words) for words in
                          (("GET", "k"), ("CLIENT", "REPLY", "OFF"), ("CLIENT", "REPLY", "ON"),
                           ("CLIENT", "REPLY", "SKIP")))
    for _ in range(20):
        silent.send(off + get * 7)
        assert other.ask("GET", "k") == b"$12\r\nglobex-value\r\n"
        silent.send(get * 3 + on)
        assert silent.reply() == b"+OK\r\n"
        silent.send(skip + get + get)
        assert other.ask("GET", "k") == b"$12\r\nglobex-value\r\n"
        assert silent.reply() == b"$10\r\nacme-value\r\n"
    assert silent.ask("ECHO", "end") == b"$3\r\nend\r\n"


def test_client_setname_is_only_a_label(both):
    """A name chooses no tenant."""
    acme, _ = both
    for name in ("globex", "camellia_globex_default", GLOBEX):
        assert acme.client_setname(name)
        assert acme.get("secret") is None and acme.acl_whoami() == "acme"


def test_a_client_that_leaves_takes_its_replies_along(stack):
    """Replies to a client that is gone are never another's."""
    globex = stack.proxy.raw("globex")
    globex.ask("SET", "k", "globex-value")
    for _ in range(30):
        leaver = stack.proxy.raw("acme")
        leaver.send(leaver.encode("SET", "k", "a" * 1000) + leaver.encode("GET", "k") * 50)
        leaver.close()
        assert globex.ask("GET", "k") == b"$12\r\nglobex-value\r\n"


def test_pubsub_introspection_is_own(stack):
    """CHANNELS, NUMSUB and NUMPAT tell of own channels; PUBLISH reaches nobody else's."""
    acme, globex = stack.proxy.client("acme"), stack.proxy.client("globex")
    listener = stack.redis.client().pubsub()
    channels = ["acme:news", GLOBEX + "news", GLOBEX + "secret", "news"]
    listener.subscribe(*channels)
    listener.psubscribe(GLOBEX + "*")
    for _ in range(len(channels) + 1):
        assert "subscribe" in listener.get_message(timeout=harness.PATIENCE)["type"]
    assert acme.pubsub_channels() == [b"news"] and sorted(globex.pubsub_channels()) == [b"news", b"secret"]
    for pattern in ("*secret", GLOBEX + "*", "?rp:*", "[a-z]*:*", "\\*", "*:*"):
        assert acme.pubsub_channels(pattern) == []
    assert acme.pubsub_numsub("news", "secret", GLOBEX + "news") == [
        (b"news", 1), (b"secret", 0), (GLOBEX.encode() + b"news", 0)]
    assert acme.pubsub_numpat() == 0
    for channel in (GLOBEX + "news", "secret", "erp:*", ""):
        assert acme.publish(channel, "m") == 0
    assert acme.publish("news", "from acme") == 1
    assert listener.get_message(timeout=harness.PATIENCE)["channel"] == b"acme:news"
    assert listener.get_message() is None
    listener.close()


def test_info_and_slowlog_tell_nothing_of_others(fresh):
    """INFO, SLOWLOG, MEMORY STATS, LATENCY and COMMAND are about the tenant, whatever globex does."""
    stack = fresh(extra="limits:\n  slowlog_slower_than: 0\n")
    globex = stack.proxy.client("globex")
    globex.mset({f"{SECRET}{i}": SECRET for i in range(500)})
    globex.get(SECRET + "1")
    globex.dbsize()
    acme = stack.proxy.raw("acme")
    acme.ask("SET", "own", "1")
    calls = [("INFO",), ("INFO", "everything"), ("INFO", "keyspace", "clients", "commandstats", "errorstats"),
             ("SLOWLOG", "GET", "-1"), ("SLOWLOG", "LEN"), ("MEMORY", "STATS"), ("MEMORY", "DOCTOR"),
             ("LATENCY", "LATEST"), ("LATENCY", "HISTOGRAM"), ("LATENCY", "HISTORY", "command"),
             ("CLIENT", "LIST"), ("CLIENT", "INFO"), ("COMMAND", "LIST"), ("ACL", "WHOAMI"), ("DBSIZE",),
             ("CONFIG", "GET", "*"), ("MODULE", "LIST"), ("ROLE",), ("LASTSAVE",), ("CLUSTER", "NODES"),
             ("CLUSTER", "SLOTS"), ("CLUSTER", "GETKEYSINSLOT", "0", "10")]
    for version in ("2", "3"):
        acme.ask("HELLO", version)
        replies = [acme.ask(*call) for call in calls]
        for call, reply in zip(calls, replies):
            for word in (SECRET.encode(), b"erp:", b"globex", b"acme:", stack.redis.socket.encode()):
                assert word not in reply, (call, word)
        assert b"keys=1," in replies[0] and b"keys=50" not in replies[0]
        assert b"connected_clients:1\r\n" in replies[0]
    assert globex.slowlog_len() >= 1
    acme.ask("SLOWLOG", "RESET")
    assert globex.slowlog_len() >= 1, "a tenant has emptied another's slow log"


def test_config_get_is_a_small_safe_map(both, stack):
    acme, _ = both
    stack.redis.client().config_set("masterauth", SECRET)
    found = acme.config_get("*")
    assert not {"requirepass", "masterauth", "masteruser", "dir", "dbfilename", "unixsocket", "aclfile",
                "logfile", "bind", "port"} & set(found)
    assert SECRET not in str(found) and stack.redis.directory not in str(found)
    for pattern in ("dir", "req*", "[rm]*auth", "unix*"):
        assert acme.config_get(pattern) == {}


def test_unknown_module_and_ft_commands_refused(both):
    """FT.* has no keys but indexes over everybody's; what is not in the table is not forwarded."""
    acme, _ = both
    for name in [row["name"] for row in table.ROWS.values() if row["name"].startswith("ft.")]:
        with pytest.raises(NoPermissionError):
            acme.execute_command(name, GLOBEX + "secret", "x", "y", "z")
    for name in ("FT.NEW", "JSON.NEW", "GRAPH.QUERY", "NEWCOMMAND", "PROXY", "NAMESPACE", "GETX"):
        with pytest.raises(ResponseError, match="unknown command"):
            acme.execute_command(name, GLOBEX + "secret")
    for name in ("TS.MRANGE", "TS.QUERYINDEX", "BF.LOADCHUNK", "CF.LOADCHUNK"):
        with pytest.raises(NoPermissionError):
            acme.execute_command(name, "-", "+", "FILTER", "a=b")


SCRIPTS = ["return redis.call('GET', '{key}')", "return redis.pcall('MGET', '{key}', KEYS[1], ARGV[1])",
           "return redis.call('DEL', '{key}')", "return redis.call('FLUSHALL')", "return redis.call('KEYS', '*')",
           "return redis.call('SCAN', '0', 'COUNT', '10000')", "redis.call('SELECT', 1) return redis.call('KEYS', '*')",
           "return redis.call('SWAPDB', 0, 1)", "return redis.call('MOVE', '{key}', 3)",
           "return redis.call('SORT', KEYS[1], 'BY', 'nosort', 'GET', 'erp:*')"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_reach_nothing_of_others(both, stack, script):
    """A body may name any key: it is refused, or confined."""
    acme, globex = both
    raw = stack.proxy.raw("acme")
    before = globex.dbsize()
    body = script.format(key=GLOBEX + "secret")
    sha = stack.redis.client().script_load(body).encode()
    for call in (("EVAL", body, 0), ("EVAL", body, 1, GLOBEX + "secret", GLOBEX + "secret"),
                 ("EVAL_RO", body, 0), ("EVALSHA", sha, 0), ("EVALSHA_RO", sha, 1, "secret"),
                 ("EVAL", body, 99, "x"), ("EVAL", body, -1, "x"), ("EVAL", body, "0", GLOBEX + "secret")):
        reply = raw.ask(*call)
        assert SECRET.encode() not in reply and b"erp:" not in reply, call
    assert globex.dbsize() == before


def test_script_cache_and_functions_of_others(both, stack):
    """What others have loaded cannot be run, seen, flushed or killed."""
    acme = stack.proxy.raw("acme")
    direct = stack.redis.client()
    sha = direct.script_load(f"return '{SECRET}'").encode()
    direct.execute_command("FUNCTION", "LOAD", "REPLACE", "#!lua name=theirs\nredis.register_function('theirs', "
                           f"function() return '{SECRET}' end)")
    for call in (("EVALSHA", sha, 0), ("SCRIPT", "EXISTS", sha), ("SCRIPT", "SHOW", sha), ("SCRIPT", "FLUSH"),
                 ("SCRIPT", "KILL"), ("FCALL", "theirs", 0), ("FUNCTION", "LIST"), ("FUNCTION", "DUMP"),
                 ("FUNCTION", "DELETE", "theirs"), ("FUNCTION", "FLUSH"), ("FUNCTION", "STATS")):
        reply = acme.ask(*call)
        assert SECRET.encode() not in reply and b"theirs" not in reply and reply != b"*1\r\n:1\r\n", call
    assert direct.script_exists(sha.decode()) == [True]
    assert b"theirs" in str(direct.execute_command("FUNCTION", "LIST")).encode()


def test_transactions_rewrite_names(both, stack):
    """Within MULTI names are as much the tenant's as elsewhere, and EXEC's replies, too."""
    acme = stack.proxy.raw("acme")
    replies = [acme.ask(*call) for call in (
        ("WATCH", GLOBEX + "secret"), ("MULTI",), ("GET", GLOBEX + "secret"), ("SET", GLOBEX + "secret", "x"),
        ("SELECT", 1), ("KEYS", "*"), ("RANDOMKEY",), ("AUTH", "globex", "wrong"), ("EXEC",), ("UNWATCH",))]
    assert all(SECRET.encode() not in reply for reply in replies)


def test_subscriptions_hear_nothing_of_others(both, stack):
    """Channels, patterns and keyspace events of others: refused, or never heard."""
    acme, globex = stack.proxy.raw("acme"), stack.proxy.client("globex")
    acme.ask("HELLO", "3")
    direct = stack.redis.client()
    direct.config_set("notify-keyspace-events", "KEA")
    for call in (("SUBSCRIBE", GLOBEX + "news"), ("PSUBSCRIBE", "*"), ("PSUBSCRIBE", "__key*__:*"),
                 ("SUBSCRIBE", "__keyevent@1__:set"), ("SSUBSCRIBE", GLOBEX + "news"),
                 ("CLIENT", "TRACKING", "ON", "BCAST"), ("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "erp:")):
        acme.ask(*call)
    globex.publish("news", SECRET)
    globex.set("news", SECRET)
    globex.delete("news")
    direct.config_set("notify-keyspace-events", "")
    answer = acme.ask("PING")
    assert answer in (b"+PONG\r\n", b"*2\r\n$4\r\npong\r\n$0\r\n\r\n") and acme.buffer == b""


def test_command_getkeys_needs_no_prefix(both):
    """It is told of the client's words, and looks at none of them."""
    acme, _ = both
    assert acme.command_getkeys("MSET", GLOBEX + "secret", "1", "b", "2") == [GLOBEX + "secret", "b"]
    assert acme.command_getkeys("EVAL", "return 1", 2, "a", "b", "c") == ["a", "b"]


def test_wait_does_not_stop_others(both):
    """Refused, or on a connection of its own."""
    acme, globex = both
    try:
        acme.execute_command("WAIT", 1, 1)
    except NoPermissionError:
        pass
    assert globex.ping()
