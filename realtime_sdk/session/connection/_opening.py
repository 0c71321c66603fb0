"""The time that a server has to open and to configure a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio

from ..._runtime import clock
from ...conversation._effects import NOTHING, Effects
from ...conversation._engine import Engine
from ...conversation._refusal import refusal_of
from ...errors import ConnectionFailed
from ...protocol._objects import ErrorDetails
from ...protocol._service import ErrorEvent
from ...protocol._session import SessionUpdate
from ._reconnect import FINAL_ERRORS

if TYPE_CHECKING:
    from .._runtime_base import RuntimeBase

READY_TIMEOUT: Final = 15.0
"""Seconds that a server has to open the session once it is connected."""

CONFIRM_TIMEOUT: Final = 2.0
"""Seconds that a server has to confirm the configuration, and each further item of the history: some never do."""


class Opening:
    """Waits until the server has opened the session; an error that it reports before that may be why it does not."""

    def __init__(self, engine: Engine) -> None:
        self._ready = engine.ready
        self._last_error: ErrorDetails | None = None  # that it has reported so far
        engine.add_handlers({"error": self._on_error})

    def _on_error(self, event: ErrorEvent, at: float) -> Effects:
        """The server has reported an error: the session fails to open if that is final."""
        if not self._ready.done:
            self._last_error = event.error
            if is_final(event.error):
                self._ready.set_exception(not_opened("the server opened no session", event.error))
        return NOTHING

    async def wait(self) -> None:
        """Wait until the server has opened the session.

        Raises:
            ConnectionFailed: it did not in time, or the connection was lost.

        """
        await wait_for_session(self._ready, last_error=lambda: self._last_error)


async def wait_for_session(
    opened: Awaitable[object], omission: str = "sent no session.created",
    last_error: Callable[[], ErrorDetails | None] = lambda: None,
) -> None:  # fmt: skip
    """Wait until a server has opened a session.

    omission: what it has not done if it does not. last_error: the last error that it has reported; None: none.

    Raises:
        ConnectionFailed: it did not in time.

    """
    with anyio.move_on_after(READY_TIMEOUT) as waiting:
        await opened
    if waiting.cancelled_caught:
        raise not_opened(f"the server is connected, but {omission} in {READY_TIMEOUT:g} s", last_error())


def is_final(error: ErrorDetails) -> bool:
    """Whether a server that reports this error opens no session, though it may leave the connection open."""
    return error.code in FINAL_ERRORS


def not_opened(problem: str, error: ErrorDetails | None) -> ConnectionFailed:
    """Return the failure of an opening, with the error that the server has reported."""
    if error is None:
        return ConnectionFailed(problem)
    return ConnectionFailed(f"{problem}. It says: {refusal_of(error)}", error=error.code)


async def configure(runtime: RuntimeBase, session_fields: Mapping[str, Any]) -> None:
    """Give the server the configuration, and wait until it has confirmed that; some servers confirm nothing."""
    request, effects = runtime.engine.update(SessionUpdate.of(session_fields), clock.wall())
    request.must_be_answered = False
    runtime.apply(effects)
    with anyio.move_on_after(CONFIRM_TIMEOUT) as waiting:
        await request.answer
    if waiting.cancelled_caught:
        runtime.log.not_confirmed(CONFIRM_TIMEOUT)
