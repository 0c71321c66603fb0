"""What all rules of a session work on: its settings, its conversation, and the actions decided on."""

from __future__ import annotations

from typing import Any

from ._actions import Action, Configure
from ._ids import NewId
from ._items import Conversation, Event, HeldItem
from ._refusal import Refusal


class SessionState:
    """The base of the rules, a class for each subject.

    settings: the session object of the wire. new_id: makes ids.
    """

    def __init__(self, settings: dict[str, Any], new_id: NewId) -> None:
        self._new_id = new_id
        self.settings: dict[str, Any] = settings  # the session object of the wire
        self.conversation: Conversation = Conversation(self._new_id("conv"))
        self._actions: list[Action] = [Configure(self.turn_detection)]

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """The settings of turn detection; None: the client commits and asks for responses itself."""
        detection: dict[str, Any] | None = self.settings["audio"]["input"]["turn_detection"]
        return detection

    def take_actions(self) -> list[Action]:
        """Return the actions decided on since the last call, in order."""
        actions, self._actions = self._actions, []
        return actions

    def _adopt_settings(self, settings: dict[str, Any]) -> None:
        self.settings = settings  # here: a type checker takes an assignment in a subclass for another declaration

    def _add(self, item: HeldItem, previous_item_id: str | None = None) -> list[Event]:
        """Add an item that is complete."""
        added = self.conversation.add(item, previous_item_id)
        return [added, {**added, "type": "conversation.item.done", "item": item.snapshot()}]

    def _stamp(self, events: list[Event]) -> list[Event]:
        return [{"type": event["type"], "event_id": self._new_id("event"), **event} for event in events]


def error_event(refusal: Refusal, event_id: str | None = None) -> Event:
    """Build the `error` event of a refusal; `event_id` is that of the client's event."""
    return {"type": "error", "error": refusal.error(event_id)}
