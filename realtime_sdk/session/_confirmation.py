"""Compares the session as the server describes it with the requested configuration, and logs the differences."""

from __future__ import annotations

from ..conversation._effects import NOTHING, Effects
from ..conversation._engine import Engine
from ..protocol._codec import ServerEvent
from ..protocol._differences import differences
from ..protocol._session import SessionUpdated
from ._link import Link
from ._log import SessionLog


class Confirmation:
    """Compares each `session.updated` with the configuration in force."""

    def __init__(self, engine: Engine, link: Link, log: SessionLog) -> None:
        self._engine = engine
        self._link = link
        self._log = log
        self._logged: set[str] = set()  # a line is written once

    def handle(self, event: ServerEvent, at: float) -> Effects:
        """Log the differences, once all changes are confirmed."""
        if not isinstance(event, SessionUpdated) or self._engine.requests.updating:
            return NOTHING
        dialect = self._link.connection.dialect
        answered = dialect.decode({"type": event.type, "session": event.session.wire})["session"]
        for text in differences(self._engine.requests.fields_in_force, answered):
            if text not in self._logged:
                self._logged.add(text)
                self._log.warning(f"the server has the session otherwise than it was asked for: {text}")
        return NOTHING
