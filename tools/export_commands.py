#!/usr/bin/python3
"""Exports what a Redis server says about its own commands.

Starts the redis-server found in PATH (or named with --server) on a unix socket in a temporary
directory, asks COMMAND over RESP2, and writes two files into tests/data:

  command-<major.minor>.json  everything, one command or subcommand per line, sorted by name
  command-<major.minor>.txt   the same facts for the unit tests: a line of blank-separated fields,
      name arity flags categories first last step key_specs
      where lists are joined by ',', an empty list is '-', and a key spec is written as
      index:POS/range:LAST:STEP:LIMIT, keyword:WORD:FROM/keynum:IDX:FIRST:STEP or unknown/unknown,
      with '!' in front when it is not about keys (channels) and '?' when it is incomplete.

command-newer.txt beside them is written by hand, with one field more: what brought the command.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import redis


def ask(server):
    """Returns (version, reply of COMMAND) of a server that lives only for this call."""
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/redis.sock"
        process = subprocess.Popen(
            [server, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not pathlib.Path(socket).exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the server did not start")
                time.sleep(0.02)
            client = redis.Redis(unix_socket_path=socket, decode_responses=True)
            version = client.info("server")["redis_version"]
            connection = client.connection_pool.get_connection("COMMAND")
            connection.send_command("COMMAND")
            return version, connection.read_response()
        finally:
            process.terminate()
            process.wait()


def pairs(flat):
    return dict(zip(flat[0::2], flat[1::2]))


def key_spec(raw):
    spec = pairs(raw)
    out = {"flags": sorted(spec["flags"])}
    for part in ("begin_search", "find_keys"):
        inner = pairs(spec[part])
        out[part] = {"type": inner["type"], **pairs(inner["spec"])}
    return out


def flatten(reply):
    """Commands and subcommands, as dictionaries."""
    for raw in reply:
        name, arity, flags, first, last, step, categories, tips, specs, subcommands = raw
        yield {
            "name": name,
            "arity": arity,
            "flags": sorted(flags),
            "categories": sorted(category.removeprefix("@") for category in categories),
            "first": first,
            "last": last,
            "step": step,
            "tips": tips,
            "key_specs": [key_spec(spec) for spec in specs],
        }
        yield from flatten(subcommands)


def spec_text(spec):
    begin, find = spec["begin_search"], spec["find_keys"]
    begin_text = {
        "index": lambda: f"index:{begin['index']}",
        "keyword": lambda: f"keyword:{begin['keyword']}:{begin['startfrom']}",
        "unknown": lambda: "unknown",
    }[begin["type"]]()
    find_text = {
        "range": lambda: f"range:{find['lastkey']}:{find['keystep']}:{find['limit']}",
        "keynum": lambda: f"keynum:{find['keynumidx']}:{find['firstkey']}:{find['keystep']}",
        "unknown": lambda: "unknown",
    }[find["type"]]()
    marks = ("!" if "not_key" in spec["flags"] else "") + ("?" if "incomplete" in spec["flags"] else "")
    return f"{marks}{begin_text}/{find_text}"


def line(command):
    joined = lambda words: ",".join(words) or "-"
    return " ".join([
        command["name"], str(command["arity"]), joined(command["flags"]),
        joined(command["categories"]), str(command["first"]), str(command["last"]),
        str(command["step"]), joined([spec_text(spec) for spec in command["key_specs"]])])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default="redis-server")
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent / "tests" / "data")
    options = parser.parse_args()

    version, reply = ask(options.server)
    commands = sorted(flatten(reply), key=lambda command: command["name"])
    path = options.out / f"command-{'.'.join(version.split('.')[:2])}"
    rows = ",\n".join(json.dumps(command) for command in commands)
    path.with_name(path.name + ".json").write_text(
        f'{{"version": {json.dumps(version)}, "commands": [\n{rows}\n]}}\n')
    path.with_name(path.name + ".txt").write_text("".join(line(c) + "\n" for c in commands))
    print(f"{path}.json, {path}.txt: {len(commands)} commands of Redis {version}")


if __name__ == "__main__":
    main()
