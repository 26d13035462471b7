"""Proves that redis-py's connections work through the proxy: logins and their errors, what is refused
and how that is raised, names and health checks, and a pool that threads of two tenants share."""

import threading

import pytest
import redis

import harness


@pytest.mark.parametrize("login", [
    {"username": "acme", "password": "wrong"}, {"username": "nobody", "password": "acme-secret"},
    {"password": "wrong"},
], ids=["wrong password", "unknown user", "password only"])
def test_a_login_fails_as_on_a_bare_redis(fresh, login):
    stack = fresh()
    direct = stack.redis.client()
    direct.acl_setuser("acme", enabled=True, passwords=["+acme-secret"], categories=["+@all"], keys=["*"])
    direct.config_set("requirepass", "backend-secret")
    answers = []
    for address in ({"unix_socket_path": stack.redis.socket},
                    {"host": "127.0.0.1", "port": stack.proxy.port}):
        try:
            redis.Redis(**address, **login).get("x")
        except redis.exceptions.RedisError as error:
            answers.append((type(error), str(error)))
    assert len(answers) == 2 and answers[0] == answers[1] and "WRONGPASS" in answers[0][1]


def test_nothing_without_a_login_or_in_an_unknown_database(stack):
    with pytest.raises(redis.exceptions.AuthenticationError, match="Authentication required"):
        redis.Redis(host="127.0.0.1", port=stack.proxy.port).get("x")
    with pytest.raises(redis.exceptions.ResponseError, match="DB index is out of range"):
        stack.proxy.client(db=9).get("x")


@pytest.mark.parametrize("call", [
    lambda client: client.keys("*"), lambda client: client.flushall(), lambda client: client.shutdown(),
    lambda client: client.config_set("maxmemory", 1), lambda client: client.bgsave(),
    lambda client: client.function_dump(),
], ids=["keys", "flushall", "shutdown", "config set", "bgsave", "function dump"])
def test_what_is_refused_raises_no_permission(stack, call):
    with pytest.raises(redis.exceptions.NoPermissionError, match="^this user has no permissions to run"):
        call(stack.proxy.client("acme"))


def test_connections_have_names_and_health_checks(stack):
    client = stack.proxy.client(client_name="worker-1", health_check_interval=1, socket_keepalive=True)
    assert client.client_getname() == "worker-1" and client.ping() and client.echo("x") == b"x"
    assert client.client_setname("worker-2") and client.client_getname() == "worker-2"
    assert client.client_id() > 0 and client.time()[0] > 0 and client.acl_whoami() == "acme"
    connection = client.connection_pool.get_connection("PING")
    connection.next_health_check = 1
    connection.send_command("GET", "x")
    assert connection.read_response() is None
    client.connection_pool.release(connection)


def test_a_pool_of_fifty_threads_of_two_tenants(stack):
    clients = {tenant: stack.proxy.client(tenant, max_connections=25) for tenant in ("acme", "globex")}
    wrong = []

    def work(tenant, number):
        try:
            client = clients[tenant]
            for turn in range(40):
                mine = f"{tenant}-{number}-{turn}".encode()
                for key in (f"session:{number}", f"cache:{number}", f"queue:{number}"):
                    client.set(key, mine)
                found = client.mget(f"session:{number}", f"cache:{number}", f"queue:{number}")
                shared = client.getset("shared", mine)
                if found != [mine] * 3 or not (shared or mine).startswith(tenant.encode()):
                    wrong.append((mine, found, shared))
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(tenant, number))
               for tenant in clients for number in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert clients["acme"].dbsize() == clients["globex"].dbsize() == 76
