"""The server's side of servers for one's own machine, made from their documentation and their published code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...server._items import Event
from ...server._refusal import Refusal
from ._server_side import ServerSide

# LocalAI


def _read_local_ai(event: Event) -> Event:
    # It clears a message whose end is to be cut off.
    return {**event, "audio_end_ms": 0} if event.get("type") == "conversation.item.truncate" else event


def _write_local_ai(event: Event) -> list[Event]:
    if event["type"] in ("conversation.item.done", "rate_limits.updated"):
        return []
    if event["type"] == "response.done" and event["response"]["status"] == "failed":
        failure = {"type": "invalid_request_error", "code": "inference_failed", "message": "backend error"}
        event = {"type": "error", "event_id": event["event_id"], "error": failure}
    if event["type"] == "error":
        return [{**event, "event_id": "event_TODO", "error": {**event["error"], "event_id": "event_TODO"}}]
    return [_without_metadata(_without_phase(event))]


# Hugging Face speech-to-speech


_SPEECH_TO_SPEECH_READS: Final = (
    "input_audio_buffer.append", "session.update", "conversation.item.create", "response.create", "response.cancel",
)  # fmt: skip

_SPEECH_TO_SPEECH_WRITES: Final = (
    "session.created", "session.updated", "error", "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped", "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed", "response.created", "response.output_audio.delta",
    "response.output_audio.done", "response.output_audio_transcript.done", "response.function_call_arguments.done",
    "response.done",
)  # fmt: skip


def _read_speech_to_speech(event: Event) -> Event:
    if event.get("type") not in _SPEECH_TO_SPEECH_READS:
        raise Refusal("unknown_or_invalid_event", f"Unknown or invalid event: {event.get('type')}", echo=False)
    return event


def _write_speech_to_speech(event: Event) -> list[Event]:
    if event["type"] == "response.output_audio.delta":  # each has another index
        return [{**event, "content_index": int(event["event_id"].rpartition("_")[2])}]
    if event["type"] == "conversation.item.added" and "text" in str(event["item"].get("content")):
        return [{**event, "type": "conversation.item.created"}] if event["item"].get("role") == "user" else []
    if event["type"] not in _SPEECH_TO_SPEECH_WRITES:
        return []
    if event["type"] == "error":
        return [{**event, "error": {**event["error"], "event_id": None}}]
    if "response" in event:
        event = {**event, "response": {**event["response"], "output": []}}
    return [_without_metadata(event)]


# vLLM-omni


def _read_vllm_omni(event: Event) -> Event:
    session = event.get("session")
    if event.get("type") == "response.create" and (event.get("response") or {}).get("conversation") == "none":
        raise Refusal("invalid_request_error", "Out-of-band responses are not supported")
    if event.get("type") != "session.update" or not isinstance(session, Mapping):
        return event
    if any(tool.get("type") == "mcp" for tool in session.get("tools") or ()):
        raise Refusal("unsupported_feature", "Remote MCP tools are not supported")
    audio = dict(session.get("audio") or {})
    heard = {name: value for name, value in (audio.get("input") or {}).items() if name not in _NOT_IN_VLLM_OMNI}
    return {**event, "session": {**session, "audio": {**audio, "input": {**heard, "turn_detection": None}}}}


_NOT_IN_VLLM_OMNI: Final = ("transcription", "noise_reduction")


def _write_vllm_omni(event: Event) -> list[Event]:
    if event["type"] == "rate_limits.updated":
        return []
    event = _without_phase(event)
    if "item" in event and event["item"].get("role") == "user":
        event = {**event, "item": {**event["item"], "content": []}}
    if event["type"] == "session.created":
        conversation = {"type": "conversation.created", "event_id": "event_conv", "conversation": {"id": "conv_1"}}
        return [event, conversation]
    return [event]


def _without_metadata(event: Event) -> Event:
    response = event.get("response")
    return event if response is None else {**event, "response": {**response, "metadata": None}}


def _without_phase(event: Event) -> Event:
    if "item" in event:
        event = {**event, "item": _plain(event["item"])}
    if "response" in event:
        response = event["response"]
        event = {**event, "response": {**response, "output": [_plain(item) for item in response["output"]]}}
    return event


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "phase"}


LOCAL_AI_SIDE: Final = ServerSide(_read_local_ai, _write_local_ai)
_AT_16_KHZ: Final = {"format": {"type": "audio/pcm", "rate": 16_000}}  # unless a client names 24 kHz

SPEECH_TO_SPEECH_SIDE: Final = ServerSide(
    _read_speech_to_speech, _write_speech_to_speech, {"audio": {"input": _AT_16_KHZ, "output": _AT_16_KHZ}}
)
VLLM_OMNI_SIDE: Final = ServerSide(
    _read_vllm_omni, _write_vllm_omni, {"audio": {"input": {"turn_detection": None}}}
)
