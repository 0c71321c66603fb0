"""livekit-agents: a session on the OpenAI plugin, with an audio output that knows its position exactly."""

from __future__ import annotations

import asyncio
import time

import aiohttp  # type: ignore[import-not-found,unused-ignore]
from device import RATE, Device, run
from livekit import rtc  # type: ignore[import-not-found,unused-ignore]
from livekit.agents import Agent, AgentSession  # type: ignore[import-not-found,unused-ignore]
from livekit.agents.voice import io  # type: ignore[import-not-found,unused-ignore]
from livekit.plugins import openai  # type: ignore[import-not-found,unused-ignore]


class Output(io.AudioOutput):  # type: ignore[misc,unused-ignore]
    """Plays on the device; a segment is what comes between two flushes."""

    def __init__(self, device: Device) -> None:
        super().__init__(label="device", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self._device = device
        self._start: int | None = None  # the device's count where the segment begins; None: there is no segment
        self._playing: asyncio.Task[None] | None = None  # waits for the end of a segment that was flushed

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Play a frame."""
        await super().capture_frame(frame)
        if self._start is None:
            self._start = self._device.end
            self.on_playback_started(created_at=time.time())
        self._device.play(bytes(frame.data))

    def flush(self) -> None:
        """Take the segment for whole: it is finished once it was played."""
        super().flush()
        if self._start is not None:
            self._playing = asyncio.create_task(self._finish(self._device.end))

    def clear_buffer(self) -> None:
        """Fall silent."""
        self._device.clear()
        if self._playing is not None:
            self._playing.cancel()
        self._report(interrupted=True)

    async def _finish(self, end: int) -> None:
        await self._device.has_played(end)
        self._report(interrupted=False)

    def _report(self, *, interrupted: bool) -> None:
        if self._start is not None:
            position = (self._device.played - self._start) / RATE
            self._start = self._playing = None
            self.on_playback_finished(playback_position=position, interrupted=interrupted)


async def talk(url: str, device: Device) -> None:
    base = url.removesuffix("/realtime").replace("ws:", "http:")
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(base_url=base, api_key="none", http_session=http)
        session = AgentSession(llm=model)
        session.output.audio = Output(device)
        await session.start(agent=Agent(instructions="Be brief."))
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    run("livekit-agents", talk)
