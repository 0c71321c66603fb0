"""Compares the session as the server describes it with the requested configuration."""

from __future__ import annotations

from ..conversation._effects import NOTHING, Effects, emitting
from ..conversation._engine import Engine
from ..conversation._sdk_events import SettingsDiffer
from ..protocol._codec import ServerEvent
from ..protocol._differences import SettingDifference, differences
from ..protocol._session import SessionUpdated
from ..protocol._wire_session import WireSession
from ._link import Link


class Confirmation:
    """Compares each confirmed configuration with the one in force."""

    def __init__(self, engine: Engine, link: Link) -> None:
        self._engine = engine
        self._link = link
        self._emitted: tuple[SettingDifference, ...] = ()  # on this connection, last

    def handle(self, event: ServerEvent, at: float) -> Effects:
        """Emit the differences, once all changes are confirmed."""
        if not isinstance(event, SessionUpdated) or self._engine.requests.updating:
            return NOTHING
        return self._compare(event.session, at)

    def connected(self, session: WireSession, at: float) -> Effects:
        """Emit the differences of the session of another server, which has confirmed the configuration."""
        self._emitted = ()
        return self._compare(session, at)

    def _compare(self, session: WireSession, at: float) -> Effects:
        dialect = self._link.connection.dialect
        answered = dialect.decode({"type": "session.updated", "session": session.wire})["session"]
        found = tuple(differences(self._engine.requests.fields_in_force, answered))
        if found == self._emitted:
            return NOTHING
        self._emitted = found
        return emitting(SettingsDiffer(at, found)) if found else NOTHING
