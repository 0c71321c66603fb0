"""`Session.turns()`: which response is the answer to which turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime_sdk import PlayoutStarted, TurnEnd, Turns, TurnTiming
from realtime_sdk.testing import FakeServer, VirtualMicrophone, call, message, noise, run_virtual

from ..capture.sounds import Loudness
from .observing import after, talk
from .test_turn_timing import search

pytestmark = pytest.mark.usefixtures("unguarded")


@pytest.mark.parametrize("early", [True, False], ids=["while it is heard", "before it is heard"])
def test_a_reply_that_the_user_cuts_is_of_an_interrupted_turn(early: bool) -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        server.reply(message("A long story.", seconds=6.0), thinking=0.0 if early else 3.0)
        server.reply(message("Yes?", seconds=0.5))
        async with server, talk(server) as session:
            await server.user_speaks("Tell me a story.")
            await asyncio.sleep(1.0)
            await server.user_speaks("Stop.")
            await session.drained()
            return session.turns()

    first, second = run_virtual(main)
    assert (first.interrupted, second.interrupted) == (True, False)
    assert (first.answer is not None, second.answer is not None) == (early, True)


def test_texts_sent_one_after_the_other_are_each_answered_by_the_response_to_it() -> None:
    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted]]:
        server = FakeServer()
        for text in ("Good morning.", "One.", "Two."):
            server.reply(message(text, seconds=1.0))
        async with server, talk(server) as session:
            session.respond()
            session.send_text("First.")
            await asyncio.sleep(1.5)
            session.send_text("Second.")
            await session.drained()
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted))

    turns, started = run_virtual(main)
    assert [turn.answer for turn in turns] == [event.at for event in started[1:]]


def test_what_is_said_over_a_text_that_waits_is_answered_with_it() -> None:
    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted]]:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Yes?", seconds=0.5))
        microphone.say(noise(1.0, seed=1), at=0.5)
        options: dict[str, Any] = {"microphone": microphone, "turns": Turns.by_voice(Loudness())}
        async with server, talk(server, **options) as session:
            await asyncio.sleep(1.0)
            session.send_text("And this.")
            await asyncio.sleep(3.0)
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted))

    [typed, spoken], [started] = run_virtual(main)
    assert (typed.end, typed.answer) == (TurnEnd.TEXT, None)
    assert (spoken.end, spoken.answer) == (TurnEnd.DETECTOR, started.at)


def test_what_a_tool_found_is_of_the_turn_that_asked_although_another_one_came_between() -> None:
    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted]]:
        server = FakeServer()
        server.reply(call("search", {"word": "sea"}))
        for text in ("Here.", "Found."):
            server.reply(message(text, seconds=0.5))
        async with server, talk(server, tools=[search]) as session:
            session.send_text("What is the sea?")
            await asyncio.sleep(1.0)
            session.send_text("Are you there?")
            await session.drained()
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted))

    [asked, between], [here, found] = run_virtual(main)
    assert (asked.answer, between.answer) == (found.at, here.at)


@pytest.mark.parametrize("spoken", [True, False], ids=["spoken", "typed"])
def test_an_answer_that_is_made_again_over_the_next_connection_is_the_answer(spoken: bool) -> None:
    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted]]:
        server = FakeServer()
        for _ in range(2):
            server.reply(message("Yes?", seconds=1.0), thinking=2.0)
        async with server, talk(server) as session:
            if spoken:
                await server.user_speaks("Hello?")
            else:
                session.send_text("Hello?")
            await asyncio.sleep(1.0)
            server.break_off()
            await session.drained()
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted))

    [turn], [started] = run_virtual(main)
    assert turn.created is not None and turn.first_delta is not None
    assert turn.created < turn.first_delta <= started.at == turn.answer
    assert not turn.interrupted


def test_a_response_that_no_turn_asked_for_is_of_no_turn() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        for text in ("Good morning.", "Yes?", "Are you there?"):
            server.reply(message(text, seconds=0.5))
        async with server, talk(server) as session:
            await (await session.respond()).played()
            assert session.turns() == []
            await server.user_speaks("Hello?")
            await session.drained()
            before = session.turns()
            await (await session.respond(conversation="none")).done()
            await (await session.respond(instructions="Ask whether they are there.")).played()
            assert session.turns() == before
            return before

    [turn] = run_virtual(main)
    assert turn.answer is not None
