"""Hosted tools beside functions: listed before they are needed, and seen while they run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    McpCallItem,
    MessageItem,
    ServerRefused,
    Session,
    ToolFinished,
    ToolsListed,
    ToolStarted,
    connect,
)
from realtime_sdk.testing import (
    FakeServer,
    Pause,
    ScriptItem,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    mcp_call,
    message,
    run_virtual,
)

from .observing import after, count, errors, is_answered, scripted, talk

pytestmark = pytest.mark.usefixtures("unguarded")

DOCS: dict[str, Any] = {
    "type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp", "require_approval": "never",
    "authorization": "Bearer hush-hush",
}  # fmt: skip


def with_docs(*replies: Sequence[ScriptItem], **behaviour: Any) -> FakeServer:
    """A server with the tool server "docs", whose model replies with these, one after the other."""
    server = scripted(*replies, **behaviour)
    server.offer_tools("docs", "search")
    return server


async def slow() -> str:
    """Take a while."""
    await anyio.sleep(5.0)
    return "slow"


def created(server: FakeServer) -> int:
    """How many responses the server has begun."""
    return sum(event["type"] == "response.created" for event in server.sent)


def heard(session: Session) -> list[MessageItem]:
    """What was heard of the model, in order."""
    return [item for item in session.conversation if item.type == "message" and item.role == "assistant" and item.heard]


def without_metadata(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Let a server not send metadata back."""
    response = {**event["response"], "metadata": None} if "response" in event else None
    return [event | {"response": response}] if response else [event]


# The listing


def test_a_response_waits_until_the_tools_are_listed() -> None:
    async def main() -> None:
        server = FakeServer()
        server.offer_tools("docs", "search", "fetch", seconds=3.0)
        server.reply(message("I can search.", seconds=1.0))
        async with server, talk(server, tools=[DOCS]) as session:
            session.send_text("What can you do?")
            await anyio.sleep(2.0)
            assert created(server) == 0
            await anyio.sleep(2.0)
            assert created(server) == 1
        [listed] = await after(session, ToolsListed)
        assert (listed.item.server_label, listed.error) == ("docs", None)
        assert [tool["name"] for tool in listed.item.tools] == ["search", "fetch"]

    run_virtual(main)


def test_a_listing_that_fails_is_reported_and_the_talk_goes_on() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, tools=[DOCS]) as session:
            assert await is_answered(server, session)
        [listed] = await after(session, ToolsListed)
        assert (listed.item.tools, listed.error) == ((), "the tool server did not list its tools")

    run_virtual(main)


def test_the_next_server_lists_the_tools_before_it_answers() -> None:
    async def main() -> None:
        server = FakeServer()
        server.offer_tools("docs", "search", seconds=2.0)
        server.reply(message("Hello.", seconds=1.0))
        server.reply(message("Hello again.", seconds=1.0))
        async with server, talk(server, tools=[DOCS]) as session:
            await (await session.respond()).played()
            server.break_off()
            session.send_text("Are you there?")
            await anyio.sleep(10.0)
        steps = ("mcp_list_tools.completed", "response.created")
        assert [event["type"] for event in server.sent if event["type"] in steps] == [*steps, *steps]

    run_virtual(main)


def test_no_response_waits_longer_than_15_s_for_a_listing() -> None:
    async def main() -> None:
        server = FakeServer()
        server.offer_tools("docs", "search", seconds=100.0)
        server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, tools=[DOCS]) as session:
            session.send_text("Hello?")
            await anyio.sleep(14.0)
            assert created(server) == 0
            await anyio.sleep(2.0)
            assert created(server) == 1

    run_virtual(main)


def test_tools_of_a_server_that_lists_none_are_waited_for_2_s() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("mcp_list_tools.*", lambda event: [])
        server.offer_tools("docs", "search", seconds=1.0)
        server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, tools=[DOCS]) as session:
            session.send_text("Hello?")
            await anyio.sleep(3.0)
            assert created(server) == 1

    run_virtual(main)


def test_a_tool_server_that_is_not_described_as_the_service_wants_is_refused() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server:
            with pytest.raises(ServerRefused, match="server_label"):
                async with talk(server, tools=[{"type": "mcp", "server_url": "https://docs.test/mcp"}]):
                    raise AssertionError("it was accepted")

    run_virtual(main)


# Calls


async def answered(server: FakeServer, session: Session) -> None:
    """Let the model call what is scripted, and wait until all that comes of it was heard."""
    await session.respond()
    await anyio.sleep(30.0)
    assert await is_answered(server, session)


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_the_model_goes_on_once_a_hosted_tool_has_returned(seconds: float) -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", {"q": "noon"}, output="found", seconds=seconds)],
            [message("I have found it.", seconds=1.0)],
        )
        async with server, talk(server, tools=[DOCS]) as session:
            await answered(server, session)
            assert count(server, "response.create") == 3
        [started] = await after(session, ToolStarted)
        [finished] = await after(session, ToolFinished)
        assert started.call is finished.call
        assert isinstance(finished.call, McpCallItem)
        shown = (finished.call.name, finished.call.arguments, finished.call.output, finished.error)
        assert shown == ("search", '{"q": "noon"}', "found", None)
        assert finished.at - started.at == pytest.approx(seconds)
        assert await errors(session) == []

    run_virtual(main)


def test_a_hosted_tool_that_fails_is_reported_and_the_model_goes_on() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", error={"type": "http_error", "code": 500, "message": "it is down"})],
            [message("That did not work.", seconds=1.0)],
        )
        async with server, talk(server, tools=[DOCS]) as session:
            await answered(server, session)
        [finished] = await after(session, ToolFinished)
        assert finished.error == "it is down"

    run_virtual(main)


def test_a_model_that_has_gone_on_in_the_same_response_is_not_asked_to() -> None:
    async def main() -> None:
        server = with_docs([mcp_call("docs", "search", output="found"), Pause(0.2), message("Found.", seconds=1.0)])
        async with server, talk(server, tools=[DOCS]) as session:
            await session.respond()
            await anyio.sleep(10.0)
            assert created(server) == 1
            assert await is_answered(server, session)

    run_virtual(main)


def test_words_that_come_while_a_hosted_tool_runs_are_not_the_answer() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", seconds=5.0), message("One moment.", seconds=1.0)],
            [message("Found.", seconds=1.0)],
        )
        async with server, talk(server, tools=[DOCS]) as session:
            await answered(server, session)
            assert [message.transcript for message in heard(session)][:2] == ["One moment.", "Found."]

    run_virtual(main)


def test_functions_and_hosted_tools_of_one_response_are_followed_by_one_response() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", output="found", seconds=9.0), call("slow")],
            [message("Both are there.", seconds=1.0)],
        )
        async with server, talk(server, tools=[DOCS, slow]) as session:
            await session.respond()
            await anyio.sleep(8.0)
            assert created(server) == 1
            await anyio.sleep(8.0)
            assert created(server) == 2
            assert await is_answered(server, session)

    run_virtual(main)


def test_a_call_of_which_no_end_is_reported_is_given_up() -> None:
    async def main() -> None:
        server = with_docs()
        for kind in ("response.mcp_call.completed", "conversation.item.done", "response.output_item.done"):
            server.tamper(kind, lambda event: [] if "output" in event.get("item", {"output": None}) else [event])
        server.reply(mcp_call("docs", "search", seconds=1.0), call("slow"))
        server.reply(message("I don't know.", seconds=1.0))
        async with server, talk(server, tools=[DOCS, slow]) as session:
            await session.respond()
            await anyio.sleep(200.0)
            assert created(server) == 2
            assert await is_answered(server, session)
        assert "the server reported no end of the call" in [event.error for event in await after(session, ToolFinished)]

    run_virtual(main)


def test_a_hosted_call_that_is_lost_with_the_connection_does_not_hold_up_the_model() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", seconds=60.0), call("slow")], [message("Slow, it says.", seconds=1.0)]
        )
        async with server, talk(server, tools=[DOCS, slow]) as session:
            await session.respond()
            await anyio.sleep(2.0)
            server.break_off()
            await anyio.sleep(30.0)
            assert created(server) == 2
            assert await is_answered(server, session)
        assert {event.call.name: event.error for event in await after(session, ToolFinished)} == {
            "search": "the connection was lost", "slow": None,
        }  # fmt: skip

    run_virtual(main)


# Servers that go on by themselves


@pytest.mark.parametrize("latency", [0.0, 0.3])
@pytest.mark.parametrize("echoes", [True, False])
def test_a_response_that_the_server_begins_after_a_hosted_tool_takes_the_place_of_the_sdks(
    latency: float, echoes: bool
) -> None:
    async def main() -> None:
        server = with_docs(responds_after_tools=True, latency=latency)
        if not echoes:
            server.tamper("response.*", without_metadata)
        server.reply(mcp_call("docs", "search", output="found"))
        server.reply(message("Found.", seconds=1.0), pace=1.0)
        server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, tools=[DOCS]) as session:
            await session.respond()
            await anyio.sleep(10.0)
            assert [message.transcript for message in heard(session)] == ["Found."]
            await (await session.respond()).played()
            assert [message.transcript for message in heard(session)] == ["Found.", "Hello."]
        assert await errors(session) == []

    run_virtual(main)


def test_a_function_that_runs_on_is_answered_beside_the_servers_own_response() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", output="found", seconds=1.0), call("slow")],
            [message("Found.", seconds=1.0)],
            [message("Slow is there, too.", seconds=1.0)],
            responds_after_tools=True,
        )
        async with server, talk(server, tools=[DOCS, slow]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert [message.transcript for message in heard(session)] == ["Found.", "Slow is there, too."]
        assert await errors(session) == []

    run_virtual(main)


def test_the_answer_to_the_user_takes_the_place_of_a_response_that_the_server_began_over_the_user() -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", output="found", seconds=3.0)],
            [message("Found.", seconds=1.0)],
            [message("Found, and the other, too.", seconds=1.0)],
            responds_after_tools=True,
        )
        async with server, talk(server, tools=[DOCS], microphone=VirtualMicrophone()) as session:
            await session.respond()
            await anyio.sleep(1.5)
            await server.user_speaks("And the other?", 3.0)
            await anyio.sleep(10.0)
            assert [message.transcript for message in heard(session)] == ["Found, and the other, too."]

    run_virtual(main)


# Secrets


def test_a_tools_credentials_are_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[Any]:
        server = with_docs([mcp_call("docs", "search")], [message("Found.", seconds=1.0)])
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, tools=[DOCS]) as session:
            await answered(server, session)
        return [event async for event in session.events()]

    with caplog.at_level(logging.DEBUG, "realtime_sdk"):
        events = run_virtual(main)
    assert "hush" not in caplog.text
    assert "hush" not in repr(events)
