"""The configuration of a session as it is in force: what a new connection has to be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...protocol._base import Object
from ...protocol._session import SessionUpdate


class Configuration:
    """The session's fields, merged from all updates of the application that the server did not refuse."""

    def __init__(self) -> None:
        self._updates: list[SessionUpdate] = []

    def add(self, update: SessionUpdate) -> None:
        """The server is sent an update."""
        self._updates.append(update)

    def refuse(self, update: SessionUpdate) -> None:
        """The server refused an update: it has changed nothing."""
        self._updates = [other for other in self._updates if other is not update]

    def confirm(self, update: SessionUpdate) -> None:
        """The server confirmed an update: it, and those before it, need not be kept apart."""
        if update in self._updates:
            place = self._updates.index(update) + 1
            self._updates[:place] = [SessionUpdate(session=_merged(self._updates[:place]))]

    def fields(self, *, without: list[SessionUpdate]) -> Object:
        """The wire's session object in force, `without` updates that the server has not confirmed."""
        return _merged([update for update in self._updates if update not in without])


def _merged(updates: list[SessionUpdate]) -> Object:
    fields: Object = {}
    for update in updates:
        fields = _merge(fields, update.session, depth=2)
    return fields


def _merge(fields: Mapping[str, Any], newer: Mapping[str, Any], depth: int) -> Object:
    """Merge objects as the wire does: those of `audio` and of its sides field by field, others are replaced."""
    merged = dict(fields)
    for name, value in newer.items():
        present = merged.get(name)
        nested = depth > 0 and name in ("audio", "input", "output")
        both = isinstance(present, Mapping) and isinstance(value, Mapping)
        merged[name] = _merge(present, value, depth - 1) if nested and both else value  # type: ignore[arg-type]
    return merged
