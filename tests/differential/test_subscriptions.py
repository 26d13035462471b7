"""Proves that clients who subscribe, publish and write in turns get the same bytes through the proxy and from a bare
Redis, in RESP2 and RESP3, exact and shared, keyspace events included, while a second tenant does the same beside them.

What may differ: with a shared subscription, the number that PUBLISH answers; and where several names of one client
match one message, the order of its copies, for a Redis walks a hash table. The channel without a name is left out: for
Redis no pattern matches it, not even "*", and behind a prefix it has a name.
"""

import os
import random

import pytest

import harness
from test_pubsub import wire

SEED = int(os.environ.get("BULKHEAD_DIFF_SEED", "20240607"))
SEQUENCES = int(os.environ.get("BULKHEAD_DIFF_SUBSCRIPTIONS", "60"))
TURNS = 60

CHANNELS = ["a", "b", "ab", "news:1", "news:2", "x*y", "[z]", "\\q", "__keyspace@0__:k1", "__keyevent@0__:del"]
PATTERNS = ["*", "a*", "?", "news:[12]", "news:[^1]", "[a-b]", "x\\*y", "\\[z]", "__key*__:*", "__keyspace@0__:k*",
            "__keyevent@?__:*", "__keyevent@*__:set", "*set", "*@*"]
KEYS = ["k1", "k2", "other"]


class Side:
    """The same clients on one side, and one beside them who tells them when to stop listening, on a channel that no
    pattern matches."""

    def __init__(self, open_client, protocol, count):
        self.open_client, self.protocol = open_client, protocol
        self.clients = [open_client() for _ in range(count)]
        for client in self.clients:
            self.prepare(client)
        self.marker = open_client()

    def prepare(self, client):
        if self.protocol == 3:
            client.ask("HELLO", 3)
        client.ask("SSUBSCRIBE", "the-mark")

    def do(self, who, command, mark):
        """What each client has been sent for the command, and last the one beside them, who does it when `who` is None."""
        client = self.marker if who is None else self.clients[who]
        client.send(client.encode(*command))
        heard = [[] for _ in range(len(self.clients) + 1)]
        if who is None:
            heard[-1] = [client.reply()]
        elif command == ["RESET"]:
            heard[who] = [client.reply()]
            client.close()
            self.clients[who] = self.open_client()
            self.prepare(self.clients[who])
        else:
            client.send(client.encode("PING", mark))
            heard[who] = self.until(client, (wire("pong", mark), b"$%d\r\n%s\r\n" % (len(mark), mark.encode())))
        self.marker.ask("SPUBLISH", "the-mark", mark)
        for at, other in enumerate(self.clients):
            heard[at] += self.until(other, [wire("smessage", "the-mark", mark, resp3=self.protocol == 3)])
        return heard

    def until(self, client, ends):
        found = []
        while (reply := client.reply()) not in ends:
            found.append(reply)
        return found

    def close(self):
        for client in [*self.clients, self.marker]:
            client.close()


def next_turn(dice, clients):
    """(who, command): messages and keys mostly come from the one who listens to nothing."""
    command = next_command(dice)
    aside = command[0] in ("PUBLISH", "SPUBLISH", "SET", "DEL") and dice.random() < 0.7
    return None if aside else dice.randrange(clients), command


def next_command(dice):
    kind = dice.choice(["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
                        *["PUBLISH"] * 6, "SPUBLISH", *["SET", "DEL"] * 3, "GET", "PING", "RESET"])
    names = PATTERNS if kind.startswith("P") and kind.endswith("SUBSCRIBE") else CHANNELS
    if kind.endswith("UNSUBSCRIBE"):
        return [kind, *dice.choices(names, k=dice.randrange(1, 3))]
    if kind.endswith("SUBSCRIBE"):
        return [kind, *dice.choices(names, k=dice.randrange(1, 4))]
    if kind in ("PUBLISH", "SPUBLISH"):
        return [kind, dice.choice(CHANNELS), f"message {dice.randrange(1000)}"]
    if kind == "SET":
        return [kind, dice.choice(KEYS), "v"]
    if kind in ("DEL", "GET"):
        return [kind, dice.choice(KEYS)]
    return [kind]


def comparable(command, heard, shared):
    """One client's replies. Copies of a message under several names of one client come in any order."""
    if shared and command[0] in ("PUBLISH", "SPUBLISH"):
        heard = [reply for reply in heard if reply[:1] != b":"]
    return sorted(heard) if command[0] in ("PUBLISH", "SET", "DEL") else heard


@pytest.fixture(scope="module", params=["exact", "fanout"])
def world(request, tmp_path_factory):
    """A bare Redis, the proxy before another, and whether subscriptions are shared. Both have one database, for channels
    belong to none."""
    directory = harness.temporary_directory()
    bare, server = (harness.Redis(folder, "--notify-keyspace-events", "KEA")
                    for folder in (tmp_path_factory.mktemp("bare"), directory))
    proxy = harness.Bulkhead(directory, server.socket, extra=f"pubsub: {request.param}\n", features="")
    yield bare, proxy, request.param == "fanout"
    proxy.stop()
    server.stop()
    bare.stop()
    harness.remove(directory)


@pytest.mark.parametrize("protocol", [2, 3])
def test_subscribers_hear_the_same(world, protocol):
    server, proxy, shared = world
    for number in range(SEQUENCES):
        dice = random.Random((SEED + number) * 10 + protocol)
        server.client().flushall()
        proxy.client("acme").delete(*KEYS)
        through = Side(lambda: proxy.raw("acme"), protocol, 3)
        bare = Side(lambda: harness.Raw(server.socket), protocol, 3)
        beside = Side(lambda: proxy.raw("globex"), protocol, 2)
        done = []
        for turn in range(TURNS):
            who, command = next_turn(dice, 3)
            beside.do(*next_turn(dice, 2), f"g{turn}")
            done.append((who, command))
            heard = [[comparable(command, one, shared) for one in side.do(who, command, f"m{turn}")]
                     for side in (through, bare)]
            assert heard[0] == heard[1], f"seed {SEED + number}: {done}"
        for side in (through, bare, beside):
            side.close()
