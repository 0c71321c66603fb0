"""Joins the ids of a recording with those of the session that it drives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from ...conversation._response import TAG
from ...recording._replay import Record
from ._connections import Moment, item_of, restored

_REQUESTS: Final = ("response.create", "session.update")
"""The client events that a server may answer without naming them."""


@dataclass(slots=True, eq=False)
class _Asked:
    """An event of the client in the recording that is answered."""

    at: float
    kind: str
    event: dict[str, Any]
    met: anyio.Event = field(default_factory=anyio.Event)  # set once the application has sent its own


class RecordedIds:
    """Translates the ids that the recorded client chose into those of the application, on one connection.

    An event of the application stands for the recorded one of its kind, and about the same item, that is nearest in
    time, and for no other. What the server said about an event that the application has not sent keeps an id that the
    application never has; the items of a history that it did not give are left out.
    """

    def __init__(self, client: list[Moment]) -> None:
        self._asked = [
            _Asked(moment.at, moment.record.type, moment.record.event)
            for moment in client
            if moment.record.event is not None and (moment.record.type in _REQUESTS or _ids(moment.record.event))
        ]  # fmt: skip
        event_ids = [recorded for each in self._asked for recorded in _event_ids(each.event)]
        self._names = {recorded: f"recorded.{recorded}" for recorded in event_ids}  # by the id in the recording
        self._unmet = restored(client)

    def sent(self, event: dict[str, Any], at: float) -> None:
        """The application sends an event at this second of the recording: join its ids."""
        if (asked := self._nearest(event, at)) is None:
            return
        asked.met.set()
        for recorded, ours in zip(_ids(asked.event), _ids(event), strict=False):
            self._names[recorded] = ours
            self._unmet.discard(recorded)

    def awaited(self, moment: Moment) -> anyio.Event | None:
        """What is set once the application has sent what this frame of the server answers; None: it answers nothing."""
        unmet = (each for each in self._asked if not each.met.is_set())
        return next((each.met for each in unmet if _is_answer(moment, each)), None)

    def frame(self, record: Record) -> str | None:
        """Return a frame of the server with the application's ids; None: it is about what only the recording has."""
        event = record.event
        if event is None or record.type.endswith(".delta") or not self._names:
            return record.frame
        if item_of(event).get("id") in self._unmet:
            return None
        return json.dumps(_renamed(event, self._names))

    def _nearest(self, event: dict[str, Any], at: float) -> _Asked | None:
        kind, content = str(event.get("type")), _content(event)
        candidates = [each for each in self._asked if each.kind == kind and not each.met.is_set()]
        same = [each for each in candidates if _content(each.event) == content]
        alike = same or [each for each in candidates if _shape(each.event) == _shape(event)]
        return min(alike, key=lambda each: abs(each.at - at), default=None)


def _is_answer(moment: Moment, asked: _Asked) -> bool:
    """Whether the server answers with this frame what was asked."""
    event: Any = moment.record.event or {}
    match moment.record.type:
        case "response.created":
            tag = ((event.get("response") or {}).get("metadata") or {}).get(TAG)
            is_named = tag is None or tag in _event_ids(asked.event)
            return asked.kind == "response.create" and asked.at <= moment.at and is_named
        case "error":
            return (event.get("error") or {}).get("event_id") in _event_ids(asked.event)
        case "conversation.item.added" | "conversation.item.created":
            return item_of(event).get("id") in _item_ids(asked.event)
        case "session.updated":  # which names no event
            return asked.kind == "session.update" and asked.at <= moment.at
    return False


def _ids(event: dict[str, Any]) -> list[str]:
    return [*_event_ids(event), *_item_ids(event)]


def _event_ids(event: dict[str, Any]) -> list[str]:
    return [event_id] if isinstance(event_id := event.get("event_id"), str) else []


def _item_ids(event: dict[str, Any]) -> list[str]:
    return [item_id] if isinstance(item_id := item_of(event).get("id"), str) else []


def _content(event: dict[str, Any]) -> Any:
    """What an event is about, without ids of its own."""
    return {name: value for name, value in item_of(event).items() if name != "id"}


def _shape(event: dict[str, Any]) -> Any:
    item = item_of(event)
    return item.get("type"), item.get("role"), item.get("call_id")


def _renamed(event: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return an event of the server with other ids where it names those of the client."""
    return dict(_fields(event, names, is_event=True))


def _fields(value: dict[str, Any], names: dict[str, str], *, is_event: bool = False) -> Iterator[tuple[str, Any]]:
    for name, given in value.items():
        if name in _NAMING and isinstance(given, str) and not (is_event and name == "event_id"):
            yield name, names.get(given, given)
        elif isinstance(given, dict):
            yield name, dict(_fields(given, names))
        elif isinstance(given, list):
            yield name, [dict(_fields(each, names)) if isinstance(each, dict) else each for each in given]
        else:
            yield name, given


_NAMING: Final = frozenset({"id", "item_id", "previous_item_id", "event_id", TAG})
"""The fields of a server's event that may name what the client has named."""
