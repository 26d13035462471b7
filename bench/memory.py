"""Memory per idle connection and per configured tenant."""

import pathlib
import time

import client
import servers

KIB, MIB = 1024, 1024 * 1024
CONNECTIONS, TENANTS = 10000, 100000


def connections(folder):
    """Each has logged in, sent commands and then been silent until its buffers were given back."""
    redis = servers.redis(folder)
    proxy = servers.bulkhead(folder, redis.port, more="limits: { clients: 0 }")
    held = []
    try:
        one = client.Client(proxy)
        one.ask("SET", "key:1", "x" * 64)
        before = proxy.memory()
        for _ in range(CONNECTIONS):
            held.append(client.Client(proxy))
            held[-1].ask("GET", "key:1")
        busy = (proxy.memory() - before) / CONNECTIONS
        idle = lowest_memory(proxy, 9) - before
        per_one = idle / CONNECTIONS
        yield "memory of a connection that was just used", f"{busy / KIB:.1f} KiB", "", None
        yield (f"memory of an idle authenticated connection, {CONNECTIONS:,} held", f"{per_one / KIB:.1f} KiB",
               "6 KiB", per_one <= 6 * KIB)
    finally:
        for other in held:
            other.close()
        stop(proxy, redis)


def lowest_memory(proxy, seconds):
    lowest, end = proxy.memory(), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.1)
        lowest = min(lowest, proxy.memory())
    return lowest


def many_tenants(folder, count, password=servers.PASSWORD):
    """Writes tenants into tenants.d, 10,000 to a file."""
    directory = pathlib.Path(folder, "tenants.d")
    directory.mkdir(exist_ok=True)
    sha = servers.sha256(password)
    for begin in range(0, count, 10000):
        lines = [f'- {{ name: tenant-{i}, users: [{{ name: tenant-{i}, passwords: ["{sha}"] }}] }}\n'
                 for i in range(begin, min(count, begin + 10000))]
        (directory / f"{begin:06}.yaml").write_text("".join(lines))
    return "tenants_dir: tenants.d\npassword_only_auth: false\nlimits: { clients: 0 }\n"


def tenants(folder):
    redis = servers.redis(folder)
    few = servers.bulkhead(folder, redis.port, more="password_only_auth: false")
    without = few.memory()
    few.stop()
    many = servers.bulkhead(folder, redis.port, more=many_tenants(folder, TENANTS))
    try:
        names = sum(len(f"tenant-{i}") * 2 for i in range(TENANTS))  # the tenant's and its user's
        settled = lowest_memory(many, 2)
        per_thousand = (settled - without - names) / TENANTS * 1000
        yield (f"memory of 1,000 tenants, {TENANTS:,} configured", f"{per_thousand / MIB:.2f} MiB", "1 MiB",
               per_thousand <= MIB)
        peak = (many.memory("VmHWM") - without - names) / TENANTS * 1000
        yield "the same at its highest, while loading", f"{peak / MIB:.2f} MiB", "", None
    finally:
        stop(many, redis)


def stop(*these):
    for server in these:
        server.stop()
