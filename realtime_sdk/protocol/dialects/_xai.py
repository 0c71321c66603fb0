"""xAI's dialect: GA's events, with turn detection and voice at the top of the session, and no session type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._beta import from_beta
from ._dialect import Capabilities, Dialect

__all__ = ["XAI"]

AT_THE_TOP: Final = (("input", "turn_detection"), ("output", "voice"))
"""Fields of GA's `audio` that the service has at the top of the session."""


def to_xai(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a client event of GA into xAI's."""
    session = event.get("session")
    if event["type"] != "session.update" or not isinstance(session, Mapping):
        return event
    fields = {name: value for name, value in session.items() if name not in ("type", "audio")}
    audio = session.get("audio")
    if isinstance(audio, Mapping):
        sides = {side: dict(given) if isinstance(given, Mapping) else given for side, given in audio.items()}
        for side, name in AT_THE_TOP:
            if isinstance(sides.get(side), dict) and name in sides[side]:
                fields[name] = sides[side].pop(name)
        if given := {side: value for side, value in sides.items() if value != {}}:
            fields["audio"] = given
    return {**event, "session": fields}


def from_xai(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event of xAI's into GA's; one of GA is returned itself."""
    session = event.get("session")
    if isinstance(session, dict) and session.get("turn_detection") == {"type": None}:  # its way to say: off
        event = {**event, "session": {**session, "turn_detection": None}}
    response = event.get("response")
    if "usage" in event and isinstance(response, dict) and not response.get("usage"):  # it counts beside the response
        event = {**event, "response": {**response, "usage": event["usage"]}}
    return from_beta(event)


XAI: Final = Dialect("xai", to_xai, from_xai, Capabilities(phase=False, resumption=True))
"""xAI's service."""
