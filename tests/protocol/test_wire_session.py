"""The session object: a typed view of any object that the server sends, and the original."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.audio._session_formats import Formats, format_difference
from realtime_sdk.protocol import SessionUpdated, TurnDetection, WireSession, _json_text as json_text, dump, parse

from .json_values import JSON, at_any_speed

FIELDS = ("id", "model", "conversation_id", "expires_at", "instructions", "voice", "turn_detection", "input_format")


def updated(session: object) -> SessionUpdated:
    event = parse(json.dumps({"type": "session.updated", "session": session}))
    assert isinstance(event, SessionUpdated)
    return event


GA = {
    "type": "realtime", "id": "sess_1", "model": "gpt-realtime-2.1", "conversation_id": "conv_1",
    "expires_at": 1_700_000_000, "instructions": "Be brief.",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24_000},
            "turn_detection": {
                "type": "server_vad", "create_response": True, "interrupt_response": False, "idle_timeout_ms": 6000,
            },
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}  # fmt: skip


def test_an_integer_is_sent_back_as_an_integer() -> None:
    fields = {"type": "server_vad", "idle_timeout_ms": 5000, "silence_duration_ms": 500}
    sent = TurnDetection.model_validate(fields).model_dump_json(exclude_unset=True)
    assert sent == json.dumps(fields).replace(" ", "")


def test_a_session_is_read_from_where_the_service_has_its_fields() -> None:
    event = updated(GA)
    session = event.session
    assert (session.id, session.model, session.conversation_id) == ("sess_1", "gpt-realtime-2.1", "conv_1")
    assert (session.expires_at, session.instructions, session.voice) == (1_700_000_000, "Be brief.", "marin")
    assert session.turn_detection == TurnDetection(
        type="server_vad", create_response=True, interrupt_response=False, idle_timeout_ms=6000
    )
    assert session.input_format == {"type": "audio/pcm", "rate": 24_000}
    assert session.output_format == {"type": "audio/pcmu"}
    assert event.invalid_fields == ()


def test_a_flat_session_has_them_at_the_top() -> None:
    session = updated({
        "voice": "alloy", "turn_detection": {"type": "semantic_vad"},
        "input_audio_format": "g711_ulaw", "output_audio_format": "pcm16",
    }).session  # fmt: skip
    assert (session.voice, session.input_format, session.output_format) == ("alloy", "g711_ulaw", "pcm16")
    assert session.turn_detection == TurnDetection(type="semantic_vad")
    assert session.turn_detection.create_response is None


def test_turn_detection_that_is_switched_off_is_none() -> None:
    assert updated({"audio": {"input": {"turn_detection": None}}}).session.turn_detection is None


@pytest.mark.parametrize("voice", [{"id": "voice_1"}, {"name": "voice_1", "type": "openai"}, "voice_1"])
def test_a_voice_is_its_name_or_its_id(voice: object) -> None:
    assert updated({"audio": {"output": {"voice": voice}}}).session.voice == "voice_1"


def test_the_object_is_kept_as_it_came() -> None:
    session = {**GA, "mood": ["blue"], "audio": {"input": 5}, "id": None}
    event = updated(session)
    assert event.session.wire == session
    assert json.loads(dump(event))["session"] == session


@pytest.mark.parametrize("session", ["pcm16", 5, [1], True, None])
def test_a_session_that_is_no_object_is_empty(session: object) -> None:
    event = updated(session)
    assert event.session.wire == {}
    assert {getattr(event.session, name) for name in FIELDS} == {None}
    assert len(event.invalid_fields) == (session is not None)


def test_a_session_update_without_a_session_is_empty() -> None:
    event = parse('{"type": "session.updated"}')
    assert isinstance(event, SessionUpdated)
    assert (event.session.wire, event.invalid_fields) == ({}, ())


@pytest.mark.parametrize(
    ("session", "fault"),
    [
        ({"audio": "pcm16"}, "`session.audio` should be an object, is a string"),
        ({"audio": {"input": ["pcm16"]}}, "`session.audio.input` should be an object, is a list"),
        (
            {"audio": {"input": {"turn_detection": "server_vad"}}},
            "`session.audio.input.turn_detection` should be an object, is a string",
        ),
        ({"turn_detection": False}, "`session.audio.input.turn_detection` should be an object, is false"),
        (
            {"turn_detection": {"create_response": "yes"}},
            "`session.audio.input.turn_detection.create_response` should be true or false, is a string",
        ),
        ({"expires_at": True}, "`session.expires_at` should be a number, is true"),
        ({"expires_at": math.inf}, "`session.expires_at` should be a finite number below 2^53"),
        ({"expires_at": 10**400}, "`session.expires_at` should be a finite number below 2^53"),
        ({"id": 7}, "`session.id` should be a string, is a number"),
        ({"output_audio_format": 5}, "`session.audio.output.format` should be an object, is a number"),
        (
            {"audio": {"output": {"format": {"type": ["x"]}}}},
            "`session.audio.output.format.type` should be a string, is a list",
        ),
        (
            {"audio": {"output": {"format": {"type": "audio/pcm", "rate": "24000"}}}},
            "`session.audio.output.format.rate` should be a number, is a string",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_absent_and_listed(session: dict[str, Any], fault: str) -> None:
    event = updated(session)
    assert event.invalid_fields == (fault,)
    assert event.session.wire == session
    assert {getattr(event.session, name) for name in FIELDS} <= {None, TurnDetection()}


def test_only_the_damaged_field_is_lost() -> None:
    session = updated({**GA, "audio": {**GA["audio"], "input": "pcm16"}, "model": 5}).session  # type: ignore[dict-item]
    assert (session.id, session.model, session.voice, session.turn_detection) == ("sess_1", None, "marin", None)
    assert session.output_format == {"type": "audio/pcmu"}


def test_a_rate_that_is_none_leaves_the_type_of_the_format() -> None:
    event = updated({"audio": {"input": {"format": {"type": "audio/pcma", "rate": math.nan}}}})
    assert event.session.input_format == {"type": "audio/pcma"}


def test_a_session_can_be_made_by_code() -> None:
    session = WireSession.model_validate({"id": "sess_1", "audio": {"output": {"voice": "marin"}}})
    assert (session.id, session.voice) == ("sess_1", "marin")
    assert session.wire == {"id": "sess_1", "audio": {"output": {"voice": "marin"}}}


SESSIONS = st.fixed_dictionaries({}, optional={
    "audio": JSON | st.fixed_dictionaries({}, optional={
        side: JSON | st.fixed_dictionaries({}, optional={
            "format": JSON | st.fixed_dictionaries({}, optional={"type": JSON | st.just("audio/pcm"), "rate": JSON}),
            "turn_detection": JSON, "voice": JSON,
        }) for side in ("input", "output")
    }),
    "expires_at": JSON, "voice": JSON, "turn_detection": JSON, "input_audio_format": JSON, "id": JSON,
})  # fmt: skip


@at_any_speed
@given(JSON | SESSIONS)
def test_any_session_object_can_be_read(session: Any) -> None:
    event = updated(session)
    for name in FIELDS:
        getattr(event.session, name)
    difference = format_difference(Formats(), event.session)
    assert isinstance(difference, str)
    as_read = json_text.load_leniently(json.dumps(session))
    assert json.dumps(event.session.wire) == json.dumps(as_read if isinstance(as_read, dict) else {})


@pytest.mark.parametrize(
    ("session", "same"),
    [
        ({}, True),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": None}}}}, True),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": math.nan}}}}, True),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16_000}}}}, True),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 24_000}}}}, False),
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, False),
        ({"output_audio_format": "g711_alaw"}, False),
    ],
)
def test_formats_are_compared_with_those_of_the_session(session: dict[str, Any], same: bool) -> None:
    ours = Formats(output=AudioFormat("audio/pcm", 16_000))
    assert (format_difference(ours, updated(session).session) == "") is same
    assert (format_difference(ours, session) == "") is same
