"""The time that a server has to open and to configure a session."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio

from .._runtime import clock
from ..errors import ConnectionFailed
from ..protocol._session import SessionUpdate

if TYPE_CHECKING:
    from ._runtime import SessionRuntime

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


async def configure(runtime: SessionRuntime, session_fields: Mapping[str, Any]) -> None:
    """Give the server the configuration, and wait until it has confirmed that; some servers confirm nothing."""
    request, effects = runtime.engine.update(SessionUpdate.of(session_fields), clock.wall())
    request.must_be_answered = False
    runtime.apply(effects)
    with anyio.move_on_after(CONFIRM_TIMEOUT) as waiting:
        await request.answer
    if waiting.cancelled_caught:
        runtime.log.not_confirmed(CONFIRM_TIMEOUT)
