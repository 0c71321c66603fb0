"""Fields of the wrong type that something depends on: absent, and listed in the event's `invalid_fields`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_sdk.protocol import (
    ConversationItemAdded,
    Event,
    InputAudioBufferCommitted,
    ProtocolViolation,
    ResponseDone,
    ResponseFunctionCallArgumentsDone,
    StatusDetails,
    UnknownEvent,
    parse,
)

from ..shared import recordings, server_events
from .examples import CALL, ITEM, OF_CALL, RESPONSE, SERVER


def done(**response: Any) -> ResponseDone:
    event = parse(json.dumps({"type": "response.done", "response": {"id": "resp_1", **response}}))
    assert isinstance(event, ResponseDone)
    return event


@pytest.mark.parametrize("example", SERVER, ids=lambda example: str(example["type"]))
def test_a_valid_event_has_none(example: dict[str, Any]) -> None:
    assert parse(json.dumps(example)).invalid_fields == ()


def test_no_recorded_event_of_a_service_has_one() -> None:
    for path in recordings("sessions", "compat", "beta"):
        for event in server_events(path):
            assert parse(json.dumps(event)).invalid_fields == (), path.name


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("id", 7, "`response.id` should be a string, is a number"),
        ("status", True, "`response.status` should be a string, is true"),
        ("status_details", [1], "`response.status_details` should be an object, is a list"),
        ("metadata", ["x"], "`response.metadata` should be an object, is a list"),
        ("metadata", "x", "`response.metadata` should be an object, is a string"),
        ("output", {"id": "item_1"}, "`response.output` should be a list, is an object"),
        ("conversation_id", 5, "`response.conversation_id` should be a string, is a number"),
    ],
)
def test_a_field_of_a_response_of_the_wrong_type_is_absent(field: str, value: object, fault: str) -> None:
    event = done(**RESPONSE | {field: value})
    assert event.invalid_fields == (fault,)
    assert field not in event.response.model_fields_set
    assert not getattr(event.response, field)


@pytest.mark.parametrize("field", ["status", "role", "phase", "name", "call_id", "arguments", "output"])
def test_a_field_of_an_item_of_the_wrong_type_is_absent(field: str) -> None:
    for value in (True, 3, ["x"], {"x": 1}):
        event = parse(json.dumps({"type": "conversation.item.added", "item": {**ITEM, **CALL, field: value}}))
        assert isinstance(event, ConversationItemAdded)
        assert getattr(event.item, field) is None
        assert [fault.split(" should")[0] for fault in event.invalid_fields] == [f"`item.{field}`"]


def test_an_announced_item_whose_id_is_of_the_wrong_type_has_none() -> None:
    event = parse(json.dumps({"type": "conversation.item.added", "item": {**ITEM, "id": 5}}))
    assert isinstance(event, ConversationItemAdded)
    assert (event.item.id, event.item.role) == ("", ITEM["role"])
    assert event.invalid_fields == ("`item.id` should be a string, is a number",)


@pytest.mark.parametrize("field", ["name", "call_id", "arguments"])
def test_a_field_of_a_call_of_the_wrong_type_is_absent(field: str) -> None:
    call = {"type": "response.function_call_arguments.done", **OF_CALL, "name": "look", "arguments": "{}"}
    event = parse(json.dumps({**call, field: {"at": "sea"}}))
    assert isinstance(event, ResponseFunctionCallArgumentsDone)
    assert getattr(event, field) is None
    assert event.invalid_fields == (f"`{field}` should be a string, is an object",)


def test_null_is_a_valid_value_of_any_field() -> None:
    event = done(**dict.fromkeys(RESPONSE, None))
    assert event.invalid_fields == ()
    assert (event.response.id, event.response.metadata, event.response.output) == ("", None, ())


def test_a_response_may_come_without_an_id() -> None:
    event = parse('{"type": "response.done", "response": {"status": "completed"}}')
    assert isinstance(event, ResponseDone)
    assert (event.response.id, event.response.status, event.invalid_fields) == ("", "completed", ())


def test_entries_of_metadata_that_are_no_text_are_left_out() -> None:
    event = done(metadata={"topic": "sea", "n": 1, "none": None, "list": ["x"]})
    assert event.response.metadata == {"topic": "sea"}
    assert event.invalid_fields == (
        "`response.metadata.n` should be a string, is a number",
        "`response.metadata.list` should be a string, is a list",
    )


def test_an_item_that_can_not_be_read_is_left_out_and_the_others_stay() -> None:
    event = done(output=[5, None, {"type": "message"}, {**ITEM, "id": 7}, {**ITEM, "phase": 3}])
    assert [(item.id, item.phase) for item in event.response.output] == [("item_1", None)]
    assert event.invalid_fields == (
        "`response.output[0]` should be an object, is a number",
        "`response.output[2].id` is missing",
        "`response.output[3].id` should be a string, is a number",
        "`response.output[4].phase` should be a string, is a number",
    )


@pytest.mark.parametrize("details", [{"error": "rate limited"}, {"error": {"message": "rate limited"}}])
def test_an_error_may_be_a_bare_message(details: dict[str, Any]) -> None:
    event = done(status="failed", status_details=details)
    assert event.response.status_details is not None
    assert event.response.status_details.error is not None
    assert event.response.status_details.error.message == "rate limited"
    assert event.invalid_fields == ()


def test_details_are_read_as_far_as_they_can_be() -> None:
    event = done(status_details={"type": "failed", "reason": 4, "error": [5]})
    assert event.response.status_details == StatusDetails(type="failed")
    assert event.invalid_fields == (
        "`response.status_details.reason` should be a string, is a number",
        "`response.status_details.error` should be an object, is a list",
    )


def test_a_word_for_details_which_xai_sends_is_valid() -> None:
    assert done(status_details="unimplemented").invalid_fields == ()


def test_the_first_few_are_described_and_the_others_counted() -> None:
    event = done(metadata={f"{n:02}": n for n in range(100)} | {"topic": "sea"})
    assert len(event.invalid_fields) == 9
    assert event.invalid_fields[-1] == "and 92 more"
    assert event.response.metadata == {"topic": "sea"}


def test_a_very_long_key_is_cut_where_it_is_named() -> None:
    (fault,) = done(metadata={"k" * 5000: 1}).invalid_fields
    assert len(fault) < 200


@pytest.mark.parametrize("model", [ConversationItemAdded, InputAudioBufferCommitted])
def test_an_absent_predecessor_is_not_null(model: type[Event]) -> None:
    name = model.model_fields["type"].default
    event = {"type": name, "item": ITEM, "item_id": "item_1"}
    for said, is_set in (({"previous_item_id": None}, True), ({}, False), ({"previous_item_id": 5}, False)):
        parsed = parse(json.dumps({**event, **said}))
        assert isinstance(parsed, model)
        assert ("previous_item_id" in parsed.model_fields_set) is is_set
        assert getattr(parsed, "previous_item_id", "no such field") is None


def test_an_unknown_event_and_a_violation_have_none() -> None:
    unknown, violation = parse('{"type": "ping"}'), parse("hello")
    assert isinstance(unknown, UnknownEvent)
    assert isinstance(violation, ProtocolViolation)
    assert unknown.invalid_fields == violation.invalid_fields == ()
