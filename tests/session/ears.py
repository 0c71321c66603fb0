"""The server's ears, and what they hear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import numpy as np

from realtime_sdk import Pcm
from realtime_sdk.server import SpeechStarted, SpeechStopped


class Loudness:
    """A `SpeechInput` that finds speech by its loudness, and transcribes it as that."""

    def __init__(self) -> None:
        self._frame = 0  # of the audio so far
        self._last: int | None = None  # frame behind the last loud one; None: the user is silent
        self._silence = 12_000  # frames that end a turn

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        self._silence = 24 * int((turn_detection or {}).get("silence_duration_ms", 500))

    def listen(self, pcm: Pcm) -> list[SpeechStarted | SpeechStopped]:
        events: list[SpeechStarted | SpeechStopped] = []
        for block in np.split(pcm, range(240, len(pcm), 240)):
            if np.abs(block.astype(np.int32)).max(initial=0) > 500:
                events += [SpeechStarted(self._frame)] if self._last is None else []
                self._last = self._frame + len(block)
            elif self._last is not None and self._frame + len(block) - self._last >= self._silence:
                events.append(SpeechStopped(self._last))
                self._last = None
            self._frame += len(block)
        return events

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        yield "loudness"
        await anyio.sleep(0.5)
        yield f" {round(int(np.abs(pcm.astype(np.int32)).max()), -2)}"


def speech(*parts: tuple[int, float]) -> Pcm:
    """Audio of a loudness for some seconds, one after the other."""
    return np.concatenate([np.full(round(24_000 * seconds), loudness, np.int16) for loudness, seconds in parts])
