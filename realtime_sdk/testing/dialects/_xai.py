"""The server's side of xAI's dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...protocol.dialects._xai import AT_THE_TOP
from ...server._items import Event
from ._server_side import ServerSide, refuse_fields

_SIDES: Final = ("input", "output")


def _read_xai(event: Event) -> Event:
    session = event.get("session")
    if event.get("type") != "session.update" or not isinstance(session, Mapping):
        return event
    audio = {side: dict((session.get("audio") or {}).get(side) or {}) for side in _SIDES}
    for side, name in AT_THE_TOP:
        refuse_fields(audio[side], (name,), f"session.audio.{side}")
        if name in session:
            audio[side][name] = session[name]
    rest = {key: value for key, value in session.items() if key not in ("turn_detection", "voice", "resumption")}
    return {**event, "session": {"type": "realtime", **rest, "audio": audio}}


def _write_xai(event: Event) -> list[Event]:
    kind = event["type"]
    if kind == "conversation.item.done":  # the service sends none
        return []
    event = {**event, **({"output_index": 0} if "output_index" in event else {})}
    if "session" in event:
        event["session"] = _xai_session(event["session"])
    if "item" in event:
        dropped = ("phase", "content") if kind == "response.output_item.done" else ("phase",)
        event["item"] = {key: value for key, value in event["item"].items() if key not in dropped}
    if "response" in event:
        event["response"] = {**event["response"], "output": [], "status_details": "unimplemented", "usage": {}}
    ping = {"type": "ping", "event_id": "ping_1", "timestamp": 0}
    return [event, ping] if kind == "session.created" else [event]


def _xai_session(session: Event) -> Event:
    audio = {side: dict(session["audio"][side]) for side in _SIDES}
    turn_detection = audio["input"].pop("turn_detection", None) or {"type": None}
    top = {"turn_detection": turn_detection, "voice": audio["output"].pop("voice"), "modalities": ["audio"]}
    return {**{key: value for key, value in session.items() if key != "type"}, **top, "audio": audio}


XAI_SIDE: Final = ServerSide(_read_xai, _write_xai)
