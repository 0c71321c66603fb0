"""Tools in a talk: exchanged while it runs, answered by hand, and silent where the model is not to go on."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk import FunctionCallItem, Response, ServerRefused, Tool, ToolFinished, ToolResult, UsageError
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual

from .observing import after, count, errors, is_answered, seconds, sent, talk

pytestmark = pytest.mark.usefixtures("unguarded")


def weather() -> str:
    """The weather."""
    return "fog"


def stock(ticker: str) -> str:
    """The price of a stock."""
    return f"{ticker} is at 41"


HANGING_UP: dict[str, Any] = {"type": "function", "name": "hang_up", "parameters": {"type": "object"}}
"""A function that the session does not know: the application answers its calls by hand."""


def outputs(server: FakeServer) -> list[str]:
    """The tool outputs that the server received."""
    items = [event["item"] for event in sent(server, "conversation.item.create")]
    return [item["output"] for item in items if item["type"] == "function_call_output"]


def calls(response: Response) -> list[FunctionCallItem]:
    return [item for item in response.items if isinstance(item, FunctionCallItem)]


# Exchanged in mid-session


def test_functions_can_be_added_during_a_session() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("stock", {"ticker": "ACME"}))
        server.reply(message("It is 41."))
        async with server, talk(server, tools=[weather]) as session:
            confirmed = await session.update(tools=[weather, stock])
            assert [tool["name"] for tool in confirmed["tools"]] == ["weather", "stock"]
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["ACME is at 41"]
            assert await is_answered(server, session)

    run_virtual(main)


def test_a_session_without_tools_can_be_given_some() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"))
        server.reply(message("Fog."))
        async with server, talk(server) as session:
            await session.update(tools=[weather])
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["fog"]

    run_virtual(main)


def test_an_update_of_something_else_keeps_the_tools() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"))
        server.reply(message("Fog."))
        async with server, talk(server, tools=[weather]) as session:
            confirmed = await session.update(instructions="Be brief.")
            assert [tool["name"] for tool in confirmed["tools"]] == ["weather"]
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["fog"]

    run_virtual(main)


def test_the_wire_object_of_a_known_function_keeps_that_function() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"))
        server.reply(message("Fog."))
        async with server, talk(server, tools=[weather]) as session:
            await session.update(tools=[*session.settings["tools"], HANGING_UP])
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["fog"]

    run_virtual(main)


def test_a_tool_that_was_taken_away_is_not_run() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"))
        server.reply(message("I can't say."))
        async with server, talk(server, tools=[weather, stock]) as session:
            await session.update(tools=[stock])
            await session.respond()
            await anyio.sleep(3.0)
            (output,) = outputs(server)
            assert "there is no tool 'weather'" in output

    run_virtual(main)


def test_a_call_of_the_last_tool_that_was_taken_away_is_answered() -> None:
    """The response in which the model calls it may have begun before."""

    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"), thinking=1.0)
        server.reply(message("I can't look that up."))
        async with server, talk(server, tools=[weather]) as session:
            await session.respond()
            await session.update(tools=[])
            await session.drained()
            assert outputs(server) == ['{"error": "there is no tool \'weather\'; the tools are: none"}']
            assert await is_answered(server, session)

    run_virtual(main)


def test_tools_that_the_server_refuses_leave_the_old_ones_in_place() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("weather"))
        server.reply(message("Fog."))
        async with server, talk(server, tools=[weather]) as session:
            with pytest.raises(ServerRefused):
                await session.update(tools=[stock], output_modalities=["smell"])  # type: ignore[list-item]
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["fog"]

    run_virtual(main)


def test_what_is_no_tool_is_refused_before_anything_is_sent() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            for tools in ([print], [weather, weather]):
                with pytest.raises(UsageError):
                    await session.update(tools=tools)
            assert count(server, "session.update") == 0
            assert await is_answered(server, session)

    run_virtual(main)


# Answered by hand


@pytest.mark.parametrize("respond", [True, False])
def test_a_call_answered_by_hand_requests_a_response_unless_respond_is_false(respond: bool) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(call("hang_up"))
        server.reply(message("Goodbye.", seconds=1.0))
        async with server, talk(server, speaker, tools=[HANGING_UP]) as session:
            response = await session.respond()
            await response.done()
            (hang_up,) = calls(response)
            await anyio.sleep(5.0)
            session.send_tool_output(hang_up, "hung up", respond=respond)
            assert hang_up.output == "hung up"
            await anyio.sleep(5.0)
            assert outputs(server) == ["hung up"]
            assert count(server, "response.create") == 1 + respond
            assert seconds(speaker) == 1.0 * respond
        assert [event.call for event in await after(session, ToolFinished)] == [hang_up]
        assert await errors(session) == []

    run_virtual(main)


def test_of_two_calls_answered_by_hand_the_last_requests_the_response() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("hang_up"), call("hang_up"))
        server.reply(message("Goodbye.", seconds=1.0))
        async with server, talk(server, tools=[HANGING_UP]) as session:
            response = await session.respond()
            await response.done()
            first, second = calls(response)
            session.send_tool_output(first, "one")
            await anyio.sleep(5.0)
            assert count(server, "response.create") == 1
            session.send_tool_output(second, "two")
            await anyio.sleep(5.0)
            assert count(server, "response.create") == 2
            assert outputs(server) == ["one", "two"]

    run_virtual(main)


def test_one_response_is_requested_after_all_calls_of_a_response() -> None:
    async def slow() -> str:
        """Take a while."""
        await anyio.sleep(3.0)
        return "slow"

    async def main() -> None:
        server = FakeServer()
        server.reply(call("slow"), call("slow"))
        server.reply(message("Both are there.", seconds=1.0))
        async with server, talk(server, tools=[slow]) as session:
            await session.respond()
            await anyio.sleep(2.0)
            assert count(server, "response.create") == 1
            await anyio.sleep(5.0)
            assert outputs(server) == ["slow", "slow"]
            assert count(server, "response.create") == 2

    run_virtual(main)


# Without a reply


def quietly() -> ToolResult:
    """Return what the model need not go on with."""
    return ToolResult({"done": True}, respond=False)


SILENT: dict[str, Any] = {"a result": quietly, "a tool": Tool(weather, name="quietly", respond=False)}


@pytest.mark.parametrize("tool", SILENT.values(), ids=SILENT)
def test_a_result_with_respond_false_requests_no_response(tool: Any) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Done.", seconds=1.0), call("quietly"))
        async with server, talk(server, tools=[tool]) as session:
            await (await session.respond()).played()
            await anyio.sleep(5.0)
            assert len(outputs(server)) == 1
            assert count(server, "response.create") == 1
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


@pytest.mark.parametrize("order", [("quietly", "weather"), ("weather", "quietly")])
def test_one_response_is_requested_if_any_call_has_respond_true(order: tuple[str, str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(*(call(name) for name in order))
        server.reply(message("Fog.", seconds=1.0))
        async with server, talk(server, tools=[quietly, weather]) as session:
            await session.respond()
            await anyio.sleep(5.0)
            assert sorted(outputs(server)) == ["fog", '{"done":true}']
            assert count(server, "response.create") == 2

    run_virtual(main)


def test_a_failed_tool_with_respond_false_requests_a_response() -> None:
    def failing() -> str:
        """Fail."""
        raise KeyError("no such thing")

    async def main() -> None:
        server = FakeServer()
        server.reply(call("failing"))
        server.reply(message("That failed.", seconds=1.0))
        async with server, talk(server, tools=[Tool(failing, respond=False)]) as session:
            await session.respond()
            await anyio.sleep(5.0)
            assert count(server, "response.create") == 2

    run_virtual(main)


# What JSON can't hold


def test_half_a_surrogate_pair_of_a_tool_is_replaced_and_one_of_the_application_refused() -> None:
    def broken() -> str:
        """Half of a character."""
        return "half \ud83d"

    async def main() -> None:
        server = FakeServer()
        server.reply(call("broken"))
        async with server, talk(server, tools=[broken]) as session:
            with pytest.raises(UsageError, match="half of a surrogate pair"):
                session.send_text("half \ud83d")
            with pytest.raises(UsageError, match="half of a surrogate pair"):
                session.update(instructions="half \ud83d")
            await session.respond()
            await anyio.sleep(3.0)
            assert outputs(server) == ["half ?"]
            assert await is_answered(server, session)
            assert server.refused == []

    run_virtual(main)
