"""What a server says of a session beside what it was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.protocol._differences import differences


def output(**fields: Any) -> dict[str, Any]:
    return {"audio": {"output": fields}}


def detection(value: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": value}}}


@pytest.mark.parametrize(
    ("asked", "answered", "texts"),
    [
        (output(voice="marin"), output(voice="alloy"), ["audio.output.voice is 'alloy', not 'marin'"]),
        (output(voice="alloy"), output(voice={"name": "alloy", "type": "openai"}), []),
        (output(voice={"id": "v1"}), output(voice={"id": "v1"}), []),
        (output(speed=1.2), output(speed=1.2000000001), []),
        (output(speed=1.2), output(speed=1), ["audio.output.speed is 1, not 1.2"]),
        (output(format={"type": "audio/pcm", "rate": 24_000}), output(format="pcm16"), []),
        ({"instructions": "Be brief."}, {"instructions": "Talk."}, ["instructions is not what was asked for"]),
        ({"instructions": ""}, {"instructions": "Talk."}, []),
        ({"parallel_tool_calls": True, "type": "realtime"}, {"type": "other"}, []),
        ({"output_modalities": ["text"]}, {"output_modalities": ["audio"]},
         ["output_modalities is 'audio', not 'text'"]),
        (detection(None), detection({"type": "server_vad"}), ["audio.input.turn_detection is on, not off"]),
        (detection({"type": "semantic_vad"}), detection(None), ["audio.input.turn_detection is off, not on"]),
        (
            detection({"type": "semantic_vad"}), detection({"type": "server_vad", "threshold": 0.5}),
            ["audio.input.turn_detection.type is 'server_vad', not 'semantic_vad'"],
        ),
        (
            {"tools": [{"type": "function", "name": "a"}, {"type": "mcp", "server_label": "b"}]},
            {"tools": [{"type": "function", "function": {"name": "a"}}]}, ["the tool 'b' is missing"],
        ),
    ],
)  # fmt: skip
def test_a_field_that_the_server_has_otherwise_is_told(
    asked: dict[str, Any], answered: dict[str, Any], texts: list[str]
) -> None:
    assert [str(difference) for difference in differences(asked, answered)] == texts
