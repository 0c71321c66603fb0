"""Tools, requests, texts and updates in a whole conversation."""

from __future__ import annotations

import asyncio

import anyio

from realtime_sdk import (
    FunctionCallItem,
    MessageItem,
    ToolFinished,
    connect,
)
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual


def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: its name.
    """
    return f"It is foggy in {city}."


def test_a_tool_is_called_once_and_its_answer_is_spoken() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("I will check.", phase="commentary"), call("weather", {"city": "London"}))
        server.reply(message("It is foggy.", phase="final_answer"))
        speaker = VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None, tools=[weather]) as session:
            await session.send_text("What is the weather in London?")
            responses = session.responses()
            first = await anext(responses)
            await first.done()
            second = await anext(responses)
            await second.played()
            (tool,) = [item for item in first.items if isinstance(item, FunctionCallItem)]
            assert tool.output == "It is foggy in London."
            outputs = [
                e["item"]
                for e in server.received
                if e["type"] == "conversation.item.create" and e["item"]["type"] == "function_call_output"
            ]
            assert outputs == [
                {"type": "function_call_output", "call_id": tool.call_id, "output": "It is foggy in London."}
            ]
        assert len([e for e in server.received if e["type"] == "response.create"]) == 2
        assert len([event async for event in session.events() if isinstance(event, ToolFinished)]) == 1
        assert server.refused == []

    run_virtual(main)


def test_requests_for_responses_never_collide() -> None:
    async def main() -> None:
        server = FakeServer()
        for n in range(3):
            server.reply(message(f"Answer {n}.", seconds=0.2), thinking=0.5)
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            responses = await asyncio.gather(*(session.respond(instructions=f"Answer {n}.") for n in range(3)))
            playouts = [playout for response in responses for playout in await response.played()]
        assert [playout.transcript for playout in playouts] == ["Answer 0.", "Answer 1.", "Answer 2."]
        assert server.refused == []

    run_virtual(main)


def test_texts_sent_during_a_reply_share_the_one_that_follows() -> None:
    async def main() -> None:
        server = FakeServer()
        for n in range(3):
            server.reply(message(f"Answer {n}.", seconds=0.2), thinking=0.5)
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            for n in range(3):
                session.send_text(f"Question {n}?")
            await anyio.sleep(5.0)
            asked = [event for event in server.received if event["type"] == "response.create"]
            texts = [item.heard for item in session.conversation if isinstance(item, MessageItem)]
        assert len(asked) == 2
        assert texts == ["Question 0?", "Question 1?", "Question 2?", "Answer 0.", "Answer 1."]

    run_virtual(main)
