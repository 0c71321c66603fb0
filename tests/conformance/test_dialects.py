"""Every dialect in the same scenarios, on a server that speaks it: what holds is what docs/endpoints.md says.

In every cell, no more is sent than the server understands: it refuses nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import pytest

from realtime_sdk import ServerError, ServerRefused, Session, UsageError, UserTranscript, connect
from realtime_sdk.conversation import MessageItem
from realtime_sdk.protocol.dialects import DIALECTS
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, mcp_call, message, noise, run_virtual
from realtime_sdk.testing.dialects._table import SERVER_SIDES

PAGE: Final = Path(__file__).parents[2] / "docs" / "endpoints.md"

LONG: Final = "This sentence is long enough that somebody will want to interrupt it before it ends."

Scenario: TypeAlias = Callable[[FakeServer], Awaitable[bool | str]]
"""Plays a scene on a server; returns whether what the row promises was kept, or in which way."""

MCP: Final = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp", "require_approval": "never"}


def talking(server: FakeServer, **options: Any) -> AbstractAsyncContextManager[Session, None]:
    given: dict[str, Any] = {"microphone": None, "speaker": VirtualSpeaker(), "reconnect": None, "aligner": None}
    return connect(endpoint=server, **given | options)


async def heard(session: Session) -> str:
    """The text of the next response as it was heard."""
    response = await anext(session.responses())
    return "".join(playout.transcript for playout in await response.played())


async def configured(server: FakeServer) -> bool:
    fields: dict[str, Any] = {"instructions": "Be brief.", "voice": "marin", "turn_detection": None}
    async with talking(server, **fields):
        settings = server.connections[0].session.settings
        audio = settings["audio"]
        return (settings["instructions"], audio["output"]["voice"], audio["input"]["turn_detection"]) == (
            "Be brief.", "marin", None
        )  # fmt: skip


async def answered(server: FakeServer) -> bool:
    server.reply(message("Hello there.", seconds=1.0))
    async with talking(server) as session:
        session.send_text("Hi.")
        return await heard(session) == "Hello there."


async def several_messages(server: FakeServer) -> bool:
    server.reply(message("Let me see.", seconds=0.5), message("It is noon.", seconds=0.5))
    async with talking(server) as session:
        session.send_text("What time is it?")
        return await heard(session) == "Let me see.It is noon."


async def writes(server: FakeServer) -> bool:
    server.reply(message("In writing."))
    async with talking(server, output_modalities=["text"]) as session:
        session.send_text("Hi.")
        response = await (await anext(session.responses())).done()
        return [item.transcript for item in response.items if isinstance(item, MessageItem)] == ["In writing."]


async def calls_functions(server: FakeServer) -> bool:
    def time(place: str) -> str:
        """Say what time it is."""
        return f"noon in {place}"

    server.reply(call("time", {"place": "Rome"}))
    server.reply(message("It is noon in Rome.", seconds=0.5))
    async with talking(server, tools=[time]) as session:
        session.send_text("What time is it in Rome?")
        await (await anext(session.responses())).done()
        said = await heard(session)
        outputs = [item.wire["output"] for item in server.items if item.wire["type"] == "function_call_output"]
        return (said, outputs) == ("It is noon in Rome.", ["noon in Rome"])


async def finds_turns(server: FakeServer) -> bool:
    server.reply(message("Good morning.", seconds=0.5))
    async with talking(server) as session:
        if server.connections[0].session.turn_detection is None:
            return False
        await server.user_speaks("Good morning!")
        return await heard(session) == "Good morning."


async def takes_committed_turns(server: FakeServer) -> bool:
    server.reply(message("Good morning.", seconds=0.5))
    async with talking(server, turn_detection=None) as session:
        await session.send_audio(noise(1.0, seed=1, rate=session.formats.input.rate))
        try:
            session.commit_audio()
        except UsageError:
            return False
        await anyio.sleep(1.0)
        committed = [item for item in server.items if item.wire.get("role") == "user"]
        response = await session.respond()
        await response.played()
        return len(committed) == 1


async def transcribes(server: FakeServer) -> bool:
    server.reply(message("Good morning.", seconds=0.5))
    async with talking(server, transcription={"model": "gpt-transcribe"}) as session:
        if server.connections[0].session.turn_detection is None:
            session.send_audio(noise(1.0, seed=1, rate=session.formats.input.rate))
            session.commit_audio()
        else:
            await server.user_speaks("Good morning!")
        await anyio.sleep(2.0)
        texts = [event.text async for event in _so_far(session, UserTranscript) if event.final]
        return texts == ["Good morning!"]


async def sees_images(server: FakeServer) -> bool:
    server.reply(message("A dot.", seconds=0.2))
    async with talking(server) as session:
        try:
            await session.send_image(b"\x89PNG\r\n\x1a\n" + bytes(64))
        except UsageError:
            return False
        await (await session.respond()).played()
        return [part["type"] for part in server.items[0].wire["content"]] == ["input_image"]


async def calls_hosted_tools(server: FakeServer) -> bool:
    server.offer_tools("docs", "search")
    server.reply(mcp_call("docs", "search", output="found"))
    try:
        async with talking(server, tools=[MCP]) as session:
            session.send_text("Search.")
            await anyio.sleep(2.0)
            return [item.wire["output"] for item in server.items if item.wire["type"] == "mcp_call"] == ["found"]
    except UsageError:
        return False


async def forgets_the_rest(server: FakeServer) -> bool | str:
    server.reply(message(LONG, seconds=6.0))
    async with talking(server, aligner="auto") as session:
        session.send_text("Talk.")
        await anyio.sleep(2.0)
        [playout] = await session.interrupt()
        await anyio.sleep(0.5)
        assert playout.interrupted
        [item] = [item for item in server.items if item.wire.get("role") == "assistant"]
        if not item.seconds and item.text == playout.transcript:
            return "as text"
        return abs(item.seconds - playout.position) < 0.01


async def forgets_the_unheard(server: FakeServer) -> bool:
    server.reply(message(LONG, seconds=6.0), message("Never heard.", seconds=2.0))
    async with talking(server) as session:
        session.send_text("Talk.")
        await anyio.sleep(2.0)
        await session.interrupt()
        await anyio.sleep(0.5)
        return "Never heard." not in [item.text for item in server.items]


async def stops_making(server: FakeServer) -> bool:
    server.reply(message(LONG, seconds=6.0), pace=1.0)
    async with talking(server) as session:
        session.send_text("Talk.")
        response = await anext(session.responses())
        await anyio.sleep(2.0)
        await response.cancel()
        return sum(pcm.size for pcm in server.sounds.values()) < 4 * 24_000


async def repeats_metadata(server: FakeServer) -> bool:
    server.reply(message("Hello.", seconds=0.2))
    async with talking(server) as session:
        response = await session.respond(metadata={"topic": "weather"})
        await response.played()
        return dict(response.metadata) == {"topic": "weather"}


async def reports_phases(server: FakeServer) -> bool:
    server.reply(message("Let me see.", phase="commentary", seconds=0.2))
    async with talking(server) as session:
        session.send_text("Hi.")
        response = await (await anext(session.responses())).done()
        return [item.phase for item in response.items if isinstance(item, MessageItem)] == ["commentary"]


async def reports_failures(server: FakeServer) -> bool:
    server.reply(message("I", seconds=0.2), status="failed", error={"type": "server_error", "message": "no model"})
    async with talking(server) as session:
        session.send_text("Hi.")
        response = await (await anext(session.responses())).done()
        return response.status == "failed"


async def reports_refusals(server: FakeServer) -> bool:
    async with talking(server) as session:
        try:
            await session.update(max_output_tokens=0)
        except ServerRefused as refused:
            return "max_output_tokens" in str(refused) or "max_response_output_tokens" in str(refused)
    return False


async def _so_far(session: Session, kind: type[Any]) -> Any:
    with anyio.move_on_after(0.1):
        async for event in session.events(kind):
            yield event


SCENARIOS: Final[dict[str, Scenario]] = {
    "the configuration reaches the server": configured,
    "a typed question is answered by voice": answered,
    "several messages in one response, in order": several_messages,
    "answers in writing": writes,
    "functions are called": calls_functions,
    "tools of MCP servers are called": calls_hosted_tools,
    "images are seen": sees_images,
    "the server finds the user's turns": finds_turns,
    "turns that the application commits": takes_committed_turns,
    "the user's speech is transcribed": transcribes,
    "an interrupted message: the server keeps what was heard": forgets_the_rest,
    "a message that was not heard at all is forgotten": forgets_the_unheard,
    "a cancelled response is no longer made": stops_making,
    "a response has the `metadata` of its request": repeats_metadata,
    "messages have a `phase`": reports_phases,
    "a response that fails has the status `failed`": reports_failures,
    "what a request is refused for reaches its caller": reports_refusals,
}

REFUSING: Final = {reports_refusals}
"""Scenarios that ask for what no server has."""


def table() -> dict[tuple[str, str], str]:
    """The cells of the page's table, by scenario and dialect."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if " | " in line]
    [head] = [at for at, row in enumerate(rows) if row[0] == "scenario"]
    dialects = [name.strip("`") for name in rows[head][1:]]
    body = [row for row in rows[head + 1 :] if len(row) == len(rows[head])]
    return {(row[0], dialect): cell for row in body for dialect, cell in zip(dialects, row[1:], strict=True)}


CELLS: Final = [(scenario, dialect) for scenario in SCENARIOS for dialect in DIALECTS]


def test_the_page_has_a_cell_for_every_scenario_and_dialect() -> None:
    assert set(table()) == set(CELLS)
    assert set(SERVER_SIDES) == set(DIALECTS)


@pytest.mark.parametrize(("scenario", "dialect"), CELLS)
def test_what_holds_is_what_the_page_says(
    scenario: str, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> bool | str:
        server = FakeServer(dialect=dialect)
        async with server:
            held = await SCENARIOS[scenario](server)
        assert len(server.refused) == (SCENARIOS[scenario] in REFUSING)
        return held

    caplog.set_level(logging.WARNING, logger="realtime_sdk")
    held = run_virtual(main)
    assert table()[scenario, dialect] == (held if isinstance(held, str) else "yes" if held else "no")
    warnings = [record.getMessage() for record in caplog.records if "lacks it" in record.getMessage()]
    assert len(warnings) == len(set(warnings))


def test_what_is_not_sent_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        server = FakeServer(dialect="qwen")
        async with server, talking(server) as session:
            for _ in range(2):
                server.reply(message(LONG, seconds=6.0))
                session.send_text("Talk.")
                await anyio.sleep(2.0)
                await session.interrupt()
                await anyio.sleep(6.0)
            errors = [event async for event in _so_far(session, ServerError)]
            assert errors == []

    run_virtual(main)
    logged = [re.sub(r"^\w+: ", "", record.getMessage()) for record in caplog.records]
    assert logged == ["not sent, because the dialect qwen lacks it: truncate"]
