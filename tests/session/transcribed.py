"""A session that transcribes what a script says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import anyio
import numpy as np

from realtime_sdk import Pcm, TranscribedUtterance, Transcription, transcribe
from realtime_sdk.server import SpeechInput, SpeechStarted, SpeechStopped
from realtime_sdk.testing import FakeServer, VirtualMicrophone, run_virtual

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


class Loudness:
    """Ears that find speech by its loudness, and transcribe it as that."""

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
