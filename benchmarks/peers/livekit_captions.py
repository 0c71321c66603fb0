"""livekit-agents: its synchroniser of transcripts, between the model and an output that knows its position."""

# ruff: noqa: D102 — `Captions` describes them

from __future__ import annotations

import asyncio
import time

from livekit import rtc  # type: ignore[import-not-found,unused-ignore]
from livekit.agents.voice import io  # type: ignore[import-not-found,unused-ignore]
from livekit.agents.voice.transcription.synchronizer import (  # type: ignore[import-not-found,unused-ignore]
    TranscriptSynchronizer,
)
from virtual import FRAME_BYTES, RATE, Captions, Device, run


class Output(io.AudioOutput):  # type: ignore[misc,unused-ignore]
    """Plays on the device."""

    def __init__(self, device: Device) -> None:
        super().__init__(label="device", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self._device = device

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Play a frame."""
        await super().capture_frame(frame)
        first = self._device.began is None
        self._device.push(frame.duration)
        if first:
            self.on_playback_started(created_at=time.time())

    def flush(self) -> None:
        """Take what came for a whole."""
        super().flush()

    def clear_buffer(self) -> None:
        """Nobody interrupts here."""


class Text(io.TextOutput):  # type: ignore[misc,unused-ignore]
    """Shows what the synchroniser lets through."""

    def __init__(self, captions: Captions) -> None:
        super().__init__(label="captions", next_in_chain=None)
        self._captions = captions

    async def capture_text(self, text: str) -> None:
        """Show it."""
        self._captions.show(str(text))

    def flush(self) -> None:
        """Nothing is held back."""


class LiveKit(Captions):
    """Text and sound go through the synchroniser."""

    async def start(self) -> None:
        self._output = Output(self.device)
        self._synchroniser = TranscriptSynchronizer(next_in_chain_audio=self._output, next_in_chain_text=Text(self))

    async def text(self, delta: str) -> None:
        await self._synchroniser.text_output.capture_text(delta)

    async def audio(self, pcm: bytes) -> None:
        frames = len(pcm) // FRAME_BYTES
        frame = rtc.AudioFrame(data=pcm, sample_rate=RATE, num_channels=1, samples_per_channel=frames)
        await self._synchroniser.audio_output.capture_frame(frame)

    async def end(self) -> None:
        await asyncio.sleep(0.02)  # the events that say so come in a read of their own
        self._synchroniser.audio_output.flush()
        await asyncio.sleep(0.02)
        self._synchroniser.text_output.flush()

    async def played(self) -> None:
        self._output.on_playback_finished(playback_position=self.device.pushed, interrupted=False)

    async def close(self) -> None:
        await self._synchroniser.aclose()


if __name__ == "__main__":
    run(LiveKit)
