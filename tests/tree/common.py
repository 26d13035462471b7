"""What the checks of the tree share: where things are, and how problems are reported."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build_dir():
    """The build tree that ctest runs in. Checks that need it say so instead of passing unseen."""
    named = os.environ.get("BULKHEAD_BUILD")
    if not named:
        sys.exit("BULKHEAD_BUILD is not set: it names the build directory")
    return pathlib.Path(named)


def finish(problems, passed):
    """Prints every problem and ends the process: 1 if there is any, otherwise 0."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problem(s)" if problems else passed)
    sys.exit(1 if problems else 0)
