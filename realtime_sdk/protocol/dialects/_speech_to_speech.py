"""Hugging Face speech-to-speech: the current protocol, with a rate and indices of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._dialect import Capabilities, Dialect
from ._ga import GA

__all__ = ["SPEECH_TO_SPEECH"]

_RATE: Final = 24_000
"""The one rate of PCM in Hz that a session may name. Where it names none, the server takes and sends 16 kHz."""


def to_speech_to_speech(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a client event of GA: a session names its formats."""
    session = event.get("session")
    if event["type"] != "session.update" or not isinstance(session, Mapping):
        return event
    given = session.get("audio") or {}
    if not isinstance(given, Mapping):
        return event
    audio = {"input": {}, "output": {}, **given}
    named = {side: _with_format(fields) for side, fields in audio.items()}
    return {**event, "session": {**session, "audio": named}}


def from_speech_to_speech(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event into GA's; one of GA is returned itself."""
    event = GA.decode(event)
    match event["type"]:
        case "response.output_audio.delta":  # older servers count the deltas in place of the parts
            return event if event.get("content_index") == 0 else {**event, "content_index": 0}
        case "conversation.item.added":
            return _with_id(event)
        case _:
            return event


def _with_format(fields: Any) -> Any:
    return {"format": {"type": "audio/pcm", "rate": _RATE}, **fields} if isinstance(fields, Mapping) else fields


def _with_id(event: dict[str, Any]) -> dict[str, Any]:
    """Older servers name no id of an item that is given without one: the event's own stands for it."""
    item, event_id = event.get("item"), event.get("event_id")
    if not isinstance(item, Mapping) or item.get("id") is not None or event_id is None:
        return event
    return {**event, "item": {**item, "id": event_id}}


SPEECH_TO_SPEECH: Final = Dialect(
    "speech-to-speech", to_speech_to_speech, from_speech_to_speech,
    Capabilities(
        images=False, hosted_tools=False, truncate=False, delete=False, commit=False, metadata=False, phase=False,
        input_rate=_RATE, output_rate=_RATE,
    ),
)  # fmt: skip
"""Hugging Face speech-to-speech."""
