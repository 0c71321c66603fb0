"""Compares the session as the server describes it with the requested configuration and the agreed audio formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...audio._session_formats import Formats, format_difference
from ...conversation._effects import NOTHING, Effects, Handler, emitting
from ...conversation._engine import Engine
from ...conversation._sdk_events import SettingsDiffer
from ...errors import ConnectionLost
from ...protocol._codec import ServerEvent
from ...protocol._differences import SettingDifference, differences
from ...protocol._session import SessionUpdated
from ...protocol._wire_session import WireSession
from ._link import Link

AUDIO_FORMAT: Final = "audio_format"
"""The code of the error of a server that does not take the session's audio formats."""


class Confirmation:
    """Compares each confirmed configuration with the one in force, and the formats before any audio arrives."""

    def __init__(self, engine: Engine, link: Link, formats: Formats) -> None:
        self._engine = engine
        self._link = link
        self._formats = formats
        self._emitted: tuple[SettingDifference, ...] = ()  # on this connection, last

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handlers for the engine."""
        return {"response.created": self._check_formats, "session.updated": self._confirmed}

    def _check_formats(self, event: ServerEvent, at: float) -> Effects:
        """End the connection before audio arrives in a format that was not agreed on: it would be noise."""
        if self._engine.joins_a_call:
            return NOTHING  # whose audio goes another way
        other = format_difference(self._formats, self._engine.session)
        if other and not self._engine.requests.updates.outstanding:
            raise ConnectionLost(f"the server does not take the session's audio formats: {other}", error=AUDIO_FORMAT)
        return NOTHING

    def _confirmed(self, event: ServerEvent, at: float) -> Effects:
        """Emit the differences, once all changes are confirmed."""
        if not isinstance(event, SessionUpdated) or self._engine.requests.updates.outstanding:
            return NOTHING
        return self._compare(event.session, at)

    def connected(self, session: WireSession, at: float) -> Effects:
        """Emit the differences of the session of another server, which has confirmed the configuration."""
        self._emitted = ()
        return self._compare(session, at)

    def _compare(self, session: WireSession, at: float) -> Effects:
        dialect = self._link.connection.dialect
        answered = dialect.decode({"type": "session.updated", "session": session.wire})["session"]
        found = tuple(differences(self._engine.requests.updates.fields_in_force, answered))
        if found == self._emitted:
            return NOTHING
        self._emitted = found
        return emitting(SettingsDiffer(at, found)) if found else NOTHING
