"""Which session uses which device: one at a time, because a device plays, and counts, for whoever opened it last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from threading import Lock
from typing import Final, NamedTuple

from ..devices._protocols import InputDevice, OutputDevice
from ..errors import UsageError


class _Use(NamedTuple):
    device: object  # kept, so that no other object is given its identity
    user: DeviceUser
    loop: asyncio.AbstractEventLoop  # of the user: once it is closed, no task is left to release the device


_uses: Final[dict[int, _Use]] = {}
"""By a device's identity, which is all that is asked of one; of the sessions of all threads."""

_lock: Final = Lock()


class DeviceUser:
    """A session, as the user of its devices: no other session may use those that it has reserved."""

    def reserve(self, *devices: InputDevice | OutputDevice | None) -> None:
        """Reserve devices before they are opened; `close_parts` releases them.

        Raises:
            UsageError: another session uses one of them.
        """
        loop = asyncio.get_running_loop()
        with _lock:
            for device in devices:
                if device is None:
                    continue
                use = _uses.get(id(device))
                if use is not None and use.user is not self and not use.loop.is_closed():
                    raise UsageError(
                        f"another session uses this {type(device).__name__}: leave that session first, or make a "
                        "device for each session"
                    )
                _uses[id(device)] = _Use(device, self, loop)

    def reserved(self, devices: Iterable[InputDevice | OutputDevice | None]) -> list[InputDevice | OutputDevice]:
        """Those of the devices that are reserved for this session."""
        return [device for device in devices if device is not None and self._uses(device)]

    def release(self, devices: Iterable[InputDevice | OutputDevice]) -> None:
        """Let other sessions use these devices."""
        with _lock:
            for device in devices:
                if self._uses(device):
                    del _uses[id(device)]

    def _uses(self, device: object) -> bool:
        use = _uses.get(id(device))
        return use is not None and use.user is self
