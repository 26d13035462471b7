"""Every write of the command table under a TTL policy, alone, in a transaction and in a script: no key is
left without an expiry, an expiry that is there stays, and the replies are those of a Redis without a proxy.
"""

import pytest

import harness
import table
import world
from attacks import ATTACKS, identity

WRITES = [attack for attack in ATTACKS
          if attack.row["makes"] not in ("unsaid", "none") and attack.row["since"] == "7.0"]
DEFAULT, LONG = 5_000_000, 9_000_000  # milliseconds
TTL = f"default: {DEFAULT}ms"
FEATURES = "features:\n" + "".join(
    f'  - {{ name: {word}, db: {db}, keys: ["{word}:*", "*:{word}:*"], ttl: {{ {TTL} }} }}\n'
    for db, word in enumerate(world.NAMESPACES)) + "default_feature: cache\n"
# These leave the expiry of a key as it was; others overwrite it, or take it away.
KEEPS = {"append", "decr", "incr", "setrange", "setbit", "hset", "hsetnx", "hincrby", "lpush", "rpush", "sadd", "zadd",
         "zincrby", "xadd", "pfadd", "pfmerge", "geoadd", "bitfield", "copy"}


class Both:
    """The proxy before one Redis, and another Redis without one."""

    def __init__(self):
        self.directories = [harness.temporary_directory(), harness.temporary_directory()]
        self.redis = harness.Redis(self.directories[0])
        self.bare = harness.Redis(self.directories[1], "--databases", "1")
        self.proxy = harness.Bulkhead(self.directories[0], self.redis.socket, features=FEATURES,
                                      tenants=world.TENANTS)

    def close(self):
        self.proxy.stop()
        for server, directory in ((self.redis, self.directories[0]), (self.bare, self.directories[1])):
            server.stop()
            harness.remove(directory)

    def fill(self, namespaces, expiry):
        """Keys of each type in both; what is routed to other databases is one database to the bare one."""
        self.redis.client().flushall()
        self.bare.client().flushall()
        for namespace in namespaces:
            upstream = self.redis.client(world.NAMESPACES.index(namespace))
            for type_ in world.TYPES:
                name = world.key(namespace, type_)
                for client, physical in ((upstream, b"acme:" + name), (self.bare.client(), name)):
                    world.create(client, physical, type_, b"12345")
                    if expiry:
                        client.pexpire(physical, expiry)
        self.payload = self.bare.client().dump(world.key(namespaces[0], "string"))

    def talk(self, *requests):
        """The replies of both to the same requests, of which the last one counts."""
        through, bare = self.proxy.raw("acme"), harness.Raw(self.bare.socket)
        replies = []
        for connection in (through, bare):
            for request in requests:
                reply = connection.ask(*request)
            replies.append(reply)
            connection.close()
        return replies

    def expiries(self):
        """Of every key that there is, the milliseconds that it has left."""
        found = {}
        for db, keys in self.redis.keys().items():
            client = self.redis.client(db)
            found.update({key: client.pttl(key) for key in keys})
        return found


@pytest.fixture(scope="module")
def both():
    both = Both()
    yield both
    assert both.proxy.process.poll() is None, both.proxy.log_text()
    both.close()


def call(attack, both, namespaces):
    """The call with its last name, if there are several, in the second feature."""
    last = attack.positions[-1]

    def name_at(at, name):
        namespace = namespaces[-1 if at == last else 0]
        return world.key(namespace, name.type, "absent" if name.absent else "own")
    return attack.call(name_at, both.payload)


def written(attack, words):
    """Where in the call the keys stand that it writes to."""
    keys = [at for at, kind in table.find_names([words])[0] if kind == "key"]
    return {"first": keys[:1], "second": keys[1:2], "every": keys,
            "stored": keys[1:][-1:]}[attack.row["makes"]]


WAYS = {
    "alone": lambda words: [words],
    "resp3": lambda words: [["HELLO", "3"], words],
    "transaction": lambda words: [["MULTI"], words, ["EXEC"]],
    "script": lambda words: [["EVAL", "return redis.pcall(unpack(ARGV))", "0", *words]],
    "watching": lambda words: [["WATCH", "session:watched"], words],
}


def check(both, attack, namespaces, expiry, way):
    both.fill(namespaces, expiry)
    words = call(attack, both, namespaces)
    through, bare = both.talk(*WAYS[way](words))
    assert through == bare, words
    expiries = both.expiries()
    for at in written(attack, words):
        left = expiries.get(b"acme:" + words[at])
        assert left != -1, (words, "has no expiry")
        if expiry and attack.row["name"] in KEEPS:
            assert left > DEFAULT, (words, "lost the expiry that it had")


def in_scripts(attack):
    """Redis refuses SORT with patterns to the tenant's user, which runs its scripts."""
    patterns = any(word.kind == "sort_pattern" for word in attack.words if not isinstance(word, str))
    return "noscript" not in attack.row["flags"] and not patterns


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("attack", WRITES, ids=identity)
def test_no_key_without_expiry(both, attack, way):
    if way == "script" and not in_scripts(attack):
        return
    for expiry in (0, LONG):
        check(both, attack, ["session"], expiry, way)


CROSSING = [a for a in WRITES if len(a.positions) > 1 and a.row["handling"] in ("forward", "split")
            and a.row["name"] not in ("georadius", "georadiusbymember")]


@pytest.mark.parametrize("attack", CROSSING, ids=identity)
def test_across_databases(both, attack):
    """The last name lies in another database; where that is refused, nothing is to be seen."""
    both.fill(["session", "queue"], 0)
    words = call(attack, both, ["session", "queue"])
    through, bare = both.talk(words)
    if through.startswith(b"-CROSSDB"):
        return
    assert through == bare, words
    expiries = both.expiries()
    for at in written(attack, words):
        assert expiries.get(b"acme:" + words[at]) != -1, (words, "has no expiry")


def test_every_write_is_there():
    """Rows that make keys and are left out above are those which this Redis does not have."""
    left_out = {row["name"] for row in table.ROWS.values() if row["makes"] not in ("unsaid", "none")}
    left_out -= {attack.row["name"] for attack in WRITES}
    assert all(table.ROWS[name]["since"] != "7.0" for name in left_out)
    assert {"set", "hset", "xadd", "blmove", "georadius", "getex", "restore"} <= {a.row["name"] for a in WRITES}
