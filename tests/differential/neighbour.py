"""The second tenant: it writes and reads beside the first one, knows what every reply must be, and marks all
its names and values."""

import random
import threading

import wire
from world import MARKER, OTHER_PREFIX

FRONTS = [b"session:", b"cache:", b"rate:", b"ws:", b"queue:", b"analytics:", b""]
TURN = 16


def bulk(text):
    return b"$-1\r\n" if text is None else b"$%d\r\n%s\r\n" % (len(text), text)


def array(items):
    return b"*%d\r\n" % len(items) + b"".join(map(bulk, items))


class Neighbour(threading.Thread):
    """Takes one turn of TURN commands whenever it is told to, beside whatever the caller does then."""

    def __init__(self, world, seed):
        super().__init__(daemon=True)
        self.world = world
        self.random = random.Random(seed)
        self.client = world.through(2, "globex")
        self.strings, self.lists, self.hashes = {}, {}, {}
        self.turns, self.ended = threading.Semaphore(0), False
        self.failure, self.commands = None, 0

    def run(self):
        try:
            while True:
                self.turns.acquire()
                if self.ended:
                    return
                self.take_turn()
        except BaseException as failure:  # told by finish(), in the test's own thread
            self.failure = failure

    def take_turn(self):
        asked = [self.draw() for _ in range(TURN)]
        replies = self.client.ask([command for command, _ in asked])
        assert len(replies) == len(asked), replies
        for (command, expected), reply in zip(asked, replies):
            assert reply == expected, f"globex: {command} was answered {reply!r} and not {expected!r}"
        self.commands += len(asked)

    def draw(self):
        """A command and its reply."""
        kind = self.random.choice("slh")
        name = self.random.choice(FRONTS) + MARKER + kind.encode() + b"%d" % self.random.randrange(5)
        text = MARKER + b"%d" % self.random.randrange(1000)
        if kind == "s":
            return self.on_string(name, text)
        return self.on_list(name, text) if kind == "l" else self.on_hash(name, text)

    def on_string(self, name, text):
        what = self.random.randrange(4)
        if what == 0:
            return (b"GET", name), bulk(self.strings.get(name))
        if what == 1:
            return (b"DEL", name), b":%d\r\n" % (self.strings.pop(name, None) is not None)
        if what == 2:
            before, self.strings[name] = self.strings.get(name), text
            return (b"SET", name, text, b"GET"), bulk(before)
        self.strings[name] = self.strings.get(name, b"")[-200:] + text
        return (b"SET", name, self.strings[name]), b"+OK\r\n"

    def on_list(self, name, text):
        items = self.lists.setdefault(name, [])
        what = self.random.randrange(3)
        if what == 0:
            return (b"LRANGE", name, b"0", b"-1"), array(items)
        if what == 1 or len(items) > 20:
            return (b"LPOP", name), bulk(items.pop(0) if items else None)
        items.append(text)
        return (b"RPUSH", name, text), b":%d\r\n" % len(items)

    def on_hash(self, name, text):
        fields = self.hashes.setdefault(name, {})
        field = MARKER + b"%d" % self.random.randrange(6)
        what = self.random.randrange(3)
        if what == 0:
            return (b"HGET", name, field), bulk(fields.get(field))
        if what == 1:
            return (b"HDEL", name, field), b":%d\r\n" % (fields.pop(field, None) is not None)
        known, fields[field] = field in fields, text
        return (b"HSET", name, field, text), b":%d\r\n" % (not known)

    def finish(self):
        """Ends the thread, and proves that globex has what it wrote, through the proxy and in Redis itself."""
        self.ended = True
        self.turns.release()
        self.join(timeout=60)
        if self.failure is not None:
            raise self.failure
        assert not self.is_alive()
        for name, text in self.strings.items():
            assert self.client.one(b"GET", name) == bulk(text), name
        for name, items in self.lists.items():
            assert self.client.one(b"LRANGE", name, b"0", b"-1") == array(items), name
        for name, fields in self.hashes.items():
            flat = wire.plain(wire.value(self.client.one(b"HGETALL", name)))
            assert dict(zip(flat[::2], flat[1::2])) == fields, name
        written = {name for kind in (self.strings, self.lists, self.hashes)
                   for name, value in kind.items() if value}
        assert self.names_in_redis() == written

    def names_in_redis(self):
        found = []
        for database in self.world.databases:
            self.world.direct.one(b"SELECT", database)
            found += wire.plain(wire.value(self.world.direct.one(b"KEYS", OTHER_PREFIX + b"*")))
        assert len(found) == len(set(found))
        return {name[len(OTHER_PREFIX):] for name in found}
