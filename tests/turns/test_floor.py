"""Rules of the floor under every policy: time limits, lost events, and the final state."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.capture._turns import Turns
from realtime_sdk.conversation.requests._requests import RequestState
from realtime_sdk.protocol import ProtocolViolation
from realtime_sdk.turns._controller import (
    COMMIT_TIMEOUT,
    TENTATIVE_TIMEOUT,
    TURN_TIMEOUT,
    UNREPORTED_TURN_TIMEOUT,
)
from realtime_sdk.turns._floor import FloorState

from .floor import BY_VOICE, CANCEL, CREATE, POLICIES, TRUNCATE, Line, Room

FREE, TENTATIVE, OVERLAPPING = FloorState.FREE, FloorState.TENTATIVE, FloorState.OVERLAPPING
TAKEN, ENDED, BACKCHANNEL = FloorState.TAKEN, FloorState.ENDED, FloorState.BACKCHANNEL
CLEARED = FloorState.CLEARED


def test_with_interrupt_response_false_a_reply_continues_by_default() -> None:
    room = Room("by server", interrupt_response=False)
    room.reply()
    room.follow([("started", TAKEN, "", ""), ("stopped", ENDED, "", ""), ("committed", FREE, "", "")])
    room.wire.play(3000)
    assert room.wire.playout(room.wire.message("item_1")).position == 3.0


def test_immediate_stops_a_reply_also_with_interrupt_response_false() -> None:
    room = Room("immediate", interrupt_response=False)
    room.reply(made=True)
    room.follow([("started", TAKEN, "flush", f"{CANCEL}, {TRUNCATE}"), ("stopped", ENDED, "", "")])


@pytest.mark.parametrize(
    ("story", "seconds"),
    [
        ("", math.inf),
        ("detected", TENTATIVE_TIMEOUT),
        ("started", 1.0),
        ("started due", UNREPORTED_TURN_TIMEOUT),
        ("started stopped committed started due", TURN_TIMEOUT),
        ("started due stopped", COMMIT_TIMEOUT),
        ("started stopped", COMMIT_TIMEOUT),
    ],
)
def test_no_state_but_silence_lasts_for_ever(story: str, seconds: float) -> None:
    room = Room("duck")
    room.reply()
    for event in story.split():
        room.happens(event)
    assert room.controller.deadline - room.wire.at == pytest.approx(seconds)
    floor = room.controller.floor
    room.wire.apply(room.controller.expire(room.wire.at))  # it is not due yet
    assert room.controller.floor is floor


# Whatever happens

EVENTS = ["started", "stopped", "committed", "cleared", "detected", "due", "pressed", "released", "slipped"]


@settings(max_examples=100)
@given(
    policy=st.sampled_from(list(POLICIES)),
    turns=st.sampled_from([None, BY_VOICE, Turns.push_to_talk()]),
    events=st.lists(st.sampled_from([*EVENTS, "reply", "ask"]), max_size=20),
)
def test_after_any_events_the_floor_becomes_free_and_playback_is_restored(
    policy: str, turns: Turns | None, events: list[str]
) -> None:
    room = Room(policy, turns)
    for event in events:
        if event == "reply":
            room.wire.begin()
            room.wire.audio("item_1", 1000)
            room.wire.play(500)
        elif event == "ask":
            room.wire.submit()
        else:
            room.happens(event)
    for _ in range(4):
        room.happens("due")
    assert (room.controller.floor, room.controller.deadline) == (FREE, math.inf)
    assert (room.sink.gain, room.sink.reasons) == (1.0, set())
    room.wire.pass_deadlines()
    assert list(room.wire.engine.requests) == []


@pytest.mark.parametrize(("policy", "story"), [
    ("duck", [
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("started", OVERLAPPING, "", ""),
        ("stopped", BACKCHANNEL, "gain 1", ""),
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("due", FREE, "gain 1", ""),
    ]),
    ("pause", [
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("started", OVERLAPPING, "pause", ""),
        ("stopped", BACKCHANNEL, "gain 1, resume", ""),
    ]),
])  # fmt: skip
def test_from_tentative_to_overlapping_playback_is_not_restored_in_between(policy: str, story: list[Line]) -> None:
    room = Room(policy)
    room.reply()
    room.follow(story)


def test_a_user_who_spoke_in_silence_overlaps_a_reply_that_the_server_began() -> None:
    room = Room("duck")
    room.follow([("started", TAKEN, "", ""), ("stopped", ENDED, "", "")])
    room.reply(made=True)
    room.follow([
        ("started", OVERLAPPING, "gain 0.2", ""),
        ("due", TAKEN, "gain 1, flush", f"{CANCEL}, {TRUNCATE}"),
    ])  # fmt: skip


def test_each_speech_start_restarts_the_time_limit_of_a_turn() -> None:
    room = Room("immediate")
    for event in ("started", "stopped", "started"):  # the server reports when the user falls silent
        room.happens(event)
    room.wire.at += TURN_TIMEOUT / 2
    room.happens("started")
    assert room.controller.deadline == room.wire.at + TURN_TIMEOUT


def test_a_server_that_reports_no_end_of_speech_is_reported_and_requests_go_on() -> None:
    room = Room()
    room.happens("started")
    request, _ = room.wire.submit()
    room.happens("due")
    assert request.state is RequestState.SENT
    [violation] = room.wire.emitted(ProtocolViolation)
    assert violation.reason == "the server reported no end of the user's speech within 30 s"


def test_a_user_who_continues_after_the_buffer_was_cleared_is_answered() -> None:
    room = Room("never")
    room.follow([("started", TAKEN, "", ""), ("cleared", CLEARED, "", ""), ("stopped", CLEARED, "", "")])
    room.follow([("committed", FREE, "", CREATE)])


def test_a_server_that_never_reports_silence_has_heard_the_user_out_when_it_answers() -> None:
    room = Room("immediate")
    room.happens("started")
    room.reply(made=True)
    assert room.controller.floor is FREE


def test_paused_audio_is_flushed_before_the_device_resumes() -> None:
    room = Room("pause")
    room.reply()
    room.happens("started")
    room.happens("due")  # the user has taken the turn: not a frame of the reply is to be heard any more
    assert room.sink.asked == ["pause", "flush", "resume"]


def test_a_turn_of_the_users_and_a_text_share_one_answer_where_this_side_asks_for_it() -> None:
    room = Room("delay")
    room.happens("started")
    room.wire.submit_continuation()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["response.create"]
    room.wire.begin("resp_2", request=room.wire.sent[0]["event_id"])
    assert room.wire.done("resp_2") == []
