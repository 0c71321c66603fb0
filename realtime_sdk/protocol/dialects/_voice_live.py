"""Azure Voice Live: the retired beta, with a sample rate of its own field, and items of the current protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._beta import from_beta, to_beta
from ._dialect import Capabilities, Dialect

__all__ = ["VOICE_LIVE"]

_RATE: Final = "input_audio_sampling_rate"


def to_voice_live(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a client event of GA into Voice Live's; fields that only the service knows stay as they are."""
    if event["type"] == "conversation.item.create":
        return event
    rate = _rate_of(event.get("session"))
    event = to_beta(event)
    return event if rate is None else {**event, "session": {**event["session"], _RATE: rate}}


def from_voice_live(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event of Voice Live's into GA's; one of GA is returned itself."""
    session = event.get("session")
    if isinstance(session, dict) and session.get("input_audio_format") == "pcm16" and session.get(_RATE) is not None:
        format = {"type": "audio/pcm", "rate": session[_RATE]}
        event = {**event, "session": {**session, "input_audio_format": format}}
    return from_beta(event)


def _rate_of(session: Any) -> Any:
    """The sample rate of the user's PCM in a session of GA; None: it does not say."""
    format: Any = session
    for name in ("audio", "input", "format"):
        format = format.get(name) if isinstance(format, Mapping) else None
    return format.get("rate") if isinstance(format, Mapping) and format.get("type") == "audio/pcm" else None


VOICE_LIVE: Final = Dialect(
    "voice-live", to_voice_live, from_voice_live, Capabilities(phase=False, output_rate=24_000)
)
"""Azure Voice Live."""
