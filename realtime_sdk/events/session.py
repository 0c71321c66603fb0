"""`session.*` and `transcription_session.*`: what is agreed for the whole connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from ..formats import AudioFormat
from .base import Event, Object

_SOUND_FIELDS: Final = {
    "turn_detection": ("input", "turn_detection"),
    "transcription": ("input", "transcription"),
    "noise_reduction": ("input", "noise_reduction"),
    "input_format": ("input", "format"),
    "voice": ("output", "voice"),
    "speed": ("output", "speed"),
    "output_format": ("output", "format"),
}
"""Fields that applications name at the top, and the wire under `audio.input` or `audio.output`."""


class SessionCreated(Event):
    """The connection is open; `session` is the configuration that the server begins with."""

    type: Literal["session.created"] = "session.created"
    session: Object


class SessionUpdated(Event):
    """The configuration after a `session.update`, whole."""

    type: Literal["session.updated"] = "session.updated"
    session: Object


class TranscriptionSessionUpdated(Event):
    """The configuration of a session that only transcribes, whole."""

    type: Literal["transcription_session.updated"] = "transcription_session.updated"
    session: Object


class SessionUpdate(Event):
    """Client: change these fields of the configuration; null or empty clears one."""

    type: Literal["session.update"] = "session.update"
    session: Object

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> SessionUpdate:
        """Make the event of an application's fields; those of sound go where the wire has them.

        Raises:
            UsageError: `input_format` or `output_format` is no format of sound.

        """
        session: Object = {"type": "realtime", **fields}
        audio = dict(session.pop("audio", {}))
        for name, (side, key) in _SOUND_FIELDS.items():
            if name in session:
                value = session.pop(name)
                audio[side] = audio.get(side, {}) | {key: AudioFormat.of(value).wire() if key == "format" else value}
        return cls(session=session | ({"audio": audio} if audio else {}))


class TranscriptionSessionUpdate(Event):
    """Client: change these fields of a session that only transcribes."""

    type: Literal["transcription_session.update"] = "transcription_session.update"
    session: Object


FromServer: TypeAlias = SessionCreated | SessionUpdated | TranscriptionSessionUpdated
FromClient: TypeAlias = SessionUpdate | TranscriptionSessionUpdate
