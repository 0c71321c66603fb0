"""A canceller that is replaced if it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ...audio._pcm import Pcm
from ._canceller import ECHO_BLOCK_SECONDS, EchoCanceller
from ._gate import HalfDuplexGate

_log = logging.getLogger(__name__)

LOAD_WINDOW_SECONDS: Final = 5.0
"""Seconds of audio that a canceller must process in as many seconds: a machine under a short load catches up."""


class GuardedCanceller:
    """An `EchoCanceller` that delegates to another one, until that raises or can't keep up with the audio.

    From then on it is a `HalfDuplexGate`: without a canceller the echo would be taken for the user.

    now: seconds on a clock that may be read in the thread of `process`.
    """

    def __init__(self, canceller: EchoCanceller, rate: int, now: Callable[[], float]) -> None:
        self._canceller = canceller
        self._rate = rate
        self._now = now
        self._blocks = 0  # in this window
        self._spent = 0.0  # seconds of processing in this window
        self._failure: str | None = None  # what happened, until it is reported

    @property
    def delay(self) -> float:
        """That of the canceller in use."""
        return self._canceller.delay

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        began = self._now()
        try:
            cleaned = self._canceller.process(captured, rendered)
        except Exception as error:  # a canceller is the application's code, and may be a native library
            self._replace(f"raised {error!r}", error)
            return self._canceller.process(captured, rendered)
        self._spent += self._now() - began
        self._blocks += 1
        if self._blocks * ECHO_BLOCK_SECONDS >= LOAD_WINDOW_SECONDS:
            if self._spent > LOAD_WINDOW_SECONDS:
                self._replace(f"takes {self._spent:.1f} s for {LOAD_WINDOW_SECONDS:g} s of audio")
            self._blocks, self._spent = 0, 0.0
        return cleaned

    def reset(self) -> None:
        """See `EchoCanceller`."""
        try:
            self._canceller.reset()
        except Exception as error:
            self._replace(f"raised {error!r}", error)

    def take_failure(self) -> str | None:
        """Describe the failure, once; None if there was none, or it has been taken."""
        failure, self._failure = self._failure, None
        return failure

    def _replace(self, problem: str, error: Exception | None = None) -> None:
        _log.warning("the echo canceller %s", problem, exc_info=error)
        self._failure = (
            f"{type(self._canceller).__name__} {problem}; from now on the microphone is muted while the speaker plays, "
            "and a reply can't be interrupted by voice: choose another canceller with connect(echo_canceller=…), "
            "or None and headphones"
        )
        self._canceller = HalfDuplexGate(self._rate)
