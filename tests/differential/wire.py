"""Pipelines over a raw socket, and replies as bytes: cut apart, and as values where they must be
understood."""

import itertools

import harness

TURN = itertools.count()


def encode(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def split(data):
    """The replies in the data, each as its own bytes."""
    replies, at = [], 0
    while at < len(data):
        start, missing = at, 1
        while missing:
            end = data.index(b"\r\n", at)
            kind = data[at:at + 1]
            at, head = end + 2, data[at + 1:end]
            missing -= 1
            if kind in b"$=!":
                at += int(head) + 2 if head != b"-1" else 0
            elif kind in b"*~>":
                missing += max(int(head), 0)
            elif kind == b"%":
                missing += 2 * int(head)
            elif kind == b"|":
                missing += 2 * int(head) + 1
        replies.append(data[start:at])
    return replies


def elements(array):
    """The elements of an array, each as its own bytes."""
    return split(array[array.index(b"\r\n") + 2:])


def value(reply):
    """A reply as (kind, bytes or list); a map is the list of its pairs."""
    tree, end = _value(reply, 0)
    assert end == len(reply), reply
    return tree


def _value(data, at):
    end = data.index(b"\r\n", at)
    kind, head, at = data[at:at + 1], data[at + 1:end], end + 2
    if kind in b"$=!" and head != b"-1":
        return (kind, data[at:at + int(head)]), at + int(head) + 2
    if kind in b"*~>%" and head != b"-1":
        items = []
        for _ in range(int(head) * (2 if kind == b"%" else 1)):
            item, at = _value(data, at)
            items.append(item)
        if kind == b"%":
            items = [(b"pair", items[i:i + 2]) for i in range(0, len(items), 2)]
        return (kind, items), at
    return (kind, head), at


def plain(tree):
    """The same without the kinds: bytes and lists."""
    _, content = tree
    return [plain(item) for item in content] if isinstance(content, list) else content


class Connection:
    """One client of one side. `seen` keeps nothing: whoever must look at all bytes gives a watcher."""

    def __init__(self, address, protocol=2, login=None, database=0, watch=None):
        self.raw = harness.Raw(address)
        self.watch = watch or (lambda data: None)
        hello = [b"HELLO", b"%d" % protocol]
        assert b"proto" in self.raw.ask(*hello, *([b"AUTH", *login] if login else []))
        if database:
            assert self.raw.ask(b"SELECT", b"%d" % database) == b"+OK\r\n"

    def ask(self, commands):
        """The replies to the commands, sent at once. The end is known by an ECHO, so that a reply too many or
        too few is seen as one."""
        word = b"end-of-batch-%d" % next(TURN)
        end = b"$%d\r\n%s\r\n" % (len(word), word)
        self.raw.send(b"".join(map(encode, commands)) + encode([b"ECHO", word]))
        pieces, tail = [], b""
        while tail[-len(end):] != end:
            pieces.append(self.raw._receive())
            tail = (tail + pieces[-1])[-len(end):]
        data = b"".join(pieces)
        self.watch(data)
        return split(data)[:-1]

    def one(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        return self.ask([words])[0]

    def close(self):
        self.raw.close()
