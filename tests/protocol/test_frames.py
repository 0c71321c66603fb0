"""Frames that a strict reader of JSON refuses: read as far as they can be, and named where they can't."""

from __future__ import annotations

import json
import math

import pytest

from realtime_sdk.protocol import ProtocolViolation, ResponseDone, ResponseOutputTextDelta, UnknownEvent, parse

DONE = '{"type": "response.done", "response": {"id": "resp_1"}, "x": %s}'


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "9" * 1000])
def test_an_integer_of_thousands_of_digits_is_read(digits: str) -> None:
    event = parse(DONE % digits)
    assert isinstance(event, ResponseDone)
    assert event.response.id == "resp_1"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_read(number: str) -> None:
    event = parse(DONE % number)
    assert isinstance(event, ResponseDone)
    assert event.model_extra is not None
    assert not math.isfinite(event.model_extra["x"])


@pytest.mark.parametrize("encode", [str, str.encode])
def test_half_a_surrogate_pair_is_replaced(encode: type[str]) -> None:
    piece = '{"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": "%s"}'
    for delta, text in ((r"hi \ud83d", "hi \ufffd"), (r"\ud83d\ude00 \ude00", "😀 \ufffd")):
        event = parse(encode(piece % delta))
        assert isinstance(event, ResponseOutputTextDelta)
        assert event.delta == text


def test_half_a_surrogate_pair_in_the_frame_itself_is_replaced() -> None:
    for frame in (DONE % '"\ud83d"', (DONE % '"\ud83d"').encode(errors="surrogatepass")):
        event = parse(frame)
        assert isinstance(event, ResponseDone)
        assert event.model_extra is not None
        assert set(event.model_extra["x"]) == {"\ufffd"}


def test_control_characters_in_text_are_read() -> None:
    event = parse(DONE % '"one\ntwo\x01"')
    assert isinstance(event, ResponseDone)
    assert event.model_extra == {"x": "one\ntwo\x01"}


def test_of_two_equal_keys_the_last_counts() -> None:
    assert parse('{"type": "ping", "type": "pong"}') == UnknownEvent("pong", {"type": "pong"})


@pytest.mark.parametrize(
    ("frame", "type"),
    [
        ('{"type": "response.done", "response": {"id": "re', "response.done"),
        ('{"event_id": "e", "response": {"type": "x", "output": []}, "type": "response.done", "x": ', "response.done"),
        ('{"x": ' + "[" * 5000 + "]" * 5000 + ', "type": "response.done"}', "response.done"),
        ('{"a": "\\"type\\": \\"x\\"", "type": "response.done", ', "response.done"),
        (b'{"type": "response.done", "x": "\xff"}', "response.done"),
        ('{"type": " response.text.done", "text": "', "response.output_text.done"),
        ('{"type": "conversation.item.done", "item": 5}', "conversation.item.done"),
        ('{"type": "response.audio.delta"}', "response.output_audio.delta"),
        ('{"response": {"type": "response.done", ', None),
        ('["type", {"type": "response.done"}', None),
        ('{"type": 5', None),
        ('{"type": 5}', None),
        ("[]", None),
        ("hello", None),
        ("", None),
    ],
)
def test_a_frame_that_can_not_be_read_says_which_event_it_was(frame: str | bytes, type: str | None) -> None:
    event = parse(frame)
    assert isinstance(event, ProtocolViolation)
    assert event.event_type == type


def test_a_frame_full_of_quotes_does_not_take_minutes() -> None:
    """A search from each quote to the end of the frame would take a day."""
    event = parse('{"x": "' + '\\"' * 1_000_000)
    assert isinstance(event, ProtocolViolation)
    assert event.event_type is None


def test_deep_nesting_that_can_be_read_does_no_harm() -> None:
    for depth in (10, 150, 190, 300, 900, 5000):
        frame = '{"type": "response.done", "response": {"id": "resp_1", "metadata": %s}}' % ("[" * depth + "]" * depth)
        event = parse(frame)
        assert isinstance(event, ResponseDone | ProtocolViolation)
        assert isinstance(event, ResponseDone) or event.event_type == "response.done"


def test_a_violation_accepts_positional_arguments() -> None:
    assert ProtocolViolation("why", "{}", 1.5) == ProtocolViolation(reason="why", sample="{}", at=1.5, event_type=None)
    assert json.dumps(ProtocolViolation("why", "{}").type) == '"protocol_violation"'
