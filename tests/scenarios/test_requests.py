"""Every request ends: it is answered, refused, late or given up, and then the next one works."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import Idle, IdlePolicy, RequestTimedOut, ServerError, ServerRefused, Session, Turns, UsageError
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import (
    FakeServer,
    Only,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    drop,
    late,
    message,
    run_virtual,
)

from .observing import after, count, errors, is_answered, remembered, seconds, sent, sentence, talk
from .refusing import QUOTA, refusing

pytestmark = pytest.mark.usefixtures("unguarded")


# Refused, and no caller awaits it


async def by_text(session: Session) -> None:
    session.send_text("Hello?")


async def by_tool(session: Session) -> None:
    await (await session.respond()).done()


async def by_key(session: Session) -> None:
    session.press()
    await anyio.sleep(0.5)
    assert session.release()


async def by_silence(session: Session) -> None:
    await anyio.sleep(5.0)


def lookup() -> str:
    """Look it up."""
    return "42"


UNSEEN: dict[str, tuple[Callable[[Session], Awaitable[None]], dict[str, Any]]] = {
    "a text": (by_text, {}),
    "the continuation after a tool": (by_tool, {"tools": [lookup]}),
    "push to talk": (by_key, {"turns": Turns.push_to_talk()}),
    "a question after a silence": (by_silence, {"idle": IdlePolicy.prompt(4.0)}),
}


@pytest.mark.parametrize(("ask", "parameters"), UNSEEN.values(), ids=UNSEEN)
def test_a_refusal_that_no_caller_awaits_is_one_error_event_and_the_next_request_works(
    ask: Callable[[Session], Awaitable[None]], parameters: dict[str, Any]
) -> None:
    async def main() -> None:
        server = refusing(2, call("lookup")) if ask is by_tool else refusing()
        microphone = VirtualMicrophone() if ask is by_key else None
        async with server, talk(server, microphone=microphone, **parameters) as session:
            await ask(session)
            await anyio.sleep(1.0)
            assert await is_answered(server, session)
        assert await errors(session) == [QUOTA]

    run_virtual(main)


def test_a_refusal_that_its_caller_awaits_is_raised_there_and_nowhere_else() -> None:
    async def main() -> None:
        server = refusing()
        async with server, talk(server) as session:
            with pytest.raises(ServerRefused, match="quota") as refusal:
                await session.respond()
            assert refusal.value.code == QUOTA
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_a_server_that_refuses_every_question_after_a_silence_is_not_asked_again_and_again() -> None:
    async def main() -> None:
        server = refusing(None)
        async with server, talk(server, idle=IdlePolicy.prompt(4.0)) as session:
            await anyio.sleep(600.0)
        assert len(await after(session, Idle)) == count(server, "response.create") == 1

    run_virtual(main)


# Not answered in time


timeouts = pytest.mark.parametrize(("of_session", "of_call"), [(15.0, 2.0), (2.0, None), (1.0, 2.0)])


@timeouts
def test_respond_times_out_and_a_late_answer_is_cancelled_and_not_heard(
    of_session: float, of_call: float | None
) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Too late.", seconds=9.0), pace=2.0)
        server.tamper("response.created", Only(1, late(4.0)))
        async with server, talk(server, speaker, timeout=of_session) as session:
            asked = anyio.current_time()
            with pytest.raises(RequestTimedOut, match=r"response\.create within 2 s"):
                await session.respond(timeout=of_call)
            assert anyio.current_time() - asked == approx(2.0)
            await anyio.sleep(10.0)
            assert seconds(speaker) == 0.0
            assert count(server, "response.cancel") == 1
            assert remembered(server) == []
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_a_text_that_is_not_answered_in_time_is_a_server_error() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Too late.", seconds=1.0))
        server.tamper("response.created", Only(1, late(20.0)))
        async with server, talk(server, speaker) as session:
            session.send_text("Hello?")
            await anyio.sleep(30.0)
            assert seconds(speaker) == 0.0
            assert await is_answered(server, session)
        assert await errors(session) == ["no_answer"]

    run_virtual(main)


@timeouts
def test_update_times_out_and_a_late_confirmation_answers_no_other_update(
    of_session: float, of_call: float | None
) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, timeout=of_session) as session:
            server.tamper("session.updated", Only(1, late(4.0)))
            with pytest.raises(RequestTimedOut, match=r"session\.update within 2 s"):
                await session.update(instructions="First.", timeout=of_call)
            confirmed = await session.update(instructions="Second.", timeout=15.0)
            assert confirmed["instructions"] == "Second."
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_a_request_that_waits_for_a_long_reply_does_not_time_out() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A long story.", seconds=40.0), pace=1.1)
        server.reply(message("And the next.", seconds=1.0))
        async with server, talk(server, timeout=2.0) as session:
            await session.respond()
            (playout,) = await (await session.respond()).played()
            assert playout.transcript == "And the next."

    run_virtual(main)


# Given up by its caller


@pytest.mark.parametrize("gives_up", ["before the server knows", "while the server thinks"])
def test_a_caller_that_is_cancelled_withdraws_its_request(gives_up: str) -> None:
    async def main() -> None:
        server, speaker = FakeServer(latency=0.2), VirtualSpeaker()
        server.reply(message("Nobody wants it.", seconds=9.0), pace=2.0)
        async with server, talk(server, speaker) as session:
            request = asyncio.create_task(session.respond())
            await anyio.sleep(0.1 if gives_up == "before the server knows" else 0.3)
            request.cancel()
            await anyio.sleep(5.0)
            assert request.cancelled()
            assert seconds(speaker) == 0.0
            assert count(server, "response.cancel") == 1
            assert remembered(server) == []
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_a_caller_that_is_cancelled_while_it_waits_for_its_turn_asks_for_nothing() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A story.", seconds=3.0), pace=1.5)
        async with server, talk(server) as session:
            story = await session.respond()
            request = asyncio.create_task(session.respond(instructions="Something else."))
            await anyio.sleep(0.5)
            request.cancel()
            (playout,) = await story.played()
            assert not playout.interrupted
            assert count(server, "response.create") == 1
            assert await is_answered(server, session)

    run_virtual(main)


def test_an_update_whose_caller_is_cancelled_answers_no_other_update() -> None:
    async def main() -> None:
        server = FakeServer(latency=0.2)
        async with server, talk(server) as session:
            request = asyncio.create_task(session.update(instructions="First."))
            await anyio.sleep(0.1)
            request.cancel()
            assert (await session.update(instructions="Second."))["instructions"] == "Second."
            assert await is_answered(server, session)

    run_virtual(main)


# What JSON can't hold

UNWRITABLE: dict[str, Any] = {
    "an object": object(), "a function": print, "a set": {1, 2}, "not a number": math.nan, "an array": np.zeros(2),
}  # fmt: skip


@pytest.mark.parametrize("value", UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_value_that_json_cannot_hold_is_refused_at_once_and_the_next_request_works(value: Any) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            before = len(server.received)
            with pytest.raises(UsageError, match="JSON"):
                await session.respond(instructions=value)
            with pytest.raises(UsageError, match="JSON"):
                await session.update(tracing=value)
            with pytest.raises(UsageError, match="JSON"):
                session.send({"type": "session.update", "session": {"tracing": value}})
            await anyio.sleep(1.0)
            assert len(server.received) == before
            assert await is_answered(server, session)
            assert (await session.update(instructions="Be brief."))["instructions"] == "Be brief."
        assert await errors(session) == []

    run_virtual(main)


# Everything that waits ends with the connection


@pytest.mark.parametrize("code", [1000, 1011])
def test_requests_that_wait_fail_with_the_connection_and_later_ones_at_once(code: int) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A story.", seconds=3.0), pace=1.0)
        async with server, talk(server, reconnect=None) as session:
            item = await sentence(await session.respond())
            server.tamper("session.updated", drop)
            waiting = [asyncio.create_task(session.respond()), asyncio.create_task(session.update(instructions="A."))]
            await anyio.sleep(0.1)
            server.break_off() if code == 1011 else server.hang_up()
            failures = await asyncio.gather(*waiting, session.respond(), return_exceptions=True)
            assert [type(failure).__name__ for failure in failures] == ["ConnectionLost"] * 3
            await item.played()
        assert [event.code for event in await after(session, ServerError)] == []

    run_virtual(main)


def test_push_to_talk_is_answered_once() -> None:
    async def main() -> None:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Yes?", seconds=0.5))
        microphone.say(np.full(WIRE_RATE, 1000, np.int16), at=0.0)
        async with server, talk(server, microphone=microphone, turns=Turns.push_to_talk()) as session:
            await by_key(session)
            (playout,) = await (await anext(session.responses())).played()
            assert playout.transcript == "Yes?"
        assert [len(sent(server, kind)) for kind in ("input_audio_buffer.commit", "response.create")] == [1, 1]

    run_virtual(main)
