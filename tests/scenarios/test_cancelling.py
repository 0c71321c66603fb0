"""However a session is cancelled, devices, connection and recording are closed, and no task or thread is left."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from realtime_sdk import ConnectionFailed, ConnectionLost
from realtime_sdk.testing import run_virtual

from .watch import CLOSING, Watch

SECOND = 1.0


def run_real(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main()` on the loop that applications have."""

    async def whole() -> None:
        await main()

    asyncio.run(whole())


def owner_task() -> asyncio.Task[object]:
    """The session's own task."""
    (owner,) = [task for task in asyncio.all_tasks() if task.get_name() == "realtime session"]
    return owner


on_both_loops = pytest.mark.parametrize("run", [run_virtual, run_real])


@on_both_loops
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_talk_that_is_cancelled_is_closed(run: Callable[..., None], times: int, tmp_path: Path) -> None:
    watch = Watch(tmp_path)

    async def main() -> None:
        async with watch.server:
            before = asyncio.all_tasks()
            task = asyncio.create_task(watch.talk())
            await watch.server.wait_for("input_audio_buffer.append", 3)
            for _ in range(times):
                task.cancel()
                await anyio.sleep(CLOSING / 4)
            with pytest.raises(asyncio.CancelledError):
                await task
            watch.check()
            assert asyncio.all_tasks() == before

    run(main)
    assert (tmp_path / "captions.vtt").exists()


@pytest.mark.parametrize("hanging", ["speaker", "transport", "microphone", "session"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_session_that_is_cancelled_while_it_opens_is_closed(hanging: str, times: int) -> None:
    watch = Watch(hanging=hanging)

    async def main() -> None:
        async with watch.server:
            before = asyncio.all_tasks()
            task = asyncio.create_task(watch.talk())
            await anyio.sleep(1.0)
            started = anyio.current_time()
            for _ in range(times):
                task.cancel()
                await anyio.sleep(CLOSING / 4)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert anyio.current_time() - started < SECOND
            assert asyncio.all_tasks() == before

    run_virtual(main)
    gc.collect()
    # A transport that is cancelled while it connects never was; what the others opened is closed.
    assert set(watch.closed) == {"speaker", "microphone"} | ({"transport"} & set(watch.opened) - {hanging})


@on_both_loops
@pytest.mark.parametrize("cancelled_before", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 3])
def test_the_end_of_the_loop_closes_a_session(
    run: Callable[..., None], cancelled_before: bool, turns: int, tmp_path: Path
) -> None:
    """The end of `main` cancels every task that is left, the session's own among them, whatever it is doing then."""
    watch = Watch(tmp_path)

    async def main() -> None:
        async with watch.server:
            task = asyncio.create_task(watch.talk())
            await watch.server.wait_for("input_audio_buffer.append", 3)
            if cancelled_before:
                task.cancel()
            for _ in range(turns):
                await asyncio.sleep(0)

    run(main)
    watch.check()
    assert (tmp_path / "captions.vtt").exists()


@on_both_loops
def test_the_loop_shuts_down_while_a_session_opens(run: Callable[..., None]) -> None:
    watch = Watch(hanging="session")
    tasks = []

    async def main() -> None:
        async with watch.server:
            tasks.append(asyncio.create_task(watch.talk()))
            await anyio.sleep(0.1)

    run(main)
    watch.check()
    assert tasks[0].cancelled()


def test_a_session_that_is_never_left_is_closed_with_its_loop() -> None:
    watch = Watch()

    async def main() -> None:
        async with watch.server:
            await watch.connect().__aenter__()
            gc.collect()  # the owner lives on where nothing else keeps it

    run_virtual(main)
    watch.check()


def test_a_cancelled_owner_ends_the_session_and_not_the_block() -> None:
    watch = Watch()

    async def main() -> None:
        async with watch.server, watch.connect() as session:
            owner = owner_task()
            for _ in range(3):
                owner.cancel()
                await asyncio.sleep(CLOSING / 4)
            with pytest.raises(ConnectionLost, match="its own task was cancelled"):
                await anext(session.responses())
            await anyio.sleep(CLOSING)
            watch.check()

    run_virtual(main)


@pytest.mark.parametrize("after", [0.0, 1.0])
def test_an_owner_that_is_cancelled_while_it_opens_is_a_failure_to_connect(after: float) -> None:
    """Even before its first step, in which it could do nothing about it."""
    watch = Watch(hanging="session")

    async def main() -> None:
        async with watch.server:
            before = asyncio.all_tasks()
            task = asyncio.create_task(watch.talk())
            await asyncio.sleep(after)
            owner_task().cancel()
            with pytest.raises(ConnectionFailed, match="own task was cancelled while it opened"):
                await task
            assert asyncio.all_tasks() == before

    run_virtual(main)
    assert set(watch.closed) >= set(watch.opened) - {"session"}
    assert bool(watch.opened) is (after > 0.0)
