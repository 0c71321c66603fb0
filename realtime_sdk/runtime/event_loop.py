"""The event loop that an object belongs to."""

from __future__ import annotations

import asyncio

from ..errors import UsageError


def assert_own_loop(loop: asyncio.AbstractEventLoop, name: str) -> None:
    """Refuse a call of the method `name` from anywhere but `loop`: another thread, another loop, or none at all.

    Nothing would wake the loop, and its state would change under its tasks. It costs less than a microsecond.

    Raises:
        UsageError: the call comes from elsewhere.

    """
    try:
        if asyncio.get_running_loop() is loop:
            return
    except RuntimeError:  # no loop runs in this thread
        pass
    raise UsageError(
        f"call {name}() from the session's own event loop; from another thread use "
        "loop.call_soon_threadsafe(...) or asyncio.run_coroutine_threadsafe(...)"
    )
