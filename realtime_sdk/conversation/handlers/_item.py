"""Handlers of the user's turns, and of items of the conversation that no response made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from ...protocol._conversation import (
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemRetrieved,
    ConversationItemTruncated,
)
from ...protocol._input_audio import (
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
)
from ...protocol._objects import WireItem
from ...protocol._transcription import (
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed,
)
from .._effects import NOTHING, Effects, Handler, emitting
from .._engine_state import EngineState
from .._live_conversation import LiveConversationItem
from .._sdk_events import ServerError, ServerMessage, UserSpeechStarted, UserSpeechStopped, UserTranscript
from ..history._history import ANCHOR_ID
from ..history._wire_ids import ROOT
from ..items._items import ServerCopy
from ..message._live_message import LiveMessage
from ..requests._requests import Subject
from ..tools._calls import Calls
from ..usage._usage import TranscriptionUsage
from ._unnamed_items import UnnamedItems

Transcribed: TypeAlias = (
    ConversationItemInputAudioTranscriptionDelta | ConversationItemInputAudioTranscriptionCompleted
    | ConversationItemInputAudioTranscriptionFailed
)


class ItemHandlers:
    """Handles the server's events about the user's turns and the conversation."""

    def __init__(self, state: EngineState, calls: Calls) -> None:
        self._state = state
        self._calls = calls
        self._unnamed = UnnamedItems(state)
        self._transcripts: dict[str, str] = {}  # of users' messages so far, by item id
        self._names_predecessors = False  # whether the server has named an item's predecessor

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "input_audio_buffer.speech_started": self._speech_started,
            "input_audio_buffer.speech_stopped": self._speech_stopped,
            "input_audio_buffer.committed": self._committed,
            "conversation.item.input_audio_transcription.delta": self._transcription_delta,
            "conversation.item.input_audio_transcription.completed": self._transcription_completed,
            "conversation.item.input_audio_transcription.failed": self._transcription_failed,
            "conversation.item.added": self._added_or_done,
            "conversation.item.done": self._added_or_done,
            "conversation.item.truncated": self._truncated,
            "conversation.item.deleted": self._deleted,
            "conversation.item.retrieved": self._retrieved,
        }

    # The user

    def _speech_started(self, event: InputAudioBufferSpeechStarted, at: float) -> Effects:
        self._state.answer_due = math.inf  # the server did not answer the turn before
        return emitting(UserSpeechStarted(at, event.item_id))

    def _speech_stopped(self, event: InputAudioBufferSpeechStopped, at: float) -> Effects:
        return emitting(UserSpeechStopped(at, event.item_id))

    def _committed(self, event: InputAudioBufferCommitted, at: float) -> Effects:
        detection = self._state.session.turn_detection
        answered = detection is not None and detection.create_response is not False
        requests = self._state.requests
        self._state.answer_due = at + requests.timeout if answered and requests.responses.possible else math.inf
        if event.item_id and self._state.conversation.get(event.item_id) is None:
            self._make_users_message(event.item_id, event.previous_item_id)
        if not self._state.protection.leaves_unanswered(self._state.session):
            return NOTHING
        return self._state.go_on(Subject.CONVERSATION, at)

    def _transcription_delta(self, event: ConversationItemInputAudioTranscriptionDelta, at: float) -> Effects:
        item_id, reported = self._transcribed(event, at, final=False)
        text = self._transcripts[item_id] = self._transcripts.get(item_id, "") + (event.delta or "")
        return reported + self._update_transcript(item_id, text, at, final=False)

    def _transcription_completed(
        self, event: ConversationItemInputAudioTranscriptionCompleted, at: float
    ) -> Effects:
        item_id, reported = self._transcribed(event, at, final=True)
        self._transcripts.pop(item_id, None)
        usage = TranscriptionUsage.of(event.usage)
        return reported + self._update_transcript(item_id, event.transcript or "", at, final=True, usage=usage)

    def _transcription_failed(self, event: ConversationItemInputAudioTranscriptionFailed, at: float) -> Effects:
        error = event.error
        message = f"the user's speech could not be transcribed: {error.message or error.code or 'no reason given'}"
        failed = emitting(ServerError(at, error.type or "", error.code, message, None))
        item_id, reported = self._transcribed(event, at, final=True)
        text = self._transcripts.pop(item_id, "")
        return failed + reported + self._update_transcript(item_id, text, at, final=True)

    def _transcribed(self, event: Transcribed, at: float, *, final: bool) -> tuple[str, Effects]:
        """The id of the item that a transcript is of."""
        return (event.item_id, NOTHING) if event.item_id else self._unnamed.transcribed(event, at, final=final)

    def _update_transcript(
        self, item_id: str, text: str, at: float, *, final: bool, usage: TranscriptionUsage | None = None
    ) -> Effects:
        item = self._state.conversation.get(item_id)
        if item is None:
            item = self._make_users_message(item_id, None)
        if not isinstance(item, LiveMessage) or item.transcription_ended:
            return NOTHING
        if final and self._state.spoken_turns is not None:  # which keep what was said: a day of talk has thousands
            self._state.conversation.remove(item_id)
        item.set_transcript(text, final=final, usage=usage)
        self._state.usage.add(usage)
        return emitting(UserTranscript(at, item, text, final, usage))

    def _make_users_message(self, item_id: str, previous: str | None) -> LiveConversationItem:
        """The user has said something: the item is there before the server describes it, which it may no longer do."""
        item = self._state.registry.make(WireItem(id=item_id, type="message", role="user"))
        is_kept = self._state.spoken_turns is None  # else it leaves once it is transcribed, and needs no place
        self._state.conversation.add(item, previous if is_kept else None)
        return item

    # The conversation

    def _added_or_done(self, event: ConversationItemAdded | ConversationItemDone, at: float) -> Effects:
        if event.item.id:
            return self._put(event, event.item, at)
        item_id, reported = self._unnamed.added(event, at)
        if item_id is None:
            return NOTHING
        effects = reported + self._put(event, event.item.model_copy(update={"id": item_id}), at)
        if (item := self._state.conversation.get(item_id)) is not None:
            item.server_copy = ServerCopy.NONE  # it has none of this id
        return effects

    def _put(self, event: ConversationItemAdded | ConversationItemDone, wire: WireItem, at: float) -> Effects:
        """Put an item that the server describes into the conversation, or update it there."""
        item = self._state.find(wire.id)
        self._state.changes.confirm_creation(wire.id, is_new=item is None and wire.id != ANCHOR_ID)
        if wire.id in self._state.registry.unwanted or wire.id == ANCHOR_ID:
            return NOTHING
        previous = self._predecessor(event) if isinstance(event, ConversationItemAdded) else None
        if item is None:
            item = self._state.registry.make(wire)
        elif item.server_copy is not ServerCopy.RESTORED:  # else it is what this side has given
            item.update(wire)
        if not (isinstance(item, LiveMessage) and item.discarded):
            self._state.conversation.add(item, previous)
        is_output = wire.type == "function_call_output"
        return self._calls.confirm_output(wire.call_id, wire.output, at) if is_output else NOTHING

    def _predecessor(self, event: ConversationItemAdded) -> str | None:
        """The item behind which a new one stands: `ROOT` for the first place, None for the last.

        The service says null for the first place. Others also say it of items that they do not place (xAI of calls and
        their outputs), or of every item: null is believed of the user's messages, from servers that name predecessors.
        """
        if self._state.spoken_turns is not None:
            return None
        if event.previous_item_id == ANCHOR_ID:
            return self._state.before_anchor
        if event.previous_item_id is not None:
            self._names_predecessors = self._names_predecessors or event.previous_item_id != ROOT
            return event.previous_item_id
        names_root = self._names_predecessors and "previous_item_id" in event.model_fields_set
        of_the_user = event.item.type == "message" and event.item.role in ("user", "system")
        return ROOT if names_root and of_the_user else None

    def _truncated(self, event: ConversationItemTruncated, at: float) -> Effects:
        self._state.changes.confirm("truncate", event.item_id)
        if isinstance(item := self._state.conversation.get(event.item_id), LiveMessage):
            item.truncated_on_server(event.content_index)
        return NOTHING

    def _deleted(self, event: ConversationItemDeleted, at: float) -> Effects:
        self._state.changes.confirm("delete", event.item_id)
        self._state.registry.unwanted.discard(event.item_id)
        self._state.conversation.remove(event.item_id)
        self._state.requests.items.deleted(event.item_id)
        return NOTHING

    def _retrieved(self, event: ConversationItemRetrieved, at: float) -> Effects:
        requested = self._state.requests.items.retrieved(event.item)
        return NOTHING if requested else emitting(ServerMessage(at, event))
