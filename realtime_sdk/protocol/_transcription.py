"""`conversation.item.input_audio_transcription.*`: the user's speech, transcribed beside the conversation.

It runs on its own: it may complete in the middle of the reply, after it, or fail. An `item_id` of "" is of the user's
newest item that has no transcript: some servers name none.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import FiniteFloat

from ._base import Event, Index, Listed, Loose, WireModel
from ._objects import Error, ErrorDetails
from ._usage import WireUsage

__all__ = [
    "ConversationItemInputAudioTranscriptionCompleted",
    "ConversationItemInputAudioTranscriptionDelta",
    "ConversationItemInputAudioTranscriptionFailed",
    "ConversationItemInputAudioTranscriptionSegment",
]


class _DetectedLanguage(WireModel):
    """A language of the user's speech."""

    code: str


class ConversationItemInputAudioTranscriptionDelta(Event):
    """The next piece of the transcript."""

    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    item_id: str = ""
    content_index: Index = 0
    delta: str | None = None


class ConversationItemInputAudioTranscriptionSegment(Event):
    """A stretch of the transcript with its speaker and times (seconds), from models that distinguish speakers."""

    type: Literal["conversation.item.input_audio_transcription.segment"] = (
        "conversation.item.input_audio_transcription.segment"
    )
    item_id: str = ""
    content_index: Index = 0
    id: Loose[str] = None
    text: Loose[str] = None
    speaker: Loose[str] = None
    start: Loose[FiniteFloat] = None
    end: Loose[FiniteFloat] = None


class ConversationItemInputAudioTranscriptionCompleted(Event):
    """The whole transcript."""

    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str = ""
    content_index: Index = 0
    transcript: Loose[str] = None
    languages: Listed[_DetectedLanguage] = ()  # of models that detect them
    usage: Loose[WireUsage] = None  # its cost: tokens, or seconds of audio


class ConversationItemInputAudioTranscriptionFailed(Event):
    """No transcript of this item will come; the conversation goes on."""

    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    item_id: str = ""
    content_index: Index = 0
    error: Error = ErrorDetails()


FromServer: TypeAlias = (
    ConversationItemInputAudioTranscriptionDelta | ConversationItemInputAudioTranscriptionSegment
    | ConversationItemInputAudioTranscriptionCompleted | ConversationItemInputAudioTranscriptionFailed
)
