"""What happens to captured sound before it is the user's voice: the echo is taken out, and speech is noticed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import anyio.to_thread
import numpy as np

from . import clock
from .audio import Pcm, to_seconds
from .echo import EchoCanceller, Guarded, Pair, Reference
from .voice_activity import Edge, SpeechDetector

LIMIT: Final = 400
"""Captured blocks that wait for what was heard, and pairs of 10 ms for the worker, before the oldest are dropped: a
machine that is too slow must not fall ever farther behind."""

_ROUNDING: Final = 1e-4
"""Seconds that sums of times may be off: two frames."""


class Mute(Enum):
    """What becomes of captured sound."""

    NONE = "none"
    SOFT = "soft"  # silence takes its place
    HARD = "hard"  # nothing does


@dataclass(frozen=True, slots=True)
class Noticed:
    """Speech began or ended at wall-clock time `at`."""

    edge: Edge
    at: float


@dataclass(frozen=True, slots=True)
class Voice:
    """Sound that has come through, from wall-clock time `at` to `until`."""

    at: float
    until: float
    pcm: Pcm
    mute: Mute
    noticed: Sequence[Noticed]


class VoicePath:
    """Leads captured sound through echo canceller and detector, in a thread, and keeps its order.

    A captured block waits until all that was heard until its end has been told. Without canceller and detector it
    passes at once. `mute_at` says what becomes of sound of a given time: a detector does not hear what is muted, and a
    canceller is not shown what was muted hard. A canceller is `Guarded`; `failed` is told in words if it fails. All
    methods are called on the session's loop.

    rate, heard_rate: of what is captured, and of what the loudspeaker plays.
    """

    def __init__(
        self, rate: int, heard_rate: int, *, canceller: EchoCanceller | None, detector: SpeechDetector | None,
        told_until: Callable[[], float], mute_at: Callable[[float], Mute], passed: Callable[[Voice], None],
        failed: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._rate = rate  # of what is captured
        self._heard_rate = heard_rate
        self._canceller = None if canceller is None else Guarded(canceller, rate, clock.ticking())
        self._worker = _Worker(rate, self._canceller, detector)
        self._told_until = told_until  # the time until which all that sounded has been told
        self._mute_at = mute_at
        self._passed = passed
        self._failed = failed
        self._reference = None if canceller is None else Reference(rate, heard_rate)  # None: nothing is cancelled
        self._is_new = False  # the reference is, and has given nothing yet
        self._is_short = canceller is None and detector is None
        self._waiting: deque[tuple[float, Pcm]] = deque(maxlen=LIMIT)  # blocks whose time has not been told
        self._pairs: deque[Pair] = deque(maxlen=LIMIT)  # for the worker
        self._filled = asyncio.Event()  # set when there are any

    def captured(self, at: float, pcm: Pcm) -> None:
        """Take a block whose first frame is of wall-clock time `at`."""
        if self._is_short:
            self._passed(Voice(at, at + self._seconds(pcm), pcm, self._mute_at(at), ()))
        else:
            self._waiting.append((at, pcm))
            self._move()

    def heard(self, at: float, pcm: Pcm) -> None:
        """Take what the loudspeaker played from wall-clock time `at` on."""
        if self._reference is not None:
            self._reference.heard(at, pcm)

    def told(self) -> None:
        """All that was heard until now has been told."""
        self._move()

    def begin_anew(self) -> None:
        """A device was opened again: nothing of the way that an echo takes is known any more."""
        if self._reference is not None:
            self._reference = Reference(self._rate, self._heard_rate)
            self._is_new = True

    async def run(self) -> None:
        """Lead sound through until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            if len(self._pairs) == LIMIT:  # some were dropped, or nearly
                self._pairs[0] = replace(self._pairs[0], jumped=True)
            muted = [(pair, self._mute_at(pair.at)) for pair in self._pairs]
            self._pairs.clear()
            for voice in await anyio.to_thread.run_sync(self._worker.work, muted):
                self._passed(voice)
            if self._canceller is not None and (failure := self._canceller.take_failure()) is not None:
                self._failed(failure)

    def _move(self) -> None:
        """Hand the worker what need not wait any more."""
        while self._waiting and self._is_told(*self._waiting[0]):
            at, pcm = self._waiting.popleft()
            if self._reference is not None:
                pairs = self._reference.captured(at, pcm)
                if self._is_new and pairs:
                    pairs[0], self._is_new = replace(pairs[0], jumped=True), False
                self._pairs += pairs
            else:
                self._pairs.append(Pair(at, pcm, np.zeros_like(pcm), False))
        if self._pairs:
            self._filled.set()

    def _is_told(self, at: float, pcm: Pcm) -> bool:
        return self._reference is None or at + self._seconds(pcm) <= self._told_until() + _ROUNDING

    def _seconds(self, pcm: Pcm) -> float:
        return to_seconds(pcm.size, self._rate)


class _Worker:
    """Does what takes longer than the loop should; one thread at a time."""

    def __init__(self, rate: int, canceller: EchoCanceller | None, detector: SpeechDetector | None) -> None:
        self._rate = rate
        self._canceller = canceller
        self._detector = detector
        self._is_behind = False  # the canceller was not shown the last frames

    def work(self, pairs: Sequence[tuple[Pair, Mute]]) -> list[Voice]:
        """Give the voice in these pairs; what follows on from each other in one piece."""
        voices: list[Voice] = []
        for pair, mute in pairs:
            voice = self._voice(pair, mute)
            last = voices[-1] if voices else None
            if last is not None and last.mute is mute and abs(voice.at - last.until) < _ROUNDING:
                pcm = np.concatenate([last.pcm, voice.pcm])
                voices[-1] = Voice(last.at, voice.until, pcm, mute, [*last.noticed, *voice.noticed])
            else:
                voices.append(voice)
        return voices

    def _voice(self, pair: Pair, mute: Mute) -> Voice:
        at, pcm = self._cleaned(pair, mute)
        if mute is not Mute.NONE:
            pcm = np.zeros_like(pcm)
        until = at + to_seconds(pcm.size, self._rate)
        return Voice(at, until, pcm, mute, self._notice(until, pcm))

    def _cleaned(self, pair: Pair, mute: Mute) -> tuple[float, Pcm]:
        if self._canceller is None:
            return pair.at, pair.captured
        at = pair.at - self._canceller.delay
        if mute is Mute.HARD:
            self._is_behind = True
            return at, pair.captured
        if pair.jumped or self._is_behind:
            self._canceller.reset()
            self._is_behind = False
        return at, self._canceller.process(pair.captured, pair.rendered)

    def _notice(self, until: float, pcm: Pcm) -> list[Noticed]:
        if self._detector is None:
            return []
        boundaries = list(self._detector.hear(pcm))
        end = self._detector.heard
        return [Noticed(edge.edge, until - to_seconds(end - edge.frame, self._rate)) for edge in boundaries]
