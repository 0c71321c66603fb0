"""The snippets of the page on tools do what it says."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import anyio
import pytest

from realtime_sdk import Tool, ToolResult, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, mcp_call, message, run_virtual

from .pages import DOCS, blocks, run

SNIPPETS = blocks("tools.md", "python")


def snippet(phrase: str) -> str:
    """The snippet that has a phrase in it."""
    [found] = [each for each in SNIPPETS if phrase in each]
    return found


def devices() -> dict[str, Any]:
    """The devices of a test."""
    return {"microphone": None, "speaker": VirtualSpeaker()}


async def output_of(code: str, reply: Any) -> str:
    """Run a snippet whose model calls a function; return the output that the server is sent."""
    server = FakeServer()
    server.reply(reply)
    server.reply(message("Here you are.", seconds=0.5))
    async with server:
        await run(code, connect=partial(connect, endpoint=server, **devices()))
    items = [event["item"] for event in server.received if event["type"] == "conversation.item.create"]
    [output] = [item["output"] for item in items if item["type"] == "function_call_output"]
    return str(output)


def test_a_function_is_called_and_its_answer_is_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    rome = call("weather", {"city": "Rome"})
    output = run_virtual(lambda: output_of(snippet("async def weather"), rome))
    assert output == '{"city":"Rome","forecast":"sunny"}'
    assert capsys.readouterr().out == "Here you are.\n"


def test_a_call_is_answered_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    lookup = call("lookup", {"word": "barge-in"})
    assert run_virtual(lambda: output_of(snippet("send_tool_output"), lookup)) == "an interruption by the user"
    assert capsys.readouterr().out == "Here you are.\n"


def test_a_result_need_not_be_spoken() -> None:
    async def main() -> ToolResult:
        result: ToolResult = (await run(snippet("def turn_off_the_light")))["turn_off_the_light"]("kitchen")
        return result

    assert run_virtual(main) == ToolResult("done", respond=False)


def test_a_tool_has_a_time_limit_and_a_filler() -> None:
    async def search(query: str) -> str:
        return query

    [limited] = run_virtual(lambda: run(snippet("timeout="), search=search))["tools"]
    [filled] = run_virtual(lambda: run(snippet("filler="), search=search))["tools"]
    assert limited.timeout == 20.0
    assert (filled.filler, filled.filler_after) == ("still looking, one moment", 4.0)


def test_a_call_is_approved_by_a_dialog() -> None:
    paid: list[int] = []

    async def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    async def ask(question: str) -> bool:
        assert question == 'Allow pay with {"amount": 7}?'
        await anyio.sleep(3.0)
        return True

    async def main() -> None:
        server = FakeServer()
        server.reply(call("pay", {"amount": 7}))
        server.reply(message("I have paid.", seconds=0.5))
        async with server:
            await run(
                snippet("ApprovalRequested") + "    await asyncio.sleep(3.0)\n", pay=pay, ask=ask,
                connect=partial(connect, endpoint=server, **devices()),
            )  # fmt: skip

    run_virtual(main)
    assert paid == [7]


def test_a_hosted_tool_is_listed_and_called(capsys: pytest.CaptureFixture[str]) -> None:
    def pay(amount: int) -> None:
        """Pay."""

    async def main() -> None:
        server = FakeServer()
        server.offer_tools("docs", "search", "fetch")
        server.reply(mcp_call("docs", "search", output="by card"))
        server.reply(message("You can pay by card.", seconds=0.5))
        async with server:
            await run(snippet("ToolsListed"), pay=pay, connect=partial(connect, endpoint=server, **devices()))

    run_virtual(main)
    assert capsys.readouterr().out == "docs has 2 tools\ncalling search\nsearch returned by card\n"


def test_a_function_says_what_the_model_is_to_know() -> None:
    async def main() -> str:
        names = await run(snippet("ToolError"), TRAINS={"Oban": ["12:11"]})
        departures = Tool(names["departures"])
        assert (await departures.call('{"station": "Oban"}')).output == '["12:11"]'
        return str((await departures.call('{"station": "Oben"}')).output)

    assert run_virtual(main) == '{"error": "there is no station Oben; ask the user to spell it"}'


def test_a_function_that_raises_is_answered_as_the_page_says() -> None:
    def weather(city: str) -> str:
        raise OSError("no such city")

    result = asyncio.run(Tool(weather).call('{"city": "Atlantis"}'))
    assert str(result.output) in (DOCS / "tools.md").read_text(encoding="utf-8")
    assert result.respond
