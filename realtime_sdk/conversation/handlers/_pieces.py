"""Handlers of the pieces that a response is made of: the parts of its messages, and the arguments of its calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...audio._formats import AudioFormat
from ...audio._pcm import FRAME_BYTES
from ...protocol._codec import ProtocolViolation
from ...protocol._conversation import ConversationItemTruncate
from ...protocol._response import ResponseContentPartAdded
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
from .._response_lifecycle import ResponseLifecycle
from ..message._live_message import LiveMessage
from ._piece_items import PieceItems

UNHEARD_LIMIT: Final = 1800.0
"""Seconds of audio that may wait to be heard, in all messages: 86 MB. A response is ended that brings more."""


class PieceHandlers:
    """Handles what the server adds to the items of a response."""

    def __init__(self, state: EngineState, lifecycle: ResponseLifecycle, audio_format: AudioFormat) -> None:
        self._state = state
        self._registry = state.registry
        self._lifecycle = lifecycle
        self._audio_format = audio_format
        self._items = PieceItems(state, lifecycle)
        self._late: str | None = None  # the last id of a message of which audio that came too late was reported

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
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

    def _content_part(self, event: ResponseContentPartAdded, at: float) -> Effects:
        if event.part is not None and event.part.type in ("text", "output_text"):
            message, effects = self._items.message(event, at)
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

    def _audio_delta(self, event: ResponseOutputAudioDelta, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        response = message.response if message is not None else None
        if message is None or response is None or response.interrupted:
            return effects
        if self._registry.holds_more_than(UNHEARD_LIMIT) and response.running:
            return effects + self._break_off(response, at)
        audio = self._audio_format.decode(event.delta)
        self._registry.received(len(audio) // FRAME_BYTES)
        segment = message.add_audio(event.content_index, audio, at)
        if segment is not None:
            if message.played_locally:
                self._registry.presume_complete_before(message)
            effects += self._lifecycle.end_before(response, at)
            self._state.gate.play(segment, message)
        elif message.lost_audio and message.id != self._late:
            effects += self._report_late(message, at)
        return effects

    def _report_late(self, message: LiveMessage, at: float) -> Effects:
        """Report audio that will not be heard, once for a message."""
        self._late = message.id
        return emitting(ProtocolViolation(f"audio of message {message.id} came too late: it is not heard", "", at))

    def _break_off(self, response: LiveResponse, at: float) -> Effects:
        """More audio waits to be heard than memory is kept for: the server is to make no more of it."""
        reason = f"response {response.id} is ended: {UNHEARD_LIMIT / 60:.0f} minutes of audio wait to be heard"
        stop = emitting(ProtocolViolation(reason, "", at)) + sending(response.cancellation)
        response.break_off()
        return stop + self._lifecycle.end(response, None, at)

    def _audio_done(self, event: ResponseOutputAudioDone, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        if message is not None:
            message.end_audio(event.content_index)
        return effects

    def _transcript_delta(self, event: ResponseOutputAudioTranscriptDelta, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        if message is not None:
            message.add_text(event.content_index, event.delta, event.start, event.end, spoken=True)
            if message.finished:
                effects += emitting(*message.late_captions(at))
        return effects

    def _transcript_done(self, event: ResponseOutputAudioTranscriptDone, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        if message is not None:
            message.end_text(event.content_index, event.transcript, spoken=True)
            effects += emitting(*message.late_captions(at))
        return effects

    def _text_delta(self, event: ResponseOutputTextDelta, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        if message is not None:
            message.expect_text(event.content_index)
            message.add_text(event.content_index, event.delta)
        return effects

    def _text_done(self, event: ResponseOutputTextDone, at: float) -> Effects:
        message, effects = self._items.message(event, at)
        if message is not None:
            message.end_text(event.content_index, event.text)
        return effects

    def _arguments_delta(self, event: ResponseFunctionCallArgumentsDelta, at: float) -> Effects:
        if (call := self._items.call(event)) is not None:
            call.add_arguments(event.delta)
        return NOTHING

    def _arguments_done(self, event: ResponseFunctionCallArgumentsDone, at: float) -> Effects:
        call = self._items.call(event)
        if call is not None and (not event.call_id or call.call_id in ("", event.call_id)):
            call.end_arguments(event.arguments, event.name)
            return NOTHING
        return self._items.begin_call(event, at)
