"""The pieces of a response, as they are made: audio, transcript, text, the arguments of function calls.

Deltas belong to their item by `item_id`, whatever came between; servers with one item at a time may name none. Audio
and transcript are not aligned with one another.
A `done` event is sent for an interrupted piece as well; where it does not state the whole, that is None.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import FiniteFloat

from ._base import Audio, Event, Index, Loose

__all__ = [
    "ResponseFunctionCallArgumentsDelta",
    "ResponseFunctionCallArgumentsDone",
    "ResponseOutputAudioDelta",
    "ResponseOutputAudioDone",
    "ResponseOutputAudioTranscriptDelta",
    "ResponseOutputAudioTranscriptDone",
    "ResponseOutputTextDelta",
    "ResponseOutputTextDone",
]


class _Piece(Event):
    """A piece of a message's content part."""

    response_id: str = ""  # "": of the only response that runs
    item_id: str = ""  # "": of the only message that is open
    output_index: Loose[int] = None
    content_index: Index = 0


class _CallPiece(Event):
    """A piece of a function call."""

    response_id: str = ""  # "": of the only response that runs
    item_id: str = ""  # "": of the only call that is open, or of that with this `call_id`
    output_index: Loose[int] = None
    call_id: str | None = None


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


class ResponseOutputAudioDelta(_Piece):
    """More audio, in the session's output format; any number of bytes."""

    type: Literal["response.output_audio.delta"] = "response.output_audio.delta"
    delta: Audio


class ResponseOutputAudioDone(_Piece):
    """The audio of this part is complete."""

    type: Literal["response.output_audio.done"] = "response.output_audio.done"


class ResponseOutputAudioTranscriptDelta(_Piece):
    """More of the transcript; runs ahead of the audio or behind it."""

    type: Literal["response.output_audio_transcript.delta"] = "response.output_audio_transcript.delta"
    delta: str
    start_time: Loose[FiniteFloat] = None  # seconds in the part's audio, as xAI gives them
    start_ms: Loose[FiniteFloat] = None  # the same in milliseconds, as GPT-Live times its transcripts
    end_ms: Loose[FiniteFloat] = None

    @property
    def start(self) -> float | None:
        """Seconds in the part's audio at which this is heard; None: the provider does not say."""
        return self.start_time if self.start_time is not None else _seconds(self.start_ms)

    @property
    def end(self) -> float | None:
        """Seconds at which it was heard; None: the provider does not say."""
        return _seconds(self.end_ms)


class ResponseOutputAudioTranscriptDone(_Piece):
    """The transcript of this part is complete."""

    type: Literal["response.output_audio_transcript.done"] = "response.output_audio_transcript.done"
    transcript: Loose[str] = None


class ResponseOutputTextDelta(_Piece):
    """More text, in a response without audio."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: str


class ResponseOutputTextDone(_Piece):
    """The text of this part is complete."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    text: Loose[str] = None


class ResponseFunctionCallArgumentsDelta(_CallPiece):
    """More of the arguments' JSON text."""

    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"
    delta: str


class ResponseFunctionCallArgumentsDone(_CallPiece):
    """The arguments are complete; may never come for a cancelled call."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    name: str | None = None
    arguments: str | None = None


FromServer: TypeAlias = (
    ResponseOutputAudioDelta | ResponseOutputAudioDone | ResponseOutputAudioTranscriptDelta
    | ResponseOutputAudioTranscriptDone | ResponseOutputTextDelta | ResponseOutputTextDone
    | ResponseFunctionCallArgumentsDelta | ResponseFunctionCallArgumentsDone
)
