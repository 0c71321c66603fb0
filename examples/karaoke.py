"""A karaoke line: the whole sentence at once, and each word bright when it is heard.

    python examples/karaoke.py "Tell me a story."
    python examples/karaoke.py "Tell me a story." --silent    # without a speaker, at the same pace

Ctrl-C ends.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

from realtime_sdk import MessageItem, NullSpeaker, connect

DIM, BRIGHT, PLAIN, BACK = "\033[90m", "\033[1;97m", "\033[0m", "\r\033[K"


async def sing(text: str, **options: Any) -> None:
    """Show the answer to `text` as it is spoken; `options` are those of `connect`."""
    async with connect(microphone=None, **options) as session:
        session.send_text(text)
        async for item in await anext(session.responses()):
            if isinstance(item, MessageItem):
                await show(item)


async def show(item: MessageItem) -> None:
    """Draw the lines of one message, each in one row of the terminal."""
    row = 0
    async for line in item.captions(mode="line"):
        if line.index > row:  # the line before it was heard to its end
            row = line.index
            print()
        heard, to_come = line.before.lstrip(), line.after.rstrip()
        now = line.caption.text if heard else line.caption.text.lstrip()
        print(f"{BACK}{heard}{BRIGHT}{now}{DIM}{to_come}{PLAIN}", end="", flush=True)
    print()


if __name__ == "__main__":
    silent: dict[str, Any] = {"speaker": NullSpeaker()} if "--silent" in sys.argv else {}
    words = [argument for argument in sys.argv[1:] if argument != "--silent"]
    with suppress(KeyboardInterrupt):
        asyncio.run(sing(" ".join(words) or "Tell me a story.", **silent))
