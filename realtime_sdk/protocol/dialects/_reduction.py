"""Reduces a client event to the part that a server can take, by its capabilities: the rest is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._dialect import Capabilities

__all__ = ["needs_more", "reduced"]

_NEEDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "conversation.item.truncate": ("truncate", ()),
    "conversation.item.delete": ("delete", ()),
    "response.cancel": ("cancel", ()),
    "input_audio_buffer.commit": ("commit", ()),
    "input_audio_buffer.clear": ("commit", ()),
    "response.create": ("metadata", ("response", "metadata")),
    "session.update": ("transcription", ("session", "audio", "input", "transcription")),
    "conversation.item.create": ("phase", ("item", "phase")),
}
"""The capability that an event needs, and the field that needs it; none: the event itself."""


def needs_more(kind: str, capabilities: Capabilities) -> bool:
    """Whether events of this type may need a capability that is not there."""
    return kind in _NEEDS and not getattr(capabilities, _NEEDS[kind][0])


def reduced(event: dict[str, Any], capabilities: Capabilities) -> tuple[dict[str, Any] | None, str | None]:
    """Return the part of an event that can be sent, None if there is none, and the capability that the rest needs.

    An event that needs none is returned itself; one that is given is never changed.
    """
    capability, path = _NEEDS.get(event["type"], (None, ()))
    if capability is None or getattr(capabilities, capability):
        return event, None
    if not path:
        return None, capability
    rest = _without(event, path)
    return rest, None if rest is event or _is_our_own(event) else capability


def _is_our_own(event: dict[str, Any]) -> bool:
    """Whether a request has only the metadata by which the session recognises the response to it."""
    response = event.get("response")
    metadata = response.get("metadata") if isinstance(response, Mapping) else None
    return isinstance(metadata, Mapping) and len(metadata) == 1


def _without(fields: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Leave out a field, and the objects that would be empty without it."""
    name, *below = path
    if name not in fields:
        return fields
    others = {other: given for other, given in fields.items() if other != name}
    if not below:
        return others
    value = fields[name]
    rest = _without(dict(value), tuple(below)) if isinstance(value, Mapping) else value
    if rest == value:
        return fields
    return {**others, name: rest} if rest else others
