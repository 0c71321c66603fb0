"""The configuration in force: what was asked for, unless it was refused."""

from __future__ import annotations

from typing import Any

from realtime_sdk.conversation.requests._configuration import Configuration
from realtime_sdk.protocol import SessionUpdate


def update(**fields: Any) -> SessionUpdate:
    return SessionUpdate.of(fields)


def test_later_values_replace_earlier_ones_and_audio_is_merged_field_by_field() -> None:
    configuration = Configuration()
    configuration.add(update(instructions="Be brief.", voice="marin", turn_detection={"type": "server_vad"}))
    configuration.add(update(instructions="Be kind.", turn_detection={"type": "semantic_vad"}, speed=1.1))
    assert configuration.fields(without=[]) == {
        "type": "realtime", "instructions": "Be kind.",
        "audio": {
            "input": {"turn_detection": {"type": "semantic_vad"}}, "output": {"voice": "marin", "speed": 1.1},
        },
    }  # fmt: skip


def test_null_and_empty_values_are_in_force_too() -> None:
    configuration = Configuration()
    configuration.add(update(instructions="Be brief.", tools=[{"type": "function", "name": "a"}]))
    configuration.add(update(turn_detection=None, tools=[]))
    fields = configuration.fields(without=[])
    assert (fields["tools"], fields["audio"]["input"]["turn_detection"]) == ([], None)


def test_what_was_refused_is_not_in_force() -> None:
    configuration, good, bad = Configuration(), update(instructions="Be brief."), update(instructions="x" * 10)
    configuration.add(good)
    configuration.add(bad)
    configuration.refuse(bad)
    assert configuration.fields(without=[])["instructions"] == "Be brief."


def test_what_is_not_confirmed_can_be_left_out() -> None:
    configuration, first, second = Configuration(), update(instructions="one"), update(instructions="two")
    for each in (first, second):
        configuration.add(each)
    assert configuration.fields(without=[second])["instructions"] == "one"
    configuration.confirm(first)
    assert configuration.fields(without=[second])["instructions"] == "one"
    configuration.confirm(second)
    assert configuration.fields(without=[])["instructions"] == "two"


def test_it_does_not_grow_with_confirmed_updates() -> None:
    configuration = Configuration()
    for number in range(100):
        each = update(instructions=str(number))
        configuration.add(each)
        configuration.confirm(each)
    assert len(configuration._updates) == 1
