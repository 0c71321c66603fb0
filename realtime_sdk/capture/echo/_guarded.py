"""A canceller that may fail, and what stands in for it then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ...audio._pcm import Pcm
from ._canceller import FRAME, EchoCanceller
from ._gate import HalfDuplexGate

_log = logging.getLogger(__name__)

SPAN: Final = 5.0
"""Seconds of sound for which a canceller may take as long as they last: a machine that is busy for a moment catches
up."""


class Guarded:
    """An `EchoCanceller` that does what another one does, until that raises or can't keep up with the sound.

    From then on it is a `HalfDuplexGate`: an echo that nobody takes out would be taken for the user.

    now: seconds on a clock that may be read in the thread of `process`.
    """

    def __init__(self, canceller: EchoCanceller, rate: int, now: Callable[[], float]) -> None:
        self._canceller = canceller
        self._rate = rate
        self._now = now
        self._blocks = 0  # of this span
        self._spent = 0.0  # seconds spent on them
        self._failure: str | None = None  # what happened, until somebody was told

    @property
    def delay(self) -> float:
        """That of whichever is at work."""
        return self._canceller.delay

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        began = self._now()
        try:
            cleaned = self._canceller.process(captured, rendered)
        except Exception as error:  # anybody's code, and maybe a native library's
            self._give_up(f"raised {error!r}", error)
            return self._canceller.process(captured, rendered)
        self._spent += self._now() - began
        self._blocks += 1
        if self._blocks * FRAME >= SPAN:
            if self._spent > SPAN:
                self._give_up(f"takes {self._spent:.1f} s for {SPAN:g} s of sound")
            self._blocks, self._spent = 0, 0.0
        return cleaned

    def reset(self) -> None:
        """See `EchoCanceller`."""
        try:
            self._canceller.reset()
        except Exception as error:
            self._give_up(f"raised {error!r}", error)

    def take_failure(self) -> str | None:
        """Say in words what happened, once; None if it works, or somebody was told."""
        failure, self._failure = self._failure, None
        return failure

    def _give_up(self, what: str, error: Exception | None = None) -> None:
        _log.warning("the echo canceller %s", what, exc_info=error)
        self._failure = (
            f"{type(self._canceller).__name__} {what}; from now on the microphone is shut while the speaker sounds, "
            "and nobody can interrupt a reply by voice: choose another canceller with connect(echo_canceller=…), "
            "or None and headphones"
        )
        self._canceller = HalfDuplexGate(self._rate)
