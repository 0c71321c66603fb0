"""What a virtual speaker and a virtual microphone have in common."""

from __future__ import annotations

import enum

from ..._runtime.arguments import shown
from ...errors import UsageError


class DeviceState(enum.Enum):
    """Whether a device is open, and what it does."""

    CLOSED = "closed"
    PLAYING = "playing"
    PAUSED = "paused"
    LOST = "lost"


def check_drift(drift: object) -> None:
    """Refuse what is no part of a rate."""
    if isinstance(drift, bool) or not isinstance(drift, int | float) or not abs(drift) < 1:
        raise UsageError(f"drift is a part of the rate, such as 100e-6 for 100 ppm, not {shown(drift)}")
