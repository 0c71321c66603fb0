"""Talks over a line: pauses, barge-ins and the end of a call, as the caller hears them."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk import Reconnect, connect
from realtime_sdk.lines import MediaStreamLine
from realtime_sdk.testing import FakeCall, FakeServer, message, noise, run_virtual
from realtime_sdk.testing.gateway._sides import GatewayName

from .far_side import Page, socket_pair


@pytest.mark.parametrize("latency", [0.0, 0.08])
def test_a_pause_holds_a_telephone_call_and_loses_nothing(latency: float) -> None:
    async def main() -> None:
        near, far = socket_pair()
        server, sound = FakeServer(), noise(1.5, seed=5)
        server.reply(message("One two three.", pcm=sound))
        async with (
            server,
            FakeCall(far, latency=latency) as call,
            MediaStreamLine(near, "twilio") as line,
            connect(endpoint=server, microphone=None, speaker=line.speaker) as session,
        ):
            session.send_text("Count.")
            response = await anext(session.responses())
            await call.wait_until_heard(0.5)
            session.pause()
            await anyio.sleep(latency + 0.1)
            held = call.heard_seconds
            await anyio.sleep(3.0)
            assert call.heard_seconds == held
            session.resume()
            [playout] = await response.played()
        assert not playout.interrupted and playout.position == 1.5
        assert 1.5 <= call.heard_seconds <= 1.5 + 2 * latency + 0.04

    run_virtual(main)


@pytest.mark.parametrize("latency", [0.0, 0.08])
@pytest.mark.parametrize("output_format", ["audio/pcmu", "audio/pcm"])
def test_a_barge_in_cuts_to_a_packet_and_the_way_of_a_message(latency: float, output_format: str) -> None:
    async def main() -> None:
        near, far = socket_pair()
        server = FakeServer()
        server.reply(message("A long legal notice.", seconds=10.0))
        async with server, FakeCall(far, latency=latency) as call, MediaStreamLine(near, "twilio") as line:
            options: dict[str, Any] = {"microphone": line.microphone, "speaker": line.speaker}
            async with connect(endpoint=server, output_format=output_format, **options) as session:
                session.send_text("Read it to me.")
                await call.wait_until_heard(1.0)
                await server.user_speaks("Stop.", seconds=0.2)
                [cut] = [event for event in server.received if event["type"] == "conversation.item.truncate"]
                unheard = call.heard_seconds - cut["audio_end_ms"] / 1000
                assert 0 <= unheard <= 0.02 + 2 * latency + 0.01  # a session polls every 10 ms
                assert call.cleared == 1

    run_virtual(main)


def test_a_page_that_counts_is_paused_at_its_frame_and_cut_to_its_report() -> None:
    async def main() -> None:
        near, far = socket_pair()
        server = FakeServer()
        server.reply(message("A long legal notice.", seconds=10.0))
        async with server, anyio.create_task_group() as tasks:
            page = Page(far)
            tasks.start_soon(page.run)
            async with MediaStreamLine(near, "counted") as line:
                options: dict[str, Any] = {"microphone": line.microphone, "speaker": line.speaker}
                async with connect(endpoint=server, **options) as session:
                    session.send_text("Read it to me.")
                    await anyio.sleep(2.0)
                    session.pause()
                    await anyio.sleep(3.0)
                    held = sum(map(len, page.heard))
                    assert 1.8 < held / 48_000 < 2.1
                    session.resume()
                    await anyio.sleep(1.0)
                    [playout] = await session.interrupt()
                    assert abs(playout.position - sum(map(len, page.heard)) / 48_000) <= 0.01
            tasks.cancel_scope.cancel()

    run_virtual(main)


@pytest.mark.parametrize("dialect", ["twilio", "telnyx", "plivo", "vonage"])
def test_every_gateway_is_talked_to_in_its_dialect(dialect: GatewayName) -> None:
    keys = list[str]()

    async def listen(line: MediaStreamLine) -> None:
        keys.extend([digit async for digit in line.digits()])

    async def main() -> None:
        near, far = socket_pair()
        server = FakeServer()
        server.reply(message("A long legal notice.", seconds=10.0))
        server.reply(message("Yes?", seconds=0.303))
        async with (
            server,
            anyio.create_task_group() as tasks,
            FakeCall(far, dialect, latency=0.03) as call,
            MediaStreamLine(near, dialect) as line,
            connect(endpoint=server, microphone=line.microphone, speaker=line.speaker) as session,
        ):
            tasks.start_soon(listen, line)
            session.send_text("Read it to me.")
            await call.wait_until_heard(0.5)
            session.pause()
            await anyio.sleep(0.3)
            session.resume()
            await call.wait_until_heard(1.0)
            call.press("1#")
            await server.user_speaks("Stop.", seconds=0.2)
            assert call.cleared == 2
            [cut] = [event for event in server.received if event["type"] == "conversation.item.truncate"]
            assert 800 < cut["audio_end_ms"] < 1000  # less what was heard twice at the pause
            await session.drained()
        assert keys == ["1", "#"]

    run_virtual(main)


@pytest.mark.parametrize("lost", [True, False])
def test_a_call_is_carried_until_the_caller_or_the_session_ends_it(lost: bool) -> None:
    async def main() -> None:
        near, far = socket_pair()
        server = FakeServer()
        server.reply(message("A legal notice.", seconds=2.0))
        async with (
            server,
            FakeCall(far) as call,
            MediaStreamLine(near, "twilio") as line,
            connect(
                endpoint=server,
                reconnect=Reconnect(give_up_after=1.0),
                microphone=line.microphone,
                speaker=line.speaker,
            ) as session,
        ):
            session.send_text("Read it to me.")
            await call.wait_until_heard(0.5)
            if lost:
                server.refuse_connections(1000)
                server.hang_up(1011)
                assert await line.carry(session) == "the session has ended"
                assert call.heard_seconds == pytest.approx(2.0, abs=0.02)
            else:
                await call.hang_up()
                assert await line.carry(session) == "the far side hung up"

    run_virtual(main)
