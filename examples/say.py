"""Send a text and write the spoken answer to a file: no microphone, no speaker.

    python examples/say.py "What is 17 times 23?"             # writes answer.wav

Without a speaker the application reads the audio itself, and the audio it has read counts as heard.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

import soundfile

from realtime_sdk import MessageItem, connect


async def say(text: str, path: str, **options: Any) -> None:
    """Write the answer to `text` into `path`; `options` are those of `connect`."""
    async with connect(microphone=None, speaker=None, **options) as session:
        session.send_text(text)
        response = await anext(session.responses())
        with soundfile.SoundFile(path, "w", samplerate=24_000, channels=1) as file:
            async for item in response:
                if isinstance(item, MessageItem):
                    async for pcm in item.audio():
                        file.write(pcm)
                    print((await item.played()).transcript)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(say(sys.argv[1], "answer.wav"))
