"""A device under check, of either kind: opened and closed within the limits, every failure of it a broken rule."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress

import anyio

from ..._runtime import clock
from ...devices._protocols import InputDevice, OutputDevice
from ...errors import DeviceError
from ._rules import CLOSE_LIMIT, OPEN_LIMIT, DeviceCheckFailed, InputRule, OutputRule, Rule


class CheckedDevice:
    """A device, and the rules of its protocol."""

    def __init__(self, device: InputDevice | OutputDevice, rules: type[InputRule] | type[OutputRule]) -> None:
        self.rate = 0  # of `open`
        self.opened_at = 0.0  # loop time at which `open` was called
        self._device = device
        self._rules = rules

    def require(self, holds: bool, rule: Rule, seen: str) -> None:
        """Raise `DeviceCheckFailed` unless it holds."""
        if not holds:
            raise DeviceCheckFailed(self._device, rule, seen)

    async def open(self, rate: int, *, may_refuse: bool = False) -> bool:
        """Open it; return whether it took the rate."""
        self.opened_at = clock.now()
        try:
            is_open = await _returns_within(OPEN_LIMIT, self._device.open(rate))
        except Exception as error:
            refuses = isinstance(error, DeviceError) and may_refuse
            self.require(refuses, self._rules.OPENS, f"open({rate}) raised {error!r}")
            return False
        self.require(is_open, self._rules.OPENS_IN_TIME, f"open({rate}) did not return within {OPEN_LIMIT:g} s")
        self.rate = rate
        return True

    async def close(self, rule: Rule | None = None) -> None:
        """Close it. rule: the one that an exception breaks; left out, RAISES_NOTHING."""
        try:
            is_closed = await _returns_within(CLOSE_LIMIT, self._device.close())
        except Exception as error:
            broken = rule or self._rules.RAISES_NOTHING
            raise DeviceCheckFailed(self._device, broken, f"close raised {error!r}") from error
        self.require(is_closed, self._rules.CLOSES_IN_TIME, f"close did not return within {CLOSE_LIMIT:g} s")

    async def leave_closed(self) -> None:
        """Close it after the check, whatever that found: a failure of it was reported before."""
        with anyio.move_on_after(CLOSE_LIMIT, shield=True), suppress(Exception):
            await self._device.close()


async def _returns_within(limit: float, call: Awaitable[object]) -> bool:
    """Await the call of a device; return whether it returned in time."""
    with anyio.move_on_after(limit) as scope:
        await call
    return not scope.cancelled_caught
