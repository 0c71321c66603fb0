"""`output_audio_buffer.*`: the server's own playout, on WebRTC and SIP connections only."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ._base import Event, Loose

__all__ = [
    "OutputAudioBufferClear",
    "OutputAudioBufferCleared",
    "OutputAudioBufferStarted",
    "OutputAudioBufferStopped",
]


class OutputAudioBufferStarted(Event):
    """The server began to stream this response's audio."""

    type: Literal["output_audio_buffer.started"] = "output_audio_buffer.started"
    response_id: Loose[str] = None


class OutputAudioBufferStopped(Event):
    """The response's audio has been streamed to its end."""

    type: Literal["output_audio_buffer.stopped"] = "output_audio_buffer.stopped"
    response_id: Loose[str] = None


class OutputAudioBufferCleared(Event):
    """The rest of this response's audio was dropped."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"
    response_id: Loose[str] = None


class OutputAudioBufferClear(Event):
    """Client: drop the audio not yet streamed."""

    type: Literal["output_audio_buffer.clear"] = "output_audio_buffer.clear"


FromServer: TypeAlias = OutputAudioBufferStarted | OutputAudioBufferStopped | OutputAudioBufferCleared
FromClient: TypeAlias = OutputAudioBufferClear
