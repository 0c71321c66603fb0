"""pipecat: its OpenAI service between the aggregators that follow the turns, and an output that the device paces."""

from __future__ import annotations

import asyncio

from device import RATE, Device, run
from pipecat.frames.frames import (  # type: ignore[import-not-found,unused-ignore]
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline  # type: ignore[import-not-found,unused-ignore]
from pipecat.pipeline.runner import PipelineRunner  # type: ignore[import-not-found,unused-ignore]
from pipecat.pipeline.task import PipelineParams, PipelineTask  # type: ignore[import-not-found,unused-ignore]
from pipecat.processors.aggregators.llm_context import LLMContext  # type: ignore[import-not-found,unused-ignore]
from pipecat.processors.aggregators.llm_response_universal import (  # type: ignore[import-not-found,unused-ignore]
    LLMContextAggregatorPair,
)
from pipecat.processors.frame_processor import FrameDirection  # type: ignore[import-not-found,unused-ignore]
from pipecat.services.openai.realtime.llm import (  # type: ignore[import-not-found,unused-ignore]
    OpenAIRealtimeLLMService,
)
from pipecat.transports.base_output import BaseOutputTransport  # type: ignore[import-not-found,unused-ignore]
from pipecat.transports.base_transport import TransportParams  # type: ignore[import-not-found,unused-ignore]


class Output(BaseOutputTransport):  # type: ignore[misc,unused-ignore]
    """Plays on the device, one frame ahead."""

    def __init__(self, device: Device) -> None:
        super().__init__(TransportParams(audio_out_enabled=True, audio_out_sample_rate=RATE))
        self._device = device

    async def start(self, frame: StartFrame) -> None:
        """Get ready."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play a frame, and return when it is the only one that waits."""
        ahead = self._device.end
        self._device.play(frame.audio)
        await asyncio.sleep((ahead - self._device.played) / RATE)
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Fall silent when the user interrupts."""
        if isinstance(frame, InterruptionFrame):
            self._device.clear()
        await super().process_frame(frame, direction)


async def talk(url: str, device: Device) -> None:
    service = OpenAIRealtimeLLMService(api_key="none", base_url=url)
    parameters = PipelineParams(audio_out_sample_rate=RATE)
    user, assistant = LLMContextAggregatorPair(LLMContext())
    pipeline = Pipeline([user, service, Output(device), assistant])
    task = PipelineTask(pipeline, params=parameters, idle_timeout_secs=None)
    await PipelineRunner(handle_sigint=False).run(task)


if __name__ == "__main__":
    run("pipecat-ai", talk)
