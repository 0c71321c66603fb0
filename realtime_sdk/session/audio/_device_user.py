"""Which session uses which device: one at a time, because it plays, and counts, for the session that opened it last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from threading import Lock
from typing import Final, NamedTuple

from ...devices._protocols import InputDevice, OutputDevice
from ...errors import UsageError


class _Reservation(NamedTuple):
    device: object  # kept, so that no other object is given its identity
    user: DeviceUser
    loop: asyncio.AbstractEventLoop  # of the user: once it is closed, no task is left to release the device


_reservations: Final[dict[int, _Reservation]] = {}
"""By a device's identity, which is all that is asked of one; of the sessions of all threads."""

_lock: Final = Lock()


class DeviceUser:
    """A session, as the user of its devices: no other session may use those that it has reserved."""

    def reserve(self, *devices: InputDevice | OutputDevice | None) -> None:
        """Reserve all of these devices, or none, before they are opened; `close_parts` releases them.

        Raises:
            UsageError: another session uses one of them.

        """
        loop = asyncio.get_running_loop()
        wanted = [device for device in devices if device is not None]
        with _lock:
            for device in wanted:
                held = _reservations.get(id(device))
                if held is not None and held.user is not self and not held.loop.is_closed():
                    raise UsageError(
                        f"another session uses this {type(device).__name__}: leave that session first, or make a "
                        "device for each session"
                    )
            _reservations.update({id(device): _Reservation(device, self, loop) for device in wanted})

    def reserved(self, devices: Iterable[InputDevice | OutputDevice | None]) -> list[InputDevice | OutputDevice]:
        """Those of the devices that are reserved for this session."""
        return [device for device in devices if device is not None and self._has_reserved(device)]

    def release(self, devices: Iterable[InputDevice | OutputDevice]) -> None:
        """Let other sessions use these devices."""
        with _lock:
            for device in devices:
                if self._has_reserved(device):
                    del _reservations[id(device)]

    def _has_reserved(self, device: object) -> bool:
        held = _reservations.get(id(device))
        return held is not None and held.user is self
