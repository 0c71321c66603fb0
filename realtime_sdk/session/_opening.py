"""The time that a server has to open and to configure a session."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

import anyio

from ..errors import ConnectionFailed

READY_TIMEOUT: Final = 15.0
"""Seconds that a server has to open the session once it is connected."""

CONFIRM_TIMEOUT: Final = 2.0
"""Seconds that a server has to confirm the configuration, and each further item of the history: some never do."""


async def wait_for_session(opened: Awaitable[object], omission: str = "sent no session.created") -> None:
    """Wait until a server has opened a session.

    omission: what it has not done if it does not.

    Raises:
        ConnectionFailed: it did not in time.

    """
    with anyio.move_on_after(READY_TIMEOUT) as waiting:
        await opened
    if waiting.cancelled_caught:
        raise ConnectionFailed(f"the server is connected, but {omission} in {READY_TIMEOUT:g} s")
