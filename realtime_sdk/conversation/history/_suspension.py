"""Suspends responses and requests when the connection is lost, and resumes them on the next one."""

from __future__ import annotations

import math
from collections.abc import Collection, Container, Mapping

from ...protocol._wire_session import WireSession
from .._effects import Effects, emitting
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._sdk_events import ResponseFinished, SdkEvent
from ..items._items import ServerCopy
from ..items._live_items import LiveFunctionCall
from ..items._live_mcp import LiveMcpApprovalRequest
from ..message._live_message import LiveMessage
from ..message._message import COMMENTARY
from ..tools._calls import Calls
from ._history import Restoration


class Suspension:
    """Carries responses and requests over from a lost connection to the next one; `at` is wall-clock seconds."""

    def __init__(self, state: EngineState, calls: Calls) -> None:
        self._state = state
        self._calls = calls

    def unheard_responses(self) -> list[LiveResponse]:
        """The responses in progress of which nothing was heard or shown: the next server makes them once more."""
        running = [] if self._state.joins_a_call else self._state.registry.running
        return [response for response in running if _can_be_made_again(response) and not _heard(response)]

    def suspend(self, unheard: Collection[LiveResponse], spoken: Container[str], at: float) -> Effects:
        """The connection was lost. Received audio is still heard; requests wait for the next connection.

        unheard: responses that are requested once more; nothing of them is played. spoken: ids of the user's turns
        whose audio is kept for the next server.
        """
        state, running = self._state, self._state.registry.running
        again = [response for response in running if response in unheard or _only_announced(response)]
        if state.joins_a_call:  # the call goes on without this side
            again, state.answer_due = [], math.inf
            for remote in state.registry.remote_playouts:
                remote.disconnected(at)
        if state.answer_expected:
            state.requests.responses.submit_continuation(at)
        for item_id in state.requests.items.deletions:  # the next server is not given them
            state.conversation.remove(item_id)
            state.requests.items.deleted(item_id)
        self.drop_spoken_turns(spoken)
        state.forget_server()
        state.gate.forget(unheard)
        state.requests.drop(at)
        events: list[SdkEvent] = []
        for response in running:
            events += _end(state, response, at, discard=response in unheard)
        for call in state.hosted.calls:
            events += self._calls.finish_hosted(call, at, "the connection was lost").emit
        requests = [item for item in state.conversation.live_items if isinstance(item, LiveMcpApprovalRequest)]
        for item in requests:
            item.server_copy = ServerCopy.NONE  # the next server knows nothing of it
        state.registry.forget_server()
        for response in again:
            _request_again(state, response, at)
        return emitting(*events) + Effects(lapsed=tuple(requests))

    def drop_spoken_turns(self, kept: Container[str]) -> None:
        """Of a session that only transcribes: the next server transcribes the turns whose audio is kept."""
        if self._state.spoken_turns is not None:
            self._state.spoken_turns.drop(kept, again=self._state.server_detection() is not None)

    def restoration(self, audio: Mapping[str, bytes]) -> Restoration:
        """What a new server has to be given; `audio`: spoken turns that may lack a transcript, by item id."""
        return self._state.restoration(self._state.conversation, audio)

    def resume(self, session: WireSession, restoration: Restoration, at: float) -> Effects:
        """A new server holds the restored history: send it the requests that have waited."""
        state = self._state
        state.session, state.before_anchor = session, restoration.before_anchor
        state.hosted.requested(state.requests.updates.fields_in_force.get("tools") or (), at)
        for item in [*state.conversation.live_items, *state.registry.messages] if not state.joins_a_call else ():
            item.server_copy = restoration.server_copy(item.id)
        if state.spoken_turns is not None:
            state.spoken_turns.resume()
        return state.requests.connect(at) + state.advance_requests(at)


def _can_be_made_again(response: LiveResponse) -> bool:
    """Whether a response is wanted, and was to write to the conversation; its calls that run lead to the next one."""
    calls = any(isinstance(item, LiveFunctionCall) and item.closed for item in response.live_items)
    return not (response.out_of_band or response.interrupted or calls)


def _heard(response: LiveResponse) -> bool:
    return any(_is_heard(message) for message in response.messages)


def _is_heard(message: LiveMessage) -> bool:
    shown = not message.played_locally and bool(message.transcript)
    return message.heard_in_part or shown


def _only_announced(response: LiveResponse) -> bool:
    """Whether only a commentary was heard of a response, and not the answer that it announces."""
    heard = [message for message in response.messages if message.content.has_audio or _is_heard(message)]
    return _can_be_made_again(response) and bool(heard) and all(message.phase == COMMENTARY for message in heard)


def _end(state: EngineState, response: LiveResponse, at: float, *, discard: bool) -> list[SdkEvent]:
    """End a response that the lost server was making; `discard`: nothing of it is heard."""
    events: list[SdkEvent] = []
    if discard:
        response.interrupt(cancelled=False)
    for message in response.messages:
        if discard:
            events += message.cut(at)
            state.conversation.remove(message.id)
            state.registry.release(message)
        elif not response.out_of_band and not message.discarded:
            state.conversation.add(message)
    response.end(None, "incomplete")
    state.go_on(state.rounds.close(response), at)  # once there is a connection
    return [*events, ResponseFinished(at, response)]


def _request_again(state: EngineState, response: LiveResponse, at: float) -> None:
    """Have the next server make a response, as it was requested."""
    if response.request is not None and response.request.is_filler:
        return
    if response.request is None or response.request.shareable:
        state.requests.responses.submit_continuation(at)
        return
    state.requests.responses.submit(
        response.request.overrides, at, interruptible=response.request.interruptible, exclusive=True
    )
