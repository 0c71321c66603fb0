"""A canceller that is replaced if it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import Final

from ...audio._pcm import Pcm
from ._canceller import ECHO_BLOCK_SECONDS, EchoCanceller
from ._gate import HalfDuplexGate

_log = logging.getLogger(__name__)

LOAD_WINDOW_SECONDS: Final = 5.0
"""Seconds of audio that a canceller must process in as many seconds: a machine under a short load catches up."""

GATED_SECONDS: Final = 30.0
"""Seconds of audio after which a canceller that was too slow is tried again."""


class _State(Enum):
    CANCELLING = "cancelling"
    GATED = "gated"  # it was too slow, and is tried again
    BROKEN = "broken"  # it raised, and is not called again


class _Event(Enum):
    TOO_SLOW = "too slow"
    RETRIED = "retried"
    RAISED = "raised"


# A missing entry is an event that changes nothing.
_TRANSITIONS: Final[dict[tuple[_State, _Event], _State]] = {
    (_State.CANCELLING, _Event.TOO_SLOW): _State.GATED,
    (_State.CANCELLING, _Event.RAISED): _State.BROKEN,
    (_State.GATED, _Event.RETRIED): _State.CANCELLING,
}

_CONSEQUENCE: Final = {
    _State.GATED: f"for {GATED_SECONDS:g} s the microphone is muted while the speaker plays, and a reply can't be "
    "interrupted by voice; if that comes again,",
    _State.BROKEN: "from now on the microphone is muted while the speaker plays, and a reply can't be interrupted by "
    "voice:",
}


class GuardedCanceller:
    """An `EchoCanceller` that delegates to another one, until that raises or can't keep up with the audio.

    Then a `HalfDuplexGate` takes its place: without a canceller the echo would be taken for the user. One that was too
    slow is tried again after a while; one that raised is not.

    spent: seconds that the thread of `process` has computed: what other programs take is no fault of the canceller.
    """

    def __init__(self, canceller: EchoCanceller, rate: int, spent: Callable[[], float]) -> None:
        self._canceller = canceller
        self._gate = HalfDuplexGate(rate)
        self._state = _State.CANCELLING
        self._clock = spent
        self._blocks = 0  # in this window, or since the canceller was too slow
        self._spent = 0.0  # seconds of processing in this window
        self._failure: str | None = None  # what happened, until it is reported

    @property
    def delay(self) -> float:
        """That of the canceller in use."""
        return self._canceller.delay if self._state is _State.CANCELLING else self._gate.delay

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        if self._state is _State.GATED and self._blocks * ECHO_BLOCK_SECONDS >= GATED_SECONDS:
            self._step(_Event.RETRIED)
            self.reset()  # the audio since then is missing
        self._blocks += 1
        if self._state is not _State.CANCELLING:
            return self._gate.process(captured, rendered)
        began = self._clock()
        try:
            cleaned = self._canceller.process(captured, rendered)
        except Exception as error:  # a canceller is the application's code, and may be a native library
            self._fail(_Event.RAISED, f"raised {error!r}", error)
            return self._gate.process(captured, rendered)
        self._spent += self._clock() - began
        if self._blocks * ECHO_BLOCK_SECONDS >= LOAD_WINDOW_SECONDS:
            if self._spent > LOAD_WINDOW_SECONDS:
                self._fail(_Event.TOO_SLOW, f"takes {self._spent:.1f} s for {LOAD_WINDOW_SECONDS:g} s of audio")
            self._blocks, self._spent = 0, 0.0
        return cleaned

    def reset(self) -> None:
        """See `EchoCanceller`."""
        if self._state is not _State.CANCELLING:
            self._gate.reset()
            return
        try:
            self._canceller.reset()
        except Exception as error:
            self._fail(_Event.RAISED, f"raised {error!r}", error)

    def take_failure(self) -> str | None:
        """Describe the failure, once; None if there was none, or it has been taken."""
        failure, self._failure = self._failure, None
        return failure

    def _fail(self, event: _Event, problem: str, error: Exception | None = None) -> None:
        _log.warning("the echo canceller %s", problem, exc_info=error)
        self._step(event)
        self._failure = (
            f"{type(self._canceller).__name__} {problem}; {_CONSEQUENCE[self._state]} choose another canceller with "
            "connect(echo_canceller=…), or None and headphones"
        )

    def _step(self, event: _Event) -> None:
        self._state = _TRANSITIONS.get((self._state, event), self._state)
        self._blocks, self._spent = 0, 0.0
