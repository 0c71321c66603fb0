"""One door for every event of the server: it finds the object and calls one method of it, from a table.

Synchronous, and it never blocks. What has to be sent is returned; what a person would notice is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias

from .. import events as wire
from ..errors import RealtimeError, ServerRefused
from ..events import ClientEvent, ServerEvent, WireItem, WireResponse
from ..playout import Timeline
from .conversation import Conversation
from .feed import Feed, NewEvent, Outcome
from .interruption import corrections
from .items import FunctionCallItem
from .message import MessageItem
from .objects import Objects
from .playouts import Playout
from .response import Cancel, Response, ResponseItem
from .response_queue import ResponseQueue
from .sdk_events import (
    Interrupted,
    ItemAdded,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ServerError,
    SessionReady,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from .settings import Follow, MessageSettings, Taken

Send: TypeAlias = list[ClientEvent]

BENIGN = frozenset({"response_cancel_not_active", "input_audio_buffer_commit_empty"})
"""Codes of errors that a race makes and that change nothing."""

RESPONSES_KEPT = 1000
"""Responses that wait for an application that does not ask for them."""


class Router:
    """The server's events in, objects out. One a session; all its methods are called on the session's loop."""

    def __init__(
        self, *, new_event: NewEvent, rate: int, decode: Callable[[bytes], bytes], timeline: Timeline | None,
        taken: Taken | None, cancel: Cancel, send: Callable[[ClientEvent], object], tell: Callable[[SdkEvent], None],
        called: Callable[[Response, FunctionCallItem], None], watched: Callable[[], bool], follow: Follow | None = None,
    ) -> None:  # fmt: skip
        self.conversation = Conversation(send)
        self.queue = ResponseQueue(new_event)
        self.responses: Feed[Response] = Feed(new_event, limit=RESPONSES_KEPT)
        self.ready: Outcome[dict[str, Any]] = Outcome(new_event)  # the session object, once the server opened it
        self.session: dict[str, Any] = {}  # as the server last told of it
        self.updates: dict[str, Outcome[dict[str, Any]]] = {}  # session updates not confirmed yet, by event id
        self._objects = Objects(MessageSettings(new_event, rate, taken, watched, follow), new_event, cancel)
        self._decode = decode  # gives PCM16 of the sound on the wire
        self._timeline = timeline  # None: the application plays
        self._tell = tell
        self._called = called  # told of a complete function call
        self._recognised: dict[str, str] = {}  # what of a user's message is recognised so far, by item id
        self._unwanted: set[str] = set()  # ids of messages that came too late to be heard; the server shall delete them

    # What the session asks

    @property
    def is_speaking(self) -> bool:
        """Whether a reply is heard, or on its way."""
        return bool(self._objects.running) or any(message.aloud for message in self._objects.messages)

    def receive(self, event: ServerEvent, at: float) -> Send:
        """Take one event of the server, at wall-clock seconds `at`; returns what is to be sent because of it."""
        handle = self._TABLE.get(event.type)
        return handle(self, event, at) if handle else []

    def advance(self, at: float) -> None:
        """Look at what was heard since the last time and tell of it."""
        for item in self._objects.messages:
            self._tell_all(item.advance(at))
            if item.settled:
                del self._objects.live[item.id]

    def interrupt(self, at: float, *, cancelled: bool) -> tuple[Send, list[Playout]]:
        """The sound has stopped: settle what was cut; returns what makes the server forget what was not heard.

        cancelled: the server cancels its responses by itself.
        """
        running = [response for response in self._objects.running if not (response.out_of_band or response.stopped)]
        cut = [item for item in self._objects.messages if item.aloud and not item.heard_in_full]
        for response in running:
            response.stop(cancelled=cancelled)
        for item in cut:
            self._tell_all(item.cut(at))
            del self._objects.live[item.id]
            if item.dead:
                self.conversation.remove(item.id)
        send = corrections(running, cut, cancelled=cancelled)
        self._objects.stop_makers([item for item in cut if item.playout.interrupted])
        playouts = [item.playout for item in cut if item.playout.interrupted]
        if running or playouts:
            self._tell(Interrupted(at, tuple(playouts)))
        return send, playouts

    def disconnect(self, at: float, ended: RealtimeError, failure: RealtimeError | None) -> None:
        """No event will come any more. What was received is still heard; whoever waits for the server raises `ended`.

        failure: what readers of the responses raise at their end; None: they end quietly.
        """
        for response in self._objects.running:
            response.stopped = True
            for item in response.items:
                if isinstance(item, MessageItem):
                    item.abandon()
            response.end(None, "incomplete")
            self._tell(ResponseFinished(at, response))
        self.responses.end(failure)
        self.queue.end(ended)
        self.ready.fail(ended)
        for update in self.updates.values():
            update.fail(ended)

    def leave(self, at: float) -> None:
        """The session ends: settle every playout that anybody may be waiting for."""
        for item in self._objects.messages:
            self._tell_all(item.cut(at))
        self._objects.live.clear()

    # The session

    def _session_created(self, event: wire.SessionCreated, at: float) -> Send:
        self.session = event.session.wire
        self.ready.set(self.session)
        self._tell(SessionReady(at, self.session))
        return []

    def _session_updated(self, event: wire.SessionUpdated, at: float) -> Send:
        self.session = event.session.wire
        if self.updates:  # the server answers them in order
            self.updates.pop(next(iter(self.updates))).set(self.session)
        return []

    def _error(self, event: wire.ErrorEvent, at: float) -> Send:
        error = event.error
        refusal = ServerRefused(
            error.message or error.code or "the server sent an error without a message",
            type=error.type or "", code=error.code, param=error.param, event_id=error.event_id,
        )  # fmt: skip
        if self.queue.refused(error.event_id, error.code, refusal):
            return []
        update = self.updates.pop(error.event_id, None) if error.event_id else None
        if update is not None:
            update.fail(refusal)
        elif error.code not in BENIGN:
            self._tell(ServerError(at, refusal.type, error.code, str(refusal), error.event_id))
        return []

    def _violation(self, event: wire.ProtocolViolation, at: float) -> Send:
        self._tell(replace(event, at=at))
        return []

    # The user

    def _speech_started(self, event: wire.InputAudioBufferSpeechStarted, at: float) -> Send:
        self._tell(UserSpeechStarted(at, event.item_id))
        return []

    def _speech_stopped(self, event: wire.InputAudioBufferSpeechStopped, at: float) -> Send:
        self._tell(UserSpeechStopped(at, event.item_id))
        return []

    def _committed(self, event: wire.InputAudioBufferCommitted, at: float) -> Send:
        self.conversation.reserve(event.item_id, event.previous_item_id)
        return []

    def _transcription_delta(self, event: wire.ConversationItemInputAudioTranscriptionDelta, at: float) -> Send:
        text = self._recognised[event.item_id] = self._recognised.get(event.item_id, "") + (event.delta or "")
        self._user_said(event.item_id, text, at, final=False)
        return []

    def _transcription_completed(self, event: wire.ConversationItemInputAudioTranscriptionCompleted, at: float) -> Send:
        self._recognised.pop(event.item_id, None)
        self._user_said(event.item_id, event.transcript or "", at, final=True)
        return []

    def _transcription_failed(self, event: wire.ConversationItemInputAudioTranscriptionFailed, at: float) -> Send:
        error = event.error
        message = f"what the user said could not be recognised: {error.message or error.code or 'no reason given'}"
        self._tell(ServerError(at, error.type or "", error.code, message, None))
        self._user_said(event.item_id, self._recognised.pop(event.item_id, ""), at, final=True)
        return []

    def _user_said(self, item_id: str, text: str, at: float, *, final: bool) -> None:
        item = self.conversation.get(item_id)
        if item is None:
            item = self._objects.make(WireItem(id=item_id, type="message", role="user"))
            self.conversation.add(item)
        if isinstance(item, MessageItem):
            item.recognised(text)
            self._tell(UserTranscript(at, item, text, final))

    # The conversation

    def _conversation_item(self, event: wire.ConversationItemAdded | wire.ConversationItemDone, at: float) -> Send:
        if event.item.id in self._unwanted:
            return []
        known = self._objects.find(event.item.id) or self.conversation.get(event.item.id)
        previous = event.previous_item_id if isinstance(event, wire.ConversationItemAdded) else None
        if known is None:
            known = self._objects.make(event.item)
        else:
            known.update(event.item)
        if not (isinstance(known, MessageItem) and known.dead):
            self.conversation.add(known, previous)
        return []

    def _item_truncated(self, event: wire.ConversationItemTruncated, at: float) -> Send:
        if isinstance(item := self.conversation.get(event.item_id), MessageItem):
            item.forget(event.content_index)
        return []

    def _item_deleted(self, event: wire.ConversationItemDeleted, at: float) -> Send:
        self._unwanted.discard(event.item_id)
        self.conversation.remove(event.item_id)
        return []

    # Responses

    def _response_created(self, event: wire.ResponseCreated, at: float) -> Send:
        if event.response.id in self._objects.responses:
            return []
        response = self._begin(event.response, at)
        ask = self.queue.created(response)
        if ask is None or not ask.withdrawn:
            return []
        response.stopped = True
        return [wire.ResponseCancel(response_id=response.id)]

    def _response_done(self, event: wire.ResponseDone, at: float) -> Send:
        response = self._objects.responses.get(event.response.id) or self._begin(event.response, at)
        if not response.running:
            return []
        told = {item.id: item for item in event.response.output}
        for item_wire in told.values():
            if not response.stopped:
                self._add(response, item_wire, at)
        for item in response.items:
            self._close(response, item, told.get(item.id, item.wire), last=True)
        response.end(event.response, event.response.status or "completed")
        self._tell(ResponseFinished(at, response))
        return [*response.settle(), *self.queue.done(response)]

    def _output_item_added(self, event: wire.ResponseOutputItemAdded, at: float) -> Send:
        response = self._objects.responses.get(event.response_id) or self._begin(WireResponse(id=event.response_id), at)
        if response.stopped:
            # It was on its way when the sound stopped: nobody hears it, so the server must not remember it.
            if event.item.type != "message" or self._objects.find(event.item.id) is not None:
                return []
            self._unwanted.add(event.item.id)
            return response.owe([wire.ConversationItemDelete(item_id=event.item.id)])
        self._add(response, event.item, at)
        return []

    def _output_item_done(self, event: wire.ResponseOutputItemDone, at: float) -> Send:
        response = self._objects.responses.get(event.response_id)
        if response is not None and (item := self._objects.live.get(event.item.id)) is not None:
            self._close(response, item, event.item, last=False)
        return []

    def _content_part(self, event: wire.ResponseContentPartAdded, at: float) -> Send:
        if event.part is not None and event.part.type in ("text", "output_text"):
            if (message := self._message(event, at)) is not None:
                message.end_audio(event.content_index)
            return []
        response = self._objects.responses.get(event.response_id)
        if response is None or not response.stopped:
            return []
        item = self.conversation.get(event.item_id)
        if not isinstance(item, MessageItem) or not item.settled or event.content_index in item.parts:
            return []
        # It was on its way when its item was cut: nobody hears it, so the server must not remember it.
        unheard = wire.ConversationItemTruncate(item_id=item.id, content_index=event.content_index, audio_end_ms=0)
        return response.owe([unheard])

    def _audio_delta(self, event: wire.ResponseOutputAudioDelta, at: float) -> Send:
        message = self._message(event, at)
        response = self._objects.responses.get(event.response_id)
        if message is None or (response is not None and response.stopped):
            return []
        segment = message.add_audio(event.content_index, self._decode(event.delta), at)
        if segment is not None:
            self._objects.complete_before(message)
            if self._timeline is not None and message.number is not None and message.aloud:
                self._timeline.add(segment, message.number)
        return []

    def _audio_done(self, event: wire.ResponseOutputAudioDone, at: float) -> Send:
        if (message := self._message(event, at)) is not None:
            message.end_audio(event.content_index)
        return []

    def _transcript_delta(self, event: wire.ResponseOutputAudioTranscriptDelta, at: float) -> Send:
        if (message := self._message(event, at)) is not None:
            message.add_text(event.content_index, event.delta, event.start, event.end)
        return []

    def _transcript_done(self, event: wire.ResponseOutputAudioTranscriptDone, at: float) -> Send:
        if (message := self._message(event, at)) is not None:
            message.end_text(event.content_index, event.transcript)
        return []

    def _text_delta(self, event: wire.ResponseOutputTextDelta, at: float) -> Send:
        if (message := self._message(event, at)) is not None:
            message.end_audio(event.content_index)  # text alone is shown as it comes
            message.add_text(event.content_index, event.delta)
        return []

    def _text_done(self, event: wire.ResponseOutputTextDone, at: float) -> Send:
        if (message := self._message(event, at)) is not None:
            message.end_text(event.content_index, event.text)
        return []

    def _arguments_delta(self, event: wire.ResponseFunctionCallArgumentsDelta, at: float) -> Send:
        if isinstance(call := self._objects.live.get(event.item_id), FunctionCallItem):
            call.add_arguments(event.delta)
        return []

    # How they are found and made

    def _begin(self, response_wire: WireResponse, at: float) -> Response:
        response = self._objects.begin(response_wire)
        self.responses.put(response)
        self._tell(ResponseStarted(at, response))
        return response

    def _add(self, response: Response, item_wire: WireItem, at: float) -> None:
        if (item := self._objects.add(response, item_wire)) is not None:
            self._tell(ItemAdded(at, response, item))

    def _close(self, response: Response, item: ResponseItem, item_wire: WireItem, *, last: bool) -> None:
        """The server ended an item: what its kind makes of that."""
        if isinstance(item, MessageItem):
            item.close(item_wire, last=last)
        elif self._objects.live.pop(item.id, None) is not None:
            item.update(item_wire)
            if isinstance(item, FunctionCallItem) and item.status != "incomplete" and not response.stopped:
                self._called(response, item)
        if not response.out_of_band and not (isinstance(item, MessageItem) and item.dead):
            self.conversation.add(item)  # keeps its place where it has one

    def _message(self, event: Any, at: float) -> MessageItem | None:
        """The unsettled message that a piece belongs to; None where it comes too late, or belongs to nothing."""
        item = self._objects.live.get(event.item_id)
        if isinstance(item, MessageItem):
            return item
        response = self._objects.responses.get(event.response_id)
        if item is None and (response is None or not response.stopped) and event.item_id not in self.conversation:
            self._tell(wire.ProtocolViolation(f"{event.type} for an item that does not exist", event.item_id[:200], at))
        return None

    def _tell_all(self, news: list[SdkEvent]) -> None:
        for event in news:
            self._tell(event)

    _TABLE: ClassVar[dict[str, Callable[[Router, Any, float], Send]]] = {
        "session.created": _session_created,
        "session.updated": _session_updated,
        "error": _error,
        "protocol_violation": _violation,
        "input_audio_buffer.speech_started": _speech_started,
        "input_audio_buffer.speech_stopped": _speech_stopped,
        "input_audio_buffer.committed": _committed,
        "conversation.item.input_audio_transcription.delta": _transcription_delta,
        "conversation.item.input_audio_transcription.completed": _transcription_completed,
        "conversation.item.input_audio_transcription.failed": _transcription_failed,
        "conversation.item.added": _conversation_item,
        "conversation.item.done": _conversation_item,
        "conversation.item.truncated": _item_truncated,
        "conversation.item.deleted": _item_deleted,
        "response.created": _response_created,
        "response.done": _response_done,
        "response.output_item.added": _output_item_added,
        "response.output_item.done": _output_item_done,
        "response.content_part.added": _content_part,
        "response.output_audio.delta": _audio_delta,
        "response.output_audio.done": _audio_done,
        "response.output_audio_transcript.delta": _transcript_delta,
        "response.output_audio_transcript.done": _transcript_done,
        "response.output_text.delta": _text_delta,
        "response.output_text.done": _text_done,
        "response.function_call_arguments.delta": _arguments_delta,
    }
