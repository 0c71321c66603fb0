"""Run the fuzzer for long: `python -m tests.scenarios.fuzz --seeds 0:2000`.

Prints each seed that fails with its mutations and its traceback, and in the end how often each kind of failure came.
Exits with 1 if any failed.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections import defaultdict

from .drawing import case_of
from .replaying import failure, kind, smallest


def main() -> int:
    """Run the seeds of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.fuzz", description="Fuzz whole sessions.")
    parser.add_argument("--seeds", default="0:1000", help="first:last, the last one left out; or one seed")
    parser.add_argument("--shrink", action="store_true", help="leave out of a failing case what does not matter")
    parser.add_argument("--brief", action="store_true", help="print kinds of failures alone")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition(":")
    kinds: dict[str, list[int]] = defaultdict(list)
    for seed in range(int(first), int(last or int(first) + 1)):
        error = failure(case_of(seed))
        if error is None:
            continue
        kinds[kind(error)].append(seed)
        if asked.brief:
            continue
        if asked.shrink:
            case = smallest(case_of(seed))
            error = failure(case) or error
        print(f"seed {seed}\n", *traceback.format_exception(error), sep="", flush=True)
    for name, seeds in sorted(kinds.items(), key=lambda entry: -len(entry[1])):
        print(f"{len(seeds):6} {name}: seeds {', '.join(map(str, seeds[:8]))}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
