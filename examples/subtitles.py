"""Write the subtitles of what is said, and show them as they come.

    python examples/subtitles.py talk.wav
    python examples/subtitles.py              # the microphone; Ctrl-C ends

They are written to `subtitles.srt`.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from realtime_sdk import Transcription, WavMicrophone, to_srt, transcribe


def write(path: str, said: Transcription) -> None:
    """Write what was said so far."""
    Path(path).write_text(to_srt(said.utterances), encoding="utf-8")


async def subtitle(path: str, **options: Any) -> None:
    """Write what is said into `path`; `options` are those of `transcribe`."""
    async with transcribe(**options) as transcription:
        print(f"Listening; {path} will have what is said.")
        try:
            async for utterance in transcription:
                speaker = f"{utterance.speaker}: " if utterance.speaker else ""
                print(f"{utterance.start:7.2f}  {speaker}{utterance.text}")
        finally:
            write(path, transcription)


if __name__ == "__main__":
    given: dict[str, Any] = {"microphone": WavMicrophone(sys.argv[1], ends=True)} if sys.argv[1:] else {}
    try:
        asyncio.run(subtitle("subtitles.srt", **given))
    except KeyboardInterrupt:
        print("subtitles.srt has what was said")
