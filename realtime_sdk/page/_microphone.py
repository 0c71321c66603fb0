"""The browser's microphone as an input device."""

from __future__ import annotations

import asyncio
from typing import Final

from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, from_bytes, joined, to_frames
from ..audio._resampling import Resampling

BLOCK_SECONDS: Final = 0.02
"""Seconds of audio that `read` returns."""

HELD_SECONDS: Final = 2.0
"""Seconds of audio that wait to be read; the oldest beyond them are lost."""


class PageMicrophone:
    """An `InputDevice` whose audio a page captures.

    page_rate: of that audio, in Hz.
    """

    def __init__(self, page_rate: int) -> None:
        self._page_rate = page_rate
        self._rate = WIRE_RATE  # of `open`
        self._resampling = Resampling(page_rate, WIRE_RATE)
        self._captured = SILENCE  # to be read next
        self._open = False
        self._changed = asyncio.Event()  # set when there is audio, or no more will come

    async def open(self, rate: int) -> None:
        """Start with the audio that the page captures from now on."""
        self._rate = rate
        self._resampling = Resampling(self._page_rate, rate)
        self._captured = SILENCE
        self._open = True

    async def read(self) -> Pcm:
        """Wait for the next 20 ms; return an empty array once the device is closed."""
        frames = to_frames(BLOCK_SECONDS, self._rate)
        while self._open and len(self._captured) < frames:
            self._changed.clear()
            await self._changed.wait()
        if not self._open:
            return SILENCE
        block, self._captured = self._captured[:frames].copy(), self._captured[frames:]
        return block

    def drop_unread(self) -> None:
        """Drop what the page has captured so far, and was not read."""
        self._captured = SILENCE

    async def close(self) -> None:
        """Take no more audio."""
        self._open = False
        self._changed.set()

    def _on_audio(self, audio: bytes) -> None:
        """Take a piece that the page has captured."""
        if self._open:
            captured = joined([self._captured, self._resampling.push(from_bytes(audio))])
            self._captured = captured[-to_frames(HELD_SECONDS, self._rate) :]
            self._changed.set()
