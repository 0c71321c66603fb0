"""The ids of items on the wire. They change with each connection; those of the application's objects do not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any, Final, TypeVar

from ...protocol._base import Event, Object
from ...protocol._codec import ClientEvent, ServerEvent, client_field
from ...protocol._objects import WireItem

LIMIT: Final = 32
"""Characters that servers take for an id."""

ROOT: Final = "root"
"""The wire's name of the place in front of the first item."""

_NAMING: Final = frozenset({
    "conversation.item.create", "conversation.item.delete", "conversation.item.retrieve", "conversation.item.truncate",
})  # fmt: skip
"""The client events that name an item."""

E = TypeVar("E", bound=Event)


def shortened(id: str) -> str:
    """Return an id that servers take: itself, or its beginning with a hash, which is the same whenever it is used."""
    if len(id) <= LIMIT:
        return id
    digest = hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[: LIMIT // 2]
    return f"{id[: LIMIT - len(digest) - 1]}_{digest}"


def numbered(id: str, number: int, *taken: Container[str]) -> str:
    """Return an id with a number behind it, from this one on, that is not taken."""
    while any(f"{id}.{number}" in ids for ids in taken):
        number += 1
    return f"{id}.{number}"


class WireIds:
    """Translates the ids of items, between those of the application's objects and those of one connection.

    The first connection has the same ids on both sides, unless one is too long. A later one has new ids for all items
    of those before it: what the application names by its old id is known to the server by its new one. Items of an
    earlier session have new ids on any connection. A server that counts its items from one gives the old ids to items
    of its own: these have other ids here.
    """

    def __init__(self, number: int = 0, former: Collection[str] = (), earlier: set[str] | None = None) -> None:
        self._number = number  # of the connection, from 0
        self._same = number == 0  # no id differs on the two sides yet: most events are of such a connection
        self._former = frozenset(former)  # ids of items of earlier connections
        self._earlier = set[str]() if earlier is None else earlier  # those added since; one set for all connections
        self._wire: dict[str, str] = {}  # by the application's id; those that are the same on both sides are not in it
        self._own: dict[str, str | None] = {}  # by the wire's id; None: of an item that was replaced
        self._count = 0  # of ids made here
        self._deleted: set[str] = set()  # items that this side has deleted, and may give again as text

    def succeeded(self, number: int, former: Collection[str]) -> WireIds:
        """Return the ids of a later connection, whose server is given the items again; `former`: their ids."""
        return WireIds(number, former, self._earlier)

    def continued(self, number: int) -> WireIds:
        """Return the ids of a later connection whose server has kept the items of this one."""
        ids = self.succeeded(number, self._former)
        ids._wire, ids._own = dict(self._wire), dict(self._own)
        return ids

    def add_earlier(self, item_ids: Iterable[str]) -> None:
        """These are items of an earlier session or connection: no server from now on knows them by their ids."""
        self._earlier.update(item_ids)
        self._same = False

    def _is_earlier(self, id: str) -> bool:
        """Whether it is the id of an item that this server has not made."""
        return id in self._former or id in self._earlier

    # To the server

    def outgoing(self, event: ClientEvent | Mapping[str, Any]) -> ClientEvent | Mapping[str, Any] | None:
        """Translate an event of this side; None: it is about an item that this server does not hold."""
        kind = client_field(event, "type")
        if kind == "response.create":
            return self._outgoing_request(event)
        if kind not in _NAMING:
            return event
        changes: Object = {}
        if isinstance(item_id := client_field(event, "item_id"), str):
            if (wire := self._known(item_id)) is None:
                return None
            changes["item_id"] = wire
            if kind == "conversation.item.delete":
                self._deleted.add(item_id)
        if isinstance(previous := client_field(event, "previous_item_id"), str):
            changes["previous_item_id"] = previous if previous == ROOT else self._known(previous)
        if isinstance(item := client_field(event, "item"), Mapping):
            changes["item"] = self._outgoing_item(item)
        changed = {name: value for name, value in changes.items() if value != client_field(event, name)}
        return _with(event, changed) if changed else event

    def _outgoing_request(self, event: ClientEvent | Mapping[str, Any]) -> ClientEvent | Mapping[str, Any]:
        """Translate the references to items in the input of a requested response."""
        response = client_field(event, "response")
        given = response.get("input") if isinstance(response, Mapping) else None
        if not isinstance(given, list | tuple):
            return event
        items = [self._outgoing_reference(item) for item in given]
        return event if items == list(given) else _with(event, {"response": {**response, "input": items}})

    def _outgoing_reference(self, item: Any) -> Any:
        if not isinstance(item, Mapping) or item.get("type") != "item_reference":
            return item
        wire = self._known(item["id"]) if isinstance(item.get("id"), str) else None
        return item if wire is None else {**item, "id": wire}

    def _outgoing_item(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        changes: Object = {}
        if isinstance(item_id := item.get("id"), str):
            changes["id"] = self._assign(item_id)
        if isinstance(call_id := item.get("call_id"), str) and len(call_id) > LIMIT:
            wire, is_call = shortened(call_id), item.get("type") == "function_call"
            if is_call or wire in self._own:  # else the call is the server's, and so is its id
                changes["call_id"], self._own[wire], self._same = wire, call_id, False
        return {**item, **changes} if changes else item

    def _assign(self, item_id: str) -> str:
        """The wire's id of an item that is about to be given to the server, perhaps once more."""
        given_again = item_id in self._deleted
        replaced = self._wire.get(item_id, item_id if given_again else None)
        if replaced is not None:
            self._own[replaced] = None
        self._deleted.discard(item_id)
        if self._number or given_again or item_id in self._earlier:
            self._count += 1
            wire = f"r{self._number}_{self._count}"
        else:
            wire = shortened(item_id)
        if wire != item_id:
            self._wire[item_id], self._own[wire], self._same = wire, item_id, False
        return wire

    def _known(self, item_id: str) -> str | None:
        """The wire's id of an item; None: this server does not hold it. An id of its own is of any length."""
        if (wire := self._wire.get(item_id)) is not None:
            return wire
        return None if self._is_earlier(item_id) else item_id

    # From the server

    def incoming(self, event: ServerEvent) -> ServerEvent | None:
        """Translate an event of the server; None: it is about an item that was replaced."""
        if self._same or not isinstance(event, Event):
            return event
        changes: Object = {}
        for name in ("item_id", "previous_item_id"):
            if isinstance(wire := getattr(event, name, None), str):
                if (own := self._own_id(wire)) is None and name == "item_id":
                    return None
                changes[name] = own
        if isinstance(item := getattr(event, "item", None), WireItem):
            if (own := self._own_id(item.id)) is None:
                return None
            changes["item"] = self._incoming_item(item, own)
        if (response := getattr(event, "response", None)) is not None and response.output:
            output = tuple(self._incoming_item(item, self._own_id(item.id) or item.id) for item in response.output)
            changes["response"] = response.model_copy(update={"output": output})
        return _changed(event, changes)

    def _incoming_item(self, item: WireItem, own: str) -> WireItem:
        call_id = item.call_id and (self._own.get(item.call_id) or item.call_id)
        same = own == item.id and call_id == item.call_id
        return item if same else item.model_copy(update={"id": own, "call_id": call_id})

    def _own_id(self, wire: str) -> str | None:
        """The application's id of an item; None: of one that was replaced."""
        if wire in self._own:
            return self._own[wire]
        if not self._is_earlier(wire):
            return wire
        own = numbered(wire, max(self._number, 1), self._former, self._earlier)
        self._wire[own], self._own[wire] = wire, own
        return own


def _changed(event: E, changes: Mapping[str, Any]) -> E:
    changed = {name: value for name, value in changes.items() if value is not getattr(event, name)}
    return event.model_copy(update=changed) if changed else event


def _with(event: ClientEvent | Mapping[str, Any], changes: Object) -> ClientEvent | Mapping[str, Any]:
    return {**event, **changes} if isinstance(event, Mapping) else event.model_copy(update=changes)
