"""What is no event, or no event of a client's, is refused in the service's words, and changes nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from .helpers import detection, new_session, refusal, truncate, update, user_message


@pytest.mark.parametrize("frame", ["", "nonsense", "{", b"\xff\xfe", "[" * 100_000])
def test_a_frame_that_is_no_json(frame: str | bytes) -> None:
    assert refusal(new_session().receive(frame)) == {
        "type": "invalid_request_error", "code": "invalid_json", "message": "The event is not valid JSON.",
        "param": None, "event_id": None,
    }


@pytest.mark.parametrize("frame", ["[]", "3", "null", '"text"'])
def test_json_that_is_no_object(frame: str) -> None:
    assert refusal(new_session().receive(frame))["code"] == "invalid_event"


def test_an_event_without_a_type() -> None:
    error = refusal(new_session().receive({"event_id": "mine"}))
    assert (error["code"], error["message"]) == ("invalid_event", "The 'type' field is missing.")
    assert error["event_id"] == "mine"


def test_an_unknown_type_is_refused_with_those_that_are_known() -> None:
    error = refusal(new_session().receive({"type": "session.upgrade", "event_id": "mine"}))
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "type", "mine")
    assert error["message"].startswith("Invalid value: 'session.upgrade'. Supported values are: 'session.update', ")


def message(role: str, kind: str) -> dict[str, Any]:
    return user_message("") | {"item": {"type": "message", "role": role, "content": [{"type": kind, "text": "hi"}]}}


def create(**response: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": response}


REFUSED = [
    ({"type": "session.update", "session": {}},
     "missing_required_parameter", "session.type", "Missing required parameter: 'session.type'."),
    ({"type": "session.update"},
     "missing_required_parameter", "session", "Missing required parameter: 'session'."),
    ({"type": "session.update", "session": {"type": "session"}},
     "invalid_value", "session.type",
     "Invalid value: 'session'. Supported values are: 'realtime' and 'transcription'."),
    (update(voice="alloy"),
     "unknown_parameter", "session.voice", "Unknown parameter: 'session.voice'."),
    (update(instructions=7),
     "invalid_type", "session.instructions",
     "Invalid type for 'session.instructions': expected a string, but got an integer instead."),
    (update(output_modalities=["audio", "text"]),
     "array_above_max_length", "session.output_modalities",
     "Invalid 'session.output_modalities': array too long. Expected at most 1 entries, but got 2 instead."),
    (update(tool_choice="maybe"),
     "invalid_value", "session.tool_choice",
     "Invalid value: 'maybe'. Supported values are: 'auto', 'none', and 'required'."),
    (update(**detection({"type": "vad"})),
     "invalid_value", "session.audio.input.turn_detection.type",
     "Invalid value: 'vad'. Supported values are: 'server_vad' and 'semantic_vad'."),
    (update(**detection({"type": "server_vad", "threshold": 1.5})),
     "decimal_above_max_value", "session.audio.input.turn_detection.threshold",
     "Invalid 'session.audio.input.turn_detection.threshold': decimal above maximum value. "
     "Expected a value <= 1.0, but got 1.5 instead."),
    (update(**detection({"type": "server_vad", "silence_ms": 5})),
     "unknown_parameter", "session.audio.input.turn_detection.silence_ms",
     "Unknown parameter: 'session.audio.input.turn_detection.silence_ms'."),
    (update(audio={"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}),
     "integer_below_min_value", "session.audio.input.format.rate",
     "Invalid 'session.audio.input.format.rate': integer below minimum value. "
     "Expected a value >= 24000, but got 16000 instead."),
    (update(tools=[{"type": "function"}]),
     "missing_required_parameter", "session.tools[0].name", "Missing required parameter: 'session.tools[0].name'."),
    (update(tools=[{"type": "function", "name": "play song"}]),
     "invalid_value", "session.tools[0].name",
     "Invalid 'session.tools[0].name': string does not match pattern. "
     "Expected a string that matches '^[a-zA-Z0-9_-]+$'."),
    (update(tools=[{"type": "mcp", "server_url": "https://docs.test/mcp"}]),
     "missing_required_parameter", "session.tools[0].server_label",
     "Missing required parameter: 'session.tools[0].server_label'."),
    (update(tools=[{"type": "web_search"}]),
     "invalid_value", "session.tools[0].type",
     "Invalid value: 'web_search'. Supported values are: 'function' and 'mcp'."),
    (update(tool_choice={"name": "search"}),
     "missing_required_parameter", "session.tool_choice.type",
     "Missing required parameter: 'session.tool_choice.type'."),
    (update(truncation={"retention_ratio": 0.5}),
     "missing_required_parameter", "session.truncation.type", "Missing required parameter: 'session.truncation.type'."),
    (update(prompt={"version": "2"}),
     "missing_required_parameter", "session.prompt.id", "Missing required parameter: 'session.prompt.id'."),
    (update(include=["item.audio"]),
     "invalid_value", "session.include[0]",
     "Invalid value: 'item.audio'. Value must be 'item.input_audio_transcription.logprobs'."),
    (update(audio={"output": {"voice": {"name": "mine"}}}),
     "missing_required_parameter", "session.audio.output.voice.id",
     "Missing required parameter: 'session.audio.output.voice.id'."),
    (update(audio={"output": {"voice": 7}}),
     "invalid_type", "session.audio.output.voice",
     "Invalid type for 'session.audio.output.voice': expected a string, but got an integer instead."),
    (update(audio={"input": {"transcription": {"delay": "none"}}}),
     "invalid_value", "session.audio.input.transcription.delay",
     "Invalid value: 'none'. Supported values are: 'minimal', 'low', 'medium', 'high', and 'xhigh'."),
    ({"type": "session.update", "session": {"type": "transcription", "instructions": "Be brief."}},
     "unknown_parameter", "session.instructions", "Unknown parameter: 'session.instructions'."),
    (message("assistant", "text"),
     "invalid_value", "item.content[0].type", "Invalid value: 'text'. Value must be 'output_text'."),
    (message("user", "text"),
     "invalid_value", "item.content[0].type",
     "Invalid value: 'text'. Supported values are: 'input_text', 'input_audio', and 'input_image'."),
    ({"type": "conversation.item.create", "item": {"type": "message", "content": []}},
     "missing_required_parameter", "item.role", "Missing required parameter: 'item.role'."),
    ({"type": "conversation.item.create", "item": []},
     "invalid_type", "item", "Invalid type for 'item': expected an object, but got an array instead."),
    (truncate("item_1", -1),
     "integer_below_min_value", "audio_end_ms",
     "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, but got -1 instead."),
    (truncate("item_1", 12.5),
     "invalid_type", "audio_end_ms",
     "Invalid type for 'audio_end_ms': expected an integer, but got a decimal instead."),
    (truncate("item_1", 12.0),
     "invalid_type", "audio_end_ms",
     "Invalid type for 'audio_end_ms': expected an integer, but got a decimal instead."),
    (truncate("item_1", None),
     "invalid_type", "audio_end_ms", "Invalid type for 'audio_end_ms': expected an integer, but got null instead."),
    (create(metadata={"n": 1}),
     "invalid_type", "response.metadata.n",
     "Invalid type for 'response.metadata.n': expected a string, but got an integer instead."),
    (create(metadata={str(n): "" for n in range(17)}),
     "object_above_max_length", "response.metadata",
     "Invalid 'response.metadata': object too long. Expected at most 16 entries, but got 17 instead."),
    (create(conversation="new"),
     "invalid_value", "response.conversation",
     "Invalid value: 'new'. Supported values are: 'auto' and 'none'."),
    (create(input=[{"type": "item_reference"}]),
     "missing_required_parameter", "response.input[0].id", "Missing required parameter: 'response.input[0].id'."),
    ({"type": "input_audio_buffer.append", "audio": "no base64!"},
     "invalid_value", "audio", "Invalid 'audio'. Expected base64-encoded audio bytes."),
    ({"type": "input_audio_buffer.append", "audio": "AAAA"},
     "invalid_value", "audio", "Invalid 'audio': 3 bytes are no whole number of 16-bit samples."),
    ({"type": "input_audio_buffer.append", "audio": "A" * (20 * 1024 * 1024 + 4)},
     "string_above_max_length", "audio",
     "Invalid 'audio': string too long. Expected at most 20971520 characters, but got 20971524 instead."),
]


@pytest.mark.parametrize(
    ("event", "code", "param", "words"), REFUSED, ids=[f"{code}-{param}" for _, code, param, _ in REFUSED]
)
def test_a_malformed_event_changes_nothing(event: dict[str, Any], code: str, param: str, words: str) -> None:
    session = new_session()
    before = copy.deepcopy(session.settings)
    error = refusal(session.receive({**event, "event_id": "mine"}))
    assert error == {
        "type": "invalid_request_error", "code": code, "message": words, "param": param, "event_id": "mine",
    }
    assert session.settings == before
    assert len(session.conversation) == len(session.input) == len(session.responses) == len(session.take_actions()) == 0


def test_an_event_without_an_id_is_refused_without_one() -> None:
    assert refusal(new_session().receive({"type": "session.update"}))["event_id"] is None


def test_every_event_of_the_servers_has_an_id_of_its_own() -> None:
    session = new_session()
    events = session.opened() + session.receive("nonsense") + session.receive(user_message("Hello."))
    assert len({event["event_id"] for event in events}) == len(events) == 4
