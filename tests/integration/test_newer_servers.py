"""Commands of servers newer than the one that the tests have: a backend whose user may not ask COMMAND is taken to
have them all, so what the proxy answers by itself can be seen; one that may is answered as it would answer."""

import pytest
import redis

HIDDEN = "    username: quiet\n    password: quiet-secret\n"


@pytest.fixture
def hidden(fresh):
    """The backend does not say which commands it has."""
    def make(**options):
        return fresh(redis_options=("--user", "quiet", "on", ">quiet-secret", "~*", "&*", "+@all", "-command"),
                     backend_extra=HIDDEN, **options).proxy.client()
    return make


def error_of(client, *words):
    with pytest.raises(redis.exceptions.ResponseError) as caught:
        client.execute_command(*words)
    return str(caught.value)


def test_commandlog_is_the_tenants(hidden):
    client = hidden(extra="limits: { slowlog_slower_than: 0ms }\n")
    client.set("a", "x" * 3_000_000)
    client.get("a")
    entries = client.execute_command("COMMANDLOG", "GET", -1, "slow")
    assert [b"GET", b"a"] in [entry[3] for entry in entries]
    assert all(len(entry) == 6 for entry in entries)
    assert client.execute_command("COMMANDLOG", "LEN", "SLOW") >= 1
    assert client.execute_command("COMMANDLOG", "LEN", "large-request") == 0
    assert client.execute_command("COMMANDLOG", "GET", 5, "large-reply") == []
    assert client.execute_command("COMMANDLOG", "RESET", "large-reply") == b"OK"
    assert client.execute_command("COMMANDLOG", "RESET", "slow") == b"OK"
    assert len(client.execute_command("COMMANDLOG", "GET", 1, "slow")) <= 1
    assert "type should be one of" in error_of(client, "COMMANDLOG", "LEN", "x")
    assert "count should be" in error_of(client, "COMMANDLOG", "GET", -2, "slow")


def test_client_capa_is_answered(hidden):
    assert hidden().execute_command("CLIENT", "CAPA", "redirect") == b"OK"


def test_what_the_backend_lacks_is_unknown_there(stack):
    client = stack.proxy.client()
    bare = stack.redis.client()
    for words in (["COMMANDLOG", "LEN", "slow"], ["MSETEX", "1", "a", "1"], ["DIGEST", "a"],
                  ["CLIENT", "CAPA", "redirect"], ["XDELEX", "a", "IDS", "1", "1"], ["DELIFEQ", "a", "1"],
                  ["HOTKEYS", "HELP"]):
        assert error_of(client, *words) == error_of(bare, *words)
    assert client.get("a") is None
