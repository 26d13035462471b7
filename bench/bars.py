#!/usr/bin/env python3
"""The bars that are not about CPU time per request, one line each: what was measured, what is
allowed, whether it holds.

  bench/bars.py [NAME ...]     all by default; --list names them
"""

import argparse
import signal
import sys
import tempfile
import traceback

import large
import latency
import memory
import stalls

BARS = {
    "connections": memory.connections,
    "tenants": memory.tenants,
    "load": stalls.load_tenants,
    "reload": stalls.reload_tenants,
    "scrape": stalls.scrape,
    "start": stalls.start,
    "large": large.values,
    "slow": large.slow_readers,
    "tail": latency.tail,
    "workers": latency.workers,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *BARS])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    if options.list:
        return print("\n".join(BARS))
    print("| what | measured | bar | |\n|---|--:|--:|---|", flush=True)
    broken = False
    for name in options.names or BARS:
        with tempfile.TemporaryDirectory(prefix="bulkhead-bench-") as folder:
            try:
                for what, measured, bar, holds in BARS[name](folder):
                    word = "" if holds is None else "holds" if holds else "**does not hold**"
                    print(f"| {what} | {measured} | {bar} | {word} |", flush=True)
            except Exception:
                broken = True
                traceback.print_exc()
    return sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
