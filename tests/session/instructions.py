"""Counts the processor's instructions for an event of the server, with Valgrind: all of them, those of libraries too.

`python -m tests.session.instructions` prints them, and fails where they are more than allowed. They depend on the
builds of Python and of the libraries, by some percent, and on nothing else.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from realtime_sdk.testing import run_virtual

from .counted_talk import BURST, talk

LIMITS: Final = {
    ("audio", False): 140_000,
    ("audio", True): 140_000,
    ("text", False): 82_000,
    ("text", True): 82_000,
}
"""Instructions an event, by its kind and whether `Session.events` is read: a tenth above what they are."""

FEW, MORE = BURST, 5 * BURST
"""Events of two talks, whose difference is counted: so the cost of switching the count on and off is not."""


def count() -> list[int]:
    """Run this module under Valgrind; return the instructions of each talk."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "count"
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
        command = [*valgrind, sys.executable, "-m", __spec__.name, "talk"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"}, stdout=subprocess.DEVNULL)
        dumps = [out.with_name(f"count.{number}") for number in range(1, 2 * len(LIMITS) + 1)]
        return [int(re.findall(r"^totals: (\d+)", dump.read_text(), re.MULTILINE)[0]) for dump in dumps]


def talk_under_valgrind() -> None:
    """Have each talk counted in a dump of its own."""
    gc.disable()  # when it collects depends on all that was made before
    begin, end = partial(control, "instrumentation", "on"), partial(control, "instrumentation", "off")
    for kind, reader in LIMITS:
        for events in (FEW, MORE):
            run_virtual(partial(talk, kind, events, reader=reader, begin=begin, end=end))
            control("dump")


def control(*command: str) -> None:
    """Give a command to the Valgrind that runs this process."""
    subprocess.run(["vgdb", f"--pid={os.getpid()}", *command], check=True, capture_output=True)


def main() -> int:
    """Print the instructions of each kind of event; return 1 where they are too many."""
    counted = count()
    too_many = False
    for number, ((kind, reader), limit) in enumerate(LIMITS.items()):
        few, more = counted[2 * number : 2 * number + 2]
        each = (more - few) // (MORE - FEW)
        read = "events are read" if reader else "events are not read"
        print(f"a delta of {kind}, {read}: {each} instructions, {limit} are allowed")
        too_many = too_many or each > limit
    if too_many:
        print("The way of an event has become longer: docs/performance.md, Events, says how to find by what.")
    return int(too_many)


if __name__ == "__main__":
    if sys.argv[1:] == ["talk"]:
        talk_under_valgrind()
    else:
        sys.exit(main())
