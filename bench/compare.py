#!/usr/bin/env python3
"""Bulkhead beside a bare Redis, the floor, twemproxy and haproxy: throughput, latency and CPU time
per request, each also as a ratio in the same run. Rounds are interleaved, so that what else happens
on the machine happens to all.

  bench/compare.py [--rounds N] [--scale X] [--only TEXT] [--markdown FILE]
"""

import argparse
import datetime
import os
import pathlib
import re
import signal
import statistics
import sys
import tempfile

import load
import servers

MGET = ["mget", *["key:__rand_int__"] * 10]
SET, GET = ["-t", "set", "-d"], ["-t", "get", "-d"]
LOADS = [
    load.Load("SET", SET + ["64"], 200000),
    load.Load("GET", GET + ["64"], 200000),
    load.Load("GET, 16-deep", GET + ["64"], 1000000, pipeline=16),
    load.Load("SET, 16-deep", SET + ["64"], 1000000, pipeline=16),
    load.Load("GET, 100-deep", GET + ["64"], 2000000, pipeline=100),
    load.Load("SET 4 KiB, 8-deep", SET + ["4096"], 300000, pipeline=8),
    load.Load("GET 4 KiB, 8-deep", GET + ["4096"], 300000, pipeline=8),
    load.Load("MGET of 10", MGET, 100000),
    load.Load("SET 1 MiB", SET + ["1048576"], 1500, clients=10, keys=20),
    load.Load("GET 1 MiB", GET + ["1048576"], 1500, clients=10, keys=20),
    load.Load("GET, 1 client", GET + ["64"], 50000, clients=1),
    load.Load("GET, 1000 clients", GET + ["64"], 200000, clients=1000),
]


def start_all(folder, binaries, started):
    """Adds the servers that are there to `started`; returns the names of those that are not."""
    direct = servers.redis(folder)
    started.append(direct)
    missing = []
    for start in (servers.haproxy, servers.twemproxy, servers.floor):
        try:
            started.append(start(folder, direct.port))
        except FileNotFoundError as error:
            missing.append(str(error))
    for name, binary in binaries:
        started.append(servers.bulkhead(folder, direct.port, binary=binary, name=name))
    return missing


def prepare(target, item):
    """Puts there what the load reads: the values that a SET of the same size writes."""
    size = item.command[-1] if item.command[0] == "-t" else "64"
    writer = load.Load("", SET + [size], item.keys * 5, pipeline=1 if int(size) > 100000 else 16,
                       keys=item.keys, clients=item.clients if int(size) > 100000 else 50)
    load.run(target, writer, item.keys * 5 if item.keys > 100 else item.keys * 10)


def measure(targets, item, rounds, scale):
    """name -> samples, one per round."""
    samples = {target.name: [] for target in targets}
    requests = max(item.clients * item.pipeline, int(item.requests * scale))
    for target in targets:
        prepare(target, item)
    for i in range(rounds):
        order = targets[i % len(targets):] + targets[:i % len(targets)]
        for target in order:
            samples[target.name].append(load.run(target, item, requests))
    return samples


def median(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def ratio(samples, reference, field):
    """The median of the rounds' ratios: neighbours in time are compared."""
    pairs = zip(samples, reference)
    values = [getattr(a, field) / getattr(b, field) for a, b in pairs if getattr(b, field)]
    return statistics.median(values) if values else float("nan")


def lines(title, samples):
    yield f"**{title}**"
    yield ""
    yield "| | requests/s | of direct | p50 ms | p99 ms | p99.9 ms | p99 to direct | CPU us/request | to the floor |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    direct, floor = samples["direct"], samples["floor"]
    for name, own in samples.items():
        proxy = name != "direct"
        yield (f"| {name} | {median(own, 'rate'):,.0f} | {ratio(own, direct, 'rate'):.2f} | "
               f"{median(own, 'p50'):.2f} | {median(own, 'p99'):.2f} | {median(own, 'p999'):.2f} | "
               f"{ratio(own, direct, 'p99'):.2f} | "
               + (f"{median(own, 'cpu'):.2f} | {ratio(own, floor, 'cpu'):.2f} |" if proxy else "| |"))
    yield ""


def summary(results):
    """CPU per request of all loads in one table."""
    names = [name for name in next(iter(results.values())) if name != "direct"]
    yield "| CPU us/request | " + " | ".join(names) + " | bulkhead to the floor | throughput of direct |"
    yield "|---|" + "--:|" * (len(names) + 2)
    for title, samples in results.items():
        cells = [f"{median(samples[name], 'cpu'):.2f}" for name in names]
        cells.append(f"{ratio(samples['bulkhead'], samples['floor'], 'cpu'):.2f}")
        cells.append(f"{ratio(samples['bulkhead'], samples['direct'], 'rate'):.2f}")
        yield f"| {title} | " + " | ".join(cells) + " |"
    yield ""


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores ({model[1].strip() if model else 'unknown'})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of requests")
    parser.add_argument("--only", default="", help="loads whose title has this in it")
    parser.add_argument("--markdown", type=pathlib.Path, help="also write the tables here")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=BINARY",
                        help="another build of Bulkhead in the same rounds")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    binaries = [("bulkhead", None), *[tuple(also.split("=", 1)) for also in options.also]]
    text = []

    def say(line=""):
        print(line, flush=True)
        text.append(line)

    with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as folder:
        targets = []
        try:
            missing = start_all(folder, binaries, targets)
            say(f"{datetime.date.today()}, {machine()}, {options.rounds} interleaved rounds, medians.")
            say("Not measured: " + ", ".join([*(f"{name} (not installed)" for name in missing),
                                              "predixy (Debian has no package)"]) + ".")
            say()
            results = {}
            for item in LOADS:
                if options.only.lower() in item.title.lower():
                    results[item.title] = measure(targets, item, options.rounds, options.scale)
                    for line in lines(item.title, results[item.title]):
                        say(line)
            for line in summary(results):
                say(line)
        finally:
            for target in targets:
                target.stop()
    if options.markdown:
        options.markdown.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
