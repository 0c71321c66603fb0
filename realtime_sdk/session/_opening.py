"""The time that a server has to open and to configure a session."""

from __future__ import annotations

from typing import Final

from ..errors import ConnectionFailed

READY_TIMEOUT: Final = 15.0
"""Seconds that a server has to open the session once it is connected."""

CONFIRM_TIMEOUT: Final = 2.0
"""Seconds that a server has to confirm the configuration, and each further item of the history: some never do."""


def not_opened(omission: str = "sent no session.created") -> ConnectionFailed:
    """Return the failure of a server that has not opened a session in time."""
    return ConnectionFailed(f"the server is connected, but {omission} in {READY_TIMEOUT:g} s")
