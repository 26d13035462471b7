"""One redis-server, the proxy before its databases 0 to 5, and a bare client of its database 15.

Both sides are one process, so hash tables on both have the same seed and even the order within sets and
hashes can be compared. The proxy never touches database 15: its tenants have no feature there.
"""

import harness
import wire
from permitted import without_times

BARE = 15
PREFIX, OTHER_PREFIX = b"acme:", b"erp:tenant:globex:"
MARKER = b"GLOBEX-MARKER"
TENANTS = harness.TENANTS.replace(
    "  - name: acme\n", '  - name: acme\n    policy: ["+keys", "+flushdb", "+restore"]\n')

# Every key that has the prefix, or neither tenant's: name, database, type, expiry, DUMP, contents where
# the DUMP of equal values can differ.
STATE = b"""
local found = {}
for _, db in ipairs(ARGV) do
  redis.call('SELECT', db)
  for _, key in ipairs(redis.call('KEYS', '*')) do
    if KEYS[2] == '' or string.sub(key, 1, #KEYS[2]) ~= KEYS[2] then
      local kind = redis.call('TYPE', key).ok
      local more = ''
      if kind == 'set' then more = redis.call('SMEMBERS', key)
      elseif kind == 'hash' then more = redis.call('HGETALL', key)
      elseif kind == 'stream' then
        more = {redis.call('XRANGE', key, '-', '+'), redis.call('XINFO', 'STREAM', key, 'FULL')}
      end
      found[#found + 1] = {key, db, kind, redis.call('PEXPIRETIME', key), redis.call('DUMP', key), more}
    end
  end
end
return found"""

CLEAR = b"""
for _, db in ipairs(ARGV) do
  redis.call('SELECT', db)
  for _, key in ipairs(redis.call('KEYS', '*')) do
    if KEYS[1] == '' or string.sub(key, 1, #KEYS[1]) ~= KEYS[1] then redis.call('DEL', key) end
  end
end"""


class World:
    """`several`: with the reference features; else there is one, in database 0."""

    def __init__(self, several, extra=""):
        self.several = several
        self.directory = harness.temporary_directory()
        self.redis = harness.Redis(self.directory)
        self.proxy = None
        try:
            self.proxy = harness.Bulkhead(self.directory, self.redis.socket, tenants=TENANTS,
                                          features=harness.FEATURES if several else "", extra=extra)
        except BaseException:
            self.close()
            raise
        self.direct = wire.Connection(self.redis.socket)
        self.databases = [b"%d" % n for n in (range(6) if several else range(1))]

    def through(self, protocol, tenant="acme", watch=None):
        login = [tenant.encode(), harness.PASSWORDS[tenant].encode()]
        return wire.Connection(("127.0.0.1", self.proxy.port), protocol, login, watch=watch)

    def bare(self, protocol):
        return wire.Connection(self.redis.socket, protocol, database=BARE)

    def clear(self):
        """Nothing is left on both sides but what belongs to the second tenant."""
        replies = self.direct.ask([(b"EVAL", CLEAR, b"1", OTHER_PREFIX, *self.databases),
                                   (b"EVAL", CLEAR, b"1", b"", b"%d" % BARE)])
        assert replies == [b"$-1\r\n"] * 2, replies

    def states(self):
        """{name: what is to be equal} of the bare side and of acme."""
        bare, through = self.direct.ask([
            (b"EVAL", STATE, b"2", b"", b"", b"%d" % BARE),
            (b"EVAL", STATE, b"2", PREFIX, OTHER_PREFIX, *self.databases)])
        return self._read(bare, b""), self._read(through, PREFIX)

    def _read(self, reply, prefix):
        state = {}
        for kind, fields in wire.value(reply)[1]:
            name, database, type_, expiry, dump = wire.plain((kind, fields[:5]))
            assert name.startswith(prefix), f"{name!r} in database {database!r} is nobody's"
            name = name[len(prefix):]
            assert name not in state, f"{name!r} is in two databases"
            state[name] = (self._place(database, prefix), type_, int(expiry),
                           *self._contents(type_, dump, fields[5]))
        return state

    @staticmethod
    def _place(database, prefix):
        return database if prefix else None

    def _contents(self, type_, dump, more):
        if type_ == b"stream":
            return [without_times(more), len(dump)]
        if self.several and type_ == b"set":
            return [sorted(wire.plain(more)), len(dump)]
        if self.several and type_ == b"hash":
            flat = wire.plain(more)
            return [sorted(zip(flat[::2], flat[1::2])), len(dump)]
        return [dump]

    def close(self):
        if self.proxy is not None:
            self.proxy.stop()
        self.redis.stop()
        harness.remove(self.directory)
