"""Timeouts: each is handled when it is due, where the effects of it may start tasks."""

from __future__ import annotations

import asyncio
import math

import anyio
from pytest import approx

from realtime_sdk._runtime import clock
from realtime_sdk.session._timeouts import DeadlineTimer
from realtime_sdk.testing import run_virtual


class Alarm:
    """A part with one deadline."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def expire(self, at: float) -> float:
        self.deadline = math.inf
        return at


def test_a_timeout_is_handled_in_a_task_when_it_is_due() -> None:
    async def main() -> list[tuple[float, bool]]:
        began = clock.wall()
        handled: list[tuple[float, bool]] = []
        timer = DeadlineTimer[float](
            [Alarm(began + 2.0)],
            lambda part: handled.append((part.expire(clock.wall()) - began, asyncio.current_task() is not None)),
        )
        timer.set()
        await anyio.sleep(5.0)
        timer.end()
        return handled

    ((at, is_in_a_task),) = run_virtual(main)
    assert at == approx(2.0)
    assert is_in_a_task


def test_a_timer_that_has_ended_handles_nothing() -> None:
    async def main() -> list[float]:
        handled: list[float] = []
        timer = DeadlineTimer[float]([Alarm(clock.wall() + 2.0)], lambda part: handled.append(part.expire(0.0)))
        timer.set()
        timer.end()
        await anyio.sleep(5.0)
        return handled

    assert run_virtual(main) == []


def test_deadlines_are_looked_at_once_for_all_that_changes_in_a_turn_of_the_event_loop() -> None:
    class Counted(Alarm):
        looks = 0

        @property
        def deadline(self) -> float:
            self.looks += 1
            return math.inf

        @deadline.setter
        def deadline(self, _: float) -> None: ...

    async def main() -> int:
        part = Counted(math.inf)
        timer = DeadlineTimer[float]([part], lambda part: None)
        for _ in range(50):
            timer.set()
        await anyio.sleep(1.0)
        timer.end()
        return part.looks

    assert run_virtual(main) == 1
