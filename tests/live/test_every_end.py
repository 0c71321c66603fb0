"""However a conversation ends, and whatever goes on, every reader and every caller is released: none waits for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import anyio
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk import ConnectionLost, LiveSession, RealtimeError, connect_live
from realtime_sdk.testing import FakeLiveServer, VirtualMicrophone, VirtualSpeaker, call, run_virtual

from ..effort import tries
from .talks import BACKEND

Begin = Callable[[FakeLiveServer, LiveSession], Any]

STEPS: Final[dict[str, Begin]] = {
    "say": lambda server, live: live.say("Hello."),
    "text": lambda server, live: live.send_text("Hello."),
    "mute": lambda server, live: live.mute(),
    "update": lambda server, live: live.update(delegation=BACKEND),
    "audio": lambda server, live: live.send_audio(bytes(9600)),
    "interrupt": lambda server, live: live.interrupt(),
    "pause": lambda server, live: live.pause(),
    "work": lambda server, live: server.delegate(call("look_up"), answer="Done."),
    "closed": lambda server, live: server.inject({"type": "session.closed"}),
    "words": lambda server, live: server.inject({"type": "session.output_transcript.delta", "delta": "far"}),
}

ENDS: Final[dict[str, Begin]] = {
    "close": lambda server, live: live.close(),
    "hang up": lambda server, live: server.hang_up(),
    "break off": lambda server, live: server.break_off(),
    "expire": lambda server, live: server.expire(),
    "fall silent": lambda server, live: server.fall_silent(),
}


async def look_up() -> str:
    """Look it up."""
    await anyio.sleep(0.3)
    return "found"


async def read(values: AsyncIterator[object]) -> None:
    with suppress(ConnectionLost):
        async for _ in values:
            pass


async def wait_for(begun: Awaitable[object]) -> None:
    with suppress(RealtimeError):
        await begun


@pytest.mark.slow
@settings(max_examples=tries(100), deadline=None)
@given(
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=8, unique=True),
    after=st.lists(st.sampled_from(["interrupt", "say", "text"]), max_size=2),
    end=st.sampled_from(sorted(ENDS)),
    ignored=st.sampled_from(["session.close", "session.commentary.append", "response.create", "session.update"]),
    timed=st.booleans(),
)
def test_every_reader_and_every_caller_is_released(
    steps: list[str], after: list[str], end: str, ignored: str, timed: bool
) -> None:
    server, speaker, microphone = FakeLiveServer(timed=timed), VirtualSpeaker(), VirtualMicrophone()
    server.say("one two three four five six seven eight", at=0.4)
    server.ignore(ignored)

    async def main() -> None:
        opening = connect_live(
            endpoint=server, speaker=speaker, microphone=microphone, delegation=BACKEND, tools=[look_up], timeout=3.0
        )
        with anyio.fail_after(60.0):
            async with server, opening as live, anyio.create_task_group() as tasks:
                for values in (live.captions(), live.captions("user"), live.events()):
                    tasks.start_soon(read, values)
                for begin in (*(STEPS[step] for step in steps), ENDS[end], *(STEPS[step] for step in after)):
                    if isinstance(begun := begin(server, live), Awaitable):
                        tasks.start_soon(wait_for, begun)
                    await anyio.sleep(0.15)
                live.resume()
            assert live.state == "closed"

    run_virtual(main)
