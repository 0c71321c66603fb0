"""One response is cancelled, and no other; or only the application can cut it."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import BargeIn, Interrupted, Response, Session
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from .observing import after, count, detection, errors, is_answered, remembered, seconds, sentence, talk

pytestmark = pytest.mark.usefixtures("unguarded")

SOON = 0.05
"""Seconds within which a silence begins."""


async def settled(session: Session, server: FakeServer) -> None:
    """Let everything come that is on its way, and see that the session is none the worse."""
    await anyio.sleep(30.0)
    assert server.refused == []
    assert await is_answered(server, session)


# Response.cancel


def test_a_response_cancelled_before_playback_is_not_heard_and_is_deleted() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long legal notice.", seconds=10.0), thinking=3.0)
        async with server, talk(server, speaker) as session:
            response = await session.respond()
            await anyio.sleep(1.0)
            await response.cancel()
            assert response.status == "cancelled"
            assert await response.played() == []
            await anyio.sleep(10.0)
            assert (seconds(speaker), remembered(server)) == (0.0, [])
            await settled(session, server)

    run_virtual(main)


def test_a_response_cancelled_while_it_streams_stops_at_once_and_is_truncated_to_what_was_heard() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long legal notice.", seconds=10.0), message("And more.", seconds=5.0), pace=1.5)
        async with server, talk(server, speaker) as session:
            response = await session.respond()
            await anyio.sleep(2.0)
            heard = seconds(speaker)
            await response.cancel()
            (playout,) = await response.played()
            await anyio.sleep(20.0)
            assert seconds(speaker) == playout.position == approx(heard, abs=SOON)
            assert playout.interrupted and response.status == "cancelled"
            assert count(server, "response.cancel") == count(server, "conversation.item.truncate") == 1
            assert remembered(server) == ["assistant"]
            await settled(session, server)

    run_virtual(main)


def test_a_response_cancelled_after_it_was_sent_stops_at_once_and_is_truncated_to_what_was_heard() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long legal notice.", seconds=10.0), message("And more.", seconds=5.0))
        async with server, talk(server, speaker) as session:
            response = await session.respond()
            await response.done()
            await anyio.sleep(2.0)
            await response.cancel()
            first, second = await response.played()
            assert response.status == "completed"  # the server had made it
            await anyio.sleep(20.0)
            assert seconds(speaker) == first.position == approx(2.0, abs=SOON)
            assert (second.position, second.started_at) == (0.0, None)
            assert first.interrupted and second.interrupted
            assert count(server, "response.cancel") == 0
            assert remembered(server) == ["assistant"]
            await settled(session, server)

    run_virtual(main)


def test_cancelling_a_response_that_was_heard_has_no_effect() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Short.", seconds=1.0))
        async with server, talk(server, speaker) as session:
            response = await session.respond()
            (playout,) = await response.played()
            await response.cancel()
            assert not playout.interrupted
            assert remembered(server) == ["assistant: Short."]
            await settled(session, server)
        assert await after(session, Interrupted) == []

    run_virtual(main)


@pytest.mark.parametrize("pace", [math.inf, 1.5])
def test_cancelling_a_response_twice_cancels_it_once(pace: float) -> None:
    async def main() -> None:
        server, speaker = FakeServer(latency=0.1), VirtualSpeaker()
        server.reply(message("A long legal notice.", seconds=10.0), pace=pace)
        async with server, talk(server, speaker) as session:
            response = await session.respond()
            await anyio.sleep(2.0)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(response.cancel)
                tasks.start_soon(response.cancel)
            await response.cancel()
            await anyio.sleep(1.0)
            assert count(server, "response.cancel") == (pace < math.inf)
            assert count(server, "conversation.item.truncate") == 1
            await settled(session, server)
        assert len(await after(session, Interrupted)) == 1

    run_virtual(main)


@pytest.mark.parametrize("pace", [math.inf, 1.0])
@pytest.mark.parametrize("waits", [0.0, 1.0])
def test_cancelling_the_second_response_leaves_the_first_playing(pace: float, waits: float) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("An innocent answer.", seconds=4.0))
        server.reply(message("A forbidden answer.", seconds=6.0), pace=pace)
        async with server, talk(server, speaker) as session:
            first = await session.respond()
            second = await session.respond()
            await anyio.sleep(waits)
            await second.cancel()
            (innocent,), forbidden = await first.played(), await second.played()
            assert (innocent.position, innocent.interrupted) == (4.0, False)
            assert [playout.position for playout in forbidden] in ([], [0.0])
            assert seconds(speaker) == 4.0
            await settled(session, server)
            assert remembered(server)[0] == "assistant: An innocent answer."
            assert "assistant: A forbidden answer." not in remembered(server)

    run_virtual(main)


def test_cancelling_the_first_response_starts_the_second_at_once() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long legal notice.", seconds=10.0))
        server.reply(message("An answer.", seconds=2.0))
        async with server, talk(server, speaker) as session:
            first = await session.respond()
            second = await session.respond()
            await anyio.sleep(1.0)
            await first.cancel()
            began = anyio.current_time()
            (playout,) = await second.played()
            assert (playout.position, playout.interrupted) == (2.0, False)
            assert anyio.current_time() - began == approx(2.0, abs=SOON)
            assert seconds(speaker) == approx(3.0, abs=SOON)
            await settled(session, server)

    run_virtual(main)


def test_cancelling_an_out_of_band_response_leaves_the_reply_playing() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A story.", seconds=3.0), pace=1.5)
        server.reply(message("A long summary.", seconds=9.0), pace=1.0)
        async with server, talk(server, speaker) as session:
            story = await session.respond()
            aside = await session.respond(conversation="none", output_modalities=["text"])
            await anyio.sleep(1.0)
            await aside.cancel()
            assert aside.status == "cancelled"
            (playout,) = await story.played()
            assert (playout.position, playout.interrupted) == (3.0, False)
            assert seconds(speaker) == 3.0
            await settled(session, server)

    run_virtual(main)


def test_an_interruption_does_not_cancel_an_out_of_band_response() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A story.", seconds=9.0), pace=1.5)
        server.reply(message("A summary.", seconds=3.0), pace=1.0)
        async with server, talk(server) as session:
            story = await session.respond()
            aside = await session.respond(conversation="none", output_modalities=["text"])
            await anyio.sleep(1.0)
            assert len(await session.interrupt()) == 1
            await aside.done()
            assert (story.status, aside.status) == ("cancelled", "completed")
            assert (await sentence(aside)).transcript == "A summary."
            await settled(session, server)

    run_virtual(main)


# Not interruptible


def server_interrupts(server: FakeServer) -> bool:
    """Whether the server's turn detection, as it is set now, cancels a response by itself."""
    return bool(detection(server)["interrupt_response"])


async def greeted(server: FakeServer, session: Session) -> Response:
    """Begin a greeting that can't be cut, and have the user speak into it."""
    greeting = await session.respond(interruptible=False)
    await anyio.sleep(1.0)
    await server.user_speaks("Hello?", seconds=0.7)
    return greeting


@pytest.mark.parametrize("pace", [math.inf, 2.0, 1.1])
@pytest.mark.parametrize("latency", [0.0, 0.1])
def test_speech_over_an_uninterruptible_response_is_answered_after_it(pace: float, latency: float) -> None:
    async def main() -> None:
        server, speaker = FakeServer(latency=latency), VirtualSpeaker()
        server.reply(message("This call is recorded.", seconds=5.0), pace=pace)
        server.reply(message("Yes?", seconds=1.0))
        async with server, talk(server, speaker) as session:
            (playout,) = await (await greeted(server, session)).played()
            assert (playout.position, playout.interrupted) == (5.0, False)
            await anyio.sleep(5.0)
            assert remembered(server) == ["assistant: This call is recorded.", "user: Hello?", "assistant: Yes?"]
            assert seconds(speaker) == 6.0
            assert await is_answered(server, session)
        assert await errors(session) == []
        assert await after(session, Interrupted) == []

    run_virtual(main)


def test_interrupt_response_is_off_while_the_server_generates_an_uninterruptible_response() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("This call is recorded.", seconds=5.0), pace=1.5)
        async with server, talk(server) as session:
            assert server_interrupts(server)
            greeting = await session.respond(interruptible=False)
            assert not server_interrupts(server)
            await anyio.sleep(1.0)
            assert not server_interrupts(server)
            await greeting.done()
            await anyio.sleep(0.1)
            assert server_interrupts(server)
            assert session.settings == server.connections[-1].session.settings

    run_virtual(main)


@pytest.mark.parametrize("how", ["cancel", "interrupt"])
@pytest.mark.parametrize("pace", [math.inf, 1.5])
def test_the_application_can_cut_an_uninterruptible_response(pace: float, how: str) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("This call is recorded.", seconds=5.0), pace=pace)
        async with server, talk(server, speaker) as session:
            greeting = await session.respond(interruptible=False)
            await anyio.sleep(1.0)
            await (session.interrupt() if how == "interrupt" else greeting.cancel())
            (playout,) = await greeting.played()
            await anyio.sleep(5.0)
            assert playout.interrupted
            assert seconds(speaker) == playout.position == approx(1.0, abs=SOON)
            assert server_interrupts(server)
            await settled(session, server)

    run_virtual(main)


def test_the_reply_after_an_uninterruptible_response_is_interruptible() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("This call is recorded.", seconds=2.0), pace=1.5)
        server.reply(message("A story.", seconds=5.0), pace=1.5)
        server.reply(message("Yes?", seconds=1.0))
        async with server, talk(server, speaker) as session:
            await (await session.respond(interruptible=False)).played()
            story = await session.respond()
            await anyio.sleep(1.0)
            await server.user_speaks("Stop.", seconds=0.7)
            (playout,) = await story.played()
            assert playout.interrupted
            assert playout.position == approx(1.0, abs=0.1)
            await anyio.sleep(5.0)
            assert remembered(server)[-1] == "assistant: Yes?"
        assert await errors(session) == []

    run_virtual(main)


POLICIES: dict[str, Any] = {
    "at once": BargeIn.immediate(), "duck": BargeIn.duck_then_decide(0.3), "pause": BargeIn.pause_then_decide(0.3),
    "wait": BargeIn.delay(0.3), "never": BargeIn.never(),
}  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("pace", [math.inf, 1.5])
def test_no_barge_in_policy_cuts_an_uninterruptible_response(policy: BargeIn, pace: float) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("This call is recorded.", seconds=5.0), pace=pace)
        server.reply(message("Yes?", seconds=1.0))
        async with server, talk(server, speaker, barge_in=policy) as session:
            (playout,) = await (await greeted(server, session)).played()
            assert (playout.position, playout.interrupted) == (5.0, False)
            await anyio.sleep(5.0)
            assert remembered(server) == ["assistant: This call is recorded.", "user: Hello?", "assistant: Yes?"]
        assert await errors(session) == []

    run_virtual(main)


def test_speech_cuts_the_reply_queued_after_an_uninterruptible_response_but_not_the_response() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("This call is recorded.", seconds=3.0))
        server.reply(message("A story.", seconds=5.0))
        server.reply(message("Yes?", seconds=1.0))
        async with server, talk(server, speaker) as session:
            greeting = await session.respond(interruptible=False)
            story = await session.respond()
            await anyio.sleep(1.0)
            await server.user_speaks("Stop.", seconds=0.7)
            (recorded,), (cut,) = await greeting.played(), await story.played()
            assert (recorded.interrupted, recorded.position) == (False, 3.0)
            assert (cut.interrupted, cut.position) == (True, 0.0)
            await anyio.sleep(5.0)
            assert remembered(server) == ["assistant: This call is recorded.", "user: Stop.", "assistant: Yes?"]
            assert seconds(speaker) == 4.0

    run_virtual(main)
