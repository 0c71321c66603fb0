"""A tool that takes its time: the talk goes on, a filler breaks the silence, and a barge-in cancels it.

    python examples/slow_tool.py

Ask for a search of the archive for the sea, and for the moon. Ctrl-C ends.
"""

import asyncio
from contextlib import suppress
from typing import Any

from realtime_sdk import CaptionShown, PlayoutFinished, Tool, ToolError, ToolFinished, ToolStarted, connect

ARCHIVE = {"sea": "Three letters about the sea, the oldest from 1871.", "lighthouse": "A drawing of a lighthouse."}


async def search(topic: str) -> str:
    """Search the archive.

    Args:
        topic: one word, in English.
    """
    await asyncio.sleep(8.0)  # a slow machine elsewhere
    if topic not in ARCHIVE:
        raise ToolError(f"there is nothing about {topic}; there is something about {', '.join(ARCHIVE)}")
    return ARCHIVE[topic]


TOOL = Tool(search, timeout=20.0, filler="Still searching.", filler_after=4.0, on_interrupt="cancel")


async def talk(**options: Any) -> None:
    """Talk until the connection ends; `options` are those of `connect`."""
    async with connect(instructions="Be brief. Before you call a tool, say so.", tools=[TOOL], **options) as session:
        print(f"Ask about {', '.join(ARCHIVE)} or anything else; Ctrl-C ends.")
        async for event in session.events():
            match event:
                case ToolStarted(call=call):
                    print(f"→ {call.name}({call.arguments})")
                case ToolFinished(call=call, error=error):
                    print(f"← {error or call.output}")
                case CaptionShown(caption=caption):
                    print(caption.text, end="", flush=True)
                case PlayoutFinished():
                    print()
                case _:
                    pass


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(talk())
