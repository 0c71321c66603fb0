"""Turns every exception of a device into a `DeviceError`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import anyio

from .._runtime.cancellation import is_cancelled
from .._runtime.text import describe, sole
from ..errors import DeviceError
from ._protocols import InputDevice, OutputDevice

OPEN_TIMEOUT: Final = 20.0
"""Seconds after which opening a device is given up: twice as long as its protocol allows."""


@contextmanager
def device_errors(device: object) -> Iterator[None]:
    """Raise an exception of the block as a `DeviceError`, so that a device that fails is a device that is lost.

    Wraps each call of a device, awaited calls too. A cancellation of the running task passes; the cancellation of a
    task that the device itself awaited is a failure of the device.

    device: itself, or its name, for the message.
    """
    try:
        yield
    except DeviceError:
        raise
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise as_device_error(error, device) from error
    except Exception as error:
        raise as_device_error(error, device) from error


def as_device_error(error: BaseException, device: object) -> DeviceError:
    """Return a `DeviceError` that says which device failed, and how; a `DeviceError` is returned as it is."""
    error = sole(error)  # a device may have its own task group
    if isinstance(error, DeviceError):
        return error
    name = repr(device) if isinstance(device, str) else type(device).__name__
    return DeviceError(f"the sound device {name} failed: {describe(error)}")


async def open_device(device: InputDevice | OutputDevice | None, rate: int) -> None:
    """Open a device, unless it is None.

    Raises:
        DeviceError: it failed, or took too long.
    """
    if device is None:
        return
    with anyio.move_on_after(OPEN_TIMEOUT) as limit, device_errors(device):
        await device.open(rate)
    if limit.cancelled_caught:
        raise DeviceError(f"the sound device {type(device).__name__} did not open within {OPEN_TIMEOUT:g} s")
