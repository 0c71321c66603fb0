"""Exits by time are taken on time; one that fails is tried again, and costs the talk nothing."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import ProtocolViolation, RequestTimedOut
from realtime_sdk._runtime import clock
from realtime_sdk.conversation._effects import Effects
from realtime_sdk.conversation._engine import Engine
from realtime_sdk.testing import FakeServer, VirtualSpeaker, drop, message, run_virtual

from .observing import after, seconds, talk


def test_each_request_fails_when_its_time_is_up_whatever_the_rounding_of_clocks() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            server.tamper("session.updated", drop)
            for n in range(50):
                timeout, asked = 1.0 + n / 7, clock.now()
                with pytest.raises(RequestTimedOut):
                    await session.update(instructions="Be kind.", timeout=timeout)
                assert clock.now() - asked == approx(timeout, abs=0.001)

    run_virtual(main)


def test_a_timeout_handler_that_fails_is_retried_ten_times_per_second_and_the_session_continues(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[float] = []
    take = Engine.expire

    def expire(engine: Engine, at: float) -> Effects:
        tried.append(at)
        if len(tried) > 100:  # far more than there may be: a talk that stands still would never end
            return take(engine, at)
        raise RuntimeError("a mistake of ours")

    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("All the same.", seconds=1.0))
        async with server, talk(server, speaker) as session:
            monkeypatch.setattr(Engine, "expire", expire)
            server.tamper("session.updated", drop)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(update, session)
                await anyio.sleep(3.0)
                await (await session.respond()).played()
                assert seconds(speaker) == 1.0
                assert 5 < len(tried) <= 10 * (tried[-1] - tried[0]) + 1
                tasks.cancel_scope.cancel()
        (violation,) = await after(session, ProtocolViolation)
        assert "expire could not be handled: RuntimeError('a mistake of ours')" in violation.reason

    run_virtual(main)


async def update(session: Any) -> None:
    await session.update(instructions="Be kind.", timeout=1.0)


def test_an_event_that_cannot_be_handled_is_reported_and_the_session_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Engine.receive

    def fail_at_rates(engine: Engine, event: Any, at: float) -> Effects:
        if event.type == "rate_limits.updated":
            raise RuntimeError("a mistake of ours")
        return receive(engine, event, at)

    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("All the same.", seconds=1.0))
        monkeypatch.setattr(Engine, "receive", fail_at_rates)
        async with server, talk(server, speaker) as session:
            for _ in range(3):
                server.inject({"type": "rate_limits.updated", "rate_limits": []})
            await (await session.respond()).played()
            assert seconds(speaker) == 1.0
        (violation,) = await after(session, ProtocolViolation)
        assert violation.reason == "rate_limits.updated could not be handled: RuntimeError('a mistake of ours')"

    run_virtual(main)
