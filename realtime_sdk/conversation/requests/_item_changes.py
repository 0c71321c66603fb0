"""Changes of items that were sent, and that the server has yet to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ...protocol._codec import ClientEvent, client_field

CHANGES_KEPT: Final = 1000
"""Changes that are kept: an error that names no event may be about one of them."""

_KINDS: Final = {
    "conversation.item.truncate": "truncate",
    "conversation.item.delete": "delete",
    "conversation.item.create": "create",
}


class _Change(NamedTuple):
    kind: str  # a value of `_KINDS`
    item_id: str  # empty: the server chooses it
    at: float  # wall clock at which it was sent


class ItemChanges:
    """The changes of items that the server has not confirmed; some servers confirm none."""

    def __init__(self) -> None:
        self._changes: list[_Change] = []

    def record(self, event: ClientEvent | Mapping[str, Any], at: float) -> None:
        """Record what an event changes, if it does; it was sent at wall-clock seconds `at`."""
        kind = client_field(event, "type")
        if kind in _KINDS and len(self._changes) < CHANGES_KEPT:
            item = client_field(event, "item")
            created = str(item.get("id") or "") if isinstance(item, Mapping) else ""
            item_id = created if kind == "conversation.item.create" else client_field(event, "item_id")
            self._changes.append(_Change(_KINDS[kind], item_id, at))

    def confirm(self, kind: str, item_id: str) -> None:
        """The server confirmed a change of this kind."""
        change = next((change for change in self._changes if (change.kind, change.item_id) == (kind, item_id)), None)
        if change is not None:
            self._changes.remove(change)

    def confirm_creation(self, item_id: str, *, is_new: bool) -> None:
        """The server has announced an item; one that is new here may be that of a client event without an id."""
        creations = [change for change in self._changes if change.kind == "create"]
        change = next((change for change in creations if change.item_id == item_id), None)
        if change is None and is_new and creations:
            change = creations[0]
        if change is not None:
            self._changes.remove(change)

    def give_up(self, kind: str) -> list[str]:
        """Return the ids of the items whose change of this kind is not confirmed, and will not be."""
        given_up = [change.item_id for change in self._changes if change.kind == kind]
        self._changes = [change for change in self._changes if change.kind != kind]
        return given_up

    def all_confirmed(self, since: float) -> bool:
        """Whether every change since a wall-clock time was confirmed."""
        return all(change.at < since for change in self._changes)

    def clear(self) -> None:
        """The connection was lost: no more is confirmed."""
        self._changes.clear()
