"""Who attacks whom, with what data: two attackers and two victims, each with keys of every type in
every feature's database, and a way to put all of it back and to see what has become of it.
"""

from typing import NamedTuple

import harness

# The feature of each database, and the word in a key that brings it there.
NAMESPACES = ("session", "cache", "rate", "ws", "queue", "leaderboard")
FEATURES = "features:\n" + "".join(
    f'  - {{ name: {word}, db: {db}, keys: ["{word}:*", "*:{word}:*"] }}\n'
    for db, word in enumerate(NAMESPACES)) + "default_feature: cache\n"
PREFIXES = {"acme": b"acme:", "t1": b"t1:", "globex": b"erp:tenant:globex:", "t10": b"t10:"}
VICTIM_OF = {"acme": "globex", "t1": "t10"}
TENANTS = "tenants:\n" + "".join(
    f'  - name: {name}\n    prefix: "{prefix.decode()}"\n    policy: ["+@all"]\n    users:\n'
    f'      - {{ name: {name}, passwords: ["{harness.sha256(name + "-secret")}"] }}\n'
    for name, prefix in PREFIXES.items())
harness.PASSWORDS.update({name: name + "-secret" for name in PREFIXES})

TYPES = ("string", "hash", "list", "set", "zset", "stream", "geo", "hyperloglog")
MARKER = b"m4rk3r"  # in every value of a victim, and nowhere else
UNSAID = b"uns4id"  # in names of a victim that no attacker ever says

EXPIRY = 4102444800000

RESET = """
redis.call('FLUSHALL')
local db
for i = 1, #ARGV, 4 do
  if ARGV[i] ~= db then
    db = ARGV[i]
    redis.call('SELECT', db)
  end
  redis.call('RESTORE', ARGV[i + 1], ARGV[i + 3], ARGV[i + 2], 'ABSTTL')
end
"""
# ARGV: the prefix of the attacker, then those of the others. Answers with digests of all that is the
# attacker's, clock readings aside, and all that is the others', and with the keys that are nobody's.
LOOK = """
local function value(key, own)
  local expires = redis.call('PEXPIRETIME', key)
  if not own then return redis.call('DUMP', key) .. expires end
  if redis.call('TYPE', key).ok ~= 'stream' then return redis.call('DUMP', key) .. tostring(expires > 0) end
  return cjson.encode({redis.call('XRANGE', key, '-', '+'), redis.call('XINFO', 'GROUPS', key)})
end
local digests, nobodys = {'', ''}, {}
for db = 0, 15 do
  redis.call('SELECT', db)
  local keys = redis.call('KEYS', '*')
  table.sort(keys)
  for _, key in ipairs(keys) do
    local owner
    for i, prefix in ipairs(ARGV) do
      if string.sub(key, 1, #prefix) == prefix then owner = i end
    end
    if owner == nil then
      nobodys[#nobodys + 1] = db .. ' ' .. key
    else
      local whose = math.min(owner, 2)
      digests[whose] = redis.sha1hex(digests[whose] .. db .. key .. value(key, whose == 1))
    end
  end
end
return {digests[1], digests[2], nobodys}
"""


def key(namespace, type_, word="own"):
    return f"{namespace}:{word}:{type_}".encode()


def create(client, name, type_, mark):
    """A key of the type with what templates.py counts on; `mark` is its value."""
    if type_ == "string":
        client.set(name, mark)
    elif type_ == "hash":
        client.hset(name, "f", mark)
    elif type_ == "list":
        client.rpush(name, "string", "hash", mark)
    elif type_ == "set":
        client.sadd(name, "m", "n", b"member " + mark)
    elif type_ == "zset":
        client.zadd(name, {"m": 1, "n": 2, b"member " + mark: 3})
    elif type_ == "stream":
        client.xadd(name, {"f": mark}, id="1-1")
        client.xgroup_create(name, "g", id="0")
        client.xreadgroup("g", "c", {name: ">"})
        client.xadd(name, {"f": mark}, id="2-1")
    elif type_ == "geo":
        client.geoadd(name, (13.36, 38.11, "m", 15.08, 37.5, "n", 15.1, 37.6, b"member " + mark))
    elif type_ == "hyperloglog":
        client.pfadd(name, mark)


class Look(NamedTuple):
    own: bytes      # a digest of the attacker's keys and values
    others: bytes   # one of everybody else's
    nobodys: bytes  # keys without a tenant's prefix


class World:
    def __init__(self, redis_server):
        self.server = redis_server
        self.listener = Listener(redis_server)
        self.admin = harness.Raw(redis_server.socket)
        self.look_sha = self.load(LOOK)
        self.payload = b""
        everything = self.fill()
        own = [entry for entry in everything if entry[1].startswith(tuple(map(PREFIXES.get, VICTIM_OF)))]
        reset = self.load(RESET)
        self.resets = {True: self.evalsha(reset, everything), False: self.evalsha(reset, own)}
        self.before = {}
        for victims in (True, False):
            self.reset(victims)
            for attacker in VICTIM_OF:
                self.before[attacker, victims] = self.look(attacker)

    def load(self, script):
        return self.admin.ask("SCRIPT", "LOAD", script).split(b"\r\n")[1]

    @staticmethod
    def evalsha(sha, entries):
        return harness.Raw.encode("EVALSHA", sha, "0", *(word for entry in entries for word in entry))

    def fill(self):
        """Makes everybody's keys; answers with (database, key, dump, expiry), victims' ones with an expiry."""
        entries = []
        for db, namespace in enumerate(NAMESPACES):
            client = self.server.client(db)
            for tenant, prefix in PREFIXES.items():
                victim = tenant not in VICTIM_OF
                mark = MARKER + b" of " + tenant.encode() if victim else b"12345"
                for type_ in TYPES:
                    create(client, prefix + key(namespace, type_, "secret" if victim else "own"), type_, mark)
                if victim:
                    create(client, prefix + key(namespace, "string", UNSAID.decode()), "string", mark)
            for name in client.keys():
                victim = name.startswith(tuple(PREFIXES[v] for v in VICTIM_OF.values()))
                entries.append((db, name, client.dump(name), EXPIRY if victim else 0))
        self.payload = client.dump(PREFIXES["acme"] + key(NAMESPACES[-1], "string"))
        return entries

    def reset(self, victims=True):
        """Everything as in the beginning, with or without the victims' keys and subscriptions."""
        self.listener.listen(victims)
        self.admin.send(self.resets[victims])
        reply = self.admin.reply()
        assert reply == b"$-1\r\n", reply

    def look(self, attacker):
        prefixes = [PREFIXES[attacker]] + [p for name, p in PREFIXES.items() if name != attacker]
        reply = self.admin.ask("EVALSHA", self.look_sha, "0", *prefixes).split(b"\r\n", 5)
        return Look(own=reply[2], others=reply[4], nobodys=reply[5])

    def check(self, attacker, victims=True):
        """What is others' is unchanged, and no key is outside of all prefixes. Answers with what is own."""
        look = self.look(attacker)
        assert look.nobodys == b"*0\r\n", "keys without a tenant's prefix"
        assert look.others == self.before[attacker, victims].others, "what is another tenant's has changed"
        return look.own


class Listener:
    """A subscriber of the victims' channels, at the Redis itself."""

    def __init__(self, server):
        self.raw = harness.Raw(server.socket)
        self.raw.ask("HELLO", "3")
        self.listening = False

    def listen(self, wanted):
        if wanted == self.listening:
            return
        self.listening = wanted
        channels = [PREFIXES[victim] + key("session", "channel", word)
                    for victim in VICTIM_OF.values() for word in ("secret", UNSAID.decode())]
        for command in ("SUBSCRIBE", "SSUBSCRIBE"):
            for channel in channels:
                reply = self.raw.ask(command if wanted else command.replace("SUB", "UNSUB"), channel)
                assert reply.startswith(b">3\r\n"), reply

    def check(self):
        """Nothing has been published on the victims' channels."""
        heard = self.raw.ask("PING")
        assert heard == b"+PONG\r\n", heard
