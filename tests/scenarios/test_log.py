"""The log of a conversation: events at INFO, faults at WARNING, frames at DEBUG, and never a key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import anyio
import pytest

from realtime_sdk import Session
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual

from .observing import talk

pytestmark = pytest.mark.usefixtures("unguarded")

KEY = "sk-a-key-that-must-not-be-shown"


def failing() -> str:
    """Fail."""
    raise KeyError("no such city")


class Logged:
    """A talk at DEBUG level, and the lines that it left."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.server = FakeServer()
        self.speaker = VirtualSpeaker()
        self._caplog = caplog

    def hold(self, going_on: Callable[[Session], Awaitable[object]]) -> None:
        async def main() -> None:
            connecting = talk(self.server, self.speaker, tools=[failing], api_key=KEY, reconnect=None)
            async with self.server, connecting as session:
                await going_on(session)

        with self._caplog.at_level(logging.DEBUG, "realtime_sdk"):
            run_virtual(main)

    def lines(self, level: str, name: str = "realtime_sdk.session") -> list[str]:
        """What is logged of the session, which each line names."""
        lines = [r.getMessage() for r in self._caplog.records if (r.levelname, r.name) == (level, name)]
        return [line.removeprefix("sess_1: ") for line in lines]

    @property
    def text(self) -> str:
        """Everything that was logged, as a handler writes it."""
        format = logging.Formatter("%(levelname)s %(name)s %(message)s").format
        return "\n".join(format(record) for record in self._caplog.records)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Logged:
    return Logged(caplog)


def test_a_talk_reads_as_a_story(logged: Logged) -> None:
    logged.server.reply(message("A story.", seconds=3.0))
    logged.server.reply(message("Yes?", seconds=0.5))

    async def going_on(session: Session) -> None:
        await session.respond()
        await anyio.sleep(1.0)
        await logged.server.user_speaks("Stop.")
        await anyio.sleep(2.0)
        logged.server.hang_up(1000, "goodbye")
        await anyio.sleep(1.0)

    logged.hold(going_on)
    assert logged.lines("WARNING") == []
    assert logged.lines("INFO") == [
        "the session is open",
        "response resp_1 began",
        "response resp_1 completed: 1 item",
        "message item_1 began to play",
        "the user began to speak",
        "message item_1 cut at 1.00 of 3.00 s",
        "interrupted: 1 message cut",
        "the user fell silent",
        "response resp_2 began",
        "response resp_2 completed: 1 item",
        "message item_3 began to play",
        "message item_3 heard in full",
        "the connection ended: goodbye (code 1000)",
    ]


async def an_error(logged: Logged, session: Session) -> None:
    logged.server.inject({"type": "error", "error": {"type": "server_error", "code": "overloaded", "message": "busy"}})


def refused(kind: str) -> Callable[[Logged, Session], Awaitable[None]]:
    """Have the server refuse an event of this type without a word that names it."""

    async def refuse(logged: Logged, session: Session) -> None:
        logged.server.reply(message("A long story.", seconds=9.0))
        await session.respond()
        await anyio.sleep(1.0)
        session.interrupt()
        session.clear_audio()
        event = await logged.server.wait_for(kind)
        error = {"type": "invalid_request_error", "message": "No.", "event_id": event["event_id"]}
        logged.server.inject({"type": "error", "error": error})

    return refuse


async def garbage(logged: Logged, session: Session) -> None:
    logged.server.inject("this is no JSON")


async def a_failed_response(logged: Logged, session: Session) -> None:
    logged.server.reply(status="failed", error={"type": "server_error", "code": "oops", "message": "out of memory"})
    await (await session.respond()).done()


async def an_underrun(logged: Logged, session: Session) -> None:
    logged.server.reply(message("It is slow.", seconds=3.0), pace=0.5)
    await (await session.respond()).played()


async def a_lost_device(logged: Logged, session: Session) -> None:
    logged.server.reply(message("A story.", seconds=3.0))
    await session.respond()
    await anyio.sleep(1.0)
    logged.speaker.unplug()


async def a_tool_that_fails(logged: Logged, session: Session) -> None:
    logged.server.reply(call("failing"))
    logged.server.reply(message("That failed.", seconds=0.5))
    await session.respond()


async def a_broken_connection(logged: Logged, session: Session) -> None:
    logged.server.break_off()


WRONG: dict[str, tuple[Callable[[Logged, Session], Awaitable[None]], str]] = {
    "an error of the server's": (an_error, "the server reports an error: busy (code overloaded)"),
    "a refused truncation": (
        refused("conversation.item.truncate"),
        "the server reports an error: No., in answer to conversation.item.truncate_",
    ),
    "a refused clearance": (
        refused("input_audio_buffer.clear"), "the server reports an error: No., in answer to input_audio_buffer.clear_",
    ),
    "garbage": (garbage, "protocol violation: the frame can't be read as JSON"),
    "a failed response": (a_failed_response, "response resp_1 failed: 0 items: out of memory"),
    "an underrun": (an_underrun, "underrun: message item_1 ran dry while it was heard"),
    "a lost device": (a_lost_device, "output device lost: the virtual speaker is unplugged"),
    "a tool that fails": (a_tool_that_fails, "tool failing failed: KeyError: 'no such city'"),
    "a broken connection": (a_broken_connection, "the connection ended: the connection to the fake server broke off"),
}


@pytest.mark.parametrize(("wrong", "line"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_a_warning(
    logged: Logged, wrong: Callable[[Logged, Session], Awaitable[None]], line: str
) -> None:
    async def going_on(session: Session) -> None:
        await wrong(logged, session)
        await anyio.sleep(3.0)

    logged.hold(going_on)
    warnings = logged.lines("WARNING")
    assert warnings and all(warning.startswith(line) for warning in warnings)


def test_each_frame_is_a_debug_line_with_its_direction_and_its_size(logged: Logged) -> None:
    logged.server.reply(message("A story.", seconds=0.5))

    async def going_on(session: Session) -> None:
        await (await session.respond()).played()

    logged.hold(going_on)
    lines = logged.lines("DEBUG", "realtime_sdk.wire")
    sent = [line.split(",")[0] for line in lines if line.startswith("> ")]
    received = [line.split(",")[0] for line in lines if line.startswith("< ")]
    assert sent == [f"> {event['type']}" for event in logged.server.received]
    assert received == [f"< {event['type']}" for event in logged.server.sent]
    assert all(line.endswith(" characters") for line in lines)
    assert len(sent) + len(received) == len(lines)


def test_nothing_that_is_logged_shows_the_key_or_what_was_said(logged: Logged) -> None:
    logged.server.reply(message("A secret answer.", seconds=3.0))

    async def going_on(session: Session) -> None:
        session.send_text("A secret question.")
        await anyio.sleep(1.0)
        await session.interrupt()
        for wrong in (an_error, garbage, a_failed_response, a_broken_connection):
            await wrong(logged, session)
        await asyncio.sleep(1.0)

    logged.hold(going_on)
    assert logged.text.count("\n") > 10
    assert KEY not in logged.text
    assert "secret" not in logged.text
