"""What a talk costs: every response and transcription is counted once, over whichever connections they came."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import fields
from decimal import Decimal
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    Budget,
    BudgetExceeded,
    MessageItem,
    Prices,
    Response,
    Session,
    Tap,
    TranscriptionUsage,
    Usage,
    UsageError,
    UserTranscript,
    connect,
)
from realtime_sdk.testing import FakeServer, call, changed, late, message, run_virtual, twice

from .observing import after, talk

pytestmark = pytest.mark.usefixtures("unguarded")

PRICES = Prices(text_in=4, text_out=16, audio_in=32, audio_out=64, transcription_minute=0.006)

TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


class Counted(Tap):
    """Adds up what the server says that its responses cost."""

    def __init__(self) -> None:
        self.total = Usage()
        self.responses = 0

    def received(self, frame: bytes | str) -> None:
        event = json.loads(frame)
        if event["type"] != "response.done" or not (usage := event["response"]["usage"]):
            return
        self.responses += 1
        read, written = usage["input_token_details"], usage["output_token_details"]
        self.total += Usage(
            total=usage["total_tokens"], input=usage["input_tokens"], output=usage["output_tokens"],
            input_text=read["text_tokens"], input_audio=read["audio_tokens"],
            output_text=written["text_tokens"], output_audio=written["audio_tokens"],
        )  # fmt: skip


def responses_of(session: Session) -> Usage:
    """What the session counted, but for transcriptions."""
    return Usage(**{count.name: getattr(session.usage, count.name) for count in fields(Usage)})


async def weather(city: str) -> str:
    """Look up the weather."""
    return f"sunny in {city}"


def test_the_session_adds_up_what_completed_cancelled_failed_and_incomplete_responses_cost() -> None:
    async def main() -> None:
        server, counted = FakeServer(), Counted()
        server.reply(message("Let me see."), call("weather", {"city": "Rome"}))
        server.reply(message("It is sunny in Rome.", seconds=3.0), pace=2.0)
        server.reply(message("Once upon a"), status="incomplete", reason="max_output_tokens")
        server.reply(status="failed")
        async with server, talk(server, tools=[weather], tap=counted) as session:
            session.send_text("How is the weather?")
            await server.wait_for("response.create", 2)
            await anyio.sleep(1.0)
            await session.interrupt()
            statuses = []
            for _ in range(2):
                session.send_text("Go on.")
                await session.drained()
            async for response in session.responses():
                statuses.append(response.status)
                if len(statuses) == 4:
                    break
            assert statuses == ["completed", "cancelled", "incomplete", "failed"]
            assert (counted.responses, responses_of(session)) == (4, counted.total)
            assert session.usage.output_audio > 0

    run_virtual(main)


def test_a_lost_connection_neither_loses_nor_repeats_what_was_counted() -> None:
    async def main() -> None:
        server, counted = FakeServer(), Counted()
        for _ in range(2):
            server.reply(message("Good morning."))
        async with server, talk(server, tap=counted) as session:
            session.send_text("Hello.")
            await session.drained()
            before = responses_of(session)
            server.break_off()
            await asyncio.sleep(0)
            session.send_text("Hello again.")
            await session.drained()
            assert len(server.connections) == 2
            assert counted.responses == 2
            assert responses_of(session) == counted.total
            assert responses_of(session).total > before.total > 0

    run_virtual(main)


def test_an_end_that_is_sent_twice_counts_once() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello."))
        server.tamper("response.done", twice)
        async with server, talk(server) as session:
            response = await (await session.respond()).done()
            await session.drained()
            assert responses_of(session) == response.usage

    run_virtual(main)


def test_an_end_that_comes_when_the_response_was_given_up_still_counts() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello."))
        server.tamper("response.done", late(200.0))
        async with server, talk(server) as session:
            response = await (await session.respond()).done()
            assert (response.status, response.usage) == ("incomplete", None)
            await anyio.sleep(200.0)
            assert response.usage is not None
            assert responses_of(session) == response.usage

    run_virtual(main)


@pytest.mark.parametrize("nothing", [{}, None, "none", {"total_tokens": -1}])
def test_a_server_that_counts_nothing_or_oddly_is_no_failure(nothing: Any) -> None:
    async def main() -> Response:
        server = FakeServer()
        server.reply(message("Hello."))
        server.tamper("response.done", lambda e: ({**e, "response": {**e["response"], "usage": nothing}},))
        async with server, talk(server) as session:
            response = await (await session.respond()).done()
            assert responses_of(session) == Usage()
            return response

    response = run_virtual(main)
    assert (response.status, response.usage) == ("completed", None)


def test_an_xai_server_counts_beside_the_response() -> None:
    async def main() -> None:
        server = FakeServer(dialect="xai")
        server.reply(message("Hello."))
        server.tamper("response.done", changed(usage={"total_tokens": 48, "input_tokens": 5, "output_tokens": 43}))
        async with server, talk(server) as session:
            response = await (await session.respond()).done()
            assert response.usage == Usage(total=48, input=5, output=43)

    run_virtual(main)


def test_transcriptions_are_counted_apart_and_each_with_its_message() -> None:
    async def main() -> None:
        server = FakeServer()
        for _ in range(2):
            server.reply(message("Yes?"))
        server.tamper(TRANSCRIBED, twice)
        async with server, talk(server, transcription={"model": "gpt-realtime-whisper"}) as session:
            await server.user_speaks("Hello?", seconds=2.0)
            await anyio.sleep(5.0)
            await server.user_speaks("Are you there?", seconds=3.0)
            await anyio.sleep(5.0)
            users = [i for i in session.conversation if isinstance(i, MessageItem) and i.role == "user"]
            answers = [i for i in session.conversation if isinstance(i, MessageItem) and i.role == "assistant"]
            assert [item.transcription_usage for item in users] == [
                TranscriptionUsage(seconds=2.0), TranscriptionUsage(seconds=3.0)
            ]  # fmt: skip
            assert [item.transcription_usage for item in answers] == [None, None]
            assert session.usage.transcription == TranscriptionUsage(seconds=5.0)
            assert session.usage.cost(PRICES) == responses_of(session).cost(PRICES) + Decimal("0.0005")
        finals = [event for event in await after(session, UserTranscript) if event.final]
        assert [event.usage for event in finals] == [TranscriptionUsage(seconds=2.0), TranscriptionUsage(seconds=3.0)]

    run_virtual(main)


# Budgets


def spend(budget: Budget, responses: int) -> list[BudgetExceeded]:
    """Hold a talk of some responses, at about a thousandth of a dollar each."""

    async def main() -> list[BudgetExceeded]:
        server = FakeServer()
        for _ in range(responses):
            server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, budget=budget) as session:
            for _ in range(responses):
                await (await session.respond()).played()
        return list(await after(session, BudgetExceeded))

    return run_virtual(main)


def test_a_budget_is_exceeded_once_and_nothing_else_happens() -> None:
    called: list[BudgetExceeded] = []
    emitted = spend(Budget("0.002", PRICES, called.append), responses=4)
    assert called == emitted
    [exceeded] = emitted
    assert exceeded.cost > exceeded.limit == Decimal("0.002")


def test_a_budget_that_is_not_exceeded_says_nothing() -> None:
    assert spend(Budget(1, PRICES), responses=2) == []


def test_a_budget_counts_transcriptions_too() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper(TRANSCRIBED, changed(usage={"type": "duration", "seconds": 600}))
        options: dict[str, Any] = {"transcription": {"model": "gpt-transcribe"}, "budget": Budget(0.05, PRICES)}
        async with server, talk(server, **options) as session:
            await server.user_speaks("Hello?")
            exceeded = await anext(session.events(BudgetExceeded))
            assert exceeded.cost == Decimal("0.06")

    run_virtual(main)


def test_a_callback_that_raises_is_logged_and_the_talk_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: BudgetExceeded) -> None:
        raise ValueError("no")

    assert len(spend(Budget(0, PRICES, fail), responses=2)) == 1
    assert "on_exceeded of the budget failed" in caplog.text


def test_a_budget_without_a_price_is_reported_and_watched_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert spend(Budget(0, Prices(text_in=4)), responses=2) == []
    [line] = [record.message for record in caplog.records]
    assert line.startswith("the budget is not watched any more: the server counted")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (lambda: Budget(-1, PRICES), "limit is a price"),
        (lambda: Budget(None, PRICES), "limit is a price"),
        (lambda: Budget(1, {"text_in": 4}), "prices is a Prices"),  # type: ignore[arg-type]
        (lambda: Budget(1, PRICES, "stop"), "on_exceeded is a function"),  # type: ignore[arg-type]
        (lambda: Budget(1, PRICES, weather), "plain function, not an async one"),  # type: ignore[arg-type]
        (lambda: connect(budget=0.5), "budget is a Budget"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_budget_is_refused(wrong: Any, refusal: str) -> None:
    with pytest.raises(UsageError, match=refusal):
        wrong()
