"""Tools that take long: their time limit, and what becomes of them when the user speaks meanwhile."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest

from realtime_sdk import BargeIn, Tool, ToolError, ToolFinished, connect
from realtime_sdk._runtime.threads import thread_limiters
from realtime_sdk.testing import FakeServer, call, message, run_virtual
from realtime_sdk.tools._call_run import CallRun

from ..tools.told import error_told
from .observing import after, count, errors, is_answered, talk
from .test_tools import outputs

pytestmark = pytest.mark.usefixtures("unguarded")


async def search() -> str:
    """Search for half a minute."""
    await anyio.sleep(30.0)
    return "found"


async def stubborn() -> str:
    """Search, and do not let it be cancelled."""
    while True:
        try:
            await anyio.sleep(30.0)
            return "found"
        except BaseException:  # this is what it is about
            continue


# The time limit


@pytest.mark.parametrize("function", [search, stubborn])
def test_a_tool_that_takes_too_long_is_answered_in_its_place(function: Any) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("look_up"))
        server.reply(message("I could not find it.", seconds=1.0))
        async with server, talk(server, tools=[Tool(function, name="look_up", timeout=5.0)]) as session:
            await session.respond()
            await anyio.sleep(4.0)
            assert outputs(server) == []
            await anyio.sleep(60.0)
            (output,) = outputs(server)
            assert error_told(output) == "the function took too long: no result within 5 s"
            assert count(server, "response.create") == 2
            assert await is_answered(server, session)
        (finished,) = await after(session, ToolFinished)
        assert finished.error == "no result within 5 s"
        assert isinstance(finished.exception, TimeoutError)

    run_virtual(main)


def test_a_tool_within_its_time_limit_is_not_cut_short() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("search"))
        server.reply(message("Here it is.", seconds=1.0))
        async with server, talk(server, tools=[Tool(search, timeout=31.0)]) as session:
            await session.respond()
            await anyio.sleep(40.0)
            assert outputs(server) == ["found"]

    run_virtual(main)


def test_a_thread_that_never_ends_keeps_no_program_from_ending_and_no_tool_from_its_thread() -> None:
    released = threading.Event()

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            run = CallRun(tasks, Tool(released.wait, name="hang", timeout=0.01), "{}")
            assert (await run.result()).error == "no result within 0.01 s"
        [left] = [thread for thread in threading.enumerate() if thread.name == "tool 'hang'"]
        assert left.daemon
        assert not any(limiter.borrowed_tokens for limiter in thread_limiters())
        released.set()

    asyncio.run(main())


# The user speaks while it runs


@pytest.mark.parametrize(
    ("on_interrupt", "output", "responses"),
    [("keep", "found", 3), ("silent", "found", 2), ("cancel", "stopped, because the user interrupted", 2)],
)
def test_on_interrupt_says_what_a_barge_in_does_to_a_call(on_interrupt: Any, output: str, responses: int) -> None:
    """The user interrupts the preamble, and is answered; a result that comes later is spoken, told, or not awaited."""

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Let me look.", seconds=3.0, phase="commentary"), call("search"))
        server.reply(message("At noon.", seconds=2.0))
        server.reply(message("I have found it.", seconds=1.0))
        async with server, talk(server, tools=[Tool(search, on_interrupt=on_interrupt)]) as session:
            await session.respond()
            await anyio.sleep(1.0)
            await server.user_speaks("When do they open?", 1.0)
            await anyio.sleep(40.0)
            assert output in outputs(server)[0]
            assert len(outputs(server)) == 1
            started = [event for event in server.sent if event["type"] == "response.created"]
            assert len(started) == responses
        assert await errors(session) == []

    run_virtual(main)


@pytest.mark.parametrize("barge_in", [BargeIn.by_server(), BargeIn.pause_then_decide()])
def test_a_turn_during_a_silent_call_cancels_it_too(barge_in: BargeIn) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("search"))
        server.reply(message("Never mind, then.", seconds=1.0))
        tools = [Tool(search, on_interrupt="cancel")]
        async with server, talk(server, tools=tools, barge_in=barge_in) as session:
            await session.respond()
            await anyio.sleep(5.0)
            await server.user_speaks("Forget it.", 1.0)
            await anyio.sleep(3.0)
            assert "interrupted" in error_told(outputs(server)[0])
            assert await is_answered(server, session)

    run_virtual(main)


def test_an_interruption_by_code_cancels_a_call_and_the_model_does_not_go_on() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("search"))
        async with server, talk(server, tools=[Tool(search, on_interrupt="cancel")]) as session:
            await session.respond()
            await anyio.sleep(5.0)
            await session.interrupt()
            await anyio.sleep(5.0)
            assert len(outputs(server)) == 1
            assert count(server, "response.create") == 1
            assert await is_answered(server, session)

    run_virtual(main)


def test_tools_that_are_exchanged_during_a_call_leave_it_its_function() -> None:
    async def lookup() -> str:
        """Look up slowly."""
        await anyio.sleep(5.0)
        return "old"

    async def newer() -> str:
        """Look up fast."""
        return "new"

    async def main() -> None:
        server = FakeServer()
        server.reply(call("lookup"))
        server.reply(call("lookup"))
        server.reply(message("There it is.", seconds=1.0))
        async with server, talk(server, tools=[lookup]) as session:
            await session.respond()
            await anyio.sleep(1.0)
            await session.update(tools=[Tool(newer, name="lookup")])
            await anyio.sleep(10.0)
            assert outputs(server) == ["old", "new"]

    run_virtual(main)


# What the model is told


def test_the_model_is_told_a_sentence_and_the_application_the_exception() -> None:
    async def fails() -> str:
        """Fail."""
        raise OSError("/srv/keys/token: sk-secret")

    async def explains() -> str:
        """Fail with a reason."""
        raise ToolError("the town is not on the map")

    async def main() -> None:
        server = FakeServer()
        server.reply(call("fails"), call("explains"))
        server.reply(message("That did not work.", seconds=1.0))
        async with server, talk(server, tools=[fails, explains]) as session:
            await session.respond()
            await anyio.sleep(3.0)
            assert sorted(map(error_told, outputs(server))) == [
                "the function failed: there is no result", "the town is not on the map",
            ]  # fmt: skip
        exceptions = {event.call.name: event.exception for event in await after(session, ToolFinished)}
        assert isinstance(exceptions["fails"], OSError)
        assert isinstance(exceptions["explains"], ToolError)

    run_virtual(main)


# A session that is left meanwhile


@pytest.mark.parametrize("ends", [True, False])
def test_a_function_is_cancelled_once_and_may_clean_up(ends: bool) -> None:
    steps: list[str] = []

    async def wait() -> None:
        """Wait for half a minute."""
        try:
            await anyio.sleep(30.0)
        except asyncio.CancelledError:
            steps.append("cancelled")
            await anyio.sleep(0.1)
            steps.append("cleaned up")
            if ends:
                raise

    async def main() -> None:
        server = FakeServer()
        server.reply(call("wait"))
        async with server, connect(endpoint=server, speaker=None, microphone=None, tools=[wait]) as session:
            session.send_text("Wait.")
            await anyio.sleep(1.0)

    run_virtual(main)
    assert steps == ["cancelled", "cleaned up"]
