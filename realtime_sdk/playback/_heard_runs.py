"""When each moment of a segment was heard: pauses, underruns and lost devices lie between its frames. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

BREAK_SECONDS: Final = 0.02
"""Seconds by which audio is late at least, after a break: less is jitter of the times at which a device is asked."""

RUNS_KEPT: Final = 1000
"""Runs that are kept of a segment: a device that breaks off more often is hardly understood."""


class Run(NamedTuple):
    """Audio that was heard without a break."""

    position: float  # seconds of audio before it
    origin: float  # wall-clock time at which the audio would have begun, had there been no break before this run


def add_run(runs: list[Run], position: float, at: float) -> None:
    """Audio behind `position` seconds was heard from wall-clock time `at` on: it may begin a run.

    What is heard faster than in real time, as an application takes it, goes on with the run.
    """
    origin = at - position
    if runs and origin <= runs[-1].origin + BREAK_SECONDS and (len(runs) == 1 or origin >= runs[-1].origin):
        return  # as mostly
    while len(runs) > 1 and runs[-1].origin > origin:  # that break was shorter: its end was reported late
        position = runs.pop().position
    if not runs or origin > runs[-1].origin + BREAK_SECONDS:
        runs.append(Run(position, origin))
        if len(runs) > RUNS_KEPT:
            del runs[1]


def heard_at(runs: Iterable[Run], position: float) -> float | None:
    """Return the wall-clock time at which audio at `position` seconds was heard, or will be; None: without any run."""
    latest = None
    for run in runs:
        if latest is not None and run.position > position:
            break
        latest = run
    return None if latest is None else latest.origin + position
