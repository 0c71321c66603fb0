"""The user's items that a compatible server does not name in its events."""

from __future__ import annotations

from typing import Final

from ...protocol._base import Event
from ...protocol._codec import ProtocolViolation
from ...protocol._conversation import ConversationItemAdded, ConversationItemDone
from ...protocol._objects import WireItem
from .._effects import NOTHING, Effects, emitting
from .._engine_state import EngineState
from ..message._live_message import LiveMessage

_GIVEN: Final = (("message", "user"), ("message", "system"), ("function_call_output", None))
"""Type and role of the items of the user's side; others are known by their response."""


class UnnamedItems:
    """Finds the item that an event without an id is about, and makes up an id for one that has none."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._transcribed: str | None = None  # id of the item whose transcript is coming in; None: none is
        self._has_added = False  # the server has announced an item without an id
        self._reported: set[str] = set()  # what was reported: each once

    def transcribed(self, event: Event, at: float, *, final: bool) -> tuple[str, Effects]:
        """The id of the item that a transcript is of: the user's newest that has none; a new id if all have one."""
        item_id = self._transcribed or self._newest_without_transcript() or self._state.registry.make_up_id()
        self._transcribed = None if final else item_id
        return item_id, self._report("transcript", f"{event.type} names no item: it is taken for {item_id}'s", at)

    def added(self, event: ConversationItemAdded | ConversationItemDone, at: float) -> tuple[str | None, Effects]:
        """The id of an item that is announced without one; None: it is known otherwise, or was announced before."""
        wire, done = event.item, isinstance(event, ConversationItemDone)
        if (wire.type, wire.role) not in _GIVEN or (done and self._has_added):
            return None, NOTHING
        self._has_added = self._has_added or not done
        item_id = self._undescribed(wire) or self._state.registry.make_up_id()
        return item_id, self._report("item", f"{event.type} names no item: it is called {item_id} here", at)

    def _newest_without_transcript(self) -> str | None:
        users = (item for item in self._newest_messages() if item.role == "user" and _is_spoken(item))
        return next((item.id for item in users if not (item.transcription_ended or item.transcript)), None)

    def _undescribed(self, wire: WireItem) -> str | None:
        """The id of the user's newest message, if the server has made it, and not said what is in it."""
        if wire.role != "user":
            return None
        newest = next((item for item in self._newest_messages() if item.role == "user"), None)
        return None if newest is None or newest.wire.content else newest.id

    def _newest_messages(self) -> list[LiveMessage]:
        return [item for item in reversed(list(self._state.conversation.live_items)) if isinstance(item, LiveMessage)]

    def _report(self, kind: str, reason: str, at: float) -> Effects:
        if kind in self._reported:
            return NOTHING
        self._reported.add(kind)
        return emitting(ProtocolViolation(reason, "", at))


def _is_spoken(item: LiveMessage) -> bool:
    """Whether a message of the user's is speech, or may be: the server has not said what is in it."""
    return all(part.type == "input_audio" for part in item.wire.content)
