"""docs/commands.md is what the command table prints (tools/commands_md.cpp)."""

import difflib
import subprocess

import common


def main():
    tool = common.build_dir() / "commands_md"
    printed = subprocess.run([tool], check=True, capture_output=True, text=True).stdout
    kept = (common.ROOT / "docs" / "commands.md").read_text()
    problems = list(difflib.unified_diff(kept.splitlines(), printed.splitlines(), "docs/commands.md",
                                         "the command table", n=0, lineterm=""))
    if problems:
        problems.append(f"docs/commands.md is out of date: {tool} > docs/commands.md")
    if not printed.startswith("# Commands"):
        problems.append(f"{tool} prints no document")
    common.finish(problems, f"{len(kept.splitlines())} lines are current")


if __name__ == "__main__":
    main()
