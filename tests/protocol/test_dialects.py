"""Dialects: events that a server reads or sends in another form than the current protocol's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.protocol import (
    Event,
    ProtocolViolation,
    ResponseCreated,
    ResponseOutputTextDelta,
    SessionUpdate,
    SessionUpdated,
    dump,
    parse,
)
from realtime_sdk.protocol.dialects import (
    BETA,
    DIALECTS,
    GA,
    LOCAL_AI,
    SPEECH_TO_SPEECH,
    VOICE_LIVE,
    Capabilities,
    Dialect,
    dialect_of,
)

from ..shared import recordings, server_events
from .examples import CLIENT, SERVER

SESSION = {
    "type": "realtime", "instructions": "Be brief.", "output_modalities": ["audio"], "max_output_tokens": 100,
    "tool_choice": "auto",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24_000}, "turn_detection": None,
            "transcription": {"model": "gpt-transcribe"}, "noise_reduction": {"type": "near_field"},
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "alloy", "speed": 1.2},
    },
}  # fmt: skip

BETA_SESSION = {
    "instructions": "Be brief.", "modalities": ["audio", "text"], "max_response_output_tokens": 100,
    "tool_choice": "auto", "turn_detection": None, "voice": "alloy", "speed": 1.2,
    "input_audio_format": "pcm16", "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "gpt-transcribe"}, "input_audio_noise_reduction": {"type": "near_field"},
}  # fmt: skip


def written(event: Event | dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(dump(event, dialect))
    return written


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_dialect_is_found_by_the_name_that_it_has(dialect: Dialect) -> None:
    assert DIALECTS[dialect.name] is dialect
    assert dialect_of(dialect.name) is dialect_of(dialect) is dialect


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"encode": None}, "encode is a function"),
        ({"decode": "beta"}, "decode is a function"),
        ({"capabilities": {"truncate": False}}, "Capabilities"),
        ({"name": 5}, "name is a string"),
    ],
)
def test_a_dialect_whose_parts_are_of_another_kind_is_refused(fields: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"name": "mine", "encode": GA.encode, "decode": GA.decode}
    with pytest.raises(UsageError, match=words):
        Dialect(**given | fields)


def test_the_current_protocol_is_meant_where_no_dialect_is_named() -> None:
    assert dialect_of(None) is GA
    assert GA.capabilities == Capabilities()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("gamma", "no dialect is called 'gamma'; there are ga, beta, voice-live, xai, .*, qwen"),
        (5, r"dialect is a Dialect, or the name of one \(ga, beta, .*, qwen\), not 5"),
        (Dialect, "Dialect is a class"),
    ],
)
def test_an_unknown_dialect_is_refused(value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        dialect_of(value)


@pytest.mark.parametrize("example", CLIENT, ids=lambda example: str(example["type"]))
def test_the_current_protocol_is_written_as_it_is(example: dict[str, Any]) -> None:
    assert GA.encode(example) is example


@pytest.mark.parametrize("example", SERVER, ids=lambda example: str(example["type"]))
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_an_event_of_the_current_protocol_is_decoded_as_itself(dialect: Dialect, example: dict[str, Any]) -> None:
    assert dialect.decode(example) is example


@pytest.mark.parametrize("path", recordings("beta"), ids=lambda path: path.stem)
def test_a_session_of_the_beta_reads_alike_whether_its_dialect_is_named_or_not(path: Any) -> None:
    for event in server_events(path):
        assert parse(json.dumps(event), BETA) == parse(json.dumps(event))


# What a server of the beta reads


def test_the_session_of_the_beta_is_flat() -> None:
    assert written(SessionUpdate(session=SESSION), BETA) == {"type": "session.update", "session": BETA_SESSION}


def test_what_is_flat_already_stays() -> None:
    event = {"type": "session.update", "session": BETA_SESSION}
    assert written(event, BETA) == event


def test_a_text_only_session_has_the_betas_text_modality() -> None:
    session = {"output_modalities": ["text"]}
    assert written(SessionUpdate(session=session), BETA)["session"] == {"modalities": ["text"]}


def test_a_response_of_the_beta_is_flat_with_all_that_it_reads() -> None:
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
    response = {
        "output_modalities": ["audio"], "audio": {"output": {"voice": "echo"}}, "max_output_tokens": "inf",
        "input": [said, {"type": "item_reference", "id": "item_1"}], "conversation": "none",
    }  # fmt: skip
    assert written({"type": "response.create", "response": response}, BETA)["response"] == {
        "modalities": ["audio", "text"], "voice": "echo", "max_response_output_tokens": "inf", "conversation": "none",
        "input": [{**said, "content": [{"type": "text", "text": "Hi."}]}, {"type": "item_reference", "id": "item_1"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "beta_kind"), [("output_text", "text"), ("output_audio", "audio"), ("input_text", "input_text")]
)
def test_the_content_of_an_item_is_named_as_the_beta_names_it(kind: str, beta_kind: str) -> None:
    event = {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": kind, "text": "x"}]}}
    assert written(event, BETA)["item"]["content"] == [{"type": beta_kind, "text": "x"}]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.create"},
        {"type": "response.create", "response": {"input": "all"}},
        {"type": "session.update", "session": None},
        {"type": "session.update", "session": {"output_modalities": 5, "audio": None}},
        {"type": "conversation.item.create", "item": {"content": "x"}},
        {"type": "conversation.item.create", "item": {"content": ["x", {"type": []}]}},
        {"type": "input_audio_buffer.commit"},
    ],
)
def test_invalid_fields_reach_the_server_unchanged(event: dict[str, Any]) -> None:
    assert written(event, BETA)["type"] == event["type"]


def test_an_event_that_is_given_is_never_changed() -> None:
    event = {"type": "session.update", "session": SESSION}
    before = json.dumps(event)
    written(event, BETA)
    assert json.dumps(event) == before


# What a server of the beta says


def test_the_session_that_it_describes_is_read_and_kept_as_it_came() -> None:
    event = parse(json.dumps({"type": "session.updated", "session": BETA_SESSION}))
    assert isinstance(event, SessionUpdated)
    session = event.session
    assert (session.voice, session.input_format, session.output_format) == ("alloy", "pcm16", "g711_ulaw")
    assert session.wire == BETA_SESSION


def test_a_field_that_a_server_gives_both_ways_is_the_nested_one() -> None:
    both = {"voice": "alloy", "audio": {"output": {"voice": "marin"}}}
    event = parse(json.dumps({"type": "session.updated", "session": both}))
    assert isinstance(event, SessionUpdated)
    assert event.session.voice == "marin"


@pytest.mark.parametrize(
    ("modalities", "current"), [(["audio", "text"], ("audio",)), (["text"], ("text",)), (None, ())]
)
def test_a_response_with_audio_has_audio_as_its_one_modality(modalities: Any, current: tuple[str, ...]) -> None:
    event = parse(json.dumps({"type": "response.created", "response": {"id": "resp_1", "modalities": modalities}}))
    assert isinstance(event, ResponseCreated)
    assert event.response.output_modalities == current


# A dialect of the application's own


def envelope(event: dict[str, Any]) -> dict[str, Any]:
    return {"kind": event["type"], "body": event}


def test_a_dialect_may_be_the_applications_own() -> None:
    own = Dialect("own", envelope, lambda event: {**event["body"], "type": event["type"].removeprefix("x-")})
    assert written({"type": "response.create"}, own) == {"kind": "response.create", "body": {"type": "response.create"}}
    frame = {"type": "x-response.output_text.delta", "body": {"response_id": "r", "item_id": "i", "delta": "Hi"}}
    event = parse(json.dumps(frame), own)
    assert isinstance(event, ResponseOutputTextDelta)
    assert event.delta == "Hi"


def test_an_event_that_a_dialect_fails_on_is_a_violation() -> None:
    own = Dialect("own", envelope, lambda event: {"type": event["body"]["type"]})
    event = parse('{"type": "ping"}', own)
    assert isinstance(event, ProtocolViolation)
    assert (event.event_type, event.reason) == ("ping", "ping: the dialect own can't decode it: KeyError('body')")
    other = parse('{"type": "ping", "body": {"type": []}}', own)
    assert isinstance(other, ProtocolViolation)
    broken = parse('{"type": "ping", ', own)
    assert isinstance(broken, ProtocolViolation)
    assert broken.event_type == "ping"


def test_what_a_dialect_refuses_to_encode_is_an_error_of_the_call() -> None:
    def refuse(event: dict[str, Any]) -> dict[str, Any]:
        raise UsageError("this server takes no images")

    with pytest.raises(UsageError, match=r"^this server takes no images$"):
        dump({"type": "response.create"}, Dialect("own", refuse, lambda event: event))


# What servers of other dialects read and send


def test_voice_live_has_the_sample_rate_in_a_field_of_its_own() -> None:
    session = {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}, "avatar": None}
    assert written(SessionUpdate(session=session), VOICE_LIVE)["session"] == {
        "input_audio_format": "pcm16", "input_audio_sampling_rate": 16_000, "avatar": None,
    }  # fmt: skip
    answered = {"input_audio_format": "pcm16", "input_audio_sampling_rate": 16_000}
    decoded = VOICE_LIVE.decode({"type": "session.updated", "session": answered})["session"]["audio"]["input"]
    assert decoded["format"] == {"type": "audio/pcm", "rate": 16_000}


def test_voice_live_takes_items_of_the_current_protocol() -> None:
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
    event = {"type": "conversation.item.create", "item": item}
    assert VOICE_LIVE.encode(event) is event


@pytest.mark.parametrize("event_id", ["event_TODO", ""])
def test_an_error_of_localai_names_no_event(event_id: str) -> None:
    event = {"type": "error", "error": {"code": "invalid_item_id", "message": "no", "event_id": event_id}}
    assert LOCAL_AI.decode(event)["error"]["event_id"] is None


def test_an_error_of_localai_may_end_the_response() -> None:
    event = {"type": "error", "error": {"code": "inference_failed", "message": "backend error"}}
    decoded = LOCAL_AI.decode(event)
    assert (decoded["type"], decoded["response"]["status"]) == ("response.done", "failed")
    assert decoded["response"]["status_details"]["error"]["message"] == "backend error"


PCM = {"type": "audio/pcm", "rate": 24_000}


@pytest.mark.parametrize(
    ("session", "audio"),
    [
        ({}, {"input": {"format": PCM}, "output": {"format": PCM}}),
        (
            {"audio": {"output": {"voice": "Ryan"}}},
            {"input": {"format": PCM}, "output": {"format": PCM, "voice": "Ryan"}},
        ),
        (
            {"audio": {"input": {"format": {"type": "audio/pcmu"}}}},
            {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": PCM}},
        ),
    ],
)
def test_speech_to_speech_is_told_the_rates_that_it_would_else_take_for_16_khz(
    session: dict[str, Any], audio: dict[str, Any]
) -> None:
    assert written(SessionUpdate(session=session), SPEECH_TO_SPEECH)["session"]["audio"] == audio


def test_the_audio_of_speech_to_speech_is_one_part_whatever_index_a_delta_has() -> None:
    delta = {"type": "response.output_audio.delta", "item_id": "item_1", "content_index": 7, "delta": ""}
    assert SPEECH_TO_SPEECH.decode(delta) == {**delta, "content_index": 0}


def test_an_item_without_an_id_is_called_after_the_event_that_adds_it() -> None:
    item: dict[str, Any] = {"type": "message", "role": "user", "id": None, "content": []}
    created = {"type": "conversation.item.created", "event_id": "event_1", "item": item}
    decoded = SPEECH_TO_SPEECH.decode(created)
    assert decoded == {**created, "type": "conversation.item.added", "item": {**item, "id": "event_1"}}
    given = {**created, "item": {**item, "id": "item_1"}}
    assert SPEECH_TO_SPEECH.decode(given)["item"]["id"] == "item_1"
