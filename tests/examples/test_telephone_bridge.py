"""The telephone bridge among the examples, with callers of a fake gateway."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from realtime_sdk.testing import FakeGateway, FakeServer, message, noise, run_virtual

from .running import example

FRAME = 0.02
"""Seconds of a packet: a barge-in cuts to one."""


@pytest.fixture(scope="module")
def bridge() -> Any:
    return example("telephone_bridge")["telephone_bridge"]


def truncations(server: FakeServer) -> list[float]:
    """Seconds at which answers were cut."""
    return [event["audio_end_ms"] / 1000 for event in server.received if event["type"] == "conversation.item.truncate"]


def test_a_barge_in_cuts_the_answer_where_the_caller_heard_it(bridge: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("We are open from six to six, but on Mondays we are closed.", seconds=10.0))
        server.reply(message("What can I do for you?", seconds=1.0))
        async with server, FakeGateway(bridge(endpoint=server)).call() as call:
            await call.wait_until_heard(3.0)
            await server.user_speaks("A loaf of rye, please.", seconds=0.5)
            assert call.cleared == 1
            [cut] = truncations(server)
            assert cut <= call.heard_seconds <= cut + FRAME
            await call.wait_until_heard(call.heard_seconds + 1.0)
            await anyio.sleep(0.5)

    caplog.set_level(logging.INFO, "telephone_bridge")
    run_virtual(main)
    assert caplog.messages[-1] == "the call ended: the far side hung up"  # all had been heard before
    cut, answer = [text for text in caplog.messages if text.startswith("model: ")]
    assert cut.startswith("model: We are open") and cut.endswith(" —") and "Mondays" not in cut
    assert answer == "model: What can I do for you?"
    assert "caller: A loaf of rye, please." in caplog.messages


def test_the_caller_is_heard_by_the_server(bridge: Any) -> None:
    async def main() -> None:
        async with FakeServer() as server, FakeGateway(bridge(endpoint=server)).call() as call:
            await server.wait_for("session.update")
            call.say(noise(1.0, seed=3, rate=8000))
            await anyio.sleep(2.0)
            sent = [event for event in server.received if event["type"] == "input_audio_buffer.append"]
            assert len(sent) >= 2.0 / 0.1

    run_virtual(main)


def test_keys_are_passed_on_to_the_model(bridge: Any) -> None:
    async def main() -> None:
        async with FakeServer() as server, FakeGateway(bridge(endpoint=server)).call() as call:
            await server.wait_for("session.update")
            call.press("7")
            created = await server.wait_for("conversation.item.create")
            assert "pressed 7" in str(created)

    run_virtual(main)


@pytest.mark.parametrize("way", ["hang_up", "drop"])
def test_a_call_that_ends_in_mid_answer_ends_the_session_there(
    bridge: Any, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A long legal notice.", seconds=10.0))
        async with server, FakeGateway(bridge(endpoint=server)).call() as call:
            await call.wait_until_heard(2.0)
            await getattr(call, way)()
            await call.wait_closed()

    caplog.set_level(logging.INFO, "telephone_bridge")
    run_virtual(main)
    reason = {"hang_up": "the far side hung up", "drop": "the far side closed the socket"}[way]
    assert caplog.messages == [f"the call ended: {reason}", "model: A long —"]


def test_calls_at_the_same_time_are_sessions_of_their_own(bridge: Any) -> None:
    async def talk(gateway: FakeGateway, seconds: float, heard: list[float]) -> None:
        async with gateway.call() as call:
            await call.wait_until_heard(seconds)
            heard.append(call.heard_seconds)

    async def main() -> None:
        server, heard = FakeServer(), list[float]()
        for _ in range(3):
            server.reply(message("A long legal notice.", seconds=10.0))
        async with server:
            gateway = FakeGateway(bridge(endpoint=server))
            async with anyio.create_task_group() as tasks:
                for number in range(3):
                    tasks.start_soon(talk, gateway, 0.5 + number / 2, heard)
        assert heard == pytest.approx([0.5, 1.0, 1.5], abs=FRAME)

    run_virtual(main)
