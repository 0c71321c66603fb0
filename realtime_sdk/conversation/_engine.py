"""The engine: the server's events in, effects out. It calls nothing back.

`receive` finds the object that an event is about and calls one method of it, from a table. It returns effects, to be
sent, emitted and run by the caller. Synchronous, and it never blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..audio._formats import AudioFormat
from ..errors import RealtimeError, UsageError
from ..playback._timeline import Timeline
from ..protocol._codec import ClientEvent, ProtocolViolation, ServerEvent, client_field
from ..protocol._session import SessionUpdate
from ..protocol._wire_session import TurnDetection, WireSession
from ._completion import Completion
from ._deadlines import Deadlines
from ._effects import NOTHING, Effects, Handler, emitting
from ._engine_state import EngineState
from ._input_position import InputPosition
from ._live_conversation import LiveConversation
from ._live_response import Cancel, LiveResponse
from ._registry import Registry
from ._response_lifecycle import ResponseLifecycle
from ._sdk_events import ResponseFinished, SdkEvent, ServerMessage
from ._session_kind import SessionKind
from ._settings import MessageSettings
from ._spoken_turns import SpokenTurns
from ._streams import ReplayableStream
from ._words import Words
from .handlers._call import CallHandlers
from .handlers._item import ItemHandlers
from .handlers._mcp import McpHandlers
from .handlers._pieces import PieceHandlers
from .handlers._response import ResponseHandlers
from .handlers._session import SessionHandlers
from .history._exported import ExportedItem
from .history._restoring import restore
from .history._suspension import Suspension
from .history._wire_ids import WireIds
from .interruption._interrupter import Interrupter
from .interruption._response_gate import ResponseGate
from .items._items import ServerCopy
from .requests._request_ledger import RequestLedger
from .requests._requests import DeleteRequest, Request, ResponseRequest, RetrieveRequest, UpdateRequest
from .tools._calls import Calls
from .usage._usage import SessionUsage

RESPONSES_KEPT: Final = 1000
"""Responses that are kept for an application that does not read them."""

_ROUTINE: Final = frozenset({
    "conversation.created", "input_audio_buffer.cleared", "response.content_part.done", "session.updated",
    "transcription_session.updated",
})  # fmt: skip
"""Events that carry no news for an application."""


class Engine:
    """The core of a session. All its methods are called on the session's loop; `at` is wall-clock seconds."""

    def __init__(
        self, settings: MessageSettings, conversation: LiveConversation, *, audio_format: AudioFormat,
        timeline: Timeline | None, cancel: Cancel, timeout: float, response_timeout: float, runs_tools: bool = False,
        kind: SessionKind = SessionKind.TALK, position: InputPosition | None = None,
    ) -> None:  # fmt: skip
        event_factory = settings.event_factory
        self.settings = settings
        self.conversation = conversation
        self.requests: RequestLedger = RequestLedger(event_factory, timeout)
        self.responses: ReplayableStream[LiveResponse] = ReplayableStream(event_factory, limit=RESPONSES_KEPT)
        self.ready: Completion[WireSession] = Completion(event_factory)  # once the server opened the session
        self._registry = Registry(settings, event_factory, cancel)
        self._state = EngineState(
            conversation, self._registry, self.requests, ResponseGate(self._registry, timeline), kind
        )
        self.abilities = self._state.abilities
        self.words = Words(self._registry)
        self.calls = Calls(self._state, runs_tools=runs_tools)
        self.interrupter = Interrupter(self._state, self.calls)
        self.suspension = Suspension(self._state, self.calls)
        lifecycle = ResponseLifecycle(self._state, self.calls, self.responses)
        self._deadlines = Deadlines(
            self._state, lifecycle, self.calls, timeout=timeout, response_timeout=response_timeout,
            plays=timeline is not None,
        )  # fmt: skip
        self._table: dict[str, list[Handler]] = {}
        self.add_handlers(SessionHandlers(self._state, lifecycle, self.ready).table)
        self.add_handlers(ItemHandlers(self._state, self.calls).table)
        self.add_handlers(ResponseHandlers(self._state, lifecycle).table)
        self.add_handlers(PieceHandlers(self._state, lifecycle, audio_format).table)
        self.add_handlers(McpHandlers(self._state, self.calls).table)
        if kind is SessionKind.TRANSCRIPTION and position is not None:
            self.requests.responses.possible = False
            self._state.spoken_turns = SpokenTurns(position, self._state.server_detection, event_factory)
            self.add_handlers(self._state.spoken_turns.table)
        if kind is SessionKind.SIDE_BAND:
            self.add_handlers(CallHandlers(self._state).table)

    @property
    def session(self) -> WireSession:
        """The wire's session object as the server last described it."""
        return self._state.session

    @property
    def turn_detection(self) -> TurnDetection | None:
        """The server's turn detection as the application configured it; None: the client decides."""
        return self._state.protection.configured or self.session.turn_detection

    @property
    def joins_a_call(self) -> bool:
        """Whether the server plays its responses to a caller, and interrupts them by itself."""
        return self._state.joins_a_call

    @property
    def spoken_turns(self) -> SpokenTurns | None:
        """The turns of a session that transcribes; None: it talks."""
        return self._state.spoken_turns

    @property
    def usage(self) -> SessionUsage:
        """What the session has cost so far, whichever connections its responses came over."""
        return self._state.usage.total

    @property
    def speaking(self) -> bool:
        """Whether a reply is heard, or being made."""
        return self._state.response_active or any(message.is_played for message in self._registry.messages)

    @property
    def audible(self) -> bool:
        """Whether a reply has begun to be heard, and not ended."""
        return any(message.is_played and message.heard_in_part for message in self._registry.active)

    @property
    def response_pending(self) -> bool:
        """Whether a response is being made, or requested."""
        return self._state.response_active or self.requests.responses.outstanding or self.requests.responses.waiting

    @property
    def silent(self) -> bool:
        """Whether nothing is being made, heard or requested, and no answer to the user is to come."""
        busy = self.speaking or self.response_pending or self.requests.responses.held
        return not (busy or self._state.answer_expected)

    @property
    def drained(self) -> bool:
        """Whether, beyond that, no tool runs."""
        return self.silent and not self._state.rounds.running

    @property
    def quiet(self) -> bool:
        """Whether, beyond both, nothing is being changed or transcribed."""
        return self.drained and not (self.requests.updates.outstanding or self._state.transcription_pending)

    @property
    def forgetting(self) -> bool:
        """Whether the server still makes what was interrupted: what that is has to be forgotten there once it comes."""
        making = any(response.interrupted and response.running for response in self._registry.unended)
        return making or self.requests.responses.withdrawn

    @property
    def item_ids(self) -> set[str]:
        """The ids of the items that the session knows."""
        return {item.id for item in [*self.conversation, *self._registry.messages]}

    def add_handlers(self, table: Mapping[str, Handler]) -> None:
        """Add a handler for each of these types of events, to be called after the present ones."""
        for kind, handler in table.items():
            self._table.setdefault(kind, []).append(handler)

    # Events

    def receive(self, event: ServerEvent, at: float) -> Effects:
        """Handle one event of the server."""
        effects = NOTHING
        self._registry.record_event(event, at)
        if event.invalid_fields:
            reason = f"{event.type}: {'; '.join(event.invalid_fields)}"
            effects = emitting(ProtocolViolation(reason, "", at, event.type))
        handlers = self._table.get(event.type)
        if handlers is None:
            return effects if event.type in _ROUTINE else effects + emitting(ServerMessage(at, event))
        for handle in handlers:
            if (more := handle(event, at)) is not NOTHING:
                effects += more
        return self._state.sent(effects, at) if effects.send else effects

    def advance(self, at: float) -> Effects:
        """Report what was heard and shown since the last call; what ends comes before what begins."""
        events: list[SdkEvent] = []
        finished = False
        for message in self._registry.active:
            events += message.advance(at)
            finished = finished or message.finished
        self._registry.let_wait()
        if not finished:
            return emitting(*events)
        effects = self._state.sent(Effects(tuple(self.interrupter.lost_words()), tuple(events)), at)
        self.interrupter.release_finished()
        return effects

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        return self._deadlines.next

    def expire(self, at: float) -> Effects:
        """Expire the requests and responses that are due: none waits forever."""
        return self._deadlines.expire(at)

    def disconnect(self, at: float, end_reason: RealtimeError, failure: RealtimeError | None) -> Effects:
        """The connection ended. What was received is still heard; callers that wait for the server raise `end_reason`.

        failure: what readers of the responses raise at their end; None: they end quietly.
        """
        events: list[SdkEvent] = []
        for response in self._registry.running:
            response.interrupt(cancelled=False)
            response.end(None, "incomplete")
            events.append(ResponseFinished(at, response))
        for call in self._state.hosted.calls:
            events += self.calls.finish_hosted(call, at, str(end_reason)).emit
        self._state.forget_server()
        self._registry.forget_server()
        self._state.gate.open()
        self.responses.end(failure)
        self.requests.end(end_reason)
        self.ready.set_exception(end_reason)
        if self.spoken_turns is not None:
            self.spoken_turns.end(failure)
        return emitting(*events)

    def leave(self, at: float) -> Effects:
        """The session ends: finish every playout."""
        events: list[SdkEvent] = []
        for message in list(self._registry.messages):
            events += message.cut(at)
            self._registry.release(message)
        return emitting(*events)

    # Requests

    def submit(
        self, overrides: Mapping[str, Any], at: float, *, interruptible: bool = True, timeout: float | None = None,
        exclusive: bool = False,
    ) -> tuple[ResponseRequest, Effects]:  # fmt: skip
        """Request a response; the request's `answer` is it. `exclusive`: it answers no later request, too.

        Raises:
            UsageError: JSON can't hold the overrides.

        """
        request = self.requests.responses.submit(
            overrides, at, interruptible=interruptible, timeout=timeout, exclusive=exclusive
        )
        return request, self._advance_requests(at)

    def submit_continuation(self, at: float) -> tuple[ResponseRequest | None, Effects]:
        """Request a response to the messages sent so far; no caller awaits it. None: the server makes none."""
        request = self.requests.responses.submit_continuation(at, behind=self.requests.responses.messages_sent)
        return request, self._advance_requests(at)

    def update(self, update: SessionUpdate, at: float, timeout: float | None = None) -> tuple[UpdateRequest, Effects]:
        """Request a change of the session.

        Raises:
            UsageError: JSON can't hold it.

        """
        request, effects = self.requests.update(update, at, timeout)
        if "tools" in update.session:
            self._state.hosted.requested(update.session["tools"] or (), at)
        if "turn_detection" in ((update.session.get("audio") or {}).get("input") or {}):
            self._state.protection.supersede()
        return request, effects

    def restore(self, items: Iterable[ExportedItem], ids: WireIds) -> Iterator[Effects]:
        """Add exported items to the conversation, here and on the server, in short steps; `ids`: of the connection."""
        return restore(self._state, items, self.settings, ids)

    def delete(self, item_id: str, at: float) -> tuple[DeleteRequest, Effects]:
        """Have the server forget an item; one that it does not hold is only removed here."""
        item = self.conversation.get(item_id)
        if self.requests.connected and item is not None and item.server_copy is not ServerCopy.NONE:
            return self.requests.delete(item_id, at)
        self.conversation.remove(item_id)
        request = DeleteRequest("", item_id, self.requests.timeout, self.settings.event_factory)
        request.answer.set_result(None)
        return request, NOTHING

    def retrieve(self, item_id: str, at: float) -> tuple[RetrieveRequest, Effects]:
        """Ask the server for an item.

        Raises:
            UsageError: it does not hold it.

        """
        item = self.conversation.get(item_id)
        if item is None or item.server_copy is ServerCopy.NONE:
            raise UsageError(f"the server does not hold the item {item_id!r}: it could not be carried over")
        return self.requests.retrieve(item_id, at)

    def message_given(self) -> None:
        """A message of the user's is on its way: requests for responses from now on, which may be about it, wait."""
        self.requests.responses.messages_given += 1

    def message_sent(self, at: float, *, respond: bool) -> tuple[ResponseRequest | None, Effects]:
        """The next of these messages was sent, or never will be; `respond`: request a response to it.

        The effects send what waited for it.
        """
        self.requests.responses.messages_sent += 1
        if respond:
            return self.submit_continuation(at)
        return None, self._advance_requests(at)

    def withdraw(self, request: Request[Any], at: float) -> Effects:
        """Withdraw a request whose caller gave up: a response that still comes is cancelled, and not heard."""
        self.requests.withdraw(request, UsageError("the request was withdrawn: its caller gave up"))
        return self._advance_requests(at)

    def withdraw_all(self) -> None:
        """Withdraw every request that has not begun, and those to come for tools that run."""
        interrupted = UsageError("the request was interrupted before the server began to answer it")
        self.requests.responses.withdraw_all(interrupted)
        self._state.rounds.silence()

    def on_sent(self, event: ClientEvent | Mapping[str, Any], at: float) -> Effects:
        """Take note of an event that the application itself sent.

        Without a connection a deletion is done by leaving the item out of what the next server is given.
        """
        kind, response, item = (client_field(event, name) for name in ("type", "response", "item"))
        if isinstance(response, Mapping) and response.get("conversation") == "none":
            self.abilities.null_is_out_of_band = True
        self._state.changes.record(event, at)
        if self.spoken_turns is not None and kind == "input_audio_buffer.commit":
            self.spoken_turns.audio.commit()
        if not self.requests.connected and kind == "conversation.item.delete":
            self.conversation.remove(str(client_field(event, "item_id")))
        if not isinstance(item, Mapping) or item.get("type") != "function_call_output":
            return NOTHING
        return self.calls.take_output(item.get("call_id"), item.get("output"), at)

    # The floor

    def began_unrequested(self, response_id: str) -> bool:
        """Whether the server began this response of the conversation unrequested, and not because of its tools."""
        response = self._registry.responses.get(response_id)
        return response is not None and not (response.requested or response.out_of_band or response.after_tools)

    def yield_floor(self) -> None:
        """The user speaks: responses that begin now are withheld, and requests wait."""
        self._state.gate.close()

    def regain_floor(self, at: float, *, turn_taken: bool) -> tuple[Effects, list[LiveResponse]]:
        """The user is silent. turn_taken: the user's turn is to be answered.

        Withheld responses are released; those that began over a turn that was taken are returned, to be interrupted.
        """
        dropped = self._state.gate.drop() if turn_taken else []
        if turn_taken:
            answered = UsageError("the user took the turn, whose answer is the answer to both")
            self.requests.responses.withdraw_after_tools(answered)
        else:
            self._state.gate.open()
        return self._advance_requests(at), dropped

    def _advance_requests(self, at: float) -> Effects:
        return self._state.sent(self._state.advance_requests(at), at)
