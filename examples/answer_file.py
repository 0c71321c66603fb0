"""Answer a recorded question: a file in, the spoken answer and its subtitles out, without any device.

    python examples/answer_file.py question.wav      # mono, 24 kHz; writes answer.wav and answer.srt

Nothing waits for the sound to be played: it is sent and read as fast as the server goes.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import soundfile

from realtime_sdk import Caption, MessageItem, Utterance, connect, to_srt


async def answer(question: str, folder: Path, **options: Any) -> None:
    """Write the answer to the speech in `question` into `folder`; `options` are those of `connect`."""
    said: list[Utterance] = []
    async with connect(microphone=None, speaker=None, turn_detection=None, **options) as session:
        for block in soundfile.blocks(question, blocksize=24_000, dtype="int16"):
            await session.send_audio(block.tobytes())
        session.commit_audio()
        response = await session.respond()
        with soundfile.SoundFile(folder / "answer.wav", "w", samplerate=24_000, channels=1) as file:
            async for item in response:
                if isinstance(item, MessageItem):
                    start = file.tell() / file.samplerate
                    words = asyncio.create_task(captions_of(item))  # from its first word on: a caption needs the audio
                    async for pcm in item.audio():
                        file.write(pcm)
                    playout = await item.played()
                    said.append(Utterance(None, start, start + playout.position, await words))
    (folder / "answer.srt").write_text(to_srt(said), encoding="utf-8")


async def captions_of(item: MessageItem) -> list[Caption]:
    """Its words, each with its time."""
    return [caption async for caption in item.captions()]


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(answer(sys.argv[1], Path()))
