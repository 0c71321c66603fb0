"""`session.*` and `transcription_session.*`: the configuration of the whole connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from ..audio._formats import AudioFormat, to_wire
from ..errors import UsageError
from ._base import Event, Object
from ._wire_session import WireSession

__all__ = [
    "SessionCreated",
    "SessionUpdate",
    "SessionUpdated",
    "TranscriptionSessionUpdate",
    "TranscriptionSessionUpdated",
]

_AUDIO_FIELDS: Final = {
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
    session: WireSession = Field(default_factory=WireSession)


class SessionUpdated(Event):
    """The configuration after a `session.update`, whole."""

    type: Literal["session.updated"] = "session.updated"
    session: WireSession = Field(default_factory=WireSession)


class TranscriptionSessionUpdated(Event):
    """The configuration of a session that only transcribes, whole."""

    type: Literal["transcription_session.updated"] = "transcription_session.updated"
    session: WireSession = Field(default_factory=WireSession)


class SessionUpdate(Event):
    """Client: change these fields of the configuration; null or empty clears one."""

    # Built as it is loaded: the first model that is built has pydantic search all installed packages for plugins, which
    # must not hold the event loop that `connect` is called on.
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=False)

    type: Literal["session.update"] = "session.update"
    session: Object

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> SessionUpdate:
        """Make the event from an application's fields; those of audio go where the wire has them.

        Raises:
            UsageError: `input_format` or `output_format` is no audio format, `extra_fields` no object, or `audio` no
                object of two objects.

        """
        session: Object = {"type": "realtime", **fields}
        extra = _object(session.pop("extra_fields", None), "extra_fields")
        audio = _object(session.pop("audio", None), "audio")
        for name, (side, key) in _AUDIO_FIELDS.items():
            if name in session:
                value = session.pop(name)
                given = to_wire(AudioFormat.of(value)) if key == "format" else value
                audio[side] = _object(audio.get(side), f"audio.{side}") | {key: given}
        return cls(session=session | ({"audio": audio} if audio else {}) | extra)


def _object(value: Any, name: str) -> Object:
    if not isinstance(value, Mapping | None):
        raise UsageError(f"`{name}` is an object of fields, not {value!r}")
    return dict(value or {})


class TranscriptionSessionUpdate(Event):
    """Client: change these fields of a session that only transcribes."""

    type: Literal["transcription_session.update"] = "transcription_session.update"
    session: Object


FromServer: TypeAlias = SessionCreated | SessionUpdated | TranscriptionSessionUpdated
FromClient: TypeAlias = SessionUpdate | TranscriptionSessionUpdate
