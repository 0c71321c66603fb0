"""The session object: its defaults, and the changes of a `session.update`."""

from __future__ import annotations

import copy
from typing import Any, Final

from ._session_models import SemanticVad, ServerVad

PCM: Final = {"type": "audio/pcm", "rate": 24_000}
INSTRUCTIONS: Final = "You are a helpful assistant. You speak and listen; keep it short."

_DEFAULTS: Final[dict[str, Any]] = {
    "output_modalities": ["audio"],
    "instructions": INSTRUCTIONS,
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
}
_AUDIO: Final[dict[str, Any]] = {
    "input": {
        "format": PCM,
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": ServerVad(type="server_vad").model_dump(),
    },
    "output": {"format": PCM, "voice": "alloy", "speed": 1.0},
}
_OF_RESPONSES: Final = ("create_response", "interrupt_response", "idle_timeout_ms")
"""Fields of turn detection that mean nothing where the session only transcribes."""

_TURN_DETECTIONS: Final = {"server_vad": ServerVad, "semantic_vad": SemanticVad}


def new_session(session_id: str, model: str, expires_at: int) -> dict[str, Any]:
    """Build the session object of a new connection; `expires_at`: Unix time in seconds."""
    head = {"type": "realtime", "object": "realtime.session", "id": session_id, "model": model}
    return copy.deepcopy({**head, **_DEFAULTS, "expires_at": expires_at, "audio": _AUDIO, "include": None})


def new_transcription_session(session_id: str, expires_at: int) -> dict[str, Any]:
    """Build the session object of a new connection that only transcribes."""
    head = {"type": "transcription", "object": "realtime.transcription_session", "id": session_id}
    detection = {key: value for key, value in _AUDIO["input"]["turn_detection"].items() if key not in _OF_RESPONSES}
    audio = {"input": {**_AUDIO["input"], "turn_detection": detection}}
    return copy.deepcopy({**head, "expires_at": expires_at, "audio": audio, "include": None})


def updated(session: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return `session` with the fields of a valid `session.update`; null, or an empty text, restores a default."""
    result = copy.deepcopy(session)
    for key, value in copy.deepcopy(change).items():
        if key == "audio":
            _update_audio(result["audio"], value or {})
        elif key != "model":  # fixed when the connection was opened
            result[key] = _DEFAULTS.get(key) if value is None or value == "" else value
    return result


def _update_audio(audio: dict[str, Any], change: dict[str, Any]) -> None:
    for side, fields in change.items():
        for key, value in (fields or {}).items():
            if key == "turn_detection" and value is not None:
                value = _TURN_DETECTIONS[value["type"]](**value).model_dump()
            elif key == "transcription" and value is not None:
                value = {"model": None, "language": None, "prompt": None, **value}
            elif value is None:
                value = None if key in _OPTIONAL else copy.deepcopy(_AUDIO[side][key])
            audio[side][key] = value


_OPTIONAL: Final = {"transcription", "noise_reduction", "turn_detection"}
"""Fields for which null means off."""
