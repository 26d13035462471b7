"""Values of 100 MiB both ways, and clients that ask for much and read nothing."""

import statistics
import threading
import time

import client
import memory
import servers

MIB = 1024 * 1024
SIZE = 100 * MIB


class Peak:
    """The highest resident memory of a process above what it was."""

    def __init__(self, server):
        self.server, self.before, self.most, self.ended = server, server.memory(), 0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended and self.server.process.poll() is None:
            self.most = max(self.most, self.server.memory() - self.before)
            time.sleep(0.005)

    def end(self):
        self.ended = True
        self.thread.join()
        return self.most


def write(one, value):
    begun = time.perf_counter()
    one.socket.sendall(b"*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$%d\r\n" % len(value))
    one.socket.sendall(value)
    one.socket.sendall(b"\r\n")
    assert one.reply() == b"OK"
    return time.perf_counter() - begun


def read(one, into):
    begun = time.perf_counter()
    one.socket.sendall(client.encode("GET", "key:1"))
    assert int(one.file.readline()[1:]) == len(into)
    assert one.file.readinto(into) == len(into) and one.file.readline() == b"\r\n"
    return time.perf_counter() - begun


def values(folder):
    redis = servers.redis(folder)
    proxy = servers.bulkhead(folder, redis.port, more="limits: { process_buffers: 64MiB }")
    direct, through = client.Client(redis), client.Client(proxy)
    value, into = bytes(SIZE), bytearray(SIZE)
    try:
        for what, step, payload in (("SET", write, value), ("GET", read, into)):
            ratios = []
            step(direct, payload)
            peak = Peak(proxy)
            for _ in range(7):
                ratios.append(step(direct, payload) / step(through, payload))
            grown = peak.end()
            share = statistics.median(ratios)
            yield f"{what} of 100 MiB, throughput of direct", f"{share:.2f}", "0.7", share >= 0.7
            yield (f"{what} of 100 MiB, memory on top (budget 64 MiB)", f"{grown / MIB:.0f} MiB", "64 MiB",
                   grown <= 64 * MIB)
    finally:
        peak.end()
        memory.stop(proxy, redis)


def slow_readers(folder):
    """100 clients ask for 10 MiB each and read nothing."""
    redis = servers.redis(folder, "--client-output-buffer-limit", "normal 0 0 0")
    proxy = servers.bulkhead(folder, redis.port, more="limits: { process_buffers: 64MiB, client_output: 16MiB }")
    one = client.Client(proxy)
    one.ask("SET", "key:1", bytes(10 * MIB))
    time.sleep(1)
    peak = Peak(proxy)
    slow = [client.Client(proxy) for _ in range(100)]
    try:
        for reader in slow:
            reader.socket.sendall(client.encode("GET", "key:1"))
        begun = time.perf_counter()
        try:
            one.ask("SET", "key:2", "v")  # somebody else, behind them on the same lane
            waited = f"{time.perf_counter() - begun:.2f} s"
        except TimeoutError:
            waited = f"more than {client.PATIENCE} s"
        time.sleep(3)
        grown = peak.end()
        yield ("100 slow readers of 10 MiB, memory on top (budget 64 MiB)", f"{grown / MIB:.0f} MiB", "64 MiB",
               grown <= 64 * MIB)
        yield "another client's command behind them", waited, "", None
    finally:
        peak.end()
        for reader in slow:
            reader.close()
        memory.stop(proxy, redis)
