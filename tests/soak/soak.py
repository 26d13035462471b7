#!/usr/bin/env python3
"""Clients of two tenants check every reply while the backend fails in every way, for as long as you like:

    BULKHEAD=build/release/bulkhead tests/soak/soak.py --replies 5000000

Every value names its tenant, its key and its turn. A reply is right when it is the client's own key's, and when no
write that was acknowledged has been undone: what got an OK must be there until it is overwritten. What got an error may
have been carried out, also late: a backend that stood still reads what was written to it before it was given up.
Ends with 1 and says what was wrong when anything was. tests/soak/test_soak.py is a short run.
"""

import argparse
import multiprocessing
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

import harness
from conftest import Stack

QUICK = """    command_timeout: 500ms
    connect_timeout: 300ms
    health_interval: 100ms
    health_timeout: 300ms
"""
KEYS = ["session:%d", "cache:%d", "queue:%d", "rate:%d"]
TOLD = (b"-BACKENDDOWN ", b"-LOADING ", b"-READONLY ", b"-OOM ", b"-BUSY ", b"-MASTERDOWN ")
BATCH = 100


class Wrong(Exception):
    pass


class Client:
    """One client at a time, and what it knows of its keys: the last turn acknowledged, and the last one tried."""

    def __init__(self, address, tenant, number):
        self.address, self.tenant, self.number = address, tenant, number
        self.random = random.Random(number)
        self.acknowledged, self.tried, self.replaced = {}, {}, set()
        self.turn = self.checked = self.told = self.closed = 0

    def connect(self):
        raw = harness.Raw(self.address, 20)
        if raw.ask("AUTH", self.tenant, harness.PASSWORDS[self.tenant]) != b"+OK\r\n":
            raise ConnectionError("no AUTH")
        if self.random.random() < 0.3:
            raw.ask("HELLO", "3")
        return raw

    def command(self):
        key = self.random.choice(KEYS) % self.random.randrange(10) + f":{self.number}"
        if self.random.random() < 0.5:
            return ("GET", key)
        self.turn += 1
        self.tried[key] = self.turn
        padding = "x" * self.random.choice([0, 0, 0, 100, 3000])
        return ("SET", key, f"{self.tenant}/{key}/{self.turn}/{padding}")

    def check(self, words, reply):
        self.checked += 1
        if reply.startswith(TOLD):
            self.told += 1
        elif words[0] == "SET":
            if reply != b"+OK\r\n":
                raise Wrong(f"{words[:2]}: {reply[:100]!r}")
            self.replaced.add((words[1], self.acknowledged.get(words[1])))
            self.acknowledged[words[1]] = int(words[2].split("/")[2])
        else:
            self.check_value(words[1], reply)

    def check_value(self, key, reply):
        acknowledged = self.acknowledged.get(key, 0)
        if reply in (b"$-1\r\n", b"_\r\n"):
            if acknowledged:
                raise Wrong(f"{self.tenant} {key}: turn {acknowledged} was acknowledged and is lost")
            return
        owner, name, turn, _ = reply.split(b"\r\n", 1)[1].decode().split("/", 3)
        if (owner, name) != (self.tenant, key):
            raise Wrong(f"{self.tenant} asked for {key} and was given {owner}'s {name}")
        if (key, int(turn)) in self.replaced or int(turn) > self.tried[key]:
            raise Wrong(f"{self.tenant} {key}: turn {turn} again, though {acknowledged} was acknowledged")

    def run(self, stop, total):
        while not stop.is_set():
            try:
                raw = self.connect()
                while not stop.is_set():
                    commands = [self.command() for _ in range(BATCH)]
                    raw.send(b"".join(raw.encode(*words) for words in commands))
                    if self.random.random() < 0.01:
                        break  # leaves without a word: nobody else may get these replies
                    for words in commands:
                        self.check(words, raw.reply())
                    with total.get_lock():
                        total.value += BATCH
                raw.close()
            except (EOFError, ConnectionError):
                self.closed += 1
                time.sleep(0.01)


def clients_of(number, address, stop, total, failures):
    """A process with one client of each tenant after another: threads would share an interpreter."""
    client = Client(address, ("acme", "globex")[number % 2], number)
    try:
        client.run(stop, total)
    except Exception as error:
        failures.put(f"{client.tenant} {number}: {error!r}")


def killed(redis, _):
    redis.kill()
    time.sleep(0.05)
    redis.start()


def stopped(redis, chance):
    redis.pause()
    time.sleep(chance.choice([0.05, 0.7, 1.5]))
    redis.unpause()


def disconnected(redis, _):
    redis.client().execute_command("CLIENT", "KILL", "TYPE", "normal")


def demoted(redis, chance):
    redis.client().execute_command("CONFIG", "SET", "replica-serve-stale-data", chance.choice(["yes", "no"]))
    redis.client().execute_command("REPLICAOF", "127.0.0.1", "1")
    time.sleep(0.3)
    redis.client().execute_command("REPLICAOF", "NO", "ONE")


def full(redis, _):
    redis.client().config_set("maxmemory", 1)
    time.sleep(0.2)
    redis.client().config_set("maxmemory", 0)


FAULTS = [killed, stopped, disconnected, demoted, full]


def soak(replies, clients=8, workers=2, seed=1, say=print):
    """Runs until so many replies are checked and every fault has come; returns what was wrong."""
    # Redis itself must not lose what it has acknowledged when it is killed.
    stack = Stack(workers=workers, backend_extra=QUICK,
                  redis_options=["--appendonly", "yes", "--appendfsync", "always"])
    stop, total, failures = multiprocessing.Event(), multiprocessing.Value("Q", 0), multiprocessing.Queue()
    address = ("127.0.0.1", stack.proxy.port)
    crowd = [multiprocessing.Process(target=clients_of, args=(i, address, stop, total, failures), daemon=True)
             for i in range(clients)]
    chance, rounds, wrong = random.Random(seed), 0, []
    try:
        for one in crowd:
            one.start()
        while (total.value < replies or rounds < len(FAULTS)) and failures.empty():
            before = total.value
            FAULTS[rounds % len(FAULTS)](stack.redis, chance)
            rounds += 1
            # Recovery in bounded time: everybody goes on.
            probe = stack.proxy.raw("acme")
            harness.wait_until(lambda: probe.ask("SET", "session:probe", "1") == b"+OK\r\n", "recovery", 10)
            harness.wait_until(lambda: total.value > before + clients * BATCH or not failures.empty(), "the clients")
            if rounds % 20 == 0:
                say(f"{total.value} replies, {rounds} faults")
    finally:
        stop.set()
        for one in crowd:
            one.join(30)
        while not failures.empty():
            wrong.append(failures.get())
        if stack.proxy.process.poll() is not None:
            wrong.append("bulkhead has ended: " + stack.proxy.log_text()[-2000:])
        if "foreign_name" in stack.proxy.log_text():
            wrong.append("a foreign name was blocked")
        stack.close()
    say(f"{total.value} replies, {rounds} faults, {len(wrong)} wrong")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if "BULKHEAD" not in os.environ:
        parser.error("BULKHEAD must name the program")
    found = soak(options.replies, options.clients, options.workers, options.seed)
    for line in found:
        print("WRONG:", line)
    sys.exit(1 if found else 0)
