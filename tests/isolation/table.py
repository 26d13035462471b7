"""The command table as the proxy has it: ROWS_JSON prints its rows, FIND_NAMES finds their names."""

import json
import os
import pathlib
import subprocess

# These send bytes to a backend, or are going to; the others are answered or refused by the proxy.
REACHING = ("forward", "split", "scoped", "pinned", "script")


def tool(name):
    """The path of a tool: as ctest says, or beside the other results of the build."""
    return os.environ.get(name.upper()) or str(pathlib.Path(os.environ["BULKHEAD_BUILD"]) / name)


def read_rows():
    lines = subprocess.run([tool("rows_json")], capture_output=True, text=True, check=True).stdout
    return {row["name"]: row for row in map(json.loads, lines.splitlines())}


ROWS = read_rows()


def reaches_backend(row):
    """Whether a call of the row may come to a backend. A container itself is no command."""
    return row["handling"] in REACHING


def takes_names(row):
    return row["finder"] or bool(row["names"])


def row_of(words):
    """The row of a call, by its first word or its first two."""
    first = words[0].lower()
    two = f"{first}|{words[1].lower()}" if len(words) > 1 else ""
    return ROWS.get(two) or ROWS[first]


def find_names(calls):
    """For each call, a list of bytes, its names as [(position, kind)], or the sentence of a refusal."""
    lines = [" ".join(word.hex() or "-" for word in call) for call in calls]
    run = subprocess.run([tool("find_names")], input="\n".join(lines) + "\n", text=True,
                         capture_output=True, check=True)
    found = []
    for line in run.stdout.splitlines():
        verdict, _, rest = line.partition(" ")
        pairs = [entry.split(":") for entry in rest.split()] if verdict == "names" else []
        found.append([(int(at), kind) for at, kind in pairs] if verdict == "names" else rest)
    return found
