"""pipecat: frames as its OpenAI service makes them, through its output transport, which lets text wait for sound."""

# ruff: noqa: D102, E402 — `Captions` describes them; what is imported warns and logs

from __future__ import annotations

import asyncio
import time
import warnings

from loguru import logger  # type: ignore[import-not-found,unused-ignore]
from virtual import FRAME_BYTES, RATE, Captions, Device, run

warnings.simplefilter("ignore")
logger.remove()

from pipecat.frames.frames import (  # type: ignore[import-not-found,unused-ignore]
    Frame,
    OutputAudioRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline  # type: ignore[import-not-found,unused-ignore]
from pipecat.pipeline.runner import PipelineRunner  # type: ignore[import-not-found,unused-ignore]
from pipecat.pipeline.task import PipelineParams, PipelineTask  # type: ignore[import-not-found,unused-ignore]
from pipecat.processors.frame_processor import (  # type: ignore[import-not-found,unused-ignore]
    FrameDirection,
    FrameProcessor,
)
from pipecat.transports.base_output import BaseOutputTransport  # type: ignore[import-not-found,unused-ignore]
from pipecat.transports.base_transport import TransportParams  # type: ignore[import-not-found,unused-ignore]
from pipecat.utils.text.base_text_aggregator import TextType  # type: ignore[import-not-found,unused-ignore]


class Output(BaseOutputTransport):  # type: ignore[misc,unused-ignore]
    """Plays on the device, which takes a piece of sound when the one before it was played."""

    def __init__(self, device: Device) -> None:
        super().__init__(TransportParams(audio_out_enabled=True, audio_out_sample_rate=RATE))
        self._device = device
        self._due = 0.0

    async def start(self, frame: StartFrame) -> None:
        """Get ready."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play a frame."""
        seconds = len(frame.audio) / FRAME_BYTES / frame.sample_rate
        self._device.push(seconds)
        now = time.monotonic()
        self._due = max(self._due, now) + seconds
        await asyncio.sleep(self._due - now)
        return True


class Shown(FrameProcessor):  # type: ignore[misc,unused-ignore]
    """Shows the text that has passed the output."""

    def __init__(self, captions: Captions) -> None:
        super().__init__()
        self._captions = captions

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Show it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSTextFrame):
            self._captions.show(frame.text)
        await self.push_frame(frame, direction)


class Pipecat(Captions):
    """Text and sound are frames in a pipeline."""

    async def start(self) -> None:
        pipeline = Pipeline([Output(self.device), Shown(self)])
        parameters = PipelineParams(audio_out_sample_rate=RATE)
        self._task = PipelineTask(pipeline, params=parameters, idle_timeout_secs=None, enable_rtvi=False)
        self._running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(self._task))
        await asyncio.sleep(1.0)  # it starts
        await self._task.queue_frame(TTSStartedFrame())

    async def text(self, delta: str) -> None:
        frame = TTSTextFrame(delta, text_type=TextType.SENTENCE)
        frame.includes_inter_frame_spaces = True
        await self._task.queue_frame(frame)

    async def audio(self, pcm: bytes) -> None:
        await self._task.queue_frame(TTSAudioRawFrame(audio=pcm, sample_rate=RATE, num_channels=1))

    async def end(self) -> None:
        await self._task.queue_frame(TTSStoppedFrame())

    async def close(self) -> None:
        await self._task.cancel()
        await asyncio.wait([self._running], timeout=5)


if __name__ == "__main__":
    run(Pipecat)
