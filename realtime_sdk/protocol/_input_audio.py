"""`input_audio_buffer.*`: the user's audio, and the turns that the server detects in it.

Milliseconds count from the first sample appended in the session.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import FiniteFloat

from ._base import Audio, Event, Loose, Milliseconds

__all__ = [
    "InputAudioBufferAppend",
    "InputAudioBufferClear",
    "InputAudioBufferCleared",
    "InputAudioBufferCommit",
    "InputAudioBufferCommitted",
    "InputAudioBufferDtmfEventReceived",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "InputAudioBufferTimeoutTriggered",
]


class InputAudioBufferSpeechStarted(Event):
    """The user began to speak; `item_id` is the id that the user's item will have."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    item_id: Loose[str] = None
    audio_start_ms: Loose[Milliseconds] = None  # includes the padding before the speech


class InputAudioBufferSpeechStopped(Event):
    """The user fell silent."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    item_id: Loose[str] = None
    audio_end_ms: Loose[Milliseconds] = None


class InputAudioBufferCommitted(Event):
    """The buffered audio became a user item, after `previous_item_id`."""

    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str = ""  # "": the server does not say which
    previous_item_id: str | None = None


class InputAudioBufferCleared(Event):
    """The buffered audio was dropped."""

    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class InputAudioBufferTimeoutTriggered(Event):
    """The user stayed silent for the idle timeout; the silence becomes an item and the model speaks."""

    type: Literal["input_audio_buffer.timeout_triggered"] = "input_audio_buffer.timeout_triggered"
    item_id: Loose[str] = None
    audio_start_ms: Loose[Milliseconds] = None
    audio_end_ms: Loose[Milliseconds] = None


class InputAudioBufferDtmfEventReceived(Event):
    """A telephone key was pressed (SIP); `event` is 0 to 9, `*`, `#` or A to D."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = "input_audio_buffer.dtmf_event_received"
    event: str
    received_at: Loose[FiniteFloat] = None  # seconds since the Unix epoch


class InputAudioBufferAppend(Event):
    """Client: more of the user's audio, in the session's input format; the server does not acknowledge it."""

    type: Literal["input_audio_buffer.append"] = "input_audio_buffer.append"
    audio: Audio


class InputAudioBufferCommit(Event):
    """Client: make the buffered audio a user item."""

    type: Literal["input_audio_buffer.commit"] = "input_audio_buffer.commit"


class InputAudioBufferClear(Event):
    """Client: drop the buffered audio."""

    type: Literal["input_audio_buffer.clear"] = "input_audio_buffer.clear"


FromServer: TypeAlias = (
    InputAudioBufferSpeechStarted | InputAudioBufferSpeechStopped | InputAudioBufferCommitted
    | InputAudioBufferCleared | InputAudioBufferTimeoutTriggered | InputAudioBufferDtmfEventReceived
)
FromClient: TypeAlias = InputAudioBufferAppend | InputAudioBufferCommit | InputAudioBufferClear
