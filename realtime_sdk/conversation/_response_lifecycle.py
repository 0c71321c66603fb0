"""Begins responses, fills them with items, and ends both, whichever event says so."""

from __future__ import annotations

import math
from typing import Any

from ..errors import UsageError
from ..protocol._codec import ProtocolViolation
from ..protocol._objects import WireItem, WireResponse
from ._effects import NOTHING, Effects, emitting, sending
from ._engine_state import EngineState
from ._live_response import LiveResponse, LiveResponseItem
from ._renamed_items import paired
from ._response import TAG
from ._sdk_events import ItemAdded, ResponseFinished, ResponseStarted
from ._streams import ReplayableStream
from .items._live_items import LiveFunctionCall
from .message._live_message import LiveMessage
from .requests._requests import Subject
from .tools._calls import Calls


class ResponseLifecycle:
    """The beginnings and the ends of responses and of their items; `at` is wall-clock seconds.

    responses: is given each response that begins, for the application.
    """

    def __init__(self, state: EngineState, calls: Calls, responses: ReplayableStream[LiveResponse]) -> None:
        self._state = state
        self._registry = state.registry
        self._calls = calls
        self._responses = responses

    # Responses

    def expects(self, wire: WireResponse) -> bool:
        """Whether this may be a response that has just begun: requested, or in reply to a turn of the user's."""
        requests = self._state.requests.responses
        return self._state.answer_expected or requests.created(wire, by_server=False) is not None

    def begin(self, wire: WireResponse, at: float) -> tuple[LiveResponse, Effects]:
        """Make a response, which answers a request, or was begun by the server itself."""
        state, registry = self._state, self._registry
        namesake = registry.responses.get(wire.id)
        closed = NOTHING if namesake is None else self.close_all(namesake, at)
        request = state.requests.responses.created(wire, by_server=state.answer_expected)
        out_of_band = state.abilities.is_out_of_band(wire) if request is None else request.out_of_band
        response = registry.begin(wire, request, at, out_of_band=out_of_band)
        if not out_of_band:
            state.requests.responses.announced()
            if request is None:
                self._take_for_answer(response)
            state.gate.begin(response)
        self._responses.put(response)
        begun = closed + emitting(ResponseStarted(at, response))
        if not self._is_wanted(response, wire):
            response.interrupt(cancelled=False)
            begun += sending(response.cancellation)
        return response, begun

    def _is_wanted(self, response: LiveResponse, wire: WireResponse) -> bool:
        """Have a response answer its request, if it has one; return whether it is to go on."""
        if (request := response.request) is None:
            # Else what was taken for the answer, as it had no metadata, the server had begun by itself.
            tag = (wire.metadata or {}).get(TAG)
            return tag is None or not self.is_answered_after_hosted_tools(tag)
        if not self._state.requests.responses.answered(request):
            return False
        request.answer.set_result(response)
        return True

    def _take_for_answer(self, response: LiveResponse) -> None:
        """The server began a response by itself: it takes up what was said, and what tools have returned."""
        state = self._state
        state.rounds.server_responds()
        reason = "the server began a response by itself, which takes up what its tools returned"
        in_place_of_ours = state.requests.responses.withdraw_after_hosted_tools(UsageError(reason))
        response.after_tools = in_place_of_ours and not state.answer_expected
        state.answer_due = math.inf

    def may_begin_unannounced(self, event: Any) -> bool:
        """Whether an event may be the first of a response that its server does not announce.

        While a response runs that was announced, an event of another one is taken for a stray.
        """
        if self._state.find(event.item_id) is not None or event.item_id in self._registry.unwanted:
            return False
        return self._state.joins_a_call or not any(response.announced for response in self._registry.running)

    def begin_unannounced(self, event: Any, at: float) -> tuple[LiveResponse, Effects]:
        """Make the response of an event that is the first of it; of a joined call, it began before this side joined."""
        response, begun = self.begin(WireResponse(id=event.response_id), at)
        self._registry.record_event(event, at)
        response.announced = False
        if self._state.joins_a_call:
            return response, begun
        reason = f"the server did not begin response {response.id}: the first event of it is {event.type}"
        return response, emitting(ProtocolViolation(reason, "", at)) + begun

    def is_answered_after_hosted_tools(self, event_id: str | None) -> bool:
        """Whether a response was taken for the answer to this request, which is only for outputs of hosted tools."""
        requests = (response.request for response in self._registry.responses.values() if response.request is not None)
        return any(each.event_id == event_id and each.subject is Subject.HOSTED_OUTPUTS for each in requests)

    def end(self, response: LiveResponse, wire: WireResponse | None, at: float) -> Effects:
        """A response has ended; `wire` is None where the server does not say so."""
        effects = NOTHING
        described = paired(response.live_items, wire.output if wire is not None else ())
        present = {item.id for item in response.live_items}
        for item_id, item_wire in described.items():
            if item_id not in present and not response.interrupted:
                effects += self.add(response, item_wire, at)
        for item in response.live_items:
            effects += self.close(response, item, described.get(item.id, item.wire), at, last=True)
        response.end(wire, "incomplete" if wire is None else wire.status or "completed")
        self._state.usage.add(response.count(wire))
        effects += emitting(ResponseFinished(at, response)) + sending(*response.flush_deferred())
        return effects + self._state.go_on(self._state.rounds.close(response), at)

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

    # Items

    def add(self, response: LiveResponse, wire: WireItem, at: float) -> Effects:
        """Make an item of a response, unless the response has it."""
        item = self._registry.add(response, wire)
        if item is None:
            return NOTHING
        if isinstance(item, LiveMessage):
            self._state.rounds.model_goes_on(response)
            if self._state.gate.withholds(response):
                item.withhold_audio()
        return emitting(ItemAdded(at, response, item))

    def close(
        self, response: LiveResponse, item: LiveResponseItem, wire: WireItem, at: float, *, last: bool
    ) -> Effects:
        """The server ended an item: act on it by its kind."""
        effects = NOTHING
        if isinstance(item, LiveMessage):
            item.close(wire, last=last)
            effects = emitting(*item.late_captions(at))
        elif not item.closed:
            item.update(wire)
            item.closed = True
            self._registry.release(item)
            if isinstance(item, LiveFunctionCall):
                effects = self._calls.start(response, item)
        if not response.out_of_band and not (isinstance(item, LiveMessage) and item.discarded):
            self._state.conversation.add(item)  # keeps its place where it has one
        return effects

    def close_all(self, response: LiveResponse, at: float) -> Effects:
        """Nothing more comes of a response: close the items of it that the server has not ended."""
        effects = NOTHING
        for item in response.live_items:
            if not item.closed:
                effects += self.close(response, item, item.wire, at, last=True)
        return effects
