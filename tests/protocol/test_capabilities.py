"""What a server does not understand is not sent to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from realtime_sdk.protocol.dialects import GA, QWEN, XAI, Capabilities
from realtime_sdk.protocol.dialects._reduction import needs_more, reduced

from .examples import CLIENT

NOTHING = Capabilities(
    truncate=False, delete=False, cancel=False, commit=False, metadata=False, phase=False, transcription=False
)


@pytest.mark.parametrize("event", CLIENT, ids=lambda event: str(event["type"]))
def test_a_server_that_can_all_is_sent_all(event: dict[str, Any]) -> None:
    assert reduced(event, GA.capabilities) == (event, None)
    assert not needs_more(event["type"], GA.capabilities)


@pytest.mark.parametrize(
    ("kind", "capability"),
    [
        ("conversation.item.truncate", "truncate"), ("conversation.item.delete", "delete"),
        ("response.cancel", "cancel"), ("input_audio_buffer.commit", "commit"), ("input_audio_buffer.clear", "commit"),
    ],
)
def test_an_event_that_is_not_understood_is_not_sent(kind: str, capability: str) -> None:
    assert reduced({"type": kind}, NOTHING) == (None, capability)
    assert reduced({"type": kind}, replace(NOTHING, **{capability: True})) == ({"type": kind}, None)


@pytest.mark.parametrize(
    ("event", "rest", "capability"),
    [
        (
            {"type": "response.create", "response": {"instructions": "x", "metadata": {"a": "1", "b": "2"}}},
            {"type": "response.create", "response": {"instructions": "x"}}, "metadata",
        ),
        ({"type": "response.create", "response": {"metadata": {"ours": "1"}}}, {"type": "response.create"}, None),
        ({"type": "response.create"}, {"type": "response.create"}, None),
        (
            {"type": "session.update", "session": {"audio": {"input": {"transcription": {}, "format": "f"}}}},
            {"type": "session.update", "session": {"audio": {"input": {"format": "f"}}}}, "transcription",
        ),
        (
            {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"transcription": {}}}}},
            {"type": "session.update", "session": {"type": "realtime"}}, "transcription",
        ),
        ({"type": "session.update", "session": 5}, {"type": "session.update", "session": 5}, None),
        (
            {"type": "conversation.item.create", "item": {"id": "a", "phase": "commentary"}},
            {"type": "conversation.item.create", "item": {"id": "a"}}, "phase",
        ),
    ],
)
def test_a_field_that_is_not_understood_is_left_out(
    event: dict[str, Any], rest: dict[str, Any], capability: str | None
) -> None:
    before = json.dumps(event)
    assert reduced(event, NOTHING) == (rest, capability)
    assert json.dumps(event) == before


def test_xai_has_turn_detection_and_voice_at_the_top_and_no_type() -> None:
    format = {"type": "audio/pcm", "rate": 8000}
    audio = {"input": {"turn_detection": None, "format": format}, "output": {"voice": "ara"}}
    written = XAI.encode({"type": "session.update", "session": {"type": "realtime", "audio": audio}})
    assert written["session"] == {
        "turn_detection": None, "voice": "ara", "audio": {"input": {"format": format}},
    }  # fmt: skip
    read = XAI.decode({"type": "session.created", "session": {"turn_detection": {"type": None}}})
    assert read["session"]["audio"]["input"]["turn_detection"] is None


def test_qwen_has_tools_nested_and_formats_without_a_rate() -> None:
    audio = {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}
    tool = {"type": "function", "name": "time", "parameters": {}}
    written = QWEN.encode({"type": "session.update", "session": {"type": "realtime", "audio": audio, "tools": [tool]}})
    assert written["session"] == {
        "input_audio_format": "pcm", "tools": [{"type": "function", "function": {"name": "time", "parameters": {}}}],
    }  # fmt: skip
    read = QWEN.decode({"type": "session.updated", "session": {"output_audio_format": "pcm24"}})
    assert read["session"]["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24_000}
