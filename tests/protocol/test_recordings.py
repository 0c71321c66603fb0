"""The published examples, and recorded sessions of real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from realtime_sdk.protocol import (
    ClientEvent,
    Event,
    InputAudioBufferAppend,
    ProtocolViolation,
    UnknownEvent,
    dump,
    parse,
)

from ..shared import SHIPPED, recordings, server_events
from .test_dump import CLIENT_EVENT
from .test_parse import class_name

NOT_GA = {"ping", "conversation.item.input_audio_transcription.updated"}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def published(direction: str) -> list[dict[str, Any]]:
    return [line["event"] for line in lines(SHIPPED / "published.jsonl") if line["dir"] == direction]


def test_every_published_server_event_is_known() -> None:
    examples = published("server")
    assert len(examples) == 47
    for example in examples:
        event = parse(json.dumps(example))
        assert isinstance(event, Event), event
        # Superseded by `added`, which it is read as.
        expected = example["type"].strip().replace("conversation.item.created", "conversation.item.added")
        assert type(event).__name__ == class_name(expected)


def test_every_published_client_event_is_written_as_it_was_read() -> None:
    seen = set()
    for example in published("client"):
        model = CLIENT_EVENT.validate_python(example)
        seen.add(type(model))
        written = json.loads(dump(model))
        if isinstance(model, InputAudioBufferAppend):  # its audio is a placeholder, not the base64 of anything
            assert CLIENT_EVENT.validate_python(written) == model
        else:
            assert written == example
    assert seen == set(get_args(ClientEvent))


@pytest.mark.parametrize("folder", ["sessions", "compat", "beta"])
def test_recorded_sessions_hold_no_unknown_event_of_the_protocol(folder: str) -> None:
    for file in recordings(folder):
        for recorded in server_events(file):
            event = parse(json.dumps(recorded))
            assert not isinstance(event, ProtocolViolation), (file.name, event)
            assert not isinstance(event, UnknownEvent) or (folder != "sessions" and event.type in NOT_GA), event


def test_nothing_of_a_recorded_event_is_lost() -> None:
    """What the models do not name they keep: written again, a recorded event is the same JSON."""
    for file in recordings("sessions"):
        for recorded in server_events(file):
            event = parse(json.dumps(recorded))
            assert isinstance(event, Event)
            assert json.loads(dump(event)) == recorded
