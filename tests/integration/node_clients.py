"""Where the Node.js clients are installed, and how a check of clients/checks.mjs is run with one.

The packages go into a folder outside the tree, named after their exact versions: $BULKHEAD_NODE_MODULES,
or one under /tmp. It is filled once; with the folder there, nothing is fetched.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import harness

CLIENTS = pathlib.Path(__file__).parent / "clients"


def installed(packages=CLIENTS):
    """The folder with node_modules in it, filled by the package.json in `packages`."""
    wanted = (packages / "package.json").read_bytes()
    default = f"/tmp/bulkhead-clients-{hashlib.sha256(wanted).hexdigest()[:16]}"
    given = os.environ.get("BULKHEAD_NODE_MODULES") if packages is CLIENTS else None
    folder = pathlib.Path(given or default)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "installed"
        if not done.exists() or done.read_bytes() != wanted:
            for name in ("package.json", ".npmrc"):
                shutil.copy(packages / name, folder / name)
            subprocess.run(["npm", "install", "--no-save", "--prefer-offline", "--ignore-scripts"],
                           cwd=folder, check=True, stdin=subprocess.DEVNULL)
            done.write_bytes(wanted)
    return folder


def command(kind, check, port):
    return ["node", CLIENTS / "run.mjs", kind, check, str(port)]


def environment(folder):
    return dict(os.environ, BULKHEAD_NODE_MODULES=str(folder))


def run(folder, kind, check, port):
    """Runs a check to its end; a failed one raises with what Node.js printed."""
    done = subprocess.run(command(kind, check, port), env=environment(folder), text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=3 * harness.PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr
