"""What the core does not do yet, each by the shortest talk that shows it."""

from __future__ import annotations

from .test_requests import COLLISION, echoing
from .wire import Wire


def test_an_out_of_band_response_is_not_played() -> None:
    wire = Wire()
    wire.begin()
    spoken = wire.add("item_1")
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    aside = wire.message("item_2")
    wire.audio("item_2", 500, "resp_2")
    wire.text("item_2", "Aside.", "resp_2")
    wire.audio("item_1", 300)
    wire.done("resp_2", conversation_id=None)
    wire.done()
    wire.play(400)
    assert wire.playout(spoken).position == 0.3
    assert (wire.playout(aside).position, wire.playout(aside).transcript) == (0.0, "Aside.")
    assert "item_2" not in wire.engine.conversation


def test_an_out_of_band_response_says_nothing_about_the_one_beside_it() -> None:
    wire = Wire()
    wire.begin()
    spoken = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    wire.audio("item_2", 500, "resp_2")
    wire.play(500)
    wire.audio("item_1", 300)
    wire.done()
    wire.play(500)
    assert wire.playout(spoken).position == 0.6


def test_a_request_that_collided_has_no_exit_that_is_due_while_another_response_runs() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.error(COLLISION, event_id=request.event_id)
    wire.begin("resp_own")  # it was this one: its end is awaited
    assert wire.wait(5.0) == []
    assert [event["event_id"] for event in wire.done("resp_own")] == [request.event_id]
