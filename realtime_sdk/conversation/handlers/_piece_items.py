"""Finds the item that a piece is of, whatever its server leaves out: an event that begins it, or an id."""

from __future__ import annotations

from typing import Any

from ...protocol._codec import ProtocolViolation
from ...protocol._objects import WireItem
from ...protocol._response_pieces import ResponseFunctionCallArgumentsDone
from .._effects import NOTHING, Effects, emitting
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._response_lifecycle import ResponseLifecycle
from ..items._items import ServerCopy
from ..items._live_items import LiveFunctionCall
from ..message._live_message import LiveMessage


class PieceItems:
    """Finds the messages and the calls of pieces, and begins those that the server has not announced."""

    def __init__(self, state: EngineState, lifecycle: ResponseLifecycle) -> None:
        self._state = state
        self._registry = state.registry
        self._lifecycle = lifecycle
        self._stray: str | None = None  # the last id of an item that does not exist, of which one event was reported

    def message(self, event: Any, at: float) -> tuple[LiveMessage | None, Effects]:
        """The message of a delta; None where the delta comes too late, or belongs to no message."""
        response = self._registry.responses.get(event.response_id) if event.response_id else None
        item = self._registry.open_items.get(event.item_id)
        if isinstance(item, LiveMessage) and (response is None or item.response is response):
            return item, NOTHING
        begun = NOTHING
        if response is None:
            response, begun = self._response_of_delta(event, at)
        if response is None:
            return None, begun + self._report_stray(event, at)
        if not event.item_id:
            return self._unnamed_message(response, begun, event, at)
        late = response.item(event.item_id)
        if late is not None:
            return (late if isinstance(late, LiveMessage) else None), NOTHING
        if event.item_id in self._registry.unwanted or not response.running or response.interrupted:
            return None, begun
        # Some servers send the deltas of a message without the event that begins it.
        begun += self._lifecycle.add(response, WireItem(id=event.item_id, type="message", role="assistant"), at)
        added = self._registry.open_items.get(event.item_id)
        return (added if isinstance(added, LiveMessage) else None), begun

    def _unnamed_message(
        self, response: LiveResponse, begun: Effects, event: Any, at: float
    ) -> tuple[LiveMessage | None, Effects]:
        """The message of a delta that names none: the only one that is open, or the first, made for it."""
        messages = [message for message in response.messages if not message.closed]
        if len(messages) == 1:
            return messages[0], begun
        if response.messages:
            return None, begun + self._report_stray(event, at)
        if not response.running or response.interrupted:
            return None, begun
        wire = WireItem(id=self._registry.make_up_id(), type="message", role="assistant")
        begun += self._lifecycle.add(response, wire, at)
        message = response.messages[0]
        message.server_copy = ServerCopy.NONE  # it has none of this id
        return message, begun

    def _response_of_delta(self, event: Any, at: float) -> tuple[LiveResponse | None, Effects]:
        """The response of a delta that names none that is known; None: there is none."""
        response, ended = self._registry.response_of(event.response_id), NOTHING
        begins = event.type.endswith(".delta") and self._lifecycle.may_begin_unannounced(event)
        if response is not None and response.interrupted and not response.announced:
            if not (begins and self._state.answer_expected):
                return response, NOTHING
            # It is of the answer to the interruption: a server that announces no responses may not end them either.
            ended = self._lifecycle.end(response, None, at)
            response = None
        if response is not None or not begins:
            return response, ended
        response, begun = self._lifecycle.begin_unannounced(event, at)
        return response, ended + begun

    def _report_stray(self, event: Any, at: float) -> Effects:
        if event.item_id == self._stray or self._state.find(event.item_id) is not None:
            return NOTHING
        self._stray = event.item_id
        problem = "for an item that does not exist" if event.item_id else "names no item, and may be of several"
        reason = f"{event.type} {problem}"
        return emitting(ProtocolViolation(reason, event.item_id[:200], at))

    def call(self, event: Any) -> LiveFunctionCall | None:
        """The call whose arguments an event brings; one that names no item is of the only call that it may be of."""
        items = self._registry.open_items
        found = [items.get(event.item_id)] if event.item_id else list(items.values())
        calls = [item for item in found if isinstance(item, LiveFunctionCall)]
        named = calls if event.item_id else [call for call in calls if event.call_id in (None, "", call.call_id)]
        return named[0] if len(named) == 1 else None

    def begin_call(self, event: ResponseFunctionCallArgumentsDone, at: float) -> Effects:
        """Make the call that an event ends, unless it is there: its server did not begin it."""
        if not (event.name and event.call_id):
            return NOTHING
        response, begun = self._registry.response_of(event.response_id), NOTHING
        if response is None and self._lifecycle.may_begin_unannounced(event):
            response, begun = self._lifecycle.begin_unannounced(event, at)
        if response is None or not response.running:
            return begun
        calls = [item for item in response.live_items if isinstance(item, LiveFunctionCall)]
        if event.call_id in [call.call_id for call in calls]:
            return begun
        # Some servers send a call without the event that begins it, or under the id of the item before it.
        shares_id = response.item(event.item_id) is not None
        if not shares_id and self._state.find(event.item_id) is not None:
            return begun
        item_id = event.call_id if shares_id or not event.item_id else event.item_id
        fields = {"name": event.name, "call_id": event.call_id, "arguments": event.arguments or ""}
        return begun + self._lifecycle.add(response, WireItem(id=item_id, type="function_call", **fields), at)
