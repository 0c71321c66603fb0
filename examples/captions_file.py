"""Talk, and keep what both sides said in a file of subtitles.

    python examples/captions_file.py          # writes talk.vtt; Ctrl-C ends

The model's words have the times at which they were heard; words that were cut off are not among them.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from realtime_sdk import (
    Caption,
    CaptionShown,
    PlayoutFinished,
    SessionReady,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
    Utterance,
    connect,
    to_vtt,
)


async def talk(path: Path, **options: Any) -> None:
    """Talk until the connection ends, and write what is said to `path`; `options` are those of `connect`."""
    said: list[Utterance] = []
    shown: list[Caption] = []  # of the message that is heard
    beginning = started = stopped = 0.0  # of the talk, and of the user's turn
    async with connect(transcription={"model": "gpt-transcribe"}, **options) as session:
        print(f"Speak; Ctrl-C ends, and {path} has what was said.")
        async for event in session.events():
            match event:
                case SessionReady(at=at):
                    beginning = at
                case UserSpeechStarted(at=at):
                    started = at - beginning
                case UserSpeechStopped(at=at):
                    stopped = at - beginning
                case UserTranscript(item=item, text=text, final=True):
                    whole = Caption(item.id, 0, text, 0.0, stopped - started)  # the service gives its words no times
                    said.append(Utterance("You", started, stopped, [whole]))
                case CaptionShown(caption=caption):
                    shown.append(caption)
                case PlayoutFinished(playout=playout) if playout.started_at is not None:
                    start = playout.started_at - beginning
                    said.append(Utterance("Voice", start, start + playout.position, shown, playout.interrupted))
                    shown = []
                case _:
                    continue
            write(path, said)


def write(path: Path, said: list[Utterance]) -> None:
    """Write the whole file again: it is complete at any time."""
    path.write_text(to_vtt(said), encoding="utf-8")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(Path("talk.vtt")))
