"""Handlers of the events that begin and end a response, or an item of one."""

from __future__ import annotations

from collections.abc import Mapping

from ...protocol._codec import ProtocolViolation
from ...protocol._conversation import ConversationItemDelete
from ...protocol._response import (
    ResponseCreated,
    ResponseDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
)
from .._effects import NOTHING, Effects, Handler, emitting, sending
from .._engine_state import EngineState
from .._renamed_items import renamed
from .._response_lifecycle import ResponseLifecycle


class ResponseHandlers:
    """Handles the server's events about responses."""

    def __init__(self, state: EngineState, lifecycle: ResponseLifecycle) -> None:
        self._state = state
        self._registry = state.registry
        self._lifecycle = lifecycle

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "response.created": self._created,
            "response.done": self._done,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
        }

    # Responses

    def _created(self, event: ResponseCreated, at: float) -> Effects:
        existing = self._registry.responses.get(event.response.id)
        is_late = event.response.id and not self._lifecycle.expects(event.response)
        if existing is not None and (existing.running or is_late):
            return NOTHING  # it was sent twice, or came behind its end
        return self._lifecycle.begin(event.response, at)[1]

    def _done(self, event: ResponseDone, at: float) -> Effects:
        response = self._registry.response_of(event.response.id)
        if response is None and not event.response.id:
            return emitting(ProtocolViolation("response.done names no response", "", at))
        if response is None:  # its end is the only event of it, and says nothing about others
            response, begun = self._lifecycle.begin(event.response, at)
            return begun + self._lifecycle.end(response, event.response, at)
        if not response.running:
            self._state.usage.add(response.count(event.response))  # this side had given it up
            return NOTHING
        return self._lifecycle.end_before(response, at) + self._lifecycle.end(response, event.response, at)

    # Items

    def _item_added(self, event: ResponseOutputItemAdded, at: float) -> Effects:
        response, begun = self._registry.response_of(event.response_id), NOTHING
        if response is None:
            response, begun = self._lifecycle.begin_unannounced(event, at)
        if not response.interrupted or event.item.type == "function_call":
            return begun + self._lifecycle.add(response, event.item, at)
        if event.item.type == "message" and self._registry.find(event.item.id) is None:
            # It was on its way when playback stopped: it is never heard, so the server must not remember it.
            self._registry.unwanted.add(event.item.id)
            begun += sending(*response.defer([ConversationItemDelete(item_id=event.item.id)]))
        return begun

    def _item_done(self, event: ResponseOutputItemDone, at: float) -> Effects:
        response = self._registry.response_of(event.response_id)
        if response is None:
            return NOTHING
        item = response.item(event.item.id)
        if item is None:
            item = renamed(event.item, [item for item in response.live_items if not item.closed])
        if item is None or item.closed:
            return NOTHING
        return self._lifecycle.close(response, item, event.item, at, last=not response.running)
