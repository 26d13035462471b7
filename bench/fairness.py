#!/usr/bin/env python3
"""What one tenant's single GETs wait beside another tenant that keeps 20 connections busy, 100-deep.

  bench/fairness.py                    # five interleaved rounds, one table
  bench/fairness.py --also old=/path   # another build of Bulkhead in the same rounds

In each round every target is measured alone and beside the aggressor, on a Redis that all of them
share: bare Redis, the floor (a multiplexing proxy without anything else), Bulkhead without fairness
(`lane_in_flight: 0`) and Bulkhead. Ratios are of the same round; the table shows their medians.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import client
import compare
import load
import servers

CLIENTS, DEPTH = 20, 100
WARM_UP = 0.3  # seconds of the aggressor alone
OFF = "limits:\n  lane_in_flight: 0\n"


class Aggressor:
    """redis-benchmark as another tenant, until it is stopped."""

    def __init__(self, target, kind):
        self.process = subprocess.Popen(
            ["redis-benchmark", "-h", "127.0.0.1", "-p", str(target.port), *target.other_login,
             "-c", str(CLIENTS), "-P", str(DEPTH), "-n", "1000000000", "-r", "10000", *kind],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(WARM_UP)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Backend:
    """The shared Redis, asked behind everybody's back how much it has done."""

    def __init__(self, redis):
        self.client = client.Client(redis, user=None)

    def commands(self):
        text = self.client.ask("INFO", "stats").decode()
        return int(text.split("total_commands_processed:")[1].split()[0])


def quiet(target, requests):
    """(p50, p99) in milliseconds of one client's GETs."""
    sample = load.run(target, load.Load("", ["-t", "get", "-d", "64"], requests, clients=1), requests)
    return sample.p50, sample.p99


def measure(target, backend, requests, kind):
    alone = quiet(target, requests)
    aggressor = Aggressor(target, kind)
    try:
        before, begun = backend.commands(), time.monotonic()
        beside = quiet(target, requests)
        rate = (backend.commands() - before) / (time.monotonic() - begun)
    finally:
        aggressor.stop()
    return {"alone50": alone[0], "alone99": alone[1], "p50": beside[0], "p99": beside[1], "rate": rate}


def median(rounds, name, field):
    return statistics.median(one[name][field] for one in rounds)


def ratio(rounds, name, field, reference, of=None):
    values = [one[name][field] / one[reference][of or field] for one in rounds
              if one[reference][of or field]]
    return statistics.median(values) if values else float("nan")


def table(rounds, names):
    yield ("| | p99 alone ms | p50 beside ms | p99 beside ms | p99 to bare Redis' | p99 to its own alone | "
           "commands/s of all | of that without fairness |")
    yield "|---|" + "--:|" * 7
    for name in names:
        yield (f"| {name} | {median(rounds, name, 'alone99'):.3f} | {median(rounds, name, 'p50'):.3f} | "
               f"{median(rounds, name, 'p99'):.3f} | {ratio(rounds, name, 'p99', 'direct'):.2f} | "
               f"{ratio(rounds, name, 'p99', name, 'alone99'):.2f} | {median(rounds, name, 'rate'):,.0f} | "
               f"{ratio(rounds, name, 'rate', 'unfair'):.2f} |")


def verdict(rounds):
    to_bare = ratio(rounds, "bulkhead", "p99", "direct")
    to_alone = ratio(rounds, "bulkhead", "p99", "bulkhead", "alone99")
    rate = ratio(rounds, "bulkhead", "rate", "unfair")
    for what, held in ((f"p99 beside the aggressor {to_bare:.2f} of bare Redis', bar 1", to_bare < 1),
                       (f"{to_alone:.1f} times its p99 alone, aim 3", to_alone <= 3),
                       (f"throughput {rate:.2f} of that without fairness, bar 0.9", rate >= 0.9)):
        yield f"- {what}: {'holds' if held else 'does not hold'}"


def start(folder, also):
    redis = servers.redis(folder)
    targets = [redis]
    try:
        if (servers.BUILD / "bench/floor").exists():
            targets.append(servers.floor(folder, redis.port))
        targets.append(servers.bulkhead(folder, redis.port, more=OFF, name="unfair"))
        targets.append(servers.bulkhead(folder, redis.port))
        for name, binary in also:
            targets.append(servers.bulkhead(folder, redis.port, binary=binary, name=name))
    except BaseException:
        for target in targets:
            target.stop()
        raise
    return targets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10000, help="of the quiet client, per measurement")
    parser.add_argument("--aggressor", nargs="+", default=["-t", "get", "-d", "64"], metavar="WORD",
                        help="what redis-benchmark is told to send")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=BINARY")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as folder:
        targets = start(folder, [one.split("=", 1) for one in options.also])
        try:
            backend = Backend(targets[0])
            rounds = []
            for i in range(options.rounds):
                order = targets[i % len(targets):] + targets[:i % len(targets)]
                rounds.append({target.name: measure(target, backend, options.requests, options.aggressor)
                               for target in order})
            print(f"{compare.machine()}, load {os.getloadavg()[0]:.1f}, {options.rounds} interleaved rounds, "
                  f"medians. Aggressor: {CLIENTS} connections, {DEPTH}-deep, {' '.join(options.aggressor)}.\n")
            for line in table(rounds, [target.name for target in targets]):
                print(line)
            print()
            for line in verdict(rounds):
                print(line)
        finally:
            for target in targets:
                target.stop()


if __name__ == "__main__":
    main()
