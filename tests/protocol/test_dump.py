from __future__ import annotations

import json
import math
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from realtime_sdk.errors import UsageError
from realtime_sdk.protocol import (
    ClientEvent,
    ConversationItemCreate,
    InputAudioBufferAppend,
    ResponseCancel,
    ResponseCreate,
    ResponseOutputAudioDelta,
    SessionUpdate,
    dump,
)

from .examples import CLIENT

CLIENT_EVENT: TypeAdapter[ClientEvent] = TypeAdapter(ClientEvent)


@pytest.mark.parametrize("example", CLIENT, ids=lambda example: str(example["type"]))
def test_a_client_event_is_written_as_it_was_read(example: dict[str, Any]) -> None:
    model = CLIENT_EVENT.validate_python(example)
    assert model.type == example["type"]
    assert json.loads(dump(model)) == example


def test_every_client_event_has_an_example() -> None:
    assert {model.model_fields["type"].default for model in get_args(ClientEvent)} == {e["type"] for e in CLIENT}


def test_the_type_is_written_and_what_was_not_set_is_not() -> None:
    assert json.loads(dump(ResponseCreate())) == {"type": "response.create"}


def test_an_explicit_null_is_written() -> None:
    assert json.loads(dump(ResponseCancel(response_id=None))) == {"type": "response.cancel", "response_id": None}
    session = {"audio": {"input": {"turn_detection": None}}}
    assert json.loads(dump(SessionUpdate(session=session)))["session"] == session


def test_audio_is_written_as_base64() -> None:
    assert json.loads(dump(InputAudioBufferAppend(audio=b"\0\0\1")))["audio"] == "AAAB"
    delta = ResponseOutputAudioDelta(response_id="resp_1", item_id="item_1", delta=b"\0\0\1")
    assert json.loads(dump(delta))["delta"] == "AAAB"


def test_fields_that_the_model_does_not_know_are_written() -> None:
    event = ConversationItemCreate.model_validate({"item": {"type": "message"}, "mood": "blue"})
    assert json.loads(dump(event)) == {"type": "conversation.item.create", "item": {"type": "message"}, "mood": "blue"}


def test_a_plain_dict_is_written_as_it_is() -> None:
    event = {"type": "response.create", "response": None, "note": "naïve"}
    assert json.loads(dump(event)) == event


@pytest.mark.parametrize("event", [{}, {"type": None}, {"kind": "response.create"}])
def test_a_dict_without_a_type_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="needs a `type`"):
        dump(event)


@pytest.mark.parametrize("event", [None, "response.create", 5, ["response.create"]])
def test_an_object_that_is_no_event_is_refused(event: Any) -> None:
    with pytest.raises(UsageError, match="an event is an object with a `type`"):
        dump(event)


LOOP: dict[str, Any] = {}
LOOP["again"] = [LOOP]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, r"`session\.tools\[1\]\.x` is nan"),
        (math.inf, r"`session\.tools\[1\]\.x` is inf"),
        (object(), r"`session\.tools\[1\]\.x` is of Python's type object"),
        (math.sqrt, r"`session\.tools\[1\]\.x` is of Python's type builtin_function_or_method"),
        (b"bytes", r"`session\.tools\[1\]\.x` is of Python's type bytes"),
        ({"a", "b"}, r"`session\.tools\[1\]\.x` is of Python's type set"),
        ({("a", "b"): 1}, r"a key of `session\.tools\[1\]\.x` is a list"),
        ("half \ud83d", r"`session\.tools\[1\]\.x` holds half of a surrogate pair"),
        ({"\ud83d": 1}, r"a key of `session\.tools\[1\]\.x` holds half of a surrogate pair"),
        (LOOP, r"`session\.tools\[1\]\.x\S*` contains itself"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_json_can_not_hold_is_refused_with_its_place(value: object, reason: str) -> None:
    session = {"tools": [{}, {"x": value}]}
    for event in (SessionUpdate(session=session), {"type": "session.update", "session": session}):
        with pytest.raises(UsageError, match=rf"^session\.update can't be written as JSON: {reason}$"):
            dump(event)


def test_a_whole_surrogate_pair_is_written() -> None:
    for text in ("\N{GRINNING FACE}", r"a backslash: \ud83d"):
        assert json.loads(dump({"type": "note", "text": text}))["text"] == text


def test_a_field_that_the_model_does_not_know_is_refused_alike() -> None:
    event = ConversationItemCreate.model_validate({"item": {}, "mood": object()})
    with pytest.raises(UsageError, match="`mood` is of Python's type object"):
        dump(event)


def test_a_value_nested_too_deeply_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    try:
        for event in (SessionUpdate(session={"tools": deep}), {"type": "session.update", "session": {"tools": deep}}):
            with pytest.raises(UsageError, match=r"session\.update can't be written as JSON"):
                dump(event)
    finally:  # from the outside in, because to drop it at once would recurse as deep
        while deep:
            deep = deep.pop()


def test_events_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(ResponseCancel(), "response_id", "resp_1")  # noqa: B010 - mypy refuses the plain assignment as well


def test_an_event_that_no_server_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.protocol._codec.EVENT_LIMIT", 2**20)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 2**20}]}
    with pytest.raises(UsageError, match=r"conversation\.item\.create is too large, 1 MiB: servers take 1 MiB at most"):
        dump(ConversationItemCreate(item=item))
    item["content"] = [{"type": "input_text", "text": "x" * 2**18}]
    assert "xxx" in dump(ConversationItemCreate(item=item))
