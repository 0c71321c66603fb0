"""Threads of the package's own: the application and the tools may exhaust theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import anyio.to_thread
import pytest

from realtime_sdk._runtime.threads import (
    COMPUTE_THREADS,
    TOOL_THREADS,
    compute_in_thread,
    has_abandoned_work,
    run_abandonably,
    run_in_thread,
    run_tool_in_thread,
    thread_limiters,
)


def answer() -> int:
    return threading.get_ident()


async def started(count: threading.Semaphore, threads: int) -> None:
    """Wait until so many threads have released `count`."""
    for _ in range(threads):
        await asyncio.to_thread(count.acquire)


def occupy(count: threading.Semaphore, released: threading.Event) -> None:
    count.release()
    released.wait()


def test_a_function_runs_in_another_thread_with_its_arguments() -> None:
    def both(a: int, b: int) -> tuple[int, int, int]:
        return a, b, threading.get_ident()

    for run in (run_in_thread, partial(run_tool_in_thread, "tool")):
        a, b, thread = asyncio.run(run(both, 1, 2))
        assert (a, b) == (1, 2)
        assert thread != threading.get_ident()


def test_an_exception_of_the_function_is_raised() -> None:
    for run in (run_in_thread, partial(run_tool_in_thread, "tool")):
        with pytest.raises(ZeroDivisionError):
            asyncio.run(run(divmod, 1, 0))


def test_a_caller_that_gives_up_does_not_wait_for_what_nothing_can_interrupt() -> None:
    released = threading.Event()

    async def main() -> None:
        count = threading.Semaphore(0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run_abandonably, occupy, count, released)
            await started(count, 1)
            tasks.cancel_scope.cancel()
        assert has_abandoned_work()
        released.set()

    asyncio.run(main())
    assert asyncio.run(run_abandonably(divmod, 7, 2)) == (3, 1)
    assert not has_abandoned_work()


def test_neither_the_application_nor_the_tools_take_the_threads_of_a_session() -> None:
    async def main() -> None:
        count, released = threading.Semaphore(0), threading.Event()
        work = partial(occupy, count, released)
        application = int(anyio.to_thread.current_default_thread_limiter().total_tokens)
        async with anyio.create_task_group() as tasks:
            for _ in range(application):
                tasks.start_soon(anyio.to_thread.run_sync, work)
            for _ in range(TOOL_THREADS):
                tasks.start_soon(run_tool_in_thread, "tool", work)
            await started(count, application + TOOL_THREADS)
            assert await run_in_thread(answer) != threading.get_ident()
            released.set()

    asyncio.run(main())


def test_tools_have_so_many_threads_and_further_ones_wait() -> None:
    async def main() -> None:
        count, released = threading.Semaphore(0), threading.Event()
        async with anyio.create_task_group() as tasks:
            for _ in range(TOOL_THREADS):
                tasks.start_soon(run_tool_in_thread, "tool", occupy, count, released)
            await started(count, TOOL_THREADS)
            further = asyncio.ensure_future(run_tool_in_thread("tool", answer))
            await anyio.wait_all_tasks_blocked()
            assert not further.done()
            released.set()
            await further

    asyncio.run(main())


@pytest.mark.parametrize(
    "run", [partial(run_in_thread, abandon_on_cancel=True), partial(run_tool_in_thread, "tool"), compute_in_thread]
)
def test_a_thread_may_be_left_to_itself(run: Callable[..., Awaitable[None]]) -> None:
    async def main() -> None:
        count, released = threading.Semaphore(0), threading.Event()
        running = asyncio.ensure_future(run(occupy, count, released))
        await started(count, 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not any(limiter.borrowed_tokens for limiter in thread_limiters())
        released.set()

    asyncio.run(main())


def test_the_log_names_no_tool_that_has_ended_or_never_began(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        await run_tool_in_thread("quick", answer)
        waiting = asyncio.ensure_future(run_tool_in_thread("waiting", answer))
        waiting.cancel()
        await asyncio.wait([waiting])

    asyncio.run(main())
    assert caplog.messages == []


def test_each_loop_has_limiters_of_its_own() -> None:
    async def limiters() -> list[anyio.CapacityLimiter]:
        assert thread_limiters() == thread_limiters()
        return thread_limiters()

    assert not set(map(id, asyncio.run(limiters()))) & set(map(id, asyncio.run(limiters())))


def test_the_log_names_a_tool_that_is_left_in_its_thread(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        count, released = threading.Semaphore(0), threading.Event()
        running = asyncio.ensure_future(run_tool_in_thread("look_up", occupy, count, released))
        await started(count, 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        released.set()

    asyncio.run(main())
    assert "tool 'look_up' was left running in its thread; its result is dropped" in caplog.text


def test_computations_share_a_thread_for_each_core_and_leave_the_others_of_a_session_alone() -> None:
    async def main() -> None:
        count, released = threading.Semaphore(0), threading.Event()
        async with anyio.create_task_group() as tasks:
            for _ in range(COMPUTE_THREADS + 3):
                tasks.start_soon(compute_in_thread, occupy, count, released)
            await started(count, COMPUTE_THREADS)
            assert sorted(limiter.statistics().tasks_waiting for limiter in thread_limiters()) == [0, 0, 0, 3]
            assert await run_in_thread(answer) != threading.get_ident()
            released.set()

    asyncio.run(main())
