"""Qwen-Omni: the retired beta, with another form of tools and other names of the formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ._beta import CAPABILITIES, from_beta, to_beta
from ._dialect import Capabilities, Dialect

__all__ = ["QWEN"]

_RATES: Final = {"input_audio_format": 16_000, "output_audio_format": 24_000}
"""Sample rates of its formats, which do not name them."""


def to_qwen(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a client event of GA into Qwen's."""
    event = to_beta(event)
    session = event.get("session")
    if event["type"] != "session.update" or not isinstance(session, Mapping):
        return event
    session = {**session, **{name: "pcm" for name in _RATES if session.get(name) == "pcm16"}}
    if isinstance(tools := session.get("tools"), list):
        session["tools"] = [_nested(tool) for tool in tools]
    return {**event, "session": session}


def from_qwen(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event of Qwen's into GA's; one of GA is returned itself."""
    session = event.get("session")
    if isinstance(session, dict) and (named := [name for name in _RATES if name in session]):
        formats = {name: {"type": "audio/pcm", "rate": _RATES[name]} for name in named}
        event = {**event, "session": {**session, **formats}}
    return from_beta(event)


def _nested(tool: Any) -> Any:
    if not isinstance(tool, Mapping) or tool.get("type") != "function" or "function" in tool:
        return tool
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}


_CAPABILITIES: Final[Capabilities] = replace(
    CAPABILITIES, truncate=False, delete=False, metadata=False, input_rate=16_000
)

QWEN: Final = Dialect("qwen", to_qwen, from_qwen, _CAPABILITIES)
"""Qwen-Omni's realtime service."""
