"""One run of redis-benchmark against one server, and what it cost."""

import dataclasses
import re
import subprocess

PERCENTILE = re.compile(r"^([\d.]+)% <= ([\d.]+) milliseconds")


@dataclasses.dataclass
class Load:
    """A column of the table: what is sent."""

    title: str
    command: list  # of redis-benchmark
    requests: int
    clients: int = 50
    pipeline: int = 1
    keys: int = 10000

    def arguments(self, requests):
        return ["-n", str(requests), "-c", str(self.clients), "-P", str(self.pipeline),
                "-r", str(self.keys), *self.command]


@dataclasses.dataclass
class Sample:
    rate: float  # requests per second
    p50: float  # milliseconds
    p99: float
    p999: float
    cpu: float  # microseconds of the proxy per request


def run(server, load, requests=None):
    requests = requests or load.requests
    before = server.cpu()
    out = subprocess.run(["redis-benchmark", "-h", "127.0.0.1", "-p", str(server.port), *server.login,
                          *load.arguments(requests)],
                         check=True, capture_output=True, text=True, timeout=300).stdout
    cpu = server.cpu() - before
    latency = percentiles(out)
    rate = float(re.search(r"throughput summary: ([\d.]+)", out)[1])
    return Sample(rate, latency(50), latency(99), latency(99.9), cpu / requests * 1e6)


def percentiles(text):
    """Percentile -> milliseconds, from redis-benchmark's distribution."""
    first = text.split("Cumulative distribution")[0]
    points = [(float(m[1]), float(m[2])) for m in map(PERCENTILE.match, first.splitlines()) if m]
    if not points:
        raise RuntimeError("redis-benchmark printed no latencies:\n" + text[-500:])

    def at(percent):
        return next((ms for share, ms in points if share >= percent), points[-1][1])

    return at
