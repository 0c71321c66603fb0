"""Holds random talks on connections that fail, and checks each as `tests/scenarios/test_chaos_reconnect.py` does.

A schedule is drawn from the strategies of that test: answers, what the application and the user do, and how connections
are cut, reset, silent, expired and refused. Each is held whole on the virtual clock, and checked: no caller waits,
nothing that was received is lost or heard twice, and the last server's history is what was heard. After each five
hundred schedules it prints how many were held, how many failed, and the seconds; for each failure, what failed, and the
program that shows it again.

    python benchmarks/chaos.py [1000] [--seed 0]

The same number and seed draw the same schedules.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Final
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.scenarios.chaos import replay, strategies
from tests.scenarios.chaos.schedule import Schedule

BATCH: Final = 500
"""Schedules that are drawn from one seed: within it, later ones are made from earlier ones."""

PATIENCE: Final = 300
"""Seconds after which a talk counts as hanging: most take a tenth of a second."""


def drawn(number: int, count: int) -> list[Schedule]:
    """Draw schedules from a seed."""
    found: list[Schedule] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategies.schedules)
    def draw(schedule: Schedule) -> None:
        found.append(schedule)

    draw()
    return found[:count]


def failure_of(schedule: Schedule) -> Exception | None:
    """Hold a talk and check it; return what failed."""
    signal.alarm(PATIENCE)
    try:
        replay(schedule)
    except Exception as failure:
        return failure
    finally:
        signal.alarm(0)
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("schedules", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first five hundred schedules")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGALRM, _give_up)
    # As the tests do: an exception of the engine fails the talk, and noise is not searched for phonemes.
    guard, search = "realtime_sdk.session._guard.GUARDED", "realtime_sdk.session.captions._alignment.is_installed"
    with patch(guard, False), patch(search, lambda: False):
        hold_all(options.schedules, options.seed)


def hold_all(schedules: int, first_seed: int) -> None:
    """Hold talks, and print what failed."""
    begin, held = time.monotonic(), 0
    kinds: Counter[str] = Counter()
    batch = first_seed
    while held < schedules:
        for schedule in drawn(batch, min(BATCH, schedules - held)):
            held += 1
            if (failure := failure_of(schedule)) is not None:
                kinds[f"{type(failure).__name__}: {str(failure).splitlines()[0] if str(failure) else ''}"] += 1
                traceback.print_exception(failure)
        print(f"{held} schedules, {kinds.total()} failures, {time.monotonic() - begin:.0f} s", flush=True)
        batch += 1
    for kind, count in kinds.most_common():
        print(f"{count:5} {kind}")


def _give_up(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"the talk hangs: it is not over after {PATIENCE} s")


if __name__ == "__main__":
    main()
