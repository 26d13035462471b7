"""The tail at half of saturation, and what a second worker does."""

import json
import statistics
import subprocess

import load
import memory
import servers

CONNECTIONS, ROUNDS, SECONDS = 1000, 7, 2


def pace(server, rate):
    """p50, p99, p99.9 in milliseconds at so many requests per second; waits in the generator count."""
    login = ["acme", "acme-secret"] if server.login else []
    out = subprocess.run([servers.BUILD / "bench/pace", str(server.port), str(CONNECTIONS), str(rate),
                          str(SECONDS), *login], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def tail(folder):
    redis = servers.redis(folder)
    proxy = servers.bulkhead(folder, redis.port)
    try:
        item = load.Load("", ["-t", "get", "-d", "64"], 100000, clients=CONNECTIONS)
        rates = [min(load.run(redis, item).rate, load.run(proxy, item).rate) for _ in range(3)]
        rate = int(statistics.median(rates) / 2)
        ratios, own, bare = [], [], []
        for _ in range(ROUNDS):
            bare.append(pace(redis, rate)["p99"])
            own.append(pace(proxy, rate)["p99"])
            ratios.append(own[-1] / bare[-1])
        yield f"p99 direct, 1,000 connections, {rate:,} requests/s", f"{statistics.median(bare):.2f} ms", "", None
        yield "p99 through the proxy", f"{statistics.median(own):.2f} ms", "", None
        share = statistics.median(ratios)
        yield "p99 to direct, median of rounds", f"{share:.2f}", "1.5", share <= 1.5
    finally:
        memory.stop(proxy, redis)


def workers(folder):
    """CPU time per request must not grow with workers: nothing is shared that could be fought over."""
    redis = servers.redis(folder)
    proxies = [servers.bulkhead(folder, redis.port, workers=n, name=f"w{n}") for n in (1, 2)]
    item = load.Load("", ["--threads", "2", "-t", "get", "-d", "64"], 400000, pipeline=16)
    try:
        samples = {proxy.name: [load.run(proxy, item) for _ in range(5)] for proxy in proxies}
        one, two = (statistics.median(s.cpu for s in samples[p.name]) for p in proxies)
        rate = [statistics.median(s.rate for s in samples[p.name]) for p in proxies]
        yield "GET 16-deep, requests/s with 1 and 2 workers (2 cores for all)", f"{rate[0]:,.0f} {rate[1]:,.0f}", "", None
        yield "CPU us/request with 1 and 2 workers", f"{one:.2f} {two:.2f}", "1.2 times", two <= one * 1.2
    finally:
        memory.stop(redis, *proxies)
