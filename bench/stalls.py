"""How long clients wait for something that is not their command: start, load, reload, scrape."""

import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import client
import memory
import servers

TENANTS, SCRAPED, HELD = 100000, 1000, 1000
BURN = "import time; end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
FETCH = "import urllib.request; print(len(urllib.request.urlopen('http://127.0.0.1:{port}/metrics').read()))"
CLEANED_UP_AFTER = 1.5  # seconds: the old snapshot is gone then


class Pulse:
    """One client that asks again and again; the longest it had to wait is what a stall would show."""

    def __init__(self, server):
        self.client = client.Client(server)
        self.longest, self.waits, self.ended = 0.0, [], False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        request = client.encode("GET", "key:1")
        while not self.ended:
            begun = time.perf_counter()
            self.client.socket.sendall(request)
            self.client.reply()
            self.waits.append(time.perf_counter() - begun)

    def take(self):
        """The waits since the last call, in milliseconds: longest and 99.9th percentile."""
        waits, self.waits = sorted(self.waits), []
        if not waits:
            return 0.0, 0.0
        return waits[-1] * 1e3, waits[int(len(waits) * 0.999)] * 1e3

    def end(self):
        self.ended = True
        self.thread.join()
        self.client.close()


def load_tenants(folder):
    redis = servers.redis(folder)
    file = servers.bulkhead(folder, redis.port)
    file.stop()
    text = file.file.read_text() + memory.many_tenants(folder, TENANTS)
    file.file.write_text(text)
    times, worked = [], []
    for _ in range(5):
        begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([servers.BUILD / "bulkhead", "check", "--config", file.file], check=True,
                       capture_output=True)
        times.append(time.perf_counter() - begun)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        worked.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    redis.stop()
    yield (f"load of {TENANTS:,} tenants, the shortest of five", f"{min(times):.2f} s", "2 s",
           min(times) < 2)
    yield "the same, processor time", f"{min(worked):.2f} s", "", None


def reload_tenants(folder):
    """A worker cannot keep its clients waiting for longer than it works itself: the processor time of
    its thread over a reload, with a thousand connections held and no commands, bounds the stall.
    What a client sees besides is the machine's."""
    redis = servers.redis(folder)
    proxy = servers.bulkhead(folder, redis.port, more=memory.many_tenants(folder, TENANTS))
    held = [client.Client(proxy) for _ in range(HELD)]
    try:
        time.sleep(8)  # until they are idle
        stalls, quiet, took = [], [], []
        for _ in range(3):
            quiet.append(worker_time(proxy, lambda: time.sleep(took[-1] if took else 5)))
            begun = time.perf_counter()
            stalls.append(worker_time(proxy, lambda: reload(proxy)))
            took.append(time.perf_counter() - begun)
        stall = statistics.median(stalls) - statistics.median(quiet)
        yield f"reload of {TENANTS:,} tenants", f"{statistics.median(took) - CLEANED_UP_AFTER:.1f} s", "", None
        yield (f"worker's own time over that reload, {HELD:,} connections held", f"{stall:.1f} ms", "5 ms",
               stall <= 5)
    finally:
        for one in held:
            one.close()
        memory.stop(proxy, redis)


def worker_time(proxy, act):
    """Milliseconds of processor time of the one worker's thread while `act` runs."""
    tasks = pathlib.Path(f"/proc/{proxy.process.pid}/task")
    threads = sorted(int(task.name) for task in tasks.iterdir())  # main, the worker, its waiter

    def used():
        return int((tasks / str(threads[1]) / "schedstat").read_text().split()[0]) / 1e6

    before = used()
    act()
    return used() - before


def reload(proxy):
    before = reloads(proxy)
    proxy.process.send_signal(signal.SIGHUP)
    while reloads(proxy) == before:
        time.sleep(0.1)
    time.sleep(CLEANED_UP_AFTER)


def fetch(proxy):
    with urllib.request.urlopen(f"http://127.0.0.1:{proxy.admin}/metrics", timeout=60) as reply:
        return reply.read().decode()


def reloads(proxy):
    return [line for line in fetch(proxy).splitlines() if line.startswith("bulkhead_config_reloads_total")]


def scrape(folder):
    """Every tenant has been at work, so each has its lines. What a scrape does to the clients is
    compared with what any other process does to them that works as much."""
    redis = servers.redis(folder)
    proxy = servers.bulkhead(folder, redis.port, more=memory.many_tenants(folder, SCRAPED))
    for i in range(SCRAPED):
        one = client.Client(proxy, f"tenant-{i}")
        for key in ("key:1", "session:1", "rate:1"):
            one.ask("GET", key)
        one.close()
    pulse = Pulse(proxy)
    try:
        burnt, scraped, took = [], [], []
        for _ in range(7):
            pulse.take()
            subprocess.run([sys.executable, "-c", BURN], check=True)
            burnt.append(pulse.take()[1])
            end = time.monotonic() + 1
            while time.monotonic() < end:
                begun = time.perf_counter()
                size = int(subprocess.run([sys.executable, "-c", FETCH.format(port=proxy.admin)], check=True,
                                          capture_output=True, text=True).stdout)
                took.append(time.perf_counter() - begun)
            scraped.append(pulse.take()[1])
        before, during = statistics.median(burnt), statistics.median(scraped)
        yield (f"a scrape with {SCRAPED:,} tenants at work ({size // 1024:,} KiB)",
               f"{statistics.median(took) * 1e3:.0f} ms", "", None)
        yield "p99.9 of a client while another process works", f"{before:.2f} ms", "", None
        yield "p99.9 of a client while scrape follows scrape", f"{during:.2f} ms", "5 ms more", during < before + 5
    finally:
        pulse.end()
        memory.stop(proxy, redis)


def start(folder):
    """From exec to the reply of the first command, with the reference configuration."""
    redis = servers.redis(folder)
    reference = (servers.ROOT / "config/bulkhead.yaml").read_text()
    times = []
    for _ in range(15):
        port, admin = servers.free_port(), servers.free_port()
        file = pathlib.Path(folder, "reference.yaml")
        file.write_text(reference.replace("127.0.0.1:6380", f"127.0.0.1:{port}")
                        .replace("127.0.0.1:9121", f"127.0.0.1:{admin}")
                        .replace("127.0.0.1:6379", f"127.0.0.1:{redis.port}"))
        begun = time.perf_counter()
        process = subprocess.Popen([servers.BUILD / "bulkhead", "serve", "--config", file],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(first_command(port) - begun)
        process.kill()
        process.wait()
    redis.stop()
    yield ("start to the first accepted command", f"{statistics.median(times) * 1e3:.0f} ms", "50 ms",
           statistics.median(times) < 0.05)


def first_command(port):
    class Place:
        login = ["--user"]

    Place.port = port
    while True:
        try:
            one = client.Client(Place)
            one.ask("SET", "key:1", "v")
            one.close()
            return time.perf_counter()
        except ConnectionRefusedError:
            time.sleep(0.0005)
