"""Sequences of commands out of the templates: the same ones for the same seed, on every machine.

A command is a tuple of words. Most are well formed; one in twelve is damaged: a word dropped, added or
replaced by one that does not belong there, or an option in other letters.
"""

import random

import templates
import vocabulary

DAMAGED = 1 / 12


class Sequences:
    """Draws sequences over the given keys. In each of them every group of commands has two or three keys
    that it prefers, so that most commands find their type, and the others what another group has left."""

    def __init__(self, seed, keys):
        self.random = random.Random(seed)
        self.keys = self.preferred = keys
        self.makers = {"k": self.key, "unknown": lambda out: out.append(self.pick(vocabulary.UNKNOWN)),
                       "counted": self.counted, "counted_weights": self.counted_weights,
                       "from": self.origin, "streams": self.streams, "group_streams": self.group_streams}
        self.groups, self.weights = [], []
        for name, text in templates.GROUPS.items():
            lines = [line for line in text.splitlines() if line]
            self.groups.append([self._template(line) for line in lines])
            self.weights.append(templates.WEIGHTS[name])

    def pick(self, words):
        return words[int(self.random.random() * len(words))]

    def sequence(self, length):
        preferred = [self.random.sample(self.keys, 2 + n % 2) for n in range(len(self.groups))]
        commands = []
        for group in self.random.choices(range(len(self.groups)), self.weights, k=length):
            self.preferred = preferred[group]
            commands.append(self._command(*self.pick(self.groups[group])))
        return commands

    def with_transactions(self, commands, may_queue):
        """The same commands, runs of which stand in transactions, some under watched keys. Commands that
        may not be queued end a run."""
        out, left = [], 0
        for command in commands:
            if left and not may_queue(command):
                left = 0
                out.append((b"EXEC",))
            out.append(command)
            if left:
                if self.random.random() < 0.03:
                    out.append(self._amid_transaction())
                left -= 1
                if not left:
                    out.append((self.pick([b"EXEC"] * 9 + [b"DISCARD"]),))
            elif self.random.random() < 0.05:
                if self.random.random() < 0.4:
                    out.append((b"WATCH", *self._some_keys()))
                if self.random.random() < 0.9:
                    out.append((b"MULTI",))
                    left = 1 + int(self.random.random() * 8)
                else:
                    out.append((self.pick([b"UNWATCH", b"EXEC", b"DISCARD"]),))
        return out + [(b"EXEC",)] if left else out

    def _amid_transaction(self):
        return self.pick([(b"MULTI",), (b"WATCH", self._one_key()), (b"UNWATCH",), (b"PING",),
                          (b"BLPOP", self._one_key(), b"0"), (b"ECHO", b"x"), (b"SELECT", b"x"),
                          (b"BZPOPMAX", self._one_key(), b"0")])

    def _command(self, produce, fragile):
        words = []
        produce(words)
        if not fragile and self.random.random() < DAMAGED:
            self._damage(words)
        return tuple(words)

    def _damage(self, words):
        how = self.random.randrange(5)
        at = self.random.randrange(1, len(words)) if len(words) > 1 else 0
        if how == 0 and at:
            del words[at]
        elif how == 1:
            words.append(self.pick(vocabulary.JUNK))
        elif how == 2 and at:
            words[at] = self.pick(vocabulary.JUNK)
        elif how == 3:
            words[0] = words[0].swapcase()
        elif at and words[at] not in self.keys:
            words[at] = words[at].lower()

    # What takes more than a choice of a word.

    def key(self, out):
        out.append(self._one_key())

    def _one_key(self):
        return self.pick(self.preferred if self.random.random() < 0.7 else self.keys)

    def _some_keys(self):
        return [self._one_key() for _ in range(1 + int(self.random.random() * 3))]

    def counted(self, out):
        keys = self._some_keys()
        count = len(keys) if self.random.random() < 0.93 else self.pick([0, -1, 9, b"x", len(keys) - 1])
        out.append(count if isinstance(count, bytes) else b"%d" % count)
        out += keys

    def counted_weights(self, out):
        keys = self._some_keys()
        out.append(b"%d" % len(keys))
        out += keys
        if self.random.random() < 0.3:
            out.append(b"WEIGHTS")
            out += [self.pick([b"1", b"2", b"-1", b"0.5", b"inf", b"0", b"x"]) for _ in keys]

    def origin(self, out):
        choices = vocabulary.CHOICES
        if self.random.random() < 0.4:
            out += [b"FROMMEMBER", self.pick(choices["m"])]
        else:
            out += [b"FROMLONLAT", self.pick(choices["lon"]), self.pick(choices["lat"])]

    def streams(self, out):
        keys = self._some_keys()
        out += keys
        out += [self.pick([b"0", b"1-1", b"5", b"$", b"2-1", b"x"]) for _ in keys]

    def group_streams(self, out):
        keys = self._some_keys()
        out += keys
        out += [self.pick([b">", b"0", b">", b"1-1", b"$"]) for _ in keys]

    # The templates' language: each part becomes a function that appends its words.

    def _template(self, line):
        flags = line[:len(line) - len(line.lstrip("!~"))]
        tokens = line.lstrip("!~")
        for mark in "[](|)+":
            tokens = tokens.replace(mark, f" {mark} ")
        tokens = self._whole_words(tokens.split(), line)
        produce, rest = self._alternatives(tokens)
        assert not rest, line
        return produce, "!" in flags

    @staticmethod
    def _whole_words(tokens, line):
        """A + that stands alone in the template is a word and not a repetition."""
        if " + " not in line:
            return tokens
        words = []
        for token in tokens:
            previous = words[-1] if words else ""
            words.append("'+" if token == "+" and previous == "-" else token)
        return words

    def _alternatives(self, tokens):
        options, rest = [], tokens
        while True:
            option, rest = self._series(rest)
            options.append(option)
            if not rest or rest[0] != "|":
                break
            rest = rest[1:]
        if len(options) == 1:
            return options[0], rest
        return lambda out: self.pick(options)(out), rest

    def _series(self, tokens):
        parts, rest = [], tokens
        while rest and rest[0] not in "])|":
            part, rest = self._part(rest)
            if rest and rest[0] == "+":
                part, rest = self._repeated(part), rest[1:]
            parts.append(part)

        def produce(out):
            for part in parts:
                part(out)
        return (parts[0] if len(parts) == 1 else produce), rest

    def _part(self, tokens):
        first, rest = tokens[0], tokens[1:]
        if first == "(":
            inner, rest = self._alternatives(rest)
            return inner, rest[1:]
        if first == "[":
            inner, rest = self._alternatives(rest)
            return lambda out: inner(out) if self.random.random() < 0.35 else None, rest[1:]
        if first in self.makers:
            return self.makers[first], rest
        if first in vocabulary.CHOICES:
            choices = vocabulary.CHOICES[first]
            return lambda out: out.append(self.pick(choices)), rest
        word = first.lstrip("'").encode()
        return lambda out: out.append(word), rest

    def _repeated(self, part):
        def produce(out):
            for _ in range(1 + int(self.random.random() * self.random.random() * 4)):
                part(out)
        return produce


def unordered_commands():
    """The names of the commands whose templates are marked with ~."""
    return {line.lstrip("!~").split()[0].encode() for text in templates.GROUPS.values()
            for line in text.splitlines() if "~" in line[:2]}
