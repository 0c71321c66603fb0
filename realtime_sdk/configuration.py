"""What a session is agreed to be: its wire fields, and the formats of its sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from . import clock
from .conversation import Outcome, Router, SdkEvent, ServerError
from .errors import ConnectionLost, ServerRefused, UsageError
from .events import SessionUpdate
from .formats import Formats
from .link import Link


class Configuration:
    """Asks the server for changes, and hears what it makes of them."""

    def __init__(self, router: Router, link: Link, formats: Formats, *, tell: Callable[[SdkEvent], None]) -> None:
        self._router = router
        self._link = link
        self._formats = formats
        self._tell = tell
        self._updates = 0  # sent so far

    def open(self, session_fields: Mapping[str, Any]) -> Outcome[dict[str, Any]]:
        """Send the fields of a session that has just been opened; the outcome is the session object as confirmed."""
        return self._ask(SessionUpdate.of(session_fields))

    def change(self, session_fields: Mapping[str, Any]) -> Outcome[dict[str, Any]]:
        """Send fields of a session that goes on.

        Raises:
            UsageError: another format of sound: devices and positions go by those that the session was opened with.
        """
        update = SessionUpdate.of(session_fields)
        if other := self._formats.difference(update.session):
            raise UsageError(f"the formats of sound are chosen when the session is opened: {other}")
        return self._ask(update)

    async def tell_refusal(self, configured: Outcome[dict[str, Any]]) -> None:
        """Tell if it is refused: nobody waits for what the session was opened with to be confirmed."""
        try:
            await configured
        except ServerRefused as refused:
            self._tell(ServerError(clock.wall(), refused.type, refused.code, str(refused), refused.event_id))
        except ConnectionLost:
            return  # that is told by itself

    def check(self) -> None:
        """End the connection before any sound comes in a format that was not agreed on: it would be noise."""
        other = self._formats.difference(self._router.session)
        if other and not self._router.updates:
            raise ConnectionLost(f"the server does not take the session's formats of sound: {other}")

    def _ask(self, update: SessionUpdate) -> Outcome[dict[str, Any]]:
        self._updates += 1
        event_id = f"update_{self._updates}"
        confirmed: Outcome[dict[str, Any]] = Outcome(asyncio.Event)
        if self._link.ended is not None:
            confirmed.fail(self._link.ended)
        self._router.updates[event_id] = confirmed
        self._link.send(update.model_copy(update={"event_id": event_id}))
        return confirmed
