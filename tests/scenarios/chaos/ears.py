"""The server's ears: it hears exactly which frames of which of the user's utterances reached it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio
import numpy as np

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.server import SpeechStarted, SpeechStopped
from realtime_sdk.testing import stretches

SILENCE: Final = 0.5
"""Seconds of silence that end a turn."""

HEARD: Final = re.compile(r"(\w+)\[(\d+):(\d+)\]")


@dataclass(frozen=True)
class Heard:
    """Frames of one utterance, from `start` to `end`."""

    utterance: str
    start: int
    end: int


class Ears:
    """A `SpeechInput`: whatever is not silence is speech, and its transcript says which of the utterances it is.

    utterances: what the user may say, by name; more are added as they are said.
    """

    def __init__(self, utterances: Mapping[str, Pcm]) -> None:
        self._utterances = utterances
        self._frames = 0  # heard so far
        self._silent = 0  # frames since the last that was not silent
        self._speaking = False

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        pass

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        start, self._frames = self._frames, self._frames + len(pcm)
        loud = np.flatnonzero(pcm)
        boundaries: list[SpeechStarted | SpeechStopped] = []
        if len(loud) and not self._speaking:
            boundaries.append(SpeechStarted(start + int(loud[0])))
            self._speaking = True
        self._silent = len(pcm) - 1 - int(loud[-1]) if len(loud) else self._silent + len(pcm)
        if self._speaking and self._silent >= to_frames(SILENCE):
            boundaries.append(SpeechStopped(self._frames - self._silent))
            self._speaking = False
        return boundaries

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        await anyio.sleep(0.3)
        for heard in recognised(pcm, self._utterances):
            yield f"{heard.utterance}[{heard.start}:{heard.end}] "


def recognised(pcm: Pcm, utterances: Mapping[str, Pcm]) -> list[Heard]:
    """What is heard in a sound; noise of no utterance is called `None`."""
    return [
        Heard(str(stretch.item_id), stretch.start, stretch.start + stretch.frames)
        for stretch in stretches(pcm, utterances)
    ]


def heard_in(text: str) -> list[Heard]:
    """What a transcript of `Ears` says was heard."""
    return [Heard(name, int(start), int(end)) for name, start, end in HEARD.findall(text)]
