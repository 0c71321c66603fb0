"""Handlers of the events that begin and end a response, or an item of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...protocol._codec import ProtocolViolation
from ...protocol._conversation import ConversationItemDelete
from ...protocol._objects import WireResponse
from ...protocol._response import (
    ResponseCreated,
    ResponseDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
)
from .._effects import NOTHING, Effects, Handler, emitting, sending
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._response import TAG
from .._sdk_events import ResponseFinished
from ..requests._requests import ResponseRequest
from ._renamed_items import paired, renamed


class ResponseHandlers:
    """Handles the server's events about responses."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._registry = state.registry
        self._unwanted: set[str] = set()  # ids of messages that came too late to be heard; the server is to delete them

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "response.created": self._created,
            "response.done": self._done,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
        }

    def is_unwanted(self, item_id: str) -> bool:
        """Whether a message came too late to be heard."""
        return item_id in self._unwanted

    def deleted(self, item_id: str) -> None:
        """The server has deleted an item."""
        self._unwanted.discard(item_id)

    # Responses

    def _created(self, event: ResponseCreated, at: float) -> Effects:
        existing = self._registry.responses.get(event.response.id)
        is_late = event.response.id and not self._state.expects(event.response)
        if existing is not None and (existing.running or is_late):
            return NOTHING  # it was sent twice, or came behind its end
        return self._begin(event.response, at)[1]

    def _begin(self, response_wire: WireResponse, at: float) -> tuple[LiveResponse, Effects]:
        namesake = self._registry.responses.get(response_wire.id)
        closed = NOTHING if namesake is None else self._state.close_all(namesake, at)
        response, request, effects = self._state.begin(response_wire, at)
        tag = (response_wire.metadata or {}).get(TAG)
        if request is None and tag is not None and self._state.is_answered_after_hosted_tools(tag):
            # What was taken for the answer, as it had no metadata, the server had begun by itself.
            return response, closed + effects + self._discard(response)
        return response, closed + effects + self._answer(request, response)

    def end_before(self, later: LiveResponse, at: float) -> Effects:
        """End the responses before one that has audio, or has ended: their ends were lost.

        A server makes one response at a time in its conversation. The event that begins a response is not enough: the
        earlier one may go on.
        """
        effects = NOTHING
        for response in self._registry.before(later):
            reason = f"the server did not end response {response.id}: it went on with the next, {later.id}"
            effects += emitting(ProtocolViolation(reason, "", at)) + self.end(response, None, at)
        return effects

    def _answer(self, request: ResponseRequest | None, response: LiveResponse) -> Effects:
        if request is None:
            return NOTHING
        if self._state.requests.responses.answered(request):
            request.answer.set_result(response)
            return NOTHING
        return self._discard(response)

    def _discard(self, response: LiveResponse) -> Effects:
        response.interrupt(cancelled=False)
        return sending(response.cancellation)

    def _done(self, event: ResponseDone, at: float) -> Effects:
        response = self._registry.response_of(event.response.id)
        if response is None and not event.response.id:
            return emitting(ProtocolViolation("response.done names no response", "", at))
        if response is None:  # its end is the only event of it, and says nothing about others
            response, begun = self._begin(event.response, at)
            return begun + self.end(response, event.response, at)
        if not response.running:
            self._state.usage.add(response.count(event.response))  # this side had given it up
            return NOTHING
        return self.end_before(response, at) + self.end(response, event.response, at)

    def end(self, response: LiveResponse, response_wire: WireResponse | None, at: float) -> Effects:
        """A response has ended; `response_wire` is None where the server does not say so."""
        effects = NOTHING
        described = paired(response.live_items, response_wire.output if response_wire is not None else ())
        present = {item.id for item in response.live_items}
        for item_id, item_wire in described.items():
            if item_id not in present and not response.interrupted:
                effects += self._state.add(response, item_wire, at)
        for item in response.live_items:
            effects += self._state.close(response, item, described.get(item.id, item.wire), at, last=True)
        status = "incomplete" if response_wire is None else response_wire.status or "completed"
        response.end(response_wire, status)
        self._state.usage.add(response.count(response_wire))
        effects += emitting(ResponseFinished(at, response)) + sending(*response.flush_deferred())
        if (subject := self._state.rounds.close(response)) is not None:
            self._state.requests.responses.submit_continuation(at, subject)
        return effects + self._state.advance_requests(at)

    def may_begin_unannounced(self, event: Any) -> bool:
        """Whether an event may be the first of a response that its server does not announce.

        While a response runs that was announced, an event of another one is taken for a stray.
        """
        if self._state.find(event.item_id) is not None or self.is_unwanted(event.item_id):
            return False
        return self._state.joins_a_call or not any(response.announced for response in self._registry.running)

    def begin_unannounced(self, event: Any, at: float) -> tuple[LiveResponse, Effects]:
        """Make the response of an event that is the first of it; of a joined call, it began before this side joined."""
        response, begun = self._begin(WireResponse(id=event.response_id), at)
        self._registry.record_event(event, at)
        response.announced = False
        if self._state.joins_a_call:
            return response, begun
        reason = f"the server did not begin response {response.id}: the first event of it is {event.type}"
        return response, emitting(ProtocolViolation(reason, "", at)) + begun

    # Items

    def _item_added(self, event: ResponseOutputItemAdded, at: float) -> Effects:
        response, begun = self._registry.response_of(event.response_id), NOTHING
        if response is None:
            response, begun = self.begin_unannounced(event, at)
        if not response.interrupted:
            return begun + self._state.add(response, event.item, at)
        # It was on its way when playback stopped: it is never heard, so the server must not remember it.
        if event.item.type != "message" or self._registry.find(event.item.id) is not None:
            return begun + self._state.add(response, event.item, at) if event.item.type == "function_call" else begun
        self._unwanted.add(event.item.id)
        return begun + sending(*response.defer([ConversationItemDelete(item_id=event.item.id)]))

    def _item_done(self, event: ResponseOutputItemDone, at: float) -> Effects:
        response = self._registry.response_of(event.response_id)
        if response is None:
            return NOTHING
        item = response.item(event.item.id)
        if item is None:
            item = renamed(event.item, [item for item in response.live_items if not item.closed])
        if item is None or item.closed:
            return NOTHING
        return self._state.close(response, item, event.item, at, last=not response.running)
