"""While the user speaks, responses that start are held and requests wait; the turn decides what follows."""

from __future__ import annotations

import pytest

from realtime_sdk.conversation._sdk_events import Interrupted
from realtime_sdk.turns._floor import FloorState
from realtime_sdk.turns._policies import decides_locally

from .floor import CANCEL, CREATE, DELETE, POLICIES, Room

# Responses that begin while the user speaks


def held(policy: str = "duck", *, story: str = "started") -> Room:
    """A reply of one second was asked for before the user began to speak, and began behind that; all of it has come."""
    room = Room(policy)
    request, _ = room.wire.submit()
    for event in story.split():
        room.happens(event)
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "One two three.", 1000)
    room.wire.play(500)
    assert room.wire.timeline.played == 0
    room.wire.sent.clear()
    return room


@pytest.mark.parametrize("policy", POLICIES)
def test_a_response_that_starts_while_the_user_speaks_is_held_silent(policy: str) -> None:
    room = held(policy)
    room.wire.play(5000)
    assert room.wire.timeline.played == 0
    assert room.wire.message("item_1").heard == ""


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("story", ["cleared", "stopped cleared", "stopped due", "due due due"])
def test_a_held_response_plays_if_the_speech_became_no_turn(policy: str, story: str) -> None:
    room = held(policy)
    for event in story.split():
        room.happens(event)
    room.wire.done()
    room.wire.play(1500)
    playout = room.wire.playout(room.wire.message("item_1"))
    assert (playout.position, playout.interrupted, playout.transcript) == (1.0, False, "One two three.")


def test_a_held_response_plays_once_the_users_speech_is_waived() -> None:
    room = Room("duck")
    room.reply()
    request, _ = room.wire.submit()
    room.happens("started")
    room.wire.begin("resp_2", request=request.event_id)
    room.wire.say("item_2", "One two three.", 1000, "resp_2")
    room.wire.done("resp_2")
    room.wire.play(4000)
    assert room.wire.timeline.played == 3000  # the reply that was heard has gone on, and no more
    room.happens("stopped")
    room.wire.play(1500)
    assert room.wire.playout(room.wire.message("item_2")).position == 1.0


def test_a_held_response_plays_once_the_connection_has_ended() -> None:
    room = held()
    room.wire.done()
    room.wire.disconnect()
    room.wire.play(1500)
    assert room.wire.playout(room.wire.message("item_1")).position == 1.0


@pytest.mark.parametrize("policy", POLICIES)
def test_a_held_response_is_cancelled_and_deleted_if_the_user_takes_the_turn(policy: str) -> None:
    room = held(policy)
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types[:2] == [CANCEL, DELETE]
    playout = room.wire.playout(room.wire.message("item_1"))
    assert (playout.position, playout.interrupted, playout.transcript) == (0.0, True, "")
    assert "item_1" not in room.wire.engine.conversation
    assert [event.playouts for event in room.wire.emitted(Interrupted)] == [(playout,)]
    room.wire.play(2000)
    assert room.wire.timeline.played == 0


@pytest.mark.parametrize("policy", ["duck", "pause", "delay", "never"])
def test_the_users_turn_is_answered_after_the_held_response_was_dropped(policy: str) -> None:
    room = held(policy)
    room.happens("stopped")
    room.happens("committed")
    assert CREATE not in room.wire.types
    room.happens("done")
    assert room.wire.types.count(CREATE) == 1


def held_for_the_application(story: str) -> Room:
    """A reply of one second came while the user spoke, and the application plays; then something happens."""
    room = Room("immediate", speaker=False)
    request, _ = room.wire.submit()
    room.happens("started")
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "One two three.", 1000)
    room.wire.done()
    for event in story.split():
        room.happens(event)
    return room


def test_a_held_response_reaches_the_application_if_the_speech_became_no_turn() -> None:
    room = held_for_the_application("stopped cleared")
    assert room.wire.read(room.wire.message("item_1")) == 1000


def test_a_held_response_never_reaches_the_application_if_the_user_takes_the_turn() -> None:
    room = held_for_the_application("stopped committed")
    assert room.wire.read(room.wire.message("item_1")) == 0


@pytest.mark.parametrize("policy", ["duck", "pause", "delay", "never"])
def test_a_held_response_is_deleted_before_the_user_is_answered(policy: str) -> None:
    room = held(policy)
    room.wire.done()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == [DELETE, CREATE]


def test_a_response_that_the_server_began_by_itself_is_not_held() -> None:
    room = Room("immediate")
    room.happens("started")
    room.happens("stopped")
    room.wire.begin()  # some servers say later that the turn is a message
    room.wire.say("item_1", "One two three.", 1000)
    room.wire.play(500)
    assert room.wire.timeline.played == 500


def test_an_out_of_band_response_is_not_held() -> None:
    room = Room("immediate")
    request, _ = room.wire.submit(conversation="none")
    room.happens("started")
    room.wire.begin(request=request.event_id, conversation_id=None)
    message = room.wire.add("item_1")
    room.wire.text("item_1", "An aside.")
    room.wire.done()
    assert room.wire.playout(message).transcript == "An aside."


# Requests that wait for the floor


def called(policy: str) -> Room:
    """A response called a function, and was heard to its end; the call is at work."""
    room = Room(policy)
    room.wire.begin()
    room.wire.say("item_1", "Let me see.", 300)
    room.wire.call("item_2")
    room.wire.done()
    room.wire.play(500)
    room.wire.sent.clear()
    return room


def test_a_request_waits_until_the_user_is_silent() -> None:
    room = Room("immediate")
    room.happens("started")
    request, sent = room.wire.submit()
    assert sent == []
    room.happens("stopped")
    assert room.wire.sent == []
    room.happens("cleared")
    assert [event["event_id"] for event in room.wire.sent] == [request.event_id]


def test_the_outputs_of_tools_are_answered_with_the_turn_that_the_user_took() -> None:
    room = called("immediate")
    room.happens("started")
    room.wire.finish_call(room.wire.calls[0])
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["conversation.item.create"]  # the output; the server answers by itself
    assert list(room.wire.engine.requests) == []


def test_a_request_for_the_outputs_of_tools_that_was_sent_before_the_user_spoke_is_answered() -> None:
    room = called("immediate")
    (_, create) = room.wire.finish_call(room.wire.calls[0])
    for event in ("started", "stopped", "committed"):
        room.happens(event)
    assert room.wire.begin("resp_2", request=create["event_id"]) == []
    assert not room.wire.response("resp_2").interrupted


@pytest.mark.parametrize("story", ["cleared", "stopped cleared", "stopped due"])
def test_the_outputs_of_tools_are_answered_if_the_user_did_not_take_the_turn(story: str) -> None:
    room = called("immediate")
    room.happens("started")
    room.wire.finish_call(room.wire.calls[0])
    for event in story.split():
        room.happens(event)
    assert room.wire.types == ["conversation.item.create", CREATE]


def test_a_text_is_answered_beside_the_turn_that_the_user_took() -> None:
    room = called("immediate")
    room.happens("started")
    room.wire.submit_continuation()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == [CREATE]


@pytest.mark.parametrize("first", ["the text", "the tool"])
def test_a_text_that_shares_its_answer_with_outputs_of_tools_is_answered(first: str) -> None:
    room = called("immediate")
    room.happens("started")
    if first == "the text":
        room.wire.submit_continuation()
    room.wire.finish_call(room.wire.calls[0])
    if first == "the tool":
        room.wire.submit_continuation()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["conversation.item.create", CREATE]


# What is not cut


def test_speech_does_not_cut_an_uninterruptible_response() -> None:
    room = Room("immediate", interrupt_response=True)
    request, _ = room.wire.submit(interruptible=False)
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "This call is recorded.", 1000)
    room.wire.play(300)
    room.sink.asked.clear()
    room.happens("started")
    assert room.sink.asked == []
    room.happens("stopped")
    room.wire.done()
    room.wire.play(1000)
    assert room.wire.playout(room.wire.message("item_1")).position == 1.0


def test_cancelling_one_response_does_not_move_the_other() -> None:
    room = Room("immediate")
    for n in (1, 2):
        room.wire.begin(f"resp_{n}")
        room.wire.say(f"item_{n}", "One two three.", 1000, f"resp_{n}")
        room.wire.done(f"resp_{n}")
    room.wire.play(300)
    room.wire.apply(room.controller.cancel([room.wire.response("resp_2")], room.wire.at))
    assert room.sink.asked == ["drop item_2"]
    assert [event["item_id"] for event in room.wire.sent] == ["item_2"]
    room.wire.play(1000)
    assert room.wire.playout(room.wire.message("item_1")).position == 1.0
    assert room.wire.playout(room.wire.message("item_2")).position == 0.0


def test_interrupt_withdraws_pending_requests_and_cuts_the_reply() -> None:
    room = Room("immediate")
    room.reply()
    request, _ = room.wire.submit()
    effects, (playout,) = room.controller.interrupt(room.wire.at)
    room.wire.apply(effects)
    assert room.sink.asked == ["flush"]
    assert (playout.item_id, playout.position) == ("item_1", 0.5)
    assert request.answer.done
    assert room.controller.floor is FloorState.FREE


@pytest.mark.parametrize("policy", POLICIES)
def test_the_floor_is_followed_where_the_application_plays(policy: str) -> None:
    room = Room(policy, speaker=False)
    for event in ("started", "stopped", "committed"):
        room.happens(event)
    assert room.controller.floor is FloorState.FREE
    assert room.wire.types == ([CREATE] if decides_locally(POLICIES[policy]) else [])


def test_an_uninterruptible_response_is_not_held() -> None:
    room = Room("immediate")
    request, _ = room.wire.submit(interruptible=False)
    room.happens("started")
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "This call is recorded.", 1000)
    room.wire.done()
    room.wire.play(1500)
    assert room.wire.playout(room.wire.message("item_1")).position == 1.0


def test_a_user_who_continues_overlaps_again_with_an_uninterruptible_response() -> None:
    room = Room("duck")
    request, _ = room.wire.submit(interruptible=False)
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "This call is recorded.", 3000)
    room.wire.done()
    room.wire.play(500)
    room.follow([
        ("started", FloorState.OVERLAPPING, "gain 0.2", ""),
        ("due", FloorState.TAKEN, "gain 1", ""),
        ("stopped", FloorState.ENDED, "", ""),
        ("started", FloorState.OVERLAPPING, "gain 0.2", ""),
        ("stopped", FloorState.BACKCHANNEL, "gain 1", ""),
    ])  # fmt: skip
