"""An interruption: the right item is truncated where it was heard, and what was never heard is forgotten."""

from __future__ import annotations

from realtime_sdk.conversation._sdk_events import Interrupted, PlayoutFinished
from realtime_sdk.protocol.dialects import Capabilities

from .wire import Wire


def three_items() -> Wire:
    """Three messages of one second each, all received, in a response that has ended."""
    wire = Wire()
    wire.begin()
    for n in (1, 2, 3):
        wire.say(f"item_{n}", f"This is sentence number {n}.", 1000)
    wire.done()
    return wire


def truncate(item: str, ms: int, content_index: int = 0) -> dict[str, object]:
    return {
        "type": "conversation.item.truncate",
        "item_id": item,
        "content_index": content_index,
        "audio_end_ms": ms,
    }


def delete(item: str) -> dict[str, object]:
    return {"type": "conversation.item.delete", "item_id": item}


def cancel(response: str = "resp_1") -> dict[str, object]:
    return {"type": "response.cancel", "response_id": response}


def test_an_item_heard_in_part_is_truncated_and_unheard_ones_are_deleted() -> None:
    wire = three_items()
    wire.play(1400)
    assert wire.interrupt() == [truncate("item_2", 400), delete("item_3")]
    first, second, third = (wire.playout(wire.message(f"item_{n}")) for n in (1, 2, 3))
    assert (first.interrupted, first.position) == (False, 1.0)
    assert (second.interrupted, second.position) == (True, 0.4)
    assert (third.interrupted, third.position, third.started_at) == (True, 0.0, None)
    assert "This is sentence number 2.".startswith(second.transcript)
    assert second.transcript != "This is sentence number 2."
    assert third.transcript == ""


def test_an_unheard_item_leaves_the_conversation() -> None:
    wire = three_items()
    wire.play(1400)
    wire.interrupt()
    assert [item.id for item in wire.engine.conversation] == ["item_1", "item_2"]
    wire.receive("conversation.item.deleted", item_id="item_3")
    wire.item_done("item_3", "This is sentence number 3.")
    assert [item.id for item in wire.engine.conversation] == ["item_1", "item_2"]


def test_a_server_that_can_only_delete_is_given_the_text_that_was_heard() -> None:
    wire = three_items()
    wire.engine.abilities.capabilities = Capabilities(truncate=False)
    wire.play(1400)
    sent = wire.interrupt()
    heard = wire.playout(wire.message("item_2")).transcript
    item = {"id": "item_2", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": heard}]}
    again = {"type": "conversation.item.create", "previous_item_id": "item_1", "item": item}
    assert sent == [delete("item_2"), again, delete("item_3")]
    assert "This is sentence number 2.".startswith(heard)


def test_a_server_that_refuses_to_truncate_is_given_the_text_that_was_heard() -> None:
    wire = three_items()
    wire.play(1400)
    wire.interrupt()
    heard = wire.playout(wire.message("item_2")).transcript
    message = "Invalid value: 'conversation.item.truncate'. Supported values are: 'session.update'."
    sent = wire.receive("error", error={"type": "invalid_request_error", "code": "invalid_value", "message": message})
    assert [event["type"] for event in sent] == ["conversation.item.delete", "conversation.item.create"]
    assert sent[1]["item"]["content"] == [{"type": "output_text", "text": heard}]
    assert not wire.engine.abilities.capabilities.truncate  # from now on


def test_a_refusal_that_lists_truncation_among_what_is_known_takes_nothing_from_the_server() -> None:
    wire = three_items()
    wire.play(1400)
    wire.interrupt()
    message = "Invalid value: 'foo'. Supported values are: 'session.update' and 'conversation.item.truncate'."
    assert wire.receive("error", error={"type": "invalid_request_error", "message": message}) == []
    assert wire.engine.abilities.capabilities.truncate


def test_a_server_that_can_only_truncate_forgets_an_unheard_item_that_way() -> None:
    wire = three_items()
    wire.engine.abilities.capabilities = Capabilities(delete=False)
    wire.play(1400)
    assert wire.interrupt() == [truncate("item_2", 400), truncate("item_3", 0)]


def test_between_two_items_nothing_is_truncated() -> None:
    wire = three_items()
    wire.play(1000)
    assert wire.interrupt() == [delete("item_2"), delete("item_3")]


def test_after_all_was_heard_nothing_is_sent() -> None:
    wire = three_items()
    wire.play(4000)
    assert wire.interrupt() == []
    assert wire.emitted(Interrupted) == []


def test_before_the_first_frame_is_heard_every_item_is_deleted() -> None:
    wire = three_items()
    assert wire.interrupt() == [delete("item_1"), delete("item_2"), delete("item_3")]


def test_while_the_response_streams_it_is_cancelled_once_by_id() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.text("item_1", "A long story.")
    wire.audio("item_1", 800)
    wire.play(300)
    assert wire.interrupt() == [cancel(), truncate("item_1", 300)]
    assert wire.interrupt() == []


def test_a_response_that_the_server_cancels_itself_is_not_cancelled_again() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 800)
    wire.play(300)
    assert wire.interrupt(cancelled=True) == []


def test_corrections_wait_for_the_end_of_a_response_that_the_server_cancels() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 800)
    wire.play(300)
    wire.interrupt(cancelled=True)
    wire.audio("item_1", 500)
    assert wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_2")) == []
    assert wire.done(status="cancelled") == [truncate("item_1", 300), delete("item_2")]


def test_a_text_that_was_shown_is_not_deleted() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "A story.", 800)
    shown, empty = wire.add("item_2"), wire.add("item_3")
    wire.show("item_2", "Look.")
    wire.item_done("item_2", "Look.")
    wire.item_done("item_3")
    wire.done()
    assert wire.interrupt() == [delete("item_1")]
    assert not wire.playout(shown).interrupted and not wire.playout(empty).interrupted


def test_a_text_only_part_is_shown_and_not_truncated() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    ids = {"response_id": "resp_1", "item_id": "item_1", "content_index": 0}
    wire.show("item_1", "Look. ", content_index=0)
    wire.receive("response.output_text.done", **ids, text="Look. ")
    wire.audio("item_1", 500, content_index=1)
    wire.show("item_1", "And here.", content_index=2)
    assert wire.interrupt() == [cancel(), truncate("item_1", 0, content_index=1)]
    assert wire.playout(message).transcript == "Look. "


def test_no_part_after_a_cut_one_is_shown() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "Heard. ", content_index=0)
    wire.audio("item_1", 500, content_index=0)
    wire.text("item_1", "Only read.", content_index=1)
    wire.item_done("item_1", "Heard. ", "Only read.")
    wire.play(200)
    wire.interrupt()
    assert wire.playout(message).transcript in "Heard. "


def test_an_incomplete_item_is_truncated_though_all_its_received_audio_was_heard() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 300)
    wire.play(500)
    assert wire.interrupt() == [cancel(), truncate("item_1", 300)]


def test_a_response_without_items_is_cancelled_and_nothing_truncated() -> None:
    wire = Wire()
    wire.begin()
    assert wire.interrupt() == [cancel()]


def test_an_item_without_audio_yet_is_cancelled_and_deleted() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    assert wire.interrupt() == [cancel(), delete("item_1")]
    assert wire.playout(message).interrupted


def test_late_deltas_of_an_interrupted_response_are_dropped() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 800)
    wire.play(300)
    wire.interrupt()
    heard = len(wire.events)
    wire.audio("item_1", 500)
    wire.text("item_1", "stale")
    wire.audio_done("item_1")
    assert len(wire.events) == heard  # not even a complaint
    assert wire.timeline.idle
    assert wire.playout(message).duration == 0.8


def test_an_item_that_arrives_after_the_interruption_is_deleted() -> None:
    wire = Wire()
    wire.begin()
    wire.interrupt()
    added = wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    assert added == [delete("item_1")]
    wire.receive("conversation.item.added", previous_item_id=None, item=Wire.item("item_1"))
    part = {"response_id": "resp_1", "item_id": "item_1", "content_index": 0, "part": {"type": "audio"}}
    assert wire.receive("response.content_part.added", **part) == []
    assert len(wire.engine.conversation) == 0


def test_an_item_that_arrives_after_the_end_of_an_interrupted_response_is_deleted_at_once() -> None:
    wire = Wire()
    wire.begin()
    wire.interrupt(cancelled=True)
    wire.done(status="cancelled")
    late = wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    assert late == [delete("item_1")]


def test_an_item_that_is_announced_twice_is_not_deleted() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 800)
    wire.play(300)
    wire.interrupt()
    again = wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    assert again == []


def test_a_part_that_arrives_after_the_interruption_is_truncated() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 800)
    wire.text("item_1", "Behind that.", content_index=1)
    wire.play(300)
    assert wire.interrupt() == [cancel(), truncate("item_1", 300), truncate("item_1", 0, content_index=1)]
    part = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "part": {"type": "audio"}}
    assert wire.receive("response.content_part.added", **part, content_index=1) == []
    assert wire.receive("response.content_part.added", **part, content_index=2) == [truncate("item_1", 0, 2)]


def test_the_next_response_is_not_affected() -> None:
    wire = three_items()
    wire.play(1400)
    wire.interrupt()
    wire.begin("resp_2")
    message = wire.say("item_4", "Yes?", 300, "resp_2")
    wire.done("resp_2")
    wire.play(500)
    playout = wire.playout(message)
    assert (playout.position, playout.interrupted, playout.transcript) == (0.3, False, "Yes?")


def test_a_part_is_never_truncated_beyond_what_was_received() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 500, content_index=0)
    wire.audio_done("item_1", content_index=0)
    wire.audio("item_1", 500, content_index=1)
    wire.play(700)
    assert wire.interrupt() == [cancel(), truncate("item_1", 200, content_index=1)]


def test_an_item_heard_in_full_whose_text_is_late_is_not_truncated() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.receive("response.output_item.done", response_id="resp_1", item=Wire.item("item_1", status="completed"))
    wire.play(400)
    assert wire.interrupt() == [cancel()]
    wire.text_done("item_1", "All heard.")
    assert (wire.playout(message).interrupted, wire.playout(message).transcript) == (False, "All heard.")


def test_an_item_heard_in_full_whose_end_is_late_is_not_truncated() -> None:
    wire = Wire()
    wire.begin()
    first, second = wire.add("item_1"), wire.add("item_2")
    wire.text("item_1", "Let me see.")
    wire.audio("item_1", 300)
    wire.audio("item_2", 500)
    wire.play(500)
    assert wire.interrupt() == [cancel(), truncate("item_2", 200)]
    wire.done(
        status="cancelled",
        output=[Wire.item("item_1", content=[{"type": "output_audio", "transcript": "Let me see."}])],
    )
    assert (wire.playout(first).interrupted, wire.playout(first).transcript) == (False, "Let me see.")
    assert wire.playout(second).interrupted


def test_a_text_response_is_cancelled_but_never_truncated() -> None:
    wire = Wire()
    wire.begin(output_modalities=["text"])
    message = wire.add("item_1")
    wire.show("item_1", "Once ")
    assert wire.interrupt() == [cancel()]
    assert not message.finished
    wire.done(status="cancelled", output_modalities=["text"])
    assert wire.playout(message).transcript == "Once "


def test_the_interruption_is_reported_after_the_playouts_that_it_finishes() -> None:
    wire = three_items()
    wire.play(1400)
    wire.events.clear()
    wire.interrupt()
    assert [type(event) for event in wire.events if not hasattr(event, "caption")] == [
        PlayoutFinished,
        PlayoutFinished,
        Interrupted,
    ]


def test_finished_playouts_are_reported_before_cut_ones() -> None:
    wire = three_items()
    wire.play(900)
    wire.timeline.advance(1400, wire.at + 0.5)
    wire.events.clear()
    wire.interrupt()
    finished = [event.item.id for event in wire.emitted(PlayoutFinished)]
    assert finished == ["item_1", "item_2", "item_3"]
