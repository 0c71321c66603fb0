"""Type, and read the answer as it is written: a realtime model without any sound.

    python examples/chat.py

An empty line ends.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from realtime_sdk import MessageItem, connect


async def chat(read: Callable[[], str], **options: Any) -> None:
    """Answer the lines of `read` until one is empty; `options` are those of `connect`."""
    async with connect(microphone=None, output_modalities=["text"], **options) as session:
        responses = session.responses()
        while line := await asyncio.to_thread(read):
            session.send_text(line)
            async for item in await anext(responses):
                if isinstance(item, MessageItem):
                    async for delta in item.deltas():
                        print(delta, end="", flush=True)
                    print()


def ask() -> str:
    """Read a line from the terminal; the end of the input counts as an empty one."""
    try:
        return input("> ")
    except EOFError:
        return ""


if __name__ == "__main__":
    asyncio.run(chat(ask))
