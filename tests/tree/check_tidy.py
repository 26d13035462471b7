"""clang-tidy (.clang-tidy at the root) over the program's sources.

A source that includes Asio takes about ten seconds, so by default only three modules without sockets
are looked at; with BULKHEAD_TIDY set in the environment, all of src/.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import time

import common

QUICK = ["base", "policy", "route"]
PARALLEL = 2
TIMEOUT = 300  # seconds for one file

# What each line of the canary must be told: a clang-tidy that finds nothing here finds nothing.
CANARY = """\
// A made-up file: every line that says `wrong` is against a rule.
#include <string>
namespace {
constexpr int Limit = 1;               // wrong: readability-identifier-naming
class counter {                        // wrong: readability-identifier-naming
 public:
  void Add(int n) { total += n + Limit; }  // wrong: readability-identifier-naming

 private:
  int total = 0;                       // wrong: readability-identifier-naming
};
enum class Word { First };             // wrong: readability-identifier-naming
int* nothing() { return 0; }           // wrong: modernize-use-nullptr
char twice(std::string text) {
  std::string other = std::move(text);
  return text.empty() ? 'a' : other[0];  // wrong: bugprone-use-after-move
}
}  // namespace
int main() {
  counter c;
  c.Add(static_cast<int>(Word::First));
  return nothing() == nullptr ? twice("x") : 0;
}
"""


def for_clang(entry):
    """The compiler's command without its precompiled headers, which clang-tidy cannot read, and without
    its warnings and sanitizers, which the build has seen to already."""
    words = shlex.split(entry["command"])
    kept, skip = [], False
    for word, following in zip(words, [*words[1:], ""]):
        if skip:
            skip = False
        elif word == "-Xclang" or (word == "-include" and "cmake_pch" in following):
            skip = True
        elif not word.startswith(("-W", "-fpch", "-fsanitize", "-fno-sanitize")):
            kept.append(word)
    # A compiler cache in front of the compiler would be taken for the compiler.
    if pathlib.PurePath(kept[0]).name == "ccache":
        kept = kept[1:]
    return {**entry, "command": shlex.join(kept)}


def write_database(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    # Asio's own implementation is compiled in one file, which holds nothing of ours.
    entries = {
        entry["file"]: for_clang(entry)
        for entry in commands
        if entry["file"].startswith(f"{common.ROOT}/src/") and not entry["file"].endswith("asio_impl.cpp")
    }
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    canary = folder / "canary.cpp"
    canary.write_text(CANARY)
    command = f"c++ -std=c++20 -c {shlex.quote(str(canary))}"
    database = [*entries.values(), {"directory": str(folder), "file": str(canary), "command": command}]
    (folder / "compile_commands.json").write_text(json.dumps(database, indent=1))
    return folder, canary, sorted(entries)


def tidy(folder, file):
    try:
        run = subprocess.run(
            ["clang-tidy", f"--config-file={common.ROOT}/.clang-tidy", "-p", str(folder), "--quiet", str(file)],
            capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return [f"{file}: clang-tidy took more than {TIMEOUT} s"]
    found = [line for line in run.stdout.splitlines() if ": error: " in line or ": warning: " in line]
    if run.returncode != 0 and not found:
        found = [f"{file}: clang-tidy failed: {run.stdout}{run.stderr}"]
    return found


def timed(folder, file):
    begin = time.monotonic()
    found = tidy(folder, file)
    return time.monotonic() - begin, found


def canary_problems(found):
    said = {}
    for line in found:
        said.setdefault(int(line.split(":")[1]), []).append(line)
    problems = []
    for number, line in enumerate(CANARY.splitlines(), 1):
        rule = line.partition("wrong: ")[2]
        if rule and not any(rule in what for what in said.get(number, [])):
            problems.append(f"canary.cpp:{number}: clang-tidy should have said {rule}")
        if not rule and number in said:
            problems += said[number]
    return problems


def main():
    folder, canary, files = write_database(common.build_dir())
    if not os.environ.get("BULKHEAD_TIDY"):
        files = [f for f in files if f.startswith(tuple(f"{common.ROOT}/src/{m}/" for m in QUICK))]
    problems = [] if files else ["no source file was found in compile_commands.json"]
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        runs = list(pool.map(lambda file: timed(folder, file), [canary, *files]))
    problems += canary_problems(runs[0][1])
    # A header's problem is found from each file that includes it.
    problems += sorted({problem for _, found in runs[1:] for problem in found})
    for (took, _), file in sorted(zip(runs[1:], files), key=lambda run: -run[0][0])[:5]:
        print(f"{took:5.1f} s {pathlib.PurePath(file).relative_to(common.ROOT)}")
    common.finish(problems, f"{len(files)} files are clean")


if __name__ == "__main__":
    main()
