"""A speech input that detects speech by its level, and has the transcripts beforehand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import numpy as np

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.server._backend import SpeechStarted, SpeechStopped

SPEECH_LEVEL = 300
SILENCE_FRAMES = to_frames(0.5)


class ScriptedSpeechInput:
    """Detects turns by their level; `texts` are their transcripts."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._frames = 0  # received so far
        self._speech_until: int | None = None  # None: silence

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        speaks = np.abs(pcm.astype(np.int32)).max(initial=0) > SPEECH_LEVEL
        start, self._frames = self._frames, self._frames + len(pcm)
        if speaks:
            started = self._speech_until is None
            self._speech_until = self._frames
            return [SpeechStarted(start)] if started else []
        if self._speech_until is None or self._frames - self._speech_until < SILENCE_FRAMES:
            return []
        stopped, self._speech_until = self._speech_until, None
        return [SpeechStopped(stopped)]

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        assert turn_detection is not None

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        yield next(self._texts)
