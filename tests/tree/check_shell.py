"""shellcheck over the shell files of the tree, known by their first line."""

import subprocess

import common

ROOTS = ["scripts", ".ci", "deploy"]


def is_shell(path):
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline()
    return first.startswith(b"#!") and (first.rstrip().endswith((b"sh", b"bash")))


def main():
    files = sorted(
        str(p.relative_to(common.ROOT))
        for root in ROOTS
        for p in (common.ROOT / root).rglob("*")
        if is_shell(p)
    )
    problems = [] if files else ["no shell file was found"]
    canary = subprocess.run(["shellcheck", "--format=gcc", "-"], input="#!/bin/sh\nrm $1\n",
                            capture_output=True, text=True)
    if "SC2086" not in canary.stdout:
        problems.append(f"shellcheck finds nothing wrong with an unquoted variable: {canary.stdout}{canary.stderr}")
    run = subprocess.run(["shellcheck", "--format=gcc", *files],
                         cwd=common.ROOT, capture_output=True, text=True)
    problems += run.stdout.splitlines()
    if run.returncode != 0 and not problems:
        problems.append(run.stderr)
    problems += [
        f"{file}: is not executable"
        for file in files
        if not (common.ROOT / file).stat().st_mode & 0o100
    ]
    common.finish(problems, f"{len(files)} shell files are clean")


if __name__ == "__main__":
    main()
