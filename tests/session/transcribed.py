"""A session that transcribes what a script says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from realtime_sdk import TranscribedUtterance, Transcription, transcribe
from realtime_sdk.testing import FakeServer, VirtualMicrophone, run_virtual

COMPLETED: Final = "conversation.item.input_audio_transcription.completed"


def hold(act: Callable[[FakeServer, Transcription], Awaitable[object]], **given: Any) -> FakeServer:
    """Let a transcription with a virtual microphone do something; return its server."""
    server = FakeServer(intent="transcription")

    async def main() -> None:
        options: dict[str, Any] = {"endpoint": server, "microphone": VirtualMicrophone(), **given}
        async with server, transcribe(**options) as transcription:
            await act(server, transcription)

    run_virtual(main)
    return server


def said(utterances: list[TranscribedUtterance]) -> list[str]:
    return [utterance.text for utterance in utterances]


def times(utterances: list[TranscribedUtterance]) -> list[tuple[float, float]]:
    return [(round(utterance.start, 1), round(utterance.end, 1)) for utterance in utterances]


async def finished(transcription: Transcription) -> list[TranscribedUtterance]:
    """All that was said, once it is transcribed."""
    await transcription.finish()
    return [utterance async for utterance in transcription]
