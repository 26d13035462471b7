"""What the tests with whole applications share: two tenants at once, one worker program each, and the
look at the keys afterwards."""

import os
import pathlib
import subprocess

import harness

FOLDER = pathlib.Path(__file__).parent / "apps"
TENANTS = tuple(harness.PASSWORDS)
PREFIXES = {"acme": b"acme:", "globex": b"erp:tenant:globex:"}


def url(stack, tenant, db=0):
    return f"redis://{tenant}:{harness.PASSWORDS[tenant]}@127.0.0.1:{stack.proxy.port}/{db}"


def features(*keys, db=4):
    """Features of which one, in this database, has all keys of the application."""
    names = ", ".join(f'"{key}"' for key in keys)
    return f"\nfeatures:\n  - {{ name: work, db: {db}, keys: [{names}] }}\n" \
           '  - { name: cache, db: 1, keys: ["cache:*"] }\ndefault_feature: cache\n'


def logical_keys(stack, db=4):
    """The keys of each tenant, without its prefix. All must lie in the one database and have an owner."""
    found = stack.redis.keys()
    assert set(found) <= {db}, {number: keys for number, keys in found.items() if number != db}
    owned = {tenant: {key.removeprefix(prefix) for key in found.get(db, []) if key.startswith(prefix)}
             for tenant, prefix in PREFIXES.items()}
    assert sum(map(len, owned.values())) == len(found.get(db, [])), found
    return owned


def assert_nothing_strange(stack):
    """No name of another was stopped on its way out, and nobody saw one that is not its own."""
    for tenant in TENANTS:
        assert stack.proxy.metric("bulkhead_foreign_name_blocked_total", tenant=tenant) == 0


def _environment(stack, tenant):
    return dict(os.environ, REDIS_URL=url(stack, tenant), RQ_REDIS_URL=url(stack, tenant), TENANT=tenant,
                PYTHONDONTWRITEBYTECODE="1")


class Program:
    """A worker program of a tenant, and what it has said."""

    def __init__(self, stack, tenant, name, command, ready):
        self.log_file = pathlib.Path(stack.directory) / f"{name}-{tenant}.log"
        self.log = open(self.log_file, "wb")
        self.process = subprocess.Popen(
            command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=_environment(stack, tenant))
        self.ready = ready

    def text(self):
        return self.log_file.read_text(errors="replace")

    def wait_until_ready(self):
        def ready():
            assert self.process.poll() is None, self.text()
            return self.ready in self.text()
        harness.wait_until(ready, f"{self.ready!r} in {self.log_file}")


def stop(programs):
    """Ends the programs as their operator would; they must say goodbye by themselves."""
    for program in programs.values():
        program.process.terminate()
    try:
        for program in programs.values():
            program.process.wait(harness.PATIENCE)
    finally:
        for program in programs.values():
            program.process.kill()
            program.process.wait()
            program.log.close()


def start(stack, name, command, ready):
    """The program once for each tenant, ready to work."""
    programs = {tenant: Program(stack, tenant, name, command, ready) for tenant in TENANTS}
    try:
        for program in programs.values():
            program.wait_until_ready()
    except BaseException:
        stop(programs)
        raise
    return programs


def run_for_all(stack, command, patience=3 * harness.PATIENCE, **environment):
    """Runs a check for every tenant at the same time, each to its end; one that fails says why."""
    running = {tenant: subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True,
                                        env=dict(_environment(stack, tenant), **environment))
               for tenant in TENANTS}
    try:
        for tenant, process in running.items():
            out, err = process.communicate(timeout=patience)
            assert (process.returncode, out) == (0, "passed\n"), f"{tenant}: {out}{err}"
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
