from __future__ import annotations

import base64
import importlib
import json
import pkgutil
from types import ModuleType
from typing import Any, get_args

import pytest

from realtime_sdk import protocol as events
from realtime_sdk.protocol import (
    ClientEvent,
    ConversationItemAdded,
    Event,
    InputAudioBufferDtmfEventReceived,
    ProtocolViolation,
    ResponseCreated,
    ResponseDone,
    ResponseOutputAudioDelta,
    ServerEvent,
    UnknownEvent,
    _base,
    parse,
)
from realtime_sdk.protocol._objects import WireResponse

from .examples import ITEM, SERVER, SPOKEN


def is_event_of(module: ModuleType, value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__


def members(family: ModuleType, union: str) -> set[type[Event]]:
    """The events of a union that a family defines; one of a single event is that event."""
    found = getattr(family, union, None)
    return set(get_args(found) or ([] if found is None else [found]))


FAMILIES = [
    module
    for found in pkgutil.iter_modules(events.__path__, f"{events.__name__}.")
    for module in [importlib.import_module(found.name)]
    if module is not _base and any(is_event_of(module, value) for value in vars(module).values())
]


def class_name(type: str) -> str:
    return "ErrorEvent" if type == "error" else "".join(part.title() for part in type.replace(".", "_").split("_"))


def read(**fields: Any) -> ServerEvent:
    return parse(json.dumps(fields))


@pytest.mark.parametrize("example", SERVER, ids=lambda example: str(example["type"]))
def test_an_event_is_read_into_the_class_that_its_type_names(example: dict[str, Any]) -> None:
    event = parse(json.dumps(example).encode())
    assert type(event).__name__ == class_name(example["type"])
    assert event.type == example["type"]


def test_every_server_event_has_an_example() -> None:
    models = {model.__name__ for model in get_args(ServerEvent) if issubclass(model, Event)}
    assert models == {class_name(example["type"]) for example in SERVER}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__.rpartition(".")[2])
def test_every_event_of_a_family_is_exported_and_those_of_the_server_are_parsed(family: ModuleType) -> None:
    defined = {value for name, value in vars(family).items() if is_event_of(family, value) and name[0] != "_"}
    from_server, from_client = members(family, "FromServer"), members(family, "FromClient")
    assert defined == from_server | from_client == {getattr(events, model.__name__) for model in defined}
    assert {model.__name__ for model in defined} <= set(vars(family)["__all__"]) <= set(vars(events)["__all__"])
    assert from_server <= {*get_args(ServerEvent)}
    assert from_client <= {*get_args(ClientEvent)}
    examples = {class_name(example["type"]): example for example in SERVER}
    assert {type(read(**examples[model.__name__])) for model in from_server} == from_server


def test_text_and_bytes_read_alike() -> None:
    frame = json.dumps(SERVER[0])
    assert parse(frame) == parse(frame.encode())


def test_the_audio_of_a_delta_is_bytes() -> None:
    pcm = bytes(range(256))
    event = read(
        type="response.output_audio.delta", response_id="resp_1", item_id="item_1",
        delta=base64.b64encode(pcm).decode(),
    )
    assert isinstance(event, ResponseOutputAudioDelta)
    assert event.delta == pcm
    assert repr(pcm) not in repr(event)


def test_a_frame_of_five_megabytes_is_an_event() -> None:
    pcm = bytes(5_000_000)
    event = read(
        type="response.output_audio.delta", response_id="resp_1", item_id="item_1",
        delta=base64.b64encode(pcm).decode(),
    )
    assert isinstance(event, ResponseOutputAudioDelta)
    assert event.delta == pcm


@pytest.mark.parametrize(
    ("beta", "type"),
    [
        ("response.audio.delta", "response.output_audio.delta"),
        ("response.audio.done", "response.output_audio.done"),
        ("response.audio_transcript.delta", "response.output_audio_transcript.delta"),
        ("response.audio_transcript.done", "response.output_audio_transcript.done"),
        ("response.text.delta", "response.output_text.delta"),
        ("response.text.done", "response.output_text.done"),
        ("conversation.item.created", "conversation.item.added"),
    ],
)
def test_a_name_of_the_beta_is_read_as_the_event_it_became(beta: str, type: str) -> None:
    example = next(example for example in SERVER if example["type"] == type)
    assert read(**{**example, "type": beta}) == read(**example)


def test_an_unknown_type_is_kept_whole() -> None:
    assert read(type="ping", n=1) == UnknownEvent("ping", {"type": "ping", "n": 1})


def test_spaces_around_a_type_are_ignored() -> None:
    event = read(type=" input_audio_buffer.dtmf_event_received", event="9", received_at=1_700_000_000)
    assert isinstance(event, InputAudioBufferDtmfEventReceived)
    assert event.event == "9"
    assert read(type=" ping ") == UnknownEvent("ping", {"type": " ping "})


def test_unknown_fields_are_kept() -> None:
    event = read(type="conversation.item.added", item={**ITEM, "mood": "blue"}, rid="x")
    assert isinstance(event, ConversationItemAdded)
    assert event.model_extra == {"rid": "x"}
    assert event.item.model_extra == {"mood": "blue"}


@pytest.mark.parametrize("phase", ["commentary", "final_answer", "afterthought"])
def test_the_phase_of_an_item_is_kept_as_it_came(phase: str) -> None:
    event = read(type="conversation.item.added", item={**ITEM, "phase": phase})
    assert isinstance(event, ConversationItemAdded)
    assert event.item.phase == phase


def test_an_item_without_a_phase_has_none() -> None:
    event = read(type="conversation.item.added", item=ITEM)
    assert isinstance(event, ConversationItemAdded)
    assert event.item.phase is None


def test_the_items_of_a_response_are_objects() -> None:
    event = read(type="response.done", response={"id": "resp_1", "output": [SPOKEN]})
    assert isinstance(event, ResponseDone)
    (item,) = event.response.output
    assert (item.id, item.phase, item.content[0].transcript) == ("item_1", "final_answer", "The sea is calm.")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "can't be read as JSON"),
        ("hello", "can't be read as JSON"),
        ('{"type": "error"', "can't be read as JSON"),
        (b"\x00\xff\xfe", "can't be read as JSON"),
        (b'{"type": "\xff"}', "can't be read as JSON"),
        ("[" * 100_000, "can't be read as JSON: recursion limit"),
        ("[]", "no object"),
        ("null", "no object"),
        ("{}", "no `type`"),
        ('{"type": 3}', "no `type`"),
        ('{"type": null}', "no `type`"),
        ('{"type": "conversation.item.added"}', "conversation.item.added: `item` is missing"),
        ('{"type": "conversation.item.added", "item": null}', "conversation.item.added: `item` is null"),
        ('{"type": "conversation.item.retrieved", "item": {"id": 5, "type": "message"}}', "`item.id` should be"),
        ('{"type": "conversation.item.deleted"}', "`item_id` is missing"),
        (
            '{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "*"}',
            "response.output_audio.delta: `delta` is not base64",
        ),
        (
            '{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": 5}',
            "response.output_audio.delta: `delta` should be a string of base64",
        ),
    ],
)
def test_a_frame_that_is_no_event_is_a_violation(frame: bytes | str, reason: str) -> None:
    event = parse(frame)
    assert isinstance(event, ProtocolViolation)
    assert reason in event.reason
    assert event.type == "protocol_violation"
    assert event.at is None


@pytest.mark.parametrize("kind", ["response.created", "response.done"])
@pytest.mark.parametrize(
    ("response", "invalid"),
    [("", ()), (', "response": null', ()), (', "response": 5', ("`response` should be an object, is a number",))],
)
def test_a_response_that_is_not_described_is_one_without_an_id(
    kind: str, response: str, invalid: tuple[str, ...]
) -> None:
    event = parse(f'{{"type": "{kind}"{response}}}')
    assert isinstance(event, ResponseCreated | ResponseDone)
    assert (event.response, event.invalid_fields) == (WireResponse(), invalid)



def test_the_sample_of_a_violation_is_the_beginning_of_the_frame() -> None:
    for frame in ("é" * 5000, ("é" * 5000).encode()):
        event = parse(frame)
        assert isinstance(event, ProtocolViolation)
        assert event.sample.startswith("é" * 99)
        assert len(event.sample) <= 200
