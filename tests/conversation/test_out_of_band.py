"""Responses out of band: not played, in no conversation, and none of the business of the reply beside them."""

from __future__ import annotations

import pytest

from realtime_sdk.protocol import parse
from realtime_sdk.testing import run_virtual

from .wire import Wire


def test_an_out_of_band_response_is_not_played() -> None:
    wire = Wire()
    wire.begin()
    spoken = wire.add("item_1")
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    beside = wire.message("item_2")
    wire.audio("item_2", 500, "resp_2")
    wire.text("item_2", "Aside.", "resp_2")
    wire.audio("item_1", 300)
    wire.done("resp_2", conversation_id=None)
    wire.done()
    wire.play(400)
    assert wire.playout(spoken).position == 0.3
    assert (wire.playout(beside).position, wire.playout(beside).transcript) == (0.0, "Aside.")
    assert "item_2" not in wire.engine.conversation


@pytest.mark.parametrize(("complete", "interrupted"), [(True, False), (False, True)])
def test_an_out_of_band_message_that_is_complete_is_not_cut_by_leaving(complete: bool, interrupted: bool) -> None:
    wire = Wire()
    request, _ = wire.submit(conversation="none")
    wire.begin(request=request.event_id)
    wire.text("item_1", "A summary.")
    wire.audio("item_1", 300)
    if complete:  # it is not reported before the session is left
        wire.engine.receive(parse(b'{"type": "response.done", "response": {"id": "resp_1"}}'), wire.at)
    wire.leave()
    assert wire.playout(wire.message("item_1")).interrupted is interrupted


def test_an_out_of_band_response_does_not_end_the_one_beside_it() -> None:
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


def test_all_the_text_of_an_out_of_band_message_is_shown() -> None:
    wire = Wire()
    wire.submit(conversation="none")
    wire.begin(conversation_id=None)
    message = wire.add("item_1")
    wire.audio("item_1", 500, content_index=0)
    wire.text("item_1", "Aside.", content_index=1)
    wire.done(conversation_id=None)
    assert wire.playout(message).transcript == "Aside."


def test_an_out_of_band_response_that_the_application_plays_does_not_end_the_one_beside_it() -> None:
    wire = Wire(speaker=False)
    wire.begin()
    spoken = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    wire.audio("item_2", 500, "resp_2")
    run_virtual(wire.message("item_2").audio().__anext__)
    wire.audio("item_1", 300)
    assert spoken.playout.duration == 0.6


def test_the_text_of_an_out_of_band_message_is_shown_though_its_audio_cannot_be_decoded() -> None:
    wire = Wire()
    wire.submit(conversation="none")
    wire.begin(conversation_id=None)
    message = wire.add("item_1")
    wire.text("item_1", "Aside.")
    wire.receive("response.output_audio.delta", response_id="resp_1", item_id="item_1", content_index=0, delta=7)
    wire.done(conversation_id=None)
    assert (wire.playout(message).interrupted, wire.playout(message).transcript) == (False, "Aside.")


def test_a_response_without_a_conversation_id_belongs_to_the_conversation() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    wire.receive("response.created", response={"id": "resp_2", "status": "in_progress"})
    message = wire.say("item_2", "Here.", 300, "resp_2")
    wire.play(500)
    assert wire.playout(message).position == 0.3


def test_an_unreadable_end_of_a_response_is_that_of_the_conversations_response() -> None:
    wire = Wire()
    wire.begin()
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.done", response=7)
    assert not wire.response("resp_1").running
    assert wire.response("resp_2").running
