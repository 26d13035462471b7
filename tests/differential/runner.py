"""Runs a sequence on both sides, compares reply by reply and then the whole state, and makes a sequence
with a difference as short as it gets."""

import permitted
import vocabulary
import wire
from world import MARKER, BARE


class Difference(AssertionError):
    """Where the two sides part while they carry out `commands`: at the one with the number `at`, or, without
    one, at the end."""

    def __init__(self, commands, what, bare=None, through=None, at=None):
        super().__init__(what)
        self.at = len(commands) - 1 if at is None else at
        self.commands, self.what, self.bare, self.through = commands, what, bare, through

    def report(self, seed):
        lines = [f"seed {seed}: {self.what}", *(f"  {line(command)}" for command in self.commands),
                 f"bare Redis: {self.bare!r}", f"bulkhead:   {self.through!r}"]
        return "\n".join(lines)


def line(command):
    """As redis-cli takes it."""
    def word(text):
        shown = repr(text)[2:-1].replace('"', '\\"').replace("\\'", "'")
        return f'"{shown}"' if not text or set(text) & set(b" '\"\\") or shown.encode() != text else shown
    return " ".join(map(word, command))


class Pair:
    """A client of the proxy and one of the bare Redis. `used` counts what was permitted, by rule."""

    def __init__(self, world, protocol):
        self.world, self.protocol = world, protocol
        self.used, self.commands = {}, 0
        self.foreign = False
        self.connect()

    def connect(self):
        self.acme = self.world.through(self.protocol, watch=self._watch)
        self.bare = self.world.bare(self.protocol)

    def _watch(self, data):
        if MARKER in data:
            self.foreign = True

    def run(self, commands):
        """Raises a Difference, or leaves both sides equal."""
        self.world.clear()
        self.compare(commands)
        self.compare_states(commands)

    def compare(self, commands):
        ends = [words[0] for words in commands if words[0] in (b"MULTI", b"EXEC", b"DISCARD")]
        if ends and ends[-1] == b"MULTI":  # a sequence that was cut short
            commands = [*commands, (b"EXEC",)]
        try:
            through = self.acme.ask(commands)
        except (EOFError, OSError) as error:
            self.connect()
            raise Difference(commands, f"the proxy has closed the connection: {error}") from error
        if len(through) != len(commands):
            raise Difference(commands, f"{len(through)} replies to {len(commands)} commands")
        bare = self.bare.ask(self._all_instead(commands, through))
        self.commands += len(commands)
        queued = []
        for at, command in enumerate(commands):
            if through[at] == b"+QUEUED\r\n":
                queued.append(command)
            elif command[0].upper() in (b"EXEC", b"DISCARD", b"MULTI") and through[at][:1] != b"-":
                if bare[at] != through[at]:
                    self._judge_transaction(commands, at, queued, bare[at], through[at])
                queued = []
                continue
            if bare[at] != through[at]:
                self._judge(commands, at, bare[at], through[at])
        if self.foreign:
            self.foreign = False
            raise Difference(commands, "acme has seen what belongs to globex")

    def _all_instead(self, commands, replies):
        """A command that the proxy refused and Redis would not must end the transaction there, too."""
        instead, queueing = [], False
        for command, reply in zip(commands, replies):
            name = command[0].upper()
            if name in (b"MULTI", b"EXEC", b"DISCARD"):
                queueing = name == b"MULTI"
            crossing = queueing and reply.startswith(b"-CROSSDB ")
            instead.append((b"NOSUCH",) if crossing else self._instead(command, reply))
        return instead

    def _judge_transaction(self, commands, at, queued, bare, through):
        if bare[:1] == through[:1] == b"*":
            one, other = wire.elements(bare), wire.elements(through)
            if len(one) == len(other) == len(queued):
                for command, mine, its in zip(queued, one, other):
                    if mine != its:
                        self._judge([*commands[:at + 1], command], at + 1, mine, its)
                return
        raise Difference(commands, f"different ends of a transaction of {queued}", bare, through, at)

    @staticmethod
    def _instead(command, reply):
        """What the bare Redis is given: not what the proxy has refused, nor what could harm both."""
        if permitted.is_refused(command):
            return (b"PING",)
        if reply.startswith(b"-CROSSDB "):
            return (b"COMMAND", b"GETKEYS", *command)
        if command[0].upper() == b"COPY" and command[3:5] == (b"DB", b"0"):
            return (*command[:4], b"%d" % BARE, *command[5:])  # the database where acme's keys are, too
        return command

    def _judge(self, commands, at, bare, through):
        command = commands[at]
        if permitted.is_refused(command):
            if through.startswith(b"-NOPERM "):
                return self._count("refused")
            raise Difference(commands, f"{line(command)} was not refused", None, through, at)
        if through.startswith(b"-CROSSDB "):
            if bare.startswith(b"-ERR unknown command 'NOSUCH'"):  # in a transaction
                return self._count("crossdb")
            keys = wire.plain(wire.value(bare))
            if isinstance(keys, bytes):  # its syntax is wrong, so Redis finds no keys in it
                keys = [word for word in command if word in vocabulary.SEVERAL_FEATURES]
            if self.world.several and permitted.may_span(command, keys):
                return self._count("crossdb")
            raise Difference(commands, f"{line(command)} was refused for its keys {keys}", None, through, at)
        for rule in permitted.rules_for(command, self.world.several):
            if rule.same(command, bare, through):
                return self._count(rule.name)
        raise Difference(commands, f"different replies to {line(command)}", bare, through, at)

    def _count(self, name):
        self.used[name] = self.used.get(name, 0) + 1

    def compare_states(self, commands):
        bare, through = self.world.states()
        for name in bare.keys() | through.keys():
            one, other = bare.get(name), through.get(name)
            if other is not None and self.world.several:
                lies_in = vocabulary.database_of(name)
                if other[0] != b"%d" % lies_in:
                    raise Difference(commands, f"{name!r} is not in database {lies_in}", one, other)
            if one is None or other is None or not self._same_value(one, other):
                raise Difference(commands, f"different values of {name!r}", one, other)

    @staticmethod
    def _same_value(one, other):
        if one[2] != other[2]:
            relative = 0 < one[2] < permitted.NEAR and 0 < other[2] < permitted.NEAR
            if not relative or abs(one[2] - other[2]) > permitted.CLOCK_SLACK:
                return False
        return one[1] == other[1] and one[3:] == other[3:]

    def compare_walks(self, commands, pattern, count):
        """A whole SCAN through the proxy finds what KEYS finds on the bare side, in as many steps as it takes."""
        found, cursor = set(), b"0"
        while True:
            reply = wire.value(self.acme.one(b"SCAN", cursor, b"MATCH", pattern, b"COUNT", b"%d" % count))
            cursor, names = wire.plain(reply)
            found.update(names)
            if cursor == b"0":
                break
        expected = set(wire.plain(wire.value(self.bare.one(b"KEYS", pattern))))
        if found != expected:
            raise Difference(commands, f"SCAN MATCH {pattern!r} COUNT {count}", expected, found)

    def shrink(self, difference):
        """The shortest sequence found that still shows some difference. Commands behind the one that shows it
        go first, if they have no part in it."""
        smallest = self._difference(difference.commands[:difference.at + 1]) or difference
        size = max(len(smallest.commands) // 2, 1)
        while True:
            before, at = len(smallest.commands), 0
            while at < len(smallest.commands):
                commands = smallest.commands
                smaller = self._difference(commands[:at] + commands[at + size:])
                if smaller is None:
                    at += size
                else:
                    smallest = smaller
            if size == 1 and len(smallest.commands) == before:
                return smallest
            size = max(size // 2, 1)

    def _difference(self, commands):
        try:
            self.run(commands)
        except Difference as difference:
            return difference
        return None
