"""The wire's session object, from the fields that an application gives; no model, as `connect` loads no pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..audio._formats import AudioFormat, to_wire
from ..errors import UsageError

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


def session_object(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make the session object from an application's fields; those of audio go where the wire has them.

    Raises:
        UsageError: `input_format` or `output_format` is no audio format, `extra_fields` no object, or `audio` no
            object of two objects.

    """
    session: dict[str, Any] = {"type": "realtime", **fields}
    extra = _object(session.pop("extra_fields", None), "extra_fields")
    audio = _object(session.pop("audio", None), "audio")
    for name, (side, key) in _AUDIO_FIELDS.items():
        if name in session:
            value = session.pop(name)
            given = to_wire(AudioFormat.of(value)) if key == "format" else value
            audio[side] = _object(audio.get(side), f"audio.{side}") | {key: given}
    return session | ({"audio": audio} if audio else {}) | extra


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping | None):
        raise UsageError(f"`{name}` is an object of fields, not {value!r}")
    return dict(value or {})
