"""A virtual clock: minutes of talk in milliseconds, the same every time."""

from __future__ import annotations

import asyncio
import inspect
import linecache
import math
import selectors
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from types import FrameType
from typing import Any, TypeVar, cast

import anyio

from .._runtime import clock
from .._runtime.arguments import check_duration, shown
from .._runtime.threads import thread_limiters
from ..errors import UsageError

T = TypeVar("T")

EPOCH = 1_735_689_600.0
"""The wall-clock time of a virtual loop when its own clock shows 0: 1 January 2025, 00:00 UTC."""


THREAD_LIMIT = 60.0
"""Seconds of real time that a virtual loop waits for a worker thread."""


_ROUNDING = 1e-6
"""A part of a tick that is due to rounding."""


_LIBRARY = sys.stdlib_module_names | {"anyio"}
_OURS = {__name__.partition(".")[0]}
"""Packages whose lines say little about a deadlock: an application looks for its own."""


class Deadlock(AssertionError):
    """A virtual loop can't go on: no task can, its time is up, or a worker thread does not return."""


def run_virtual(
    main: Callable[[], Awaitable[T]], *, limit: float = 7200.0, speed: float = math.inf, tick: float = 0.0
) -> T:
    """Run `main()` to its end on a new `VirtualLoop` and return its result.

    limit: virtual seconds it may take; a clock that jumps would otherwise let a device tick for ever.
    speed: virtual seconds in one second of real time, to watch it run; left out, it waits for nothing.
    tick: the clock shows multiples of this alone, and timers due in between run late: hours of talk take less time, and
    all that happens is known to a tick. 0: each timer runs on time. It is well below a `VirtualSpeaker`'s capacity,
    which would run dry.

    Raises:
        Deadlock: no task can go on, or the limit is reached; it names where each task waits, `main` and the others of
            the application before those of this package.
        UsageError: `main` is no function, `limit` or `speed` is not positive, `tick` is negative, or a loop runs
            already.
        Exception: `main` raised it.
    """
    given: object = main
    if inspect.iscoroutine(given):
        given.close()
        raise UsageError("run_virtual takes the coroutine function itself: run_virtual(main), not run_virtual(main())")
    if not callable(main):
        raise UsageError(f"run_virtual takes a coroutine function, not {shown(main)}")
    _check_positive("limit is a positive number of seconds", limit)
    _check_positive("speed is a positive number of virtual seconds in a real one", speed)
    check_duration("tick", tick)
    if asyncio._get_running_loop() is not None:  # as a coroutine function that a plugin runs has one
        raise UsageError("a loop runs already, so run_virtual can't: await the coroutine itself")
    with asyncio.Runner(loop_factory=partial(VirtualLoop, limit=limit, speed=speed, tick=tick)) as runner:
        return runner.run(_run(main))


def _check_positive(wanted: str, value: object) -> None:
    """Refuse what is no positive number; infinity is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise UsageError(f"{wanted}, not {shown(value)}")


def stall(seconds: float) -> None:
    """Block the running virtual loop for this long, as a callback that computes does: timers due by then run late.

    Raises:
        UsageError: the running loop is no `VirtualLoop`, or `seconds` is negative.
    """
    check_duration("seconds", seconds)
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise UsageError("stall blocks a virtual loop only: call it inside run_virtual")
    loop._now += seconds


def now() -> float:
    """Wall-clock seconds of the running loop, virtual or not: to compare with `event.at` and `Playout.started_at`.

    A `VirtualLoop` begins at 1 January 2025, 00:00 UTC, so that the times of a test are the same in each run.

    Raises:
        UsageError: no loop is running.
    """
    if asyncio._get_running_loop() is None:
        raise UsageError("now reads the clock of the running loop: call it inside a coroutine function")
    return clock.wall()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock starts at 0, and jumps to the next timer whenever nothing is ready.

    While a worker thread runs (the session's own and its tools', `anyio.to_thread` with its default limiter,
    `run_in_executor`) the clock stops and the loop waits for the thread, 60 real seconds at most; an application
    passes its own limiter to `watch_threads`. Sockets, pipes and threads of other kinds are not supported: the
    loop can't know that they are about to do something. What captions compute in a thread elsewhere is computed here.
    """

    def __init__(self, *, limit: float = math.inf, speed: float = math.inf, tick: float = 0.0) -> None:
        self._limit = limit  # seconds
        self._speed = speed  # virtual seconds in a real one
        self._tick = tick  # seconds of which the clock shows multiples; 0: it shows any time
        self.epoch: float = EPOCH  # seconds since the Unix epoch at which the clock showed 0
        self._now = 0.0  # seconds; only the selector and `stall` move it
        self._calls_in_executors = 0
        self._limiters: list[anyio.CapacityLimiter] = []  # of worker threads; empty until `main` runs
        super().__init__(_Waiting(self))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def watch_threads(self, *limiters: anyio.CapacityLimiter) -> None:
        """Also stop the clock while one of these limiters has lent a token to a thread."""
        self._limiters += limiters

    def run_in_executor(  # type: ignore[override]  # typeshed's variadic signature has no plain form
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run `func` in a thread, as every loop does; the clock stops until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._calls_in_executors += 1
        future.add_done_callback(self._executor_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Join the executor's threads, as every loop does at its end, in reality."""
        self._calls_in_executors += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._calls_in_executors -= 1

    def _executor_done(self, _future: asyncio.Future[Any]) -> None:
        self._calls_in_executors -= 1

    def _threads_run(self) -> bool:
        return bool(self._calls_in_executors) or any(limiter.borrowed_tokens for limiter in self._limiters)

    def _idle(self, seconds: float | None) -> float:
        """Nothing is ready for `seconds` (None: for ever): jump there, and return the real seconds to wait."""
        if self._threads_run():
            return THREAD_LIMIT
        if seconds is None:
            raise Deadlock(f"no task can go on and no timer runs:\n{self._whereabouts()}")
        due = self._now + seconds
        if self._tick:
            due = max(due, math.ceil(due / self._tick - _ROUNDING) * self._tick)
        seconds, self._now = due - self._now, due
        if self._now > self._limit:
            raise Deadlock(f"{self._limit:g} virtual seconds are up:\n{self._whereabouts()}")
        return seconds / self._speed

    def _expire_threads(self) -> None:
        """Nothing has become ready: raise if that was a wait of THREAD_LIMIT real seconds for a thread."""
        if self._threads_run():
            waited = f"a worker thread has not returned for {THREAD_LIMIT:g} real seconds"
            raise Deadlock(f"{waited}:\n{self._whereabouts()}")

    def _whereabouts(self) -> str:
        return "\n".join(text for _, text in sorted(map(_waiting, asyncio.all_tasks(self))))


class _Waiting(selectors.DefaultSelector):
    """A selector that moves the loop's clock instead of waiting."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0.0)
        if ready or timeout == 0.0:
            return ready
        wait = self._loop._idle(timeout)
        if not wait:
            return []
        if not (ready := super().select(wait)):
            self._loop._expire_threads()
        return ready


async def _run(main: Callable[[], Awaitable[T]]) -> T:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.watch_threads(*thread_limiters())
    cast("asyncio.Task[T]", asyncio.current_task()).set_name("main")
    awaitable: object = main()
    if not isinstance(awaitable, Awaitable):
        raise UsageError(f"run_virtual takes a coroutine function: this one returned {shown(awaitable)}")
    return cast("T", await awaitable)


def _waiting(task: asyncio.Task[Any]) -> tuple[bool, str]:
    """Where a suspended task waits, and whether the application does not wait there itself: for sorting."""
    frames = _frames(task)
    if not frames:  # an awaitable of another kind, or one that has not begun
        return True, f"  {task.get_name()} waits in {getattr(task.get_coro(), '__qualname__', 'its first step')}"
    inner = next((frame for frame in reversed(frames) if _package(frame) not in _LIBRARY), frames[-1])
    outer = next((frame for frame in reversed(frames) if _package(frame) not in _LIBRARY | _OURS), None)
    text = f"  {task.get_name()} waits in {inner.f_code.co_qualname} ({inner.f_code.co_filename}:{inner.f_lineno})"
    if outer is None:
        return True, text
    if outer is not inner:
        text += f"\n    from {outer.f_code.co_qualname} ({outer.f_code.co_filename}:{outer.f_lineno})"
    return False, f"{text}\n    {linecache.getline(outer.f_code.co_filename, outer.f_lineno).strip()}".rstrip()


def _frames(task: asyncio.Task[Any]) -> list[FrameType]:
    """The frames of a task's coroutines, outermost first, as far as they can be followed."""
    frames: list[FrameType] = []
    awaited: Any = task.get_coro()
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        frames.append(frame)
        awaited = awaited.cr_await
    return frames


def _package(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]
