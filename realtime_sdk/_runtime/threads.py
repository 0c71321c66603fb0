"""Worker threads of the package's own: a pool that the application exhausts can't stop a session's audio.

anyio lends 40 threads per event loop by default, and a web server shares them among all of its blocking requests. A
session takes its own threads from here instead, and tools have a separate limit: 40 slow tools delay other tools,
and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from . import clock
from .loading import loading

T = TypeVar("T")
Args = TypeVarTuple("Args")

TOOL_THREADS: Final = 40
"""Synchronous tools that run at the same time on one event loop, in all of its sessions; further calls wait."""

SESSION_THREADS: Final = math.inf
"""All sessions of an event loop share its threads, and a thread that has nothing to do serves the next. A session has
one at most for each device that it opens or closes, its detector and its captions. A limit over all sessions would only
let the audio of one wait for a device of another."""

COMPUTE_THREADS: Final = os.cpu_count() or 1
"""Computations that run at the same time on one event loop, in all of its sessions: more would be no faster, and each
thread keeps memory of its own."""

_log = logging.getLogger(__name__)

_loaded: Final[set[str]] = set()
"""The modules that a thread has loaded."""

_abandonable: Final[set[threading.Thread]] = set()
"""The threads that do what nothing can interrupt."""

_session_limiter: RunVar[anyio.CapacityLimiter] = RunVar("realtime_sdk.session_threads")
_compute_limiter: RunVar[anyio.CapacityLimiter] = RunVar("realtime_sdk.compute_threads")
_tool_limiter: RunVar[anyio.CapacityLimiter] = RunVar("realtime_sdk.tool_threads")


async def run_in_thread(function: Callable[[*Args], T], *args: *Args, abandon_on_cancel: bool = False) -> T:
    """Run a piece of a session's own work in a worker thread: capture, devices, captions, recording.

    abandon_on_cancel: a cancelled caller goes on at once and leaves the thread to itself; otherwise it waits for the
    thread, shielded. Raises what `function` raises.
    """
    limiter = _limiter(_session_limiter, SESSION_THREADS)
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=abandon_on_cancel, limiter=limiter)


async def compute_in_thread(function: Callable[[*Args], T], *args: *Args) -> T:
    """Run a computation that waits for nothing in a worker thread, one for each core; a virtual loop runs it itself.

    So its result comes at the same point of every run of a test. A cancelled caller goes on at once.
    """
    if clock.is_virtual():
        await asyncio.sleep(0)
        return function(*args)
    limiter = _limiter(_compute_limiter, COMPUTE_THREADS)
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=True, limiter=limiter)


async def run_abandonably(function: Callable[[*Args], T], *args: *Args) -> T:
    """Run what nothing can interrupt, such as the loading of a model; a cancelled caller goes on at once.

    The interpreter's end waits for it, unless the program ends itself: `has_abandoned_work`. Raises what `function`
    raises.
    """
    return await anyio.to_thread.run_sync(_run_counted, partial(function, *args), abandon_on_cancel=True)


def _run_counted(function: Callable[[], T]) -> T:
    thread = threading.current_thread()
    _abandonable.add(thread)
    try:
        return function()
    finally:
        _abandonable.discard(thread)


def has_abandoned_work() -> bool:
    """Whether a thread still does what no caller waits for; asked when no event loop runs any more."""
    return bool(_abandonable)


async def load_in_thread(module: str) -> None:
    """Have a thread load a module and all that it imports, unless that was done: to import it takes no time then."""
    if module not in _loaded:
        await compute_in_thread(_load, module)


def _load(module: str) -> None:
    with loading():
        importlib.import_module(module)
    _loaded.add(module)


async def run_in_daemon_thread(function: Callable[[*Args], T], *args: *Args) -> T:
    """Run what may hang for ever, such as a sound driver, in a thread that the program's end does not wait for.

    A cancelled caller goes on at once, and leaves the thread to itself. Raises whatever `function` raises.
    """
    return await _result_of(_Call(partial(function, *args)), "driver", _limiter(_session_limiter, SESSION_THREADS))


def call_in_daemon_thread(function: Callable[[], T], timeout: float) -> T:
    """Do the same for a caller without an event loop, which waits for this many seconds at most.

    Raises whatever `function` raises, and `TimeoutError`.
    """
    result: Future[T] = Future()
    threading.Thread(target=_settle, args=(result, function), name="driver", daemon=True).start()
    return result.result(timeout)


def _settle(result: Future[T], function: Callable[[], T]) -> None:
    try:
        result.set_result(function())
    except BaseException as error:
        result.set_exception(error)


async def run_tool_in_thread(name: str, function: Callable[[*Args], T], *args: *Args) -> T:
    """Run a synchronous tool in a daemon thread of its own, at most `TOOL_THREADS` of them at the same time.

    A cancelled caller goes on at once, and another tool takes the place: neither a session nor the program waits for a
    function that never returns. The log names the tool then. Raises whatever `function` raises.
    """
    limiter = _limiter(_tool_limiter, TOOL_THREADS)
    return await _run_reported(f"tool {name!r}", partial(function, *args), limiter)


async def ask_in_thread(name: str, function: Callable[[], T]) -> T:
    """Call a function of the application's that a session waits for, as `run_tool_in_thread` does a tool.

    name: of the function in the log, if it is left running.
    """
    return await _run_reported(name, function, _limiter(_session_limiter, SESSION_THREADS))


async def _run_reported(name: str, function: Callable[[], T], limiter: anyio.CapacityLimiter) -> T:
    """Run a function of the application's, and log its name if it is left running."""
    call = _Call(function)
    try:
        return await _result_of(call, name, limiter)
    finally:
        if call.running:
            _log.warning("%s was left running in its thread; its result is dropped", name)


async def _result_of(call: _Call[T], name: str, limiter: anyio.CapacityLimiter) -> T:
    async with limiter:
        call.start(name)
        outcome = await call.outcome
    if isinstance(outcome, _Raised):
        raise outcome.error
    return outcome


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


class _Call(Generic[T]):
    """Calls a function in a thread. `outcome`, on the loop that made this, is its result, or what it raised.

    No future can hold a `StopIteration`, and a `GeneratorExit` out of a future reaches the task past every `except` of
    the coroutines between.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self.running = False  # in its thread; read in any thread
        self._function = function
        self._context = copy_context()
        self._loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[T | _Raised] = self._loop.create_future()

    def start(self, name: str) -> None:
        """Start the thread, by this name."""
        self.running = True
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        outcome = self._context.run(self._call)
        self.running = False
        with suppress(RuntimeError):  # the loop is closed: no caller waits
            self._loop.call_soon_threadsafe(self._deliver, outcome)

    def _call(self) -> T | _Raised:
        try:
            return self._function()
        except BaseException as error:
            return _Raised(error)

    def _deliver(self, outcome: T | _Raised) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


def thread_limiters() -> list[anyio.CapacityLimiter]:
    """Return the thread limiters of the running event loop: the package's own and anyio's default one."""
    return [
        _limiter(_session_limiter, SESSION_THREADS),
        _limiter(_compute_limiter, COMPUTE_THREADS),
        _limiter(_tool_limiter, TOOL_THREADS),
        anyio.to_thread.current_default_thread_limiter(),
    ]


def _limiter(variable: RunVar[anyio.CapacityLimiter], threads: float) -> anyio.CapacityLimiter:
    """Return the running loop's limiter, made when it is first asked for."""
    try:
        return variable.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(threads)
        variable.set(limiter)
        return limiter
