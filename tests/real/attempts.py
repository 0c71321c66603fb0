"""Further attempts at tests whose sound a busy machine breaks."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Final, ParamSpec

P = ParamSpec("P")

PAUSES: Final = (0.5, 2.0, 8.0)
"""Seconds before each further attempt: they grow, so that what keeps the machine busy may be over."""


def in_attempts(test: Callable[P, None]) -> Callable[P, None]:
    """Let a test fail only if each of its attempts does.

    It is for tests that hear what was played: a machine that gives the sound server, a driver's thread or the recorder
    no time leaves a gap now and then, or hears one. What can be observed is whether it succeeds at all.
    """

    @functools.wraps(test)
    def attempts(*args: P.args, **kwargs: P.kwargs) -> None:
        for pause in PAUSES:
            try:
                return test(*args, **kwargs)
            except Exception as error:
                print(f"\nagain in {pause} s: {error!r}")
            time.sleep(pause)  # noqa: TID251  # a machine tells nobody that it has time again
        return test(*args, **kwargs)

    return attempts
