"""The server's side of the retired beta, and of the dialects that are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...audio._formats import AudioFormat, to_wire
from ...protocol.dialects._beta import EVENT_NAMES, from_beta, item_to_beta, response_to_beta, session_to_beta
from ...server._items import Event
from ...server._refusal import Refusal
from ._server_side import ServerSide, refuse_fields

_GA_NAMES: Final = {new: old for old, new in EVENT_NAMES.items()}
_SIDES: Final = ("input", "output")
_BETA_ONLY: Final = ("modalities", "max_response_output_tokens")


def read_beta(event: Event) -> Event:
    """Read a client event of the retired beta."""
    kind = event.get("type")
    if kind == "session.update" and isinstance(event.get("session"), Mapping):
        refuse_fields(event["session"], ("type", "audio", "output_modalities"), "session")
        return {**event, "session": {"type": "realtime", **_nested("session", event["session"])}}
    if kind == "response.create" and isinstance(event.get("response"), Mapping):
        refuse_fields(event["response"], ("audio", "output_modalities"), "response")
        return {**event, "response": _nested("response", event["response"])}
    if kind == "conversation.item.create" and isinstance(event.get("item"), Mapping):
        return {**event, "item": _item_from_beta(event["item"])}
    return event


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


def write_beta(event: Event) -> list[Event]:
    """Write an event as the retired beta has it."""
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


# Speaches and Qwen-Omni


def _read_speaches(event: Event) -> Event:
    refuse_fields(event.get("response") or {}, ("metadata",), "response")
    return read_beta(event)


_QWEN_EVENTS: Final = (
    "session.update", "response.create", "response.cancel", "input_audio_buffer.append", "input_audio_buffer.commit",
    "input_audio_buffer.clear", "conversation.item.create",
)  # fmt: skip


def _read_qwen(event: Event) -> Event:
    if event.get("type") not in _QWEN_EVENTS:
        raise Refusal("invalid_value", f"Invalid value: '{event.get('type')}'.", param="type")
    refuse_fields(event.get("response") or {}, ("metadata",), "response")
    if not isinstance(session := event.get("session"), Mapping):
        return read_beta(event)
    session = {key: "pcm16" if value == "pcm" else value for key, value in session.items()}
    if session.get("tools"):
        session["tools"] = [{"type": "function", **tool["function"]} for tool in session["tools"]]
    return read_beta({**event, "session": session})


def _write_qwen(event: Event) -> list[Event]:
    events = write_beta(event)
    for each in events:
        if "session" in each:
            each["session"] = {key: "pcm" if value == "pcm16" else value for key, value in each["session"].items()}
    return events


# Azure Voice Live


_ITS_OWN: Final = (
    "input_audio_sampling_rate", "input_audio_echo_cancellation", "avatar", "animation", "output_audio_timestamp_types",
)  # fmt: skip
_TURNS: Final = {"azure_semantic_vad": "semantic_vad"}
_NOISE: Final = {"azure_deep_noise_suppression": "far_field"}
_OF_SEMANTIC_VAD: Final = ("type", "create_response", "interrupt_response")


def _read_voice_live(event: Event) -> Event:
    if event.get("type") == "conversation.item.create":  # it takes the current protocol's
        return event
    if event.get("type") != "session.update" or not isinstance(event.get("session"), Mapping):
        return read_beta(event)
    session = {name: value for name, value in event["session"].items() if name not in _ITS_OWN}
    if isinstance(voice := session.get("voice"), Mapping):
        session["voice"] = voice["name"]
    if isinstance(noise := session.get("input_audio_noise_reduction"), Mapping):
        session["input_audio_noise_reduction"] = {"type": _NOISE.get(noise["type"], noise["type"])}
    if isinstance(turns := session.get("turn_detection"), Mapping) and turns.get("type") in _TURNS:
        known = {name: value for name, value in turns.items() if name in _OF_SEMANTIC_VAD}
        session["turn_detection"] = {**known, "type": _TURNS[turns["type"]]}
    return read_beta({**event, "session": session})


def _write_voice_live(event: Event) -> list[Event]:
    if event["type"] == "conversation.item.done":  # unlike the beta
        return [{**event, "item": _item(event["item"])}]
    events = write_beta(event)
    for each in events:
        if "session" in each:
            each["session"] = _voice_live_session(each["session"])
    return events


def _voice_live_session(session: Event) -> Event:
    voice, noise, turns = (session.get(n) for n in ("voice", "input_audio_noise_reduction", "turn_detection"))
    if turns is not None and turns["type"] in _TURNS.values():
        turns = {name: value for name, value in turns.items() if name in _OF_SEMANTIC_VAD}
        turns["type"] = "azure_semantic_vad"
    return {
        **session, **dict.fromkeys(_ITS_OWN), "input_audio_sampling_rate": 24_000, "turn_detection": turns,
        "voice": {"name": voice, "type": "azure-standard" if "-" in str(voice) else "openai"},
        "input_audio_noise_reduction": None if noise is None else {"type": "azure_deep_noise_suppression"},
    }


BETA_SIDE: Final = ServerSide(read_beta, write_beta)
SPEACHES_SIDE: Final = ServerSide(_read_speaches, write_beta)
QWEN_SIDE: Final = ServerSide(_read_qwen, _write_qwen)
VOICE_LIVE_SIDE: Final = ServerSide(_read_voice_live, _write_voice_live)
