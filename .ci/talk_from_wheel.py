"""Hold a conversation with the installed package alone, over a loopback socket: `python talk_from_wheel.py VERSION`.

Run in an environment that has the wheel and what it depends on, and in a folder that is not a clone.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import sysconfig
from pathlib import Path

import realtime_sdk
from realtime_sdk import NullSpeaker, connect
from realtime_sdk.testing import FakeServer, call, message


def what_time_is_it() -> str:
    """Tell the time."""
    return "noon"


async def talk() -> list[str]:
    """Return what was heard: of an answer after a function call, and of one that the user interrupts."""
    server = FakeServer()
    server.reply(call("what_time_is_it", {}))
    server.reply(message("It is noon.", seconds=0.5))
    server.reply(message("One two three four five six seven eight nine ten.", seconds=20.0))
    options = {"microphone": None, "speaker": NullSpeaker(), "tools": [what_time_is_it]}
    async with server, server.listen() as url, connect(endpoint=url, **options) as session:
        session.send_text("What time is it?")
        await session.drained()
        async for item in await session.respond():
            async for _ in item.captions():
                await session.interrupt()
                break
        return [item.heard for item in session.conversation if item.type == "message" and item.role == "assistant"]


def main(version: str) -> None:
    """Fail unless the wheel is what runs, and it talks."""
    assert Path(realtime_sdk.__file__).is_relative_to(sysconfig.get_path("purelib")), realtime_sdk.__file__
    assert realtime_sdk.__version__ == version, realtime_sdk.__version__
    assert importlib.util.find_spec("pytest") is None, "the environment is not empty"
    noon, count = asyncio.run(talk())
    assert noon == "It is noon.", noon
    assert count.startswith("One"), count
    assert not count.endswith("ten."), count
    print(f"Python {sys.version.split()[0]}: the wheel talks")


main(sys.argv[1])
