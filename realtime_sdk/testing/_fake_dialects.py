"""The server's side of each dialect: how a `FakeServer` that speaks it reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..audio._formats import AudioFormat, to_wire
from ..protocol.dialects._beta import EVENT_NAMES, from_beta, item_to_beta, response_to_beta, session_to_beta
from ..protocol.dialects._xai import AT_THE_TOP
from ..server._items import Event
from ..server._refusal import Refusal


@dataclass(frozen=True, slots=True)
class ServerSide:
    """Both directions of a dialect, as its server has them."""

    read: Callable[[Event], Event]  # a client's event into GA's; raises `Refusal`
    write: Callable[[Event], list[Event]]  # an event of GA into those that are sent


# The beta


_GA_NAMES: Final = {new: old for old, new in EVENT_NAMES.items()}
_SIDES: Final = ("input", "output")
_BETA_ONLY: Final = ("modalities", "max_response_output_tokens")


def _read_beta(event: Event) -> Event:
    kind = event.get("type")
    if kind == "session.update" and isinstance(event.get("session"), Mapping):
        _refuse_fields(event["session"], ("type", "audio", "output_modalities"), "session")
        return {**event, "session": {"type": "realtime", **_nested("session", event["session"])}}
    if kind == "response.create" and isinstance(event.get("response"), Mapping):
        _refuse_fields(event["response"], ("audio", "output_modalities"), "response")
        return {**event, "response": _nested("response", event["response"])}
    if kind == "conversation.item.create" and isinstance(event.get("item"), Mapping):
        return {**event, "item": _item_from_beta(event["item"])}
    return event


def _refuse_fields(fields: Mapping[str, Any], unknown: tuple[str, ...], where: str) -> None:
    for name in unknown:
        if name in fields:
            param = f"{where}.{name}"
            raise Refusal("unknown_parameter", f"Unknown parameter: '{param}'.", param=param)


def _nested(name: str, fields: Mapping[str, Any]) -> Event:
    """The fields of a session or of a response as GA has them."""
    translated = from_beta({"type": "session.updated", "session": dict(fields)})["session"]
    nested = {key: value for key, value in translated.items() if key not in _BETA_ONLY}
    for side in _SIDES:
        given = nested.get("audio", {}).get(side, {})
        if isinstance(given.get("format"), str):
            given["format"] = to_wire(AudioFormat.of(given["format"].replace("pcm16", "audio/pcm")))
    if name == "response" and isinstance(nested.get("input"), list):
        nested["input"] = [_item_from_beta(item) for item in nested["input"]]
    return nested


def _item_from_beta(item: Any) -> Any:
    content = item.get("content") if isinstance(item, Mapping) else None
    if not isinstance(content, list) or item.get("role") != "assistant":
        return item
    kinds = ("text", "audio")
    return {
        **item,
        "content": [{**part, "type": f"output_{part['type']}"} if part["type"] in kinds else part for part in content],
    }


def _write_beta(event: Event) -> list[Event]:
    kind = event["type"]
    if kind == "conversation.item.done":  # the beta has none
        return []
    event = {**event, "type": _GA_NAMES.get(kind, kind)}
    if "session" in event:
        event["session"] = session_to_beta(event["session"])
    if "response" in event:
        response = response_to_beta(event["response"])
        event["response"] = {**response, "output": [_item(item) for item in response.get("output", [])]}
    if "item" in event:
        event["item"] = _item(event["item"])
    return [event]


def _item(item: Event) -> Event:
    without_phase = {key: value for key, value in item.items() if key != "phase"}
    translated: Event = item_to_beta(without_phase)
    return translated


# xAI


def _read_xai(event: Event) -> Event:
    session = event.get("session")
    if event.get("type") != "session.update" or not isinstance(session, Mapping):
        return event
    audio = {side: dict((session.get("audio") or {}).get(side) or {}) for side in _SIDES}
    for side, name in AT_THE_TOP:
        _refuse_fields(audio[side], (name,), f"session.audio.{side}")
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


# Servers for one's own machine, and Qwen-Omni


def _read_speaches(event: Event) -> Event:
    _refuse_fields(event.get("response") or {}, ("metadata",), "response")
    return _read_beta(event)


_QWEN_EVENTS: Final = (
    "session.update", "response.create", "response.cancel", "input_audio_buffer.append", "input_audio_buffer.commit",
    "input_audio_buffer.clear", "conversation.item.create",
)  # fmt: skip


def _read_qwen(event: Event) -> Event:
    if event.get("type") not in _QWEN_EVENTS:
        raise Refusal("invalid_value", f"Invalid value: '{event.get('type')}'.", param="type")
    _refuse_fields(event.get("response") or {}, ("metadata",), "response")
    if not isinstance(session := event.get("session"), Mapping):
        return _read_beta(event)
    session = {key: "pcm16" if value == "pcm" else value for key, value in session.items()}
    if session.get("tools"):
        session["tools"] = [{"type": "function", **tool["function"]} for tool in session["tools"]]
    return _read_beta({**event, "session": session})


def _write_qwen(event: Event) -> list[Event]:
    events = _write_beta(event)
    for each in events:
        if "session" in each:
            each["session"] = {key: "pcm" if value == "pcm16" else value for key, value in each["session"].items()}
    return events


def _unchanged(event: Event) -> Event:
    return event


def _alone(event: Event) -> list[Event]:
    return [event]


SERVER_SIDES: Final[Mapping[str, ServerSide]] = {
    "ga": ServerSide(_unchanged, _alone),
    "beta": ServerSide(_read_beta, _write_beta),
    "xai": ServerSide(_read_xai, _write_xai),
    "speaches": ServerSide(_read_speaches, _write_beta),
    "qwen": ServerSide(_read_qwen, _write_qwen),
}
"""The server's side of each dialect in `DIALECTS`, by its name."""
