"""The virtual clock: time advances by timers only, and every run is the same."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import threading
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import anyio.to_thread
import pytest

from realtime_sdk import connect
from realtime_sdk._runtime import clock
from realtime_sdk._runtime.threads import run_in_thread, run_tool_in_thread
from realtime_sdk.errors import UsageError
from realtime_sdk.testing import (
    Deadlock,
    FakeServer,
    VirtualLoop,
    VirtualMicrophone,
    VirtualSpeaker,
    message,
    now,
    run_virtual,
)
from realtime_sdk.testing._clock import EPOCH


def test_an_hour_of_sleep_takes_an_hour_of_virtual_time() -> None:
    async def main() -> tuple[float, float]:
        await anyio.sleep(3600)
        return clock.now(), clock.wall()

    assert run_virtual(main) == (3600.0, EPOCH + 3600.0)


def test_now_is_the_wall_clock_of_events_and_playouts() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is noon.", seconds=1.0), thinking=0.5)
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            asked_at = now()
            await asyncio.sleep(2.0)
            assert now() == asked_at + 2.0
            (playout,) = await (await session.respond()).played()
            assert playout.started_at == pytest.approx(asked_at + 2.5, abs=0.05)
            assert playout.finished_at == pytest.approx(now(), abs=0.05)

    run_virtual(main)


def test_now_needs_a_running_loop() -> None:
    with pytest.raises(UsageError, match="inside a coroutine function"):
        now()


def test_tasks_wake_in_the_order_of_their_timers() -> None:
    woken: list[float] = []

    async def wake(after: float) -> None:
        await anyio.sleep(after)
        woken.append(clock.now())

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for after in (3.0, 0.1, 2.0, 0.1):
                tasks.start_soon(wake, after)

    run_virtual(main)
    assert woken == [0.1, 0.1, 2.0, 3.0]


def test_a_timeout_fires_at_its_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await anyio.Event().wait()
        with anyio.move_on_after(5):
            await anyio.sleep_forever()
        return clock.now()

    assert run_virtual(main) == 10.0


async def with_a_limiter_of_its_own(wait: Callable[[], object]) -> None:
    limiter = anyio.CapacityLimiter(1)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.watch_threads(limiter)
    await anyio.to_thread.run_sync(wait, limiter=limiter)


@pytest.mark.parametrize(
    "run",
    [
        anyio.to_thread.run_sync, asyncio.to_thread, run_in_thread, partial(run_tool_in_thread, "tool"),
        with_a_limiter_of_its_own,
    ],
)
def test_the_clock_stands_still_while_a_worker_thread_runs(run: Callable[..., Awaitable[object]]) -> None:
    released = threading.Event()

    async def tick(seen: list[float]) -> None:
        # A timer in a thread's lifetime: a clock that jumped would fire it before the thread is released.
        await anyio.sleep(0.001)
        seen.append(clock.now())

    async def main() -> list[float]:
        seen: list[float] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tick, seen)
            await run(functools.partial(released.wait, 0.05))
            assert seen == []
            assert clock.now() == 0.0
        return seen

    assert run_virtual(main) == [0.001]


def test_a_deadlock_says_where_each_task_waits() -> None:
    async def wait_for_ever() -> None:
        await anyio.Event().wait()

    with pytest.raises(Deadlock) as raised:
        run_virtual(wait_for_ever)
    first, place, line = str(raised.value).splitlines()
    assert first == "no task can go on and no timer runs:"
    assert re.fullmatch(rf"  main waits in .*wait_for_ever \({__file__}:\d+\)", place)
    assert line == "    await anyio.Event().wait()"


def test_it_can_not_run_inside_a_loop() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="await the coroutine itself"):
            run_virtual(main)

    run_virtual(main)


def test_a_device_that_ticks_for_ever_is_stopped_by_the_limit() -> None:
    async def tick() -> None:
        microphone = VirtualMicrophone()
        await microphone.open(24_000)
        while len(await microphone.read()):
            pass

    with pytest.raises(Deadlock, match="60 virtual seconds are up"):
        run_virtual(tick, limit=60.0)


def test_an_exception_of_main_is_raised() -> None:
    async def main() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run_virtual(main)


def test_a_clock_with_a_tick_shows_its_multiples_alone() -> None:
    async def main() -> list[float]:
        times = []
        for seconds in (0.01, 0.01, 0.15, 0.1):
            await asyncio.sleep(seconds)
            times.append(round(asyncio.get_running_loop().time(), 6))
        return times

    assert run_virtual(main, tick=0.1) == [0.1, 0.2, 0.4, 0.5]
    assert run_virtual(main) == [0.01, 0.02, 0.17, 0.27]


def test_a_clock_with_a_speed_waits_in_reality() -> None:
    with contextlib.closing(VirtualLoop(speed=20.0)) as loop:
        assert loop._idle(2.0) == 0.1  # seconds to wait
        assert loop.time() == 2.0
