"""The retired beta: flat session fields, `modalities`, and other names for the events of audio and text.

Other services and local servers speak it, in whole or in part; even a GA session may send an event under its beta name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from ...audio._formats import BETA_NAMES
from ._dialect import Capabilities, Dialect, Translation

__all__ = ["BETA", "from_beta"]

Object: TypeAlias = dict[str, Any]

EVENT_NAMES: Final = {
    "conversation.item.created": "conversation.item.added",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
"""The beta's names of server events, and GA's."""

_AUDIO_FIELDS: Final = {
    "input_audio_format": ("input", "format"),
    "input_audio_transcription": ("input", "transcription"),
    "input_audio_noise_reduction": ("input", "noise_reduction"),
    "turn_detection": ("input", "turn_detection"),
    "output_audio_format": ("output", "format"),
    "voice": ("output", "voice"),
    "speed": ("output", "speed"),
}
"""Fields at the top of the beta's objects, and GA's place for them under `audio`."""

_CONTENT_TYPES: Final = {"output_text": "text", "output_audio": "audio"}
"""GA's types of the content of an assistant's message, and the beta's."""

_TOKEN_LIMIT: Final = ("max_output_tokens", "max_response_output_tokens")
"""GA's name of the limit, and the beta's."""


def from_beta(event: Object) -> Object:
    """Translate a server event of the beta into GA's; one of GA is returned itself."""
    decode = _DECODERS.get(event["type"])
    return event if decode is None else decode(event)


def to_beta(event: Object) -> Object:
    """Translate a client event of GA into the beta's."""
    encode = _ENCODERS.get(event["type"])
    return event if encode is None else encode(event)


# What the server sends


def _with_current_name(event: Object) -> Object:
    return {**event, "type": EVENT_NAMES[event["type"]]}


def _translate_inside(field: str, translate: Translation, event: Object) -> Object:
    """Translate the object in a field of an event; an event without one is returned itself."""
    before = event.get(field)
    if not isinstance(before, dict):
        return event
    after = translate(before)
    return event if after is before else {**event, field: after}


def _session_from_beta(session: Object) -> Object:
    flat = [name for name in _AUDIO_FIELDS if name in session]
    if not flat:
        return _generation_from_beta(session)
    nested = {name: value for name, value in session.items() if name not in _AUDIO_FIELDS}
    given = session.get("audio")
    audio: Object = dict(given) if isinstance(given, dict) else {}
    for name in flat:
        side, key = _AUDIO_FIELDS[name]
        fields = audio.get(side)
        fields = fields if isinstance(fields, dict) else {}
        audio[side] = {key: session[name], **fields}  # where a server gives both, GA's counts
    return _generation_from_beta({**nested, "audio": audio})


def _generation_from_beta(fields: Object) -> Object:
    """Translate the fields that sessions and responses share."""
    modalities = fields.get("modalities")
    limit, beta_limit = _TOKEN_LIMIT
    translated: Object = {}
    if isinstance(modalities, list) and "output_modalities" not in fields:
        translated["output_modalities"] = ["audio"] if "audio" in modalities else modalities
    if beta_limit in fields and limit not in fields:
        translated[limit] = fields[beta_limit]
    return {**fields, **translated} if translated else fields


_DECODERS: Final[Mapping[str, Translation]] = {
    **dict.fromkeys(EVENT_NAMES, _with_current_name),
    "session.created": partial(_translate_inside, "session", _session_from_beta),
    "session.updated": partial(_translate_inside, "session", _session_from_beta),
    "transcription_session.updated": partial(_translate_inside, "session", _session_from_beta),
    "response.created": partial(_translate_inside, "response", _generation_from_beta),
    "response.done": partial(_translate_inside, "response", _generation_from_beta),
}


# What the client sends


def session_to_beta(session: Object) -> Object:
    """Translate a session object of GA."""
    flat = _flattened(session)
    flat.pop("type", None)  # the beta refuses it
    return flat


def response_to_beta(response: Object) -> Object:
    """Translate a response object of GA."""
    flat = _flattened(response)
    items = flat.get("input")
    return {**flat, "input": [item_to_beta(item) for item in items]} if isinstance(items, Sequence) else flat


def _flattened(fields: Object) -> Object:
    limit, beta_limit = _TOKEN_LIMIT
    flat = {name: value for name, value in fields.items() if name not in ("audio", "output_modalities", limit)}
    audio = fields.get("audio")
    for name, (side, key) in _AUDIO_FIELDS.items():
        given = audio.get(side) if isinstance(audio, Mapping) else None
        if isinstance(given, Mapping) and key in given:
            flat[name] = _format_to_beta(given[key]) if key == "format" else given[key]
    if "output_modalities" in fields:
        modalities = fields["output_modalities"]
        flat["modalities"] = ["audio", "text"] if modalities == ["audio"] else modalities  # audio alone is refused
    return {**flat, beta_limit: fields[limit]} if limit in fields else flat


def _format_to_beta(value: Any) -> Any:
    name = value.get("type") if isinstance(value, Mapping) else value
    return BETA_NAMES.get(name, value) if isinstance(name, str) else value


def item_to_beta(item: Any) -> Any:
    """Translate an item of GA."""
    content = item.get("content") if isinstance(item, Mapping) else None
    if not isinstance(content, Sequence) or isinstance(content, str):
        return item
    return {**item, "content": [_part_to_beta(part) for part in content]}


def _part_to_beta(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, Mapping) else None
    return {**part, "type": _CONTENT_TYPES[kind]} if isinstance(kind, str) and kind in _CONTENT_TYPES else part


_ENCODERS: Final[Mapping[str, Translation]] = {
    "session.update": partial(_translate_inside, "session", session_to_beta),
    "response.create": partial(_translate_inside, "response", response_to_beta),
    "conversation.item.create": partial(_translate_inside, "item", item_to_beta),
}

CAPABILITIES: Final = Capabilities(images=False, hosted_tools=False, phase=False, input_rate=24_000, output_rate=24_000)

BETA: Final = Dialect("beta", to_beta, from_beta, CAPABILITIES)
"""The retired beta."""
