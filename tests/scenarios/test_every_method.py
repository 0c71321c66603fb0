"""Every public method of a session: that it works, and that it belongs to the session's own event loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import pytest

from realtime_sdk import FunctionCallItem, Response, Session, Turns, UsageError
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual

from .observing import count, is_answered, seconds, sent, talk

pytestmark = pytest.mark.usefixtures("unguarded")

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)

CALLS: dict[str, Callable[[Session], Any]] = {
    "send_text": lambda session: session.send_text("Hello."),
    "send_image": lambda session: session.send_image(PICTURE),
    "send_audio": lambda session: session.send_audio(np.zeros(2400, np.int16)),
    "commit_audio": lambda session: session.commit_audio(),
    "clear_audio": lambda session: session.clear_audio(),
    "send": lambda session: session.send({"type": "input_audio_buffer.clear"}),
    "respond": lambda session: session.respond(),
    "update": lambda session: session.update(instructions="Be brief."),
    "send_tool_output": lambda session: session.send_tool_output(first_call(session), "done"),
    "interrupt": lambda session: session.interrupt(),
    "press": lambda session: session.press(),
    "release": lambda session: session.release(),
    "pause": lambda session: session.pause(),
    "resume": lambda session: session.resume(),
    "mute": lambda session: session.mute(),
    "unmute": lambda session: session.unmute(),
    "use": lambda session: session.use(speaker=VirtualSpeaker()),
}
"""What changes a session, each called once."""

READ = {
    "conversation", "formats", "settings", "state", "usage", "turns", "responses", "events", "raw_events", "drained",
    "volume",
}
"""What is only read, or waited for."""


def first_call(session: Session) -> FunctionCallItem:
    return next(item for item in session.conversation if isinstance(item, FunctionCallItem))


async def with_a_call(session: Session, server: FakeServer) -> Response:
    server.reply(call("lookup"))
    return await (await session.respond()).done()


async def finished(returned: Any) -> Any:
    return await returned if inspect.isawaitable(returned) else returned


def test_a_session_shows_these_names_and_no_others() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            assert {name for name in dir(session) if not name.startswith("_")} == {*CALLS, *READ}

    run_virtual(main)


@pytest.mark.parametrize("name", CALLS)
def test_a_method_acts_when_it_is_called(name: str) -> None:
    assert not inspect.iscoroutinefunction(getattr(Session, name))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_from_another_thread_is_a_usage_error_and_changes_nothing(name: str) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, microphone=VirtualMicrophone(), turns=Turns.push_to_talk()) as session:
            await with_a_call(session, server)
            before = len(server.received)
            with pytest.raises(UsageError, match=r"from another thread use loop\.call_soon_threadsafe"):
                await anyio.to_thread.run_sync(elsewhere, CALLS[name], session)
            await anyio.sleep(1.0)
            assert len(server.received) == before
            assert await is_answered(server, session)

    run_virtual(main)


def elsewhere(method: Callable[[Session], Any], session: Session) -> None:
    """Call a method in a thread without a loop, as a callback of a GUI would."""
    returned = method(session)
    if inspect.iscoroutine(returned):
        returned.send(None)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_from_another_event_loop_is_a_usage_error(name: str) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, microphone=VirtualMicrophone(), turns=Turns.push_to_talk()) as session:
            await with_a_call(session, server)
            with pytest.raises(UsageError, match="from the session's own event loop"):
                await anyio.to_thread.run_sync(in_another_loop, CALLS[name], session)

    run_virtual(main)


def in_another_loop(method: Callable[[Session], Any], session: Session) -> None:
    async def whole() -> None:
        await finished(method(session))

    asyncio.run(whole())


def test_cancel_from_another_thread_is_a_usage_error() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A story.", seconds=3.0))
        async with server, talk(server) as session:
            story = await session.respond()
            with pytest.raises(UsageError, match=r"call cancel\(\) from the session's own event loop"):
                await anyio.to_thread.run_sync(elsewhere, lambda _: story.cancel(), session)
            (playout,) = await story.played()
            assert not playout.interrupted

    run_virtual(main)


@pytest.mark.parametrize("name", CALLS)
def test_after_the_connection_ended_a_call_fails_with_an_error_of_the_package_or_does_no_harm(name: str) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(
            server, microphone=VirtualMicrophone(), turns=Turns.push_to_talk(), reconnect=None
        ) as session:
            await with_a_call(session, server)
            server.hang_up()
            await anyio.sleep(1.0)
            before = len(server.received)
            with anyio.fail_after(1.0):
                failures = await asyncio.gather(finished_or_not(CALLS[name], session), return_exceptions=True)
            assert {type(failure).__name__ for failure in failures} <= {"NoneType", "ConnectionLost"}
            assert len(server.received) == before

    run_virtual(main)


async def finished_or_not(method: Callable[[Session], Any], session: Session) -> None:
    await finished(method(session))


def test_each_method_has_its_documented_effect() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        async with server, talk(server, speaker, turn_detection=None) as session:
            await session.send_text("Hello.", respond=False)
            await session.send_image(PICTURE)
            await session.send_audio(np.full(WIRE_RATE, 1000, np.int16))
            await session.commit_audio()
            await session.send_audio(np.full(2400, 1000, np.int16).tobytes())
            await session.clear_audio()
            await session.send({"type": "conversation.item.retrieve", "item_id": "item_1"})
            assert (await session.update(instructions="Be brief."))["instructions"] == "Be brief."
            response = await with_a_call(session, server)
            server.reply(message("A long story.", seconds=9.0))
            session.send_tool_output(first_call(session), "done")
            await anyio.sleep(1.0)
            session.pause()
            await anyio.sleep(5.0)
            assert seconds(speaker) == pytest.approx(1.0, abs=0.05)
            session.resume()
            session.mute()
            session.unmute()
            await anyio.sleep(1.0)
            assert len(await session.interrupt()) == 1
            await anyio.sleep(1.0)
            assert seconds(speaker) == pytest.approx(2.0, abs=0.05)
            types = [item.wire["type"] for item in server.items]
            assert types == ["message", "message", "message", "function_call", "function_call_output", "message"]
            assert response.items == [first_call(session)]
            assert len(sent(server, "input_audio_buffer.append")) == 2
            assert count(server, "response.create") == 2
            assert server.refused == []
            assert session.settings["instructions"] == "Be brief."
            assert session.formats.output.rate == WIRE_RATE

    run_virtual(main)
