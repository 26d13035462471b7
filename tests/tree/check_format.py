"""Every C++ file is as clang-format writes it (.clang-format at the root)."""

import subprocess

import common

ROOTS = ["src", "include", "tests", "bench", "fuzz", "tools"]


def main():
    files = sorted(
        str(p.relative_to(common.ROOT))
        for root in ROOTS
        for p in (common.ROOT / root).rglob("*")
        if p.suffix in (".cpp", ".hpp") and "node_modules" not in p.parts
    )
    problems = [] if files else ["no C++ file was found"]
    # A formatter that accepts anything (no .clang-format, another program) would pass every file.
    canary = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", "--assume-filename=src/canary.cpp"],
        input="int  f( ){return 1 ;}\n", cwd=common.ROOT, capture_output=True, text=True)
    if "clang-format-violations" not in canary.stderr:
        problems.append(f"clang-format finds nothing wrong with a badly formatted line: {canary.stderr}")
    run = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", "--ferror-limit=1", *files],
        cwd=common.ROOT, capture_output=True, text=True)
    bad = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "error: " in line})
    problems += [f"{file}: run clang-format -i {file}" for file in bad]
    if run.returncode != 0 and not bad:
        problems.append(run.stderr)
    common.finish(problems, f"{len(files)} files are formatted")


if __name__ == "__main__":
    main()
