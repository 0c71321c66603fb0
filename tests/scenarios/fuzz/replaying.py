"""Replays a case, and makes a failing one small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import realtime_sdk.session._guard
from realtime_sdk.testing import run_virtual

from ..replayer import Replayer
from .case import Case
from .checks import check
from .stage import Seen, Stage

LIMIT = 3600.0
"""Virtual seconds that a session may take."""


def run(case: Case) -> Seen:
    """Hold the session of a case to its end; what the core raises is not caught, so that it is seen."""
    stage = Stage(case)
    with patch.object(realtime_sdk.session._guard, "GUARDED", False):
        run_virtual(stage, limit=LIMIT)
    return stage.seen


_REPLAYER = Replayer(run, check, __package__, f"{__package__}.case", f"{__package__}.mutations")
replay, program = _REPLAYER.replay, _REPLAYER.program


def failure(case: Case) -> Exception | None:
    """Give what is wrong with the session of a case; None: nothing."""
    try:
        replay(case)
    except Exception as error:
        return error
    return None


def kind(error: BaseException) -> str:
    """Name a failure by its innermost exception and where in the package it was raised."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    # What a coroutine can't raise is wrapped on its way out.
    error = error.__cause__ if isinstance(error.__cause__, StopIteration) else error
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "realtime_sdk" in file.split("/") or file.endswith("checks.py"):
            place = f"{file.rpartition('/')[2]}:{trace.tb_frame.f_code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} in {place}"


def smallest(case: Case) -> Case:
    """Leave out of a failing case what does not matter to how it fails."""
    error = failure(case)
    shrunk = error is not None
    while shrunk and error is not None:
        shrunk = False
        for simpler in _simpler(case):
            again = failure(simpler)
            if again is not None and kind(again) == kind(error):
                case, shrunk = simpler, True
                break
    return case


def _simpler(case: Case) -> Iterator[Case]:
    for n in range(len(case.mutations)):
        yield replace(case, mutations=(*case.mutations[:n], *case.mutations[n + 1 :]))
    for n in range(len(case.acts)):
        yield replace(case, acts=(*case.acts[:n], *case.acts[n + 1 :]))
    plain = Case(case.transcript)
    for name in ("reads", "tempo", "burst", "echo", "linger", "code", "speaker", "latency", "tools"):
        if getattr(case, name) != getattr(plain, name):
            yield replace(case, **{name: getattr(plain, name)})
