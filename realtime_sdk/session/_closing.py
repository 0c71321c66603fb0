"""Closes the parts of a session, within a time, whichever of them hang or fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import anyio

from .._runtime import clock
from .._runtime.cancellation import is_cancelled
from ..devices._protocols import InputDevice, OutputDevice
from .audio._device_user import DeviceUser
from .observers._tap import Tap, TapEnd

if TYPE_CHECKING:
    from .connection._connection import Connection

CLOSE_TIMEOUT: Final = 0.6
"""Seconds for devices and connection to close."""

TAP_TIMEOUT: Final = 3.5
"""Seconds more that a caller waits for a tap that has not finished, such as a recorder whose disk has stalled."""

_log = logging.getLogger("realtime_sdk.session")


class Closable(Protocol):
    """A part of a session that is closed with it: a device, or a connection."""

    async def close(self) -> None:
        """Close it; harmless if repeated."""
        ...


class Parts(NamedTuple):
    """What a session has opened so far."""

    devices: Iterable[InputDevice | OutputDevice | None]
    connection: Connection | None = None  # None: there is none on the transport yet
    transport: Closable | None = None
    tap: Tap | None = None


async def close_parts(user: DeviceUser, parts: Parts) -> asyncio.CancelledError | None:
    """Close the parts of a session; return the cancellation of this task.

    Devices that the user has not reserved are left alone; the others are released.
    """
    if parts.connection is not None:
        parts.connection.stop()
    reserved = user.reserved(parts.devices)
    closed = (*reserved, parts.transport if parts.connection is None else parts.connection)
    try:
        cancelled = await _close_all([part for part in closed if part is not None], CLOSE_TIMEOUT)
    finally:
        user.release(reserved)
    if parts.tap is not None:
        parts.tap.close()
        cancelled = await _close_all([TapEnd(parts.tap)], TAP_TIMEOUT) or cancelled
    return cancelled


async def _close_all(parts: Collection[Closable], timeout: float) -> asyncio.CancelledError | None:
    """Close all parts at once, and give up those that do not finish; return the cancellation of this task.

    Each is closed in its own task. One that is cancelled, as all tasks are when the loop shuts down, perhaps
    before its first step, is replaced.
    """
    until = clock.now() + timeout
    cancelled: asyncio.CancelledError | None = None
    while parts:
        closings = {asyncio.create_task(_close(part), name=f"close {type(part).__name__}"): part for part in parts}
        cancelled = await wait_for_end(closings, until) or cancelled
        for closing, part in closings.items():
            if not closing.done():
                _log.warning("%s did not close within %g s, and is given up", type(part).__name__, timeout)
                closing.cancel()
        # A task that was not asked to be cancelled, and ends so, would do it again.
        parts = [part for closing, part in closings.items() if closing.cancelled() and closing.cancelling()]
    return cancelled


async def _close(part: Closable) -> None:
    try:
        await part.close()
    except asyncio.CancelledError:
        if is_cancelled():
            raise
        _log.warning("%s failed to close: it awaited something that was cancelled", type(part).__name__, exc_info=True)
    except Exception:  # the other parts close all the same
        _log.warning("%s failed to close", type(part).__name__, exc_info=True)


async def wait_for_end(tasks: Collection[asyncio.Task[None]], until: float) -> asyncio.CancelledError | None:
    """Wait until all tasks have ended, or until loop time `until`; return the last cancellation of this task."""
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not all(task.done() for task in tasks) and (left := until - clock.now()) > 0:
            try:
                await asyncio.wait(tasks, timeout=left)
            except asyncio.CancelledError as error:
                cancelled = error
    return cancelled
