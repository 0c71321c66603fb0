"""What the server counted, as an application reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk import Price, Prices, SessionUsage, TranscriptionUsage, Usage, UsageError
from realtime_sdk.protocol import (
    ConversationItemInputAudioTranscriptionCompleted,
    ResponseDone,
    parse,
)
from realtime_sdk.protocol.dialects import XAI

from ..protocol.json_values import at_any_speed
from ..shared import recordings, server_events

PRICES = Prices(
    text_in=4, text_cached="0.40", text_out=24, audio_in=32.0, audio_cached=Decimal("0.40"), audio_out=64,
    image_in=5, image_cached=0.5, transcription_minute=0.006, transcription_text_in=1.25, transcription_audio_in=2.5,
    transcription_text_out=5,
)  # fmt: skip


def usage_of(wire: object) -> Usage | None:
    event = parse(json.dumps({"type": "response.done", "response": {"id": "resp_1", "usage": wire}}))
    assert isinstance(event, ResponseDone)
    return Usage.of(event.response.usage)


def transcription_of(wire: object) -> TranscriptionUsage | None:
    kind = "conversation.item.input_audio_transcription.completed"
    event = parse(json.dumps({"type": kind, "item_id": "item_1", "usage": wire}))
    assert isinstance(event, ConversationItemInputAudioTranscriptionCompleted)
    return TranscriptionUsage.of(event.usage)


SERVICE = {
    "total_tokens": 254, "input_tokens": 140, "output_tokens": 114,
    "input_token_details": {
        "text_tokens": 80, "audio_tokens": 50, "image_tokens": 10, "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 48, "audio_tokens": 16, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 54, "audio_tokens": 60, "reasoning_tokens": 27},
}  # fmt: skip
"""As OpenAI's service counts."""


def test_the_counts_of_the_service_are_read_by_modality() -> None:
    assert usage_of(SERVICE) == Usage(
        total=254, input=140, output=114, input_text=80, input_audio=50, input_image=10,
        cached=64, cached_text=48, cached_audio=16, cached_image=0, output_text=54, output_audio=60, reasoning=27,
    )  # fmt: skip


@pytest.mark.parametrize("nothing", [None, {}, [], "none", {"total_tokens": "12"}, {"input_tokens": -1}, {"x": 1}])
def test_what_counts_nothing_is_absent(nothing: object) -> None:
    assert usage_of(nothing) is None
    assert transcription_of(nothing) is None


def test_a_response_that_cost_nothing_is_not_one_that_was_not_counted() -> None:
    assert usage_of({"total_tokens": 0, "input_tokens": 0, "output_tokens": 0}) == Usage()


def test_what_a_server_leaves_out_is_added_up_from_what_it_says() -> None:
    found = usage_of({"input_token_details": {"text_tokens": 3, "audio_tokens": 4.0}, "output_tokens": 5})
    assert found == Usage(total=12, input=7, output=5, input_text=3, input_audio=4)


def test_a_field_of_a_wrong_type_costs_only_itself() -> None:
    wire = {"input_tokens": 7, "output_tokens": True, "input_token_details": {"text_tokens": [7]}, "total_tokens": 7}
    assert usage_of(wire) == Usage(total=7, input=7)
    assert usage_of({"input_tokens": 7, "input_token_details": "many"}) == Usage(total=7, input=7)


def test_a_transcription_is_counted_in_seconds_or_in_tokens() -> None:
    assert transcription_of({"type": "duration", "seconds": 3.4}) == TranscriptionUsage(seconds=3.4)
    tokens = {"type": "tokens", "total_tokens": 22, "input_tokens": 13, "output_tokens": 9}
    details = {"input_token_details": {"text_tokens": 3, "audio_tokens": 10}}
    expected = Usage(total=22, input=13, output=9, input_text=3, input_audio=10)
    assert transcription_of({**tokens, **details}) == TranscriptionUsage(tokens=expected)
    assert transcription_of({"type": "duration", "seconds": -1}) is None
    assert transcription_of({"type": "duration", "seconds": "3"}) is None


def test_usage_adds_up_field_by_field() -> None:
    one, other = Usage(total=3, input=2, output=1, cached=1), Usage(total=5, input=5, input_text=5)
    assert one + other == Usage(total=8, input=7, output=1, cached=1, input_text=5)
    seconds, tokens = TranscriptionUsage(seconds=1.5), TranscriptionUsage(tokens=one)
    assert seconds + tokens + seconds + tokens == TranscriptionUsage(tokens=one + one, seconds=3.0)


def test_sessions_add_up_with_their_transcriptions() -> None:
    session = SessionUsage(total=3, input=2, output=1, transcription=TranscriptionUsage(seconds=60.0))
    response = Usage(total=5, input=5)
    expected = SessionUsage(total=11, input=9, output=2, transcription=TranscriptionUsage(seconds=120.0))
    assert sum([session, response, session], Usage()) == session + response + session == expected


@pytest.mark.parametrize("other", [None, 0, TranscriptionUsage()])
def test_only_usage_is_added_to_usage(other: Any) -> None:
    for usage in (Usage(), SessionUsage()):
        with pytest.raises(TypeError, match="unsupported operand"):
            usage + other


def test_usage_is_immutable_and_small() -> None:
    usage = Usage(total=1)
    with pytest.raises(AttributeError):
        usage.total = 2  # type: ignore[misc]
    assert not hasattr(usage, "__dict__")
    assert not hasattr(TranscriptionUsage(), "__dict__")


@pytest.mark.parametrize("path", recordings("sessions", "compat"), ids=lambda path: path.stem)
def test_every_response_of_the_recordings_is_counted_as_the_server_did(path: Path) -> None:
    for wire in server_events(path):
        if wire["type"] != "response.done":
            continue
        event = parse(json.dumps(wire), XAI)
        assert isinstance(event, ResponseDone)
        stated = wire["response"].get("usage") or wire.get("usage")  # xAI counts beside the response
        usage = Usage.of(event.response.usage)
        if not stated:
            assert usage is None
        else:
            assert usage is not None
            assert (usage.total, usage.input, usage.output) == (
                stated["total_tokens"], stated["input_tokens"], stated["output_tokens"],
            )  # fmt: skip
            assert usage.input == usage.input_text + usage.input_audio + usage.input_image
            assert usage.cached <= usage.input
            assert usage.reasoning <= usage.output == usage.output_text + usage.output_audio


# Prices


def test_cached_tokens_cost_their_own_price_and_no_other() -> None:
    usage = usage_of(SERVICE)
    assert usage is not None
    read = 32 * 4 + 48 * Decimal("0.40") + 34 * 32 + 16 * Decimal("0.40") + 10 * 5
    assert usage.cost(PRICES) == (read + 54 * 24 + 60 * 64) / 1_000_000


def test_a_cached_price_that_is_left_out_is_the_uncached_one() -> None:
    assert Usage(input=10, input_text=10, cached=8, cached_text=8).cost(Prices(text_in=4)) == Decimal("0.00004")


def test_more_cached_than_read_is_no_refund() -> None:
    assert Usage(input=10, input_text=10, cached_text=99).cost(Prices(text_in=4, text_cached=1)) == Decimal("0.00001")


def test_tokens_of_an_unknown_modality_cost_as_much_as_they_may() -> None:
    assert Usage(input=10, output=10, cached=10).cost(PRICES) == Decimal(10 * 32 + 10 * 64) / 1_000_000


def test_a_transcription_costs_by_the_minute_or_by_the_token() -> None:
    assert TranscriptionUsage(seconds=90.0).cost(PRICES) == Decimal("0.009")
    tokens = Usage(input=13, output=9, input_text=3, input_audio=8)
    assert TranscriptionUsage(tokens=tokens).cost(PRICES) == Decimal("0.00007375")
    assert TranscriptionUsage().cost(Prices()) == 0


def test_a_float_is_the_price_that_was_written() -> None:
    thirds = [Usage(input=1, input_text=1).cost(Prices(text_in=0.1)) for _ in range(3)]
    assert sum(thirds) == Decimal("0.0000003")


@pytest.mark.parametrize(
    ("usage", "missing"),
    [
        (Usage(input=512, input_image=512), "counted 512 tokens, and the prices have no image_in"),
        (TranscriptionUsage(seconds=3.4), r"3.4 s of transcribed audio, .* no transcription_minute"),
        (TranscriptionUsage(tokens=Usage(output=2)), "counted 2 tokens, and the prices have no transcription_text_out"),
    ],
)
def test_no_bill_is_too_low_in_silence(usage: Usage | TranscriptionUsage, missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        usage.cost(Prices(text_in=4, text_out=16, audio_in=32, audio_out=64))


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """What a server may count: some of the input cached, some of it of no stated modality."""
    count = st.integers(0, 10_000)
    text, audio, image, rest, output, spoken = (draw(count) for _ in range(6))
    cached_text, cached_audio = draw(st.integers(0, text)), draw(st.integers(0, audio))
    return Usage(
        input=text + audio + image + rest, input_text=text, input_audio=audio, input_image=image,
        cached=cached_text + cached_audio, cached_text=cached_text, cached_audio=cached_audio,
        output=output + spoken, output_audio=spoken,
    )  # fmt: skip


@given(st.lists(usages(), min_size=1, max_size=5))
@at_any_speed
def test_a_bill_is_the_sum_of_its_responses_to_the_last_digit(responses: list[Usage]) -> None:
    total = sum(responses, Usage())
    assert total.cost(PRICES) == sum((usage.cost(PRICES) for usage in responses), Decimal(0))
    assert total.cost(PRICES) <= total.cost(replace(PRICES, text_cached=None, audio_cached=None))


@pytest.mark.parametrize("wrong", [-1, "four", float("nan"), True, float("inf")])
def test_what_is_no_price_is_refused(wrong: Price) -> None:
    with pytest.raises(UsageError, match="text_in is a price"):
        Prices(text_in=wrong)


def test_prices_are_any_numbers() -> None:
    same: list[dict[str, Any]] = [{"text_in": 4}, {"text_in": 4.0}, {"text_in": "4"}, {"text_in": Decimal(4)}]
    assert len({Prices(**given).text_in for given in same}) == 1
