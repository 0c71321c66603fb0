"""What the engine returns: effects in order, `NOTHING` for an event without effects; and the order of handlers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_sdk.conversation._effects import NOTHING, Effects, emitting, sending
from realtime_sdk.conversation._sdk_events import PlayoutFinished, ResponseFinished, ServerMessage
from realtime_sdk.protocol import ConversationItemDelete, ProtocolViolation, ResponseCancel, ServerEvent, parse

from .wire import Wire

CANCEL, DELETE = ResponseCancel(response_id="resp_1"), ConversationItemDelete(item_id="item_1")


def violation(reason: str, at: float = 0.0) -> ProtocolViolation:
    return ProtocolViolation(reason, "", at)


def test_effects_add_up_in_order_kind_by_kind() -> None:
    first, second = Effects((CANCEL,), (violation("first"),)), Effects((DELETE,), (violation("second"),))
    both = first + second
    assert both.send == (CANCEL, DELETE)
    assert [event.reason for event in both.emit if isinstance(event, ProtocolViolation)] == ["first", "second"]
    assert both.calls == ()


def test_nothing_adds_no_effect_and_no_allocation() -> None:
    effects = sending(CANCEL)
    assert NOTHING + effects is effects
    assert effects + NOTHING is effects
    assert sending() is emitting() is (NOTHING + NOTHING) is NOTHING


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.output_audio.delta", "delta": "AAAA"},
        {"type": "response.output_audio_transcript.delta", "delta": "more"},
        {"type": "response.output_text.delta", "delta": "more"},
        {"type": "response.function_call_arguments.delta", "delta": "{}"},
        {"type": "conversation.created"},
    ],
    ids=lambda event: str(event["type"]),
)
def test_an_event_without_effects_allocates_none(event: dict[str, Any]) -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 100)
    ids = {"response_id": "resp_1", "item_id": "item_1"}
    assert wire.engine.receive(parse(json.dumps(ids | event)), wire.at) is NOTHING


def test_an_event_of_an_unknown_type_is_emitted_as_it_came() -> None:
    wire = Wire()
    wire.receive("an.event.of.the.future", detail=7)
    (message,) = wire.emitted(ServerMessage)
    assert (message.at, message.event.type) == (wire.at, "an.event.of.the.future")


def note(reason: str) -> Any:
    """A handler that emits."""

    def handler(event: ServerEvent, at: float) -> Effects:
        return emitting(violation(reason, at))

    return handler


def test_an_added_handler_is_called_last() -> None:
    wire = Wire()
    wire.begin()
    wire.engine.add_handlers({"response.done": note("first")})
    wire.engine.add_handlers({"response.done": note("second")})
    wire.events.clear()
    wire.done()
    assert [type(event) for event in wire.events] == [ResponseFinished, ProtocolViolation, ProtocolViolation]
    assert [event.reason for event in wire.emitted(ProtocolViolation)] == ["first", "second"]


def test_a_type_that_the_engine_does_not_handle_can_be_handled() -> None:
    wire = Wire()
    wire.engine.add_handlers({"output_audio_buffer.started": note("heard of")})
    wire.receive("output_audio_buffer.started", response_id="resp_1")
    assert [(event.reason, event.at) for event in wire.emitted(ProtocolViolation)] == [("heard of", wire.at)]


def test_the_end_of_a_response_sends_what_was_deferred_and_then_the_next_request() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "A long story.", 800)
    wire.play(300)
    wire.interrupt(cancelled=True)
    wire.submit()
    assert [event["type"] for event in wire.done(status="cancelled")] == [
        "conversation.item.truncate", "response.create",
    ]  # fmt: skip


def test_corrections_of_a_response_cancelled_by_the_client_are_sent_at_once() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "A long story.", 800)
    wire.add("item_2")
    wire.play(300)
    assert [event["type"] for event in wire.interrupt()] == [
        "response.cancel", "conversation.item.truncate", "conversation.item.delete",
    ]  # fmt: skip


def test_the_end_of_a_playout_is_reported_before_the_start_of_the_next() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "One.", 300)
    wire.say("item_2", "Two.", 300)
    wire.done()
    wire.events.clear()
    # Between two reports the first is heard to its end, and the second has begun.
    wire.timeline.take(1_000_000, wire.at)
    wire.timeline.advance(400, wire.at)
    wire.advance()
    kinds = [(type(event).__name__, event.item.id) for event in wire.events if hasattr(event, "item")]
    ends = [kind for kind in kinds if kind[0] != "CaptionShown"]
    assert ends == [("PlayoutStarted", "item_1"), ("PlayoutFinished", "item_1"), ("PlayoutStarted", "item_2")]
    assert [event.playout.position for event in wire.emitted(PlayoutFinished)] == [0.3]
