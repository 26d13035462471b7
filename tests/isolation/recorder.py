"""A Redis that does nothing but remember: what arrives on its lanes is parsed as Redis would, strictly,
and recorded word by word.
"""

import re

import table
from fake_redis import FakeRedis, bulk

# What the proxy asks on a connection of its own is inline, and has no client's words in it. Whatever
# else it asks there, it may not know.
OWN = {b"INFO\r\n": bulk(b"redis_version:99.0.0\r\n"), b"PING\r\n": b"+PONG\r\n"}
MAY_NOT = b"-NOPERM no permissions\r\n"


class Recorder(FakeRedis):
    def __init__(self):
        super().__init__()
        self.commands = []   # of lanes, behind their handshake
        self.mistakes = []   # what is no well-formed request, and what came on no lane

    def take(self):
        """What has arrived since the last time."""
        assert not self.mistakes, self.mistakes
        taken, self.commands = self.commands, []
        return taken

    def number(self, line, sign):
        if not re.fullmatch(rb"%b(0|[1-9]\d*)\r\n" % re.escape(sign), line):
            self.mistakes.append(line)
            raise ValueError(line)
        return int(line[1:])

    def words(self, first, stream):
        words = []
        for _ in range(self.number(first, b"*")):
            length = self.number(stream.readline(), b"$")
            words.append(stream.read(length))
            if stream.read(2) != b"\r\n":
                self.mistakes.append(words)
                raise ValueError(words)
        return words

    def _serve(self, connection):
        lane = False
        try:
            while line := connection.stream.readline():
                if not lane and re.fullmatch(rb"[A-Z]+( [A-Za-z]+)*\r\n", line):
                    connection.send(OWN.get(line, MAY_NOT))
                    continue
                words = self.words(line, connection.stream)
                if lane:
                    self.commands.append(words)
                elif words[0] not in (b"HELLO", b"SELECT"):
                    self.mistakes.append(words)
                connection.send(shape(words) if lane else self.handshake[words[0]])
                lane = lane or words[0] == b"SELECT"
        except (OSError, ValueError):
            pass  # closed by the other side, or not understood


def shape(words):
    """A reply of the shape that the command's rule asks for, with nothing in it."""
    rule = table.row_of([word.decode(errors="replace") for word in words[:2]])["reply"]
    return {"plain": b"+OK\r\n", "name": b"$-1\r\n", "scan": b"*2\r\n$1\r\n0\r\n*0\r\n"}.get(rule, b"*-1\r\n")
