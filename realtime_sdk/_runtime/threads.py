"""Worker threads of the package's own: a pool that the application exhausts can't stop a session's audio.

anyio lends 40 threads per event loop by default, and a web server shares them among all of its blocking requests. A
session takes its own threads from here instead, and tools have a separate limit: 40 slow tools delay other tools,
and nothing else.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")
Args = TypeVarTuple("Args")

TOOL_THREADS: Final = 40
"""Synchronous tools that run at the same time on one event loop, in all of its sessions; further calls wait."""

SESSION_THREADS: Final = math.inf
"""A session has one thread at most for each of its devices, its capture and its captions. A limit over all sessions
would only let the audio of one wait for a device of another."""

_log = logging.getLogger(__name__)

_session_limiter: RunVar[anyio.CapacityLimiter] = RunVar("realtime_sdk.session_threads")
_tool_limiter: RunVar[anyio.CapacityLimiter] = RunVar("realtime_sdk.tool_threads")


async def run_in_thread(function: Callable[[*Args], T], *args: *Args, abandon_on_cancel: bool = False) -> T:
    """Run a piece of a session's own work in a worker thread: capture, devices, captions, recording.

    abandon_on_cancel: a cancelled caller goes on at once and leaves the thread to itself; otherwise it waits for the
    thread, shielded. Raises what `function` raises.
    """
    limiter = _limiter(_session_limiter, SESSION_THREADS)
    return await anyio.to_thread.run_sync(function, *args, abandon_on_cancel=abandon_on_cancel, limiter=limiter)


async def run_tool_in_thread(name: str, function: Callable[[*Args], T], *args: *Args) -> T:
    """Run a synchronous tool in a worker thread, at most `TOOL_THREADS` of them at the same time.

    A cancelled caller goes on at once: leaving a session must not wait for a function that blocks. The log names the
    tool then, as Python ends no program before its threads. Raises whatever `function` raises.
    """
    limiter = _limiter(_tool_limiter, TOOL_THREADS)
    call = _Call(partial(function, *args))
    try:
        outcome = await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=limiter)
    finally:
        if call.running:
            _log.warning("tool %r still runs in its thread; the program ends only after it", name)
    if isinstance(outcome, _Raised):
        raise outcome.error
    return outcome


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


class _Call(Generic[T]):
    """Calls a function, and returns what it raises, too.

    No future can hold a `StopIteration`, and a `GeneratorExit` out of a future reaches the task past every `except` of
    the coroutines between.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self.running = False  # its thread has begun it, and has not ended it; read in any thread
        self._function = function

    def __call__(self) -> T | _Raised:
        self.running = True
        try:
            return self._function()
        except BaseException as error:
            return _Raised(error)
        finally:
            self.running = False


def thread_limiters() -> list[anyio.CapacityLimiter]:
    """Return the thread limiters of the running event loop: the package's own and anyio's default one."""
    return [
        _limiter(_session_limiter, SESSION_THREADS),
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
