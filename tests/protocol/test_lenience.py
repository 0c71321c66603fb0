"""What other servers and this one's bad days send: the event survives, the unreadable field does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.live._wire import parse as parse_live
from realtime_sdk.protocol import (
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ErrorEvent,
    Event,
    InputAudioBufferSpeechStarted,
    ProtocolViolation,
    RateLimitsUpdated,
    ResponseContentPartDone,
    ResponseDone,
    ResponseFunctionCallArgumentsDelta,
    ResponseOutputAudioDelta,
    ResponseOutputAudioTranscriptDone,
    ResponseOutputItemDone,
    UnknownEvent,
    WireUsage,
    parse,
)

from ..shared import FIXTURES, server_events, shipped
from .examples import SERVER
from .json_values import JSON, TEXT, at_any_speed


def done(**response: Any) -> ResponseDone:
    event = parse(json.dumps({"type": "response.done", "response": {"id": "resp_1", **response}}))
    assert isinstance(event, ResponseDone)
    return event


@pytest.mark.parametrize("bare", [{}, {"usage": None, "status_details": None, "output": None, "metadata": None}])
def test_a_response_may_have_only_an_id(bare: dict[str, Any]) -> None:
    response = done(**bare).response
    assert (response.status, response.usage, response.status_details, response.output) == (None, None, None, ())


def test_status_details_may_be_a_word() -> None:
    assert done(status="completed", status_details="unimplemented").response.status_details is None


def test_an_unknown_status_is_kept() -> None:
    assert done(status="paused").response.status == "paused"


def test_unreadable_usage_does_not_lose_the_response() -> None:
    assert done(usage=[1, 2]).response.usage is None
    assert done(usage={}).response.usage == WireUsage()


def test_unreadable_items_of_a_response_are_left_out() -> None:
    response = done(output=[None, 7, {"type": "message"}, {"id": "item_1", "type": "message", "content": 3}]).response
    assert [item.id for item in response.output] == ["item_1"]
    assert response.output[0].content == ()


def test_an_item_may_come_without_content() -> None:
    event = parse(
        '{"type": "response.output_item.done", "response_id": "r", "item": {"id": "i", "type": "message"}}'
    )
    assert isinstance(event, ResponseOutputItemDone)
    assert event.item.content == ()


def test_content_parts_keep_unknown_types() -> None:
    item = {"id": "item_1", "type": "message", "content": [{"type": "text", "text": "hi"}, {"type": "smell"}, {}]}
    assert [part.type for part in done(output=[item]).response.output[0].content] == ["text", "smell"]


def test_a_content_part_may_be_missing() -> None:
    event = parse('{"type": "response.content_part.done", "response_id": "r", "item_id": "i", "content_index": 0}')
    assert isinstance(event, ResponseContentPartDone)
    assert event.part is None


def test_indices_may_be_missing_or_null() -> None:
    piece = '"response_id": "r", "item_id": "i", "content_index": null, "delta": ""'
    event = parse('{"type": "response.output_audio.delta", ' + piece + "}")
    assert isinstance(event, ResponseOutputAudioDelta)
    assert (event.output_index, event.content_index, event.delta) == (None, 0, b"")
    call = '{"type": "response.function_call_arguments.delta", "response_id": "r", "item_id": "i", "delta": "{"}'
    assert isinstance(parse(call), ResponseFunctionCallArgumentsDelta)


def test_audio_may_be_an_odd_number_of_bytes_or_unpadded() -> None:
    frame = '{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "AAAA%s"}'
    for end, size in (("", 3), ("AA==", 4), ("AA", 4), ("AAA", 5)):
        event = parse(frame % end)
        assert isinstance(event, ResponseOutputAudioDelta)
        assert len(event.delta) == size


def test_a_done_event_without_the_whole_text_has_none() -> None:
    event = parse('{"type": "response.output_audio_transcript.done", "response_id": "r", "item_id": "i"}')
    assert isinstance(event, ResponseOutputAudioTranscriptDone)
    assert event.transcript is None


def test_speech_without_an_item_id_is_still_speech() -> None:
    event = parse('{"type": "input_audio_buffer.speech_started"}')
    assert isinstance(event, InputAudioBufferSpeechStarted)
    assert event.item_id is None


def test_a_transcription_needs_no_usage_and_may_have_an_empty_delta() -> None:
    event = '{"type": "conversation.item.input_audio_transcription.%s", "item_id": "i", %s}'
    completed = parse(event % ("completed", '"transcript": "hi", "usage": "none"'))
    assert isinstance(completed, ConversationItemInputAudioTranscriptionCompleted)
    assert (completed.transcript, completed.usage) == ("hi", None)
    delta = parse(event % ("delta", '"delta": null'))
    assert isinstance(delta, ConversationItemInputAudioTranscriptionDelta)
    assert delta.delta is None


@pytest.mark.parametrize("limits", ["null", "{}", '"many"', "[3]"])
def test_unreadable_rate_limits_are_empty(limits: str) -> None:
    event = parse(f'{{"type": "rate_limits.updated", "rate_limits": {limits}}}')
    assert isinstance(event, RateLimitsUpdated)
    assert event.rate_limits == ()


@pytest.mark.parametrize(
    ("error", "message"),
    [('{"message": "no", "param": 3, "code": null}', "no"), ('"no"', "no"), ("null", None), ("{}", None), ("[]", "[]")],
)
def test_an_error_is_kept_in_whatever_form(error: str, message: str | None) -> None:
    event = parse(f'{{"type": "error", "event_id": null, "error": {error}}}')
    assert isinstance(event, ErrorEvent)
    assert event.error.message == message


@pytest.mark.parametrize("read", [parse, parse_live])
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ('"error": "overloaded"', "overloaded"),
        ('"error": "overloaded", "code": "busy"', "overloaded"),
        ('"message": "overloaded"', "overloaded"),
        ('"message": "overloaded", "error": {}', "overloaded"),
        ('"error": {"detail": "overloaded"}', "overloaded"),
        ('"error": {"message": null, "reason": "overloaded"}', "overloaded"),
        ('"error": {"message": {"text": "overloaded"}}', "overloaded"),
        ('"error": {"code": "overloaded", "load": 97}', "overloaded"),
        ('"error": {"load": 97, "message": ""}', '{"load": 97}'),
        ('"error": {"load": 97, "authorization": "Basic abc"}', '{"load": 97, "authorization": "[not recorded]"}'),
        ('"error": [97]', "[97]"),
        ('"error": {}', "the server sent an error without a message"),
        ('"event_id": "event_1"', "the server sent an error without a message"),
    ],
)
def test_the_text_of_an_error_is_taken_from_where_it_is(
    fields: str, text: str, read: Callable[[str], Any]
) -> None:
    assert read(f'{{"type": "error", {fields}}}').error.text == text


@pytest.mark.parametrize("read", [parse, parse_live])
def test_of_an_error_without_a_text_the_beginning_is_quoted(read: Callable[[str], Any]) -> None:
    assert len(read(f'{{"type": "error", "error": {{"load": [{"9, " * 500}9]}}}}').error.text) == 200


ESSENTIAL = {"type", "id", "item_id", "response_id", "item", "response", "delta", "event"}
"""The last steps of the paths without which an event can't be understood: ids and payload."""

RECORDED = [
    event
    for path in (*sorted(FIXTURES.glob("*.jsonl")), *shipped("sessions", "compat", "beta"))
    for event in server_events(path)
]
"""What servers sent: this package's own, and those of services."""


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [step for key, inner in entries for step in ((*path, key), *paths(inner, (*path, key)))]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], tuple[str | int, ...]]:
    """An event, the same with one field, at any depth, dropped, renamed or replaced, and where that field was."""
    original = draw(st.sampled_from(SERVER) | st.sampled_from(RECORDED))
    event = copy.deepcopy(original)
    path = draw(st.sampled_from(paths(event)))
    parent: Any = event
    for step in path[:-1]:
        parent = parent[step]
    match draw(st.sampled_from(["drop", "rename", "replace"])):
        case "drop":
            parent.pop(path[-1])
        case "rename" if isinstance(parent, dict):
            parent[draw(TEXT)] = parent.pop(path[-1])
        case _:
            parent[path[-1]] = draw(JSON)
    return original, event, path


@at_any_speed
@given(mutations())
def test_no_change_to_an_event_makes_parse_raise(
    mutation: tuple[dict[str, Any], dict[str, Any], tuple[str | int, ...]]
) -> None:
    original, event, path = mutation
    parsed = parse(json.dumps(event))
    assert isinstance(parsed, Event | UnknownEvent | ProtocolViolation)
    if path[-1] not in ESSENTIAL:
        assert type(parsed) is type(parse(json.dumps(original)))


@at_any_speed
@given(st.binary() | st.text() | JSON.map(json.dumps))
def test_no_frame_makes_parse_raise(frame: bytes | str) -> None:
    assert isinstance(parse(frame), UnknownEvent | ProtocolViolation)
