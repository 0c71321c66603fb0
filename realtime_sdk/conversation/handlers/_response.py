"""Handlers of `response.*`: responses, their items, and the deltas of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...audio._pcm import FRAME_BYTES
from ...protocol._codec import ProtocolViolation
from ...protocol._conversation import ConversationItemDelete, ConversationItemTruncate
from ...protocol._objects import WireItem, WireResponse
from ...protocol._response import (
    ResponseContentPartAdded,
    ResponseCreated,
    ResponseDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
)
from ...protocol._response_pieces import (
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    ResponseOutputAudioDelta,
    ResponseOutputAudioDone,
    ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputTextDelta,
    ResponseOutputTextDone,
)
from .._effects import NOTHING, Effects, Handler, emitting, sending
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._response import TAG
from .._sdk_events import ResponseFinished
from ..items._items import ServerCopy
from ..items._live_items import LiveFunctionCall
from ..message._live_message import LiveMessage
from ..requests._requests import ResponseRequest
from ._renamed_items import paired, renamed

UNHEARD_LIMIT: Final = 1800.0
"""Seconds of audio that may wait to be heard, in all messages: 86 MB. A response is ended that brings more."""


class ResponseHandlers:
    """Handles the server's events about responses."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._registry = state.registry
        self._unwanted: set[str] = set()  # ids of messages that came too late to be heard; the server is to delete them
        self._stray: str | None = None  # the last id of an item that does not exist, of which one event was reported
        self._late: str | None = None  # the last id of a message of which audio that came too late was reported

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "response.created": self._created,
            "response.done": self._done,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.content_part.added": self._content_part,
            "response.output_audio.delta": self._audio_delta,
            "response.output_audio.done": self._audio_done,
            "response.output_audio_transcript.delta": self._transcript_delta,
            "response.output_audio_transcript.done": self._transcript_done,
            "response.output_text.delta": self._text_delta,
            "response.output_text.done": self._text_done,
            "response.function_call_arguments.delta": self._arguments_delta,
            "response.function_call_arguments.done": self._arguments_done,
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

    def _end_before(self, later: LiveResponse, at: float) -> Effects:
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
        return self._end_before(response, at) + self.end(response, event.response, at)

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

    # Items

    def _item_added(self, event: ResponseOutputItemAdded, at: float) -> Effects:
        response, begun = self._registry.response_of(event.response_id), NOTHING
        if response is None:
            response, begun = self._begin_unannounced(event, at)
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

    def _content_part(self, event: ResponseContentPartAdded, at: float) -> Effects:
        if event.part is not None and event.part.type in ("text", "output_text"):
            message, effects = self._message(event, at)
            if message is not None:
                message.expect_text(event.content_index)
            return effects
        response = self._registry.response_of(event.response_id)
        if response is None or not response.interrupted:
            return NOTHING
        item = self._state.conversation.get(event.item_id)
        if not isinstance(item, LiveMessage) or item.settled or not item.finished:
            return NOTHING
        if item.content.get(event.content_index) is not None:
            return NOTHING
        # It was on its way when its item was cut: it is never heard, so the server must not remember it.
        unheard = ConversationItemTruncate(item_id=item.id, content_index=event.content_index, audio_end_ms=0)
        return sending(*response.defer([unheard]))

    # Deltas

    def _audio_delta(self, event: ResponseOutputAudioDelta, at: float) -> Effects:
        message, effects = self._message(event, at)
        response = message.response if message is not None else None
        if message is None or response is None or response.interrupted:
            return effects
        if self._registry.holds_more_than(UNHEARD_LIMIT) and response.running:
            return effects + self._break_off(response, at)
        audio = self._state.audio_format.decode(event.delta)
        self._registry.received(len(audio) // FRAME_BYTES)
        segment = message.add_audio(event.content_index, audio, at)
        if segment is not None:
            if message.played_locally:
                self._registry.presume_complete_before(message)
            effects += self._end_before(response, at)
            self._state.gate.play(segment, message)
        elif message.lost_audio and message.id != self._late:
            effects += self._report_late(message, at)
        return effects

    def _break_off(self, response: LiveResponse, at: float) -> Effects:
        """More audio waits to be heard than memory is kept for: the server is to make no more of it."""
        reason = f"response {response.id} is ended: {UNHEARD_LIMIT / 60:.0f} minutes of audio wait to be heard"
        stop = emitting(ProtocolViolation(reason, "", at)) + sending(response.cancellation)
        response.break_off()
        return stop + self.end(response, None, at)

    def _audio_done(self, event: ResponseOutputAudioDone, at: float) -> Effects:
        message, effects = self._message(event, at)
        if message is not None:
            message.end_audio(event.content_index)
        return effects

    def _transcript_delta(self, event: ResponseOutputAudioTranscriptDelta, at: float) -> Effects:
        message, effects = self._message(event, at)
        if message is not None:
            message.add_text(event.content_index, event.delta, event.start, event.end, spoken=True)
            if message.finished:
                effects += emitting(*message.late_captions(at))
        return effects

    def _transcript_done(self, event: ResponseOutputAudioTranscriptDone, at: float) -> Effects:
        message, effects = self._message(event, at)
        if message is not None:
            message.end_text(event.content_index, event.transcript, spoken=True)
            effects += emitting(*message.late_captions(at))
        return effects

    def _text_delta(self, event: ResponseOutputTextDelta, at: float) -> Effects:
        message, effects = self._message(event, at)
        if message is not None:
            message.expect_text(event.content_index)
            message.add_text(event.content_index, event.delta)
        return effects

    def _text_done(self, event: ResponseOutputTextDone, at: float) -> Effects:
        message, effects = self._message(event, at)
        if message is not None:
            message.end_text(event.content_index, event.text)
        return effects

    def _arguments_delta(self, event: ResponseFunctionCallArgumentsDelta, at: float) -> Effects:
        if (call := self._open_call(event)) is not None:
            call.add_arguments(event.delta)
        return NOTHING

    def _arguments_done(self, event: ResponseFunctionCallArgumentsDone, at: float) -> Effects:
        call = self._open_call(event)
        if call is not None and (not event.call_id or call.call_id in ("", event.call_id)):
            call.end_arguments(event.arguments, event.name)
            return NOTHING
        if not (event.name and event.call_id):
            return NOTHING
        response, begun = self._registry.response_of(event.response_id), NOTHING
        if response is None and self._may_begin_unannounced(event):
            response, begun = self._begin_unannounced(event, at)
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
        return begun + self._state.add(response, WireItem(id=item_id, type="function_call", **fields), at)

    # Look-up

    def _open_call(self, event: Any) -> LiveFunctionCall | None:
        """The call whose arguments an event brings; one that names no item is of the only call that it may be of."""
        items = self._registry.open_items
        found = [items.get(event.item_id)] if event.item_id else list(items.values())
        calls = [item for item in found if isinstance(item, LiveFunctionCall)]
        named = calls if event.item_id else [call for call in calls if event.call_id in (None, "", call.call_id)]
        return named[0] if len(named) == 1 else None

    def _may_begin_unannounced(self, event: Any) -> bool:
        """Whether an event may be the first of a response that its server does not announce.

        While a response runs that was announced, an event of another one is taken for a stray.
        """
        if self._state.find(event.item_id) is not None or self.is_unwanted(event.item_id):
            return False
        return self._state.joins_a_call or not any(response.announced for response in self._registry.running)

    def _begin_unannounced(self, event: Any, at: float) -> tuple[LiveResponse, Effects]:
        """Make the response of an event that is the first of it; of a joined call, it began before this side joined."""
        response, begun = self._begin(WireResponse(id=event.response_id), at)
        self._registry.record_event(event, at)
        response.announced = False
        if self._state.joins_a_call:
            return response, begun
        reason = f"the server did not begin response {response.id}: the first event of it is {event.type}"
        return response, emitting(ProtocolViolation(reason, "", at)) + begun

    def _response_of_delta(self, event: Any, at: float) -> tuple[LiveResponse | None, Effects]:
        """The response of a delta that names none that is known; None: there is none."""
        response, ended = self._registry.response_of(event.response_id), NOTHING
        begins = event.type.endswith(".delta") and self._may_begin_unannounced(event)
        if response is not None and response.interrupted and not response.announced:
            if not (begins and self._state.answer_expected):
                return response, NOTHING
            # It is of the answer to the interruption: a server that announces no responses may not end them either.
            ended = self.end(response, None, at)
            response = None
        if response is not None or not begins:
            return response, ended
        response, begun = self._begin_unannounced(event, at)
        return response, ended + begun

    def _message(self, event: Any, at: float) -> tuple[LiveMessage | None, Effects]:
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
        if self.is_unwanted(event.item_id) or not response.running or response.interrupted:
            return None, begun
        # Some servers send the deltas of a message without the event that begins it.
        begun += self._state.add(response, WireItem(id=event.item_id, type="message", role="assistant"), at)
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
        wire = WireItem(id=self._state.make_up_id(), type="message", role="assistant")
        begun += self._state.add(response, wire, at)
        message = response.messages[0]
        message.server_copy = ServerCopy.NONE  # it has none of this id
        return message, begun

    def _report_late(self, message: LiveMessage, at: float) -> Effects:
        """Report audio that will not be heard, once for a message."""
        self._late = message.id
        return emitting(ProtocolViolation(f"audio of message {message.id} came too late: it is not heard", "", at))

    def _report_stray(self, event: Any, at: float) -> Effects:
        if event.item_id == self._stray or self._state.find(event.item_id) is not None:
            return NOTHING
        self._stray = event.item_id
        problem = "for an item that does not exist" if event.item_id else "names no item, and may be of several"
        reason = f"{event.type} {problem}"
        return emitting(ProtocolViolation(reason, event.item_id[:200], at))
