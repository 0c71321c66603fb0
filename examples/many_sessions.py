"""Many sessions at once, in one process: put the same question to several voices, and compare how long they take.

    python examples/many_sessions.py "What is the sea like?" marin cedar alloy

Each session plays at the pace of speech, without a device.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

from realtime_sdk import NullSpeaker, RealtimeError, connect


async def ask(voice: str, text: str, limit: asyncio.Semaphore, **options: Any) -> str:
    """Ask one voice, and say how it answered; `options` are those of `connect`."""
    speaker = NullSpeaker()  # plays in real time without a device; a telephone line would stand here
    async with limit:
        try:
            async with connect(voice=voice, microphone=None, speaker=speaker, **options) as session:
                session.send_text(text)
                response = await anext(session.responses())
                playouts = await response.played()
        except RealtimeError as error:  # one session that fails ends no other
            return f"{voice}: {error}"
    heard = " ".join(playout.transcript for playout in playouts)
    return f"{voice}, {sum(playout.position for playout in playouts):.1f} s: {heard}"


async def ask_all(text: str, voices: list[str], **options: Any) -> None:
    """Ask the voices, eight at a time, and print each answer once it was heard."""
    limit = asyncio.Semaphore(8)
    for answer in asyncio.as_completed([ask(voice, text, limit, **options) for voice in voices]):
        print(await answer)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(ask_all(sys.argv[1], sys.argv[2:]))
