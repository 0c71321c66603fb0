"""Objects that belong to one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal

from ..errors import UsageError


class OwnEvent(asyncio.Event):
    """An event that only its own loop may await: set there, it would not wake the tasks of another loop."""

    def __init__(self, own_loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._own_loop = own_loop

    async def wait(self) -> Literal[True]:
        """Wait until it is set.

        Raises:
            UsageError: it is awaited on another loop.

        """
        if asyncio.get_running_loop() is not self._own_loop:
            raise UsageError(
                "await what a session returns on the session's own event loop; from another thread use "
                "asyncio.run_coroutine_threadsafe(...)"
            )
        return await super().wait()


def own_event() -> Callable[[], OwnEvent]:
    """Return a factory for events of the running loop, to be called in any thread."""
    return partial(OwnEvent, asyncio.get_running_loop())


def is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the caller runs on this loop: in its thread, and in one of its tasks or callbacks."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:  # no loop runs in this thread
        return False


def assert_own_loop(loop: asyncio.AbstractEventLoop, name: str) -> None:
    """Refuse a call of the method `name` from anywhere but `loop`: another thread, another loop, or none at all.

    Nothing would wake the loop, and its state would change under its tasks. It costs less than a microsecond.

    Raises:
        UsageError: the call comes from elsewhere.

    """
    if is_running(loop):
        return
    raise UsageError(
        f"call {name}() from the session's own event loop; from another thread use "
        "loop.call_soon_threadsafe(...), or asyncio.run_coroutine_threadsafe(...) with a coroutine that calls it"
    )


def require_asyncio(what: str) -> asyncio.Task[object]:
    """Return the running task of asyncio, which `what` needs.

    Raises:
        UsageError: none runs here, as on trio.

    """
    with suppress(RuntimeError):  # no loop runs in this thread
        if (task := asyncio.current_task()) is not None:
            return task
    raise UsageError(f'{what} runs only on asyncio: use asyncio.run(main()), or anyio.run(main, backend="asyncio")')
