"""When each moment of audio was heard: pauses, underruns and lost devices lie between its frames. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

BREAK_SECONDS: Final = 0.02
"""Seconds by which audio is late at least, after a break: less is jitter of the times at which a device is asked."""

RUNS_KEPT: Final = 1000
"""Runs that are kept: a device that breaks off more often is hardly understood."""


class Run(NamedTuple):
    """Audio that was heard without a break."""

    position: float  # seconds of audio before it
    origin: float  # wall-clock time at which the audio would have begun, had there been no break before this run


def add_run(runs: list[Run], position: float, at: float, *, jitter: float = BREAK_SECONDS, fixed: int = 1) -> None:
    """Audio behind `position` seconds was heard from wall-clock time `at` on, or earlier: it may begin a run.

    jitter: seconds by which it is late at least, after a break. fixed: how many of the first runs stay as they are;
    with one, audio that is heard faster than in real time, as an application takes it, goes on with that run.
    """
    origin = at - position
    if runs and origin <= runs[-1].origin + jitter and (len(runs) <= fixed or origin >= runs[-1].origin):
        return  # as mostly
    while len(runs) > fixed and runs[-1].origin > origin:  # that break was shorter: its end was reported late
        position = runs.pop().position
    if not runs or origin > runs[-1].origin + jitter:
        runs.append(Run(position, origin))
        if len(runs) > RUNS_KEPT:
            del runs[fixed]


def heard_at(runs: Iterable[Run], position: float) -> float | None:
    """Return the wall-clock time at which audio at `position` seconds was heard, or will be; None: without any run."""
    latest = None
    for run in runs:
        if latest is not None and run.position > position:
            break
        latest = run
    return None if latest is None else latest.origin + position
