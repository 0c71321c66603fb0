"""A session that transcribes what a script says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from realtime_sdk import TranscribedUtterance, Transcription, transcribe
from realtime_sdk.server import SpeechInput
from realtime_sdk.testing import FakeServer, VirtualMicrophone, run_virtual

from .ears import speech

COMPLETED: Final = "conversation.item.input_audio_transcription.completed"


BY_HAND: Final[dict[str, Any]] = {"microphone": None, "turn_detection": None}
"""Options with which the application sends the audio, and ends the turns."""


def hold(
    act: Callable[[FakeServer, Transcription], Awaitable[object]], ears: Callable[[], SpeechInput] | None = None,
    **given: Any,
) -> FakeServer:  # fmt: skip
    """Let a transcription with a virtual microphone do something; return its server."""
    server = FakeServer(intent="transcription", ears=ears)

    async def main() -> None:
        options: dict[str, Any] = {"endpoint": server, "microphone": VirtualMicrophone(), **given}
        async with server, transcribe(**options) as transcription:
            await act(server, transcription)

    run_virtual(main)
    return server


async def send_turns(transcription: Transcription, *loudness: int) -> None:
    """Send turns of 2 s, one after the other, each ended by hand."""
    for each in loudness:
        transcription.send_audio(speech((each, 2.0)))
        await transcription.commit_audio()


def said(utterances: list[TranscribedUtterance]) -> list[str]:
    return [utterance.text for utterance in utterances]


def times(utterances: list[TranscribedUtterance]) -> list[tuple[float, float]]:
    return [(round(utterance.start, 1), round(utterance.end, 1)) for utterance in utterances]


async def finished(transcription: Transcription) -> list[TranscribedUtterance]:
    """All that was said, once it is transcribed."""
    await transcription.finish()
    return [utterance async for utterance in transcription]
