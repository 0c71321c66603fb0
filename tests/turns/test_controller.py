"""Who has the floor: each policy as a table of what the user does, what the sound does then, and what the server gets.

A line of a story is an event, then the floor's state after it, what the sink was asked for, and what was sent. `due`
lets the state last for as long as it may.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_sdk.capture._turns import Turns
from realtime_sdk.turns._controller import COMMIT_WAIT, LONGEST_TURN, SUSPENSE, UNREPORTED_TURN
from realtime_sdk.turns._floor import FloorState

from .floor import BY_VOICE, CANCEL, CREATE, POLICIES, TRUNCATE, Line, Room

FREE, SUSPECTED, CLAIMED = FloorState.FREE, FloorState.SUSPECTED, FloorState.CLAIMED
TAKEN, ENDED, WAIVED = FloorState.TAKEN, FloorState.ENDED, FloorState.WAIVED
CLEARED = FloorState.CLEARED

# The user's speech stops the reply at once, and the server cancels and answers by itself.

AT_ONCE: dict[str, tuple[str, list[Line]]] = {
    "the user takes the turn": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
    ]),
    "the user goes on after a break": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("started", TAKEN, "flush", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
    ]),
    "what was said is dropped": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("cleared", CLEARED, "", ""),
        ("due", FREE, "", ""),
    ]),
    "what was said is dropped behind its end": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("cleared", FREE, "", ""),
    ]),
    "the end of the speech is lost": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("committed", FREE, "", ""),
    ]),
    "everything behind the beginning is lost": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("due", FREE, "", ""),
        ("stopped", FREE, "", ""),
        ("committed", FREE, "", ""),
    ]),
    "no message comes of it": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("due", FREE, "", ""),
    ]),
    "this side hears the user first": ("heard", [
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("started", TAKEN, "gain 1, flush", TRUNCATE),
    ]),
    "what this side hears is dropped": ("heard", [
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("cleared", FREE, "gain 1", ""),
    ]),
    "this side alone hears a user": ("heard", [
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("due", FREE, "gain 1", ""),
    ]),
    "the server cancels, and is put right behind that": ("made", [
        ("started", TAKEN, "flush", ""),
        ("stopped", ENDED, "", ""),
        ("done", ENDED, "", TRUNCATE),
        ("committed", FREE, "", ""),
    ]),
    "the user speaks in the silence": ("silence", [
        ("suspected", FREE, "", ""),
        ("started", TAKEN, "flush", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
    ]),
}  # fmt: skip

# The sound reacts, and the reply stops if the user goes on for a second. REACT and RELENT stand for what it does.

THEN_DECIDE: dict[str, tuple[str, list[Line]]] = {
    "the user says no more than uh-huh": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("stopped", WAIVED, "RELENT", ""),
        ("committed", FREE, "", ""),
    ]),
    "the user says uh-huh twice": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("stopped", WAIVED, "RELENT", ""),
        ("started", CLAIMED, "REACT", ""),
        ("stopped", WAIVED, "RELENT", ""),
        ("committed", FREE, "", ""),
    ]),
    "no message comes of an uh-huh": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("stopped", WAIVED, "RELENT", ""),
        ("due", FREE, "", ""),
    ]),
    "an uh-huh is dropped": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("stopped", WAIVED, "RELENT", ""),
        ("cleared", FREE, "", ""),
    ]),
    "what is being said is dropped": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("cleared", FREE, "RELENT", ""),
    ]),
    "the end of an uh-huh is lost": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("committed", FREE, "RELENT", ""),
    ]),
    "the user goes on, and takes the turn": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("due", TAKEN, "RELENT, flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "the user goes on, and everything behind that is lost": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("due", TAKEN, "RELENT, flush", TRUNCATE),
        ("due", FREE, "", ""),
        ("stopped", FREE, "", ""),
        ("committed", FREE, "", ""),
    ]),
    "the user goes on, and no message comes of it": ("heard", [
        ("started", CLAIMED, "REACT", ""),
        ("due", TAKEN, "RELENT, flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("due", FREE, "", ""),
    ]),
    "the user is answered once the cancelled reply is over": ("made", [
        ("started", CLAIMED, "REACT", ""),
        ("due", TAKEN, "RELENT, flush", f"{CANCEL}, {TRUNCATE}"),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
        ("done", FREE, "", CREATE),
    ]),
    "the user speaks in the silence": ("silence", [
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "the user goes on after a break, in the silence": ("silence", [
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "what was said in the silence is dropped": ("silence", [
        ("started", TAKEN, "", ""),
        ("cleared", CLEARED, "", ""),
        ("due", FREE, "", ""),
    ]),
}  # fmt: skip

REACTIONS = {"duck": ("gain 0.2", "gain 1"), "pause": ("pause", "resume"), "wait": ("", "")}

# Nothing stops the reply; the user is answered behind it.

NEVER: dict[str, tuple[str, list[Line]]] = {
    "the user is answered while the reply is heard": ("heard", [
        ("suspected", FREE, "", ""),
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "the user is answered once the reply is made": ("made", [
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
        ("done", FREE, "", CREATE),
    ]),
    "what was said is dropped": ("heard", [
        ("started", TAKEN, "", ""),
        ("cleared", CLEARED, "", ""),
        ("due", FREE, "", ""),
    ]),
    "everything behind the beginning is lost": ("heard", [
        ("started", TAKEN, "", ""),
        ("due", FREE, "", ""),
    ]),
    "the user speaks in the silence": ("silence", [
        ("started", TAKEN, "", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
}  # fmt: skip

# A detector on this side, or a key: this side cancels, commits and asks for the answer.

BY_DETECTOR: dict[str, tuple[str, list[Line]]] = {
    "the user takes the turn": ("made", [
        ("started", TAKEN, "flush", f"{CANCEL}, {TRUNCATE}"),
        ("stopped", ENDED, "", ""),
        ("done", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "what was said is too short": ("heard", [
        ("started", TAKEN, "flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("cleared", FREE, "", ""),
    ]),
}  # fmt: skip

BY_KEY: dict[str, tuple[str, list[Line]]] = {
    "the user presses, speaks and is answered": ("made", [
        ("pressed", TAKEN, "flush", f"{CANCEL}, {TRUNCATE}"),
        ("released", ENDED, "", ""),
        ("done", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "the key was a slip": ("heard", [
        ("pressed", TAKEN, "flush", TRUNCATE),
        ("slipped", FREE, "", ""),
    ]),
    "the key is pressed twice": ("silence", [
        ("pressed", TAKEN, "flush", ""),
        ("released", ENDED, "", ""),
        ("pressed", TAKEN, "flush", ""),
        ("released", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
}  # fmt: skip


def stories() -> Iterator[Any]:
    """Each story under each policy that it is told of."""
    for policy in ("by server", "at once"):
        for title, (reply, story) in AT_ONCE.items():
            yield pytest.param(policy, None, reply, story, id=f"{policy}: {title}")
    for policy, (react, relent) in REACTIONS.items():
        for title, (reply, story) in THEN_DECIDE.items():
            told = [(e, f, a.replace("REACT", react).replace("RELENT", relent), s) for e, f, a, s in story]
            yield pytest.param(policy, None, reply, told, id=f"{policy}: {title}")
    for title, (reply, story) in NEVER.items():
        yield pytest.param("never", None, reply, story, id=f"never: {title}")
    for title, (reply, story) in BY_DETECTOR.items():
        yield pytest.param("at once", BY_VOICE, reply, story, id=f"by voice: {title}")
    for title, (reply, story) in BY_KEY.items():
        yield pytest.param("at once", Turns.push_to_talk(), reply, story, id=f"by key: {title}")


@pytest.mark.parametrize(("policy", "turns", "reply", "story"), [*stories()])
def test_the_floor(policy: str, turns: Turns | None, reply: str, story: list[Line]) -> None:
    room = Room(policy, turns)
    if reply != "silence":
        room.reply(made=reply == "made")
    room.follow(story)


def test_the_server_that_was_told_not_to_interrupt_is_followed_by_default() -> None:
    room = Room("by server", interrupt_response=False)
    room.reply()
    room.follow([("started", TAKEN, "", ""), ("stopped", ENDED, "", ""), ("committed", FREE, "", "")])
    room.wire.play(3000)
    assert room.wire.playout(room.wire.message("item_1")).position == 3.0


def test_where_the_server_was_told_not_to_interrupt_this_side_does_if_it_shall() -> None:
    room = Room("at once", interrupt_response=False)
    room.reply(made=True)
    room.follow([("started", TAKEN, "flush", f"{CANCEL}, {TRUNCATE}"), ("stopped", ENDED, "", "")])


@pytest.mark.parametrize(
    ("story", "seconds"),
    [
        ("", math.inf),
        ("suspected", SUSPENSE),
        ("started", 1.0),
        ("started due", UNREPORTED_TURN),
        ("started stopped committed started due", LONGEST_TURN),
        ("started due stopped", COMMIT_WAIT),
        ("started stopped", COMMIT_WAIT),
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

EVENTS = ["started", "stopped", "committed", "cleared", "suspected", "due", "pressed", "released", "slipped"]


@settings(max_examples=100)
@given(
    policy=st.sampled_from(list(POLICIES)),
    turns=st.sampled_from([None, BY_VOICE, Turns.push_to_talk()]),
    events=st.lists(st.sampled_from([*EVENTS, "reply", "ask"]), max_size=20),
)
def test_whatever_has_happened_the_floor_is_free_and_the_sound_is_whole_in_the_end(
    policy: str, turns: Turns | None, events: list[str]
) -> None:
    room = Room(policy, turns)
    for event in events:
        if event == "reply":
            room.wire.begin()
            room.wire.audio("item_1", 1000)
            room.wire.play(500)
        elif event == "ask":
            room.wire.ask()
        else:
            room.happens(event)
    for _ in range(4):
        room.happens("due")
    assert (room.controller.floor, room.controller.deadline) == (FREE, math.inf)
    assert (room.sink.gain, room.sink.holds) == (1.0, set())
    room.wire.take_exits()
    assert list(room.wire.engine.requests) == []


@pytest.mark.parametrize(("policy", "story"), [
    ("duck", [
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("started", CLAIMED, "", ""),
        ("stopped", WAIVED, "gain 1", ""),
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("due", FREE, "gain 1", ""),
    ]),
    ("pause", [
        ("suspected", SUSPECTED, "gain 0.2", ""),
        ("started", CLAIMED, "pause", ""),
        ("stopped", WAIVED, "gain 1, resume", ""),
    ]),
])  # fmt: skip
def test_what_this_side_suspects_is_claimed_without_a_sound_in_between(policy: str, story: list[Line]) -> None:
    room = Room(policy)
    room.reply()
    room.follow(story)


def test_the_user_who_spoke_in_the_silence_claims_the_floor_from_a_reply_that_the_server_began() -> None:
    room = Room("duck")
    room.follow([("started", TAKEN, "", ""), ("stopped", ENDED, "", "")])
    room.reply(made=True)
    room.follow([
        ("started", CLAIMED, "gain 0.2", ""),
        ("due", TAKEN, "gain 1, flush", f"{CANCEL}, {TRUNCATE}"),
    ])  # fmt: skip


def test_a_turn_lasts_as_long_as_it_may_from_when_it_is_last_heard_to_begin() -> None:
    room = Room("at once")
    for event in ("started", "stopped", "started"):  # the server reports when the user falls silent
        room.happens(event)
    room.wire.at += LONGEST_TURN / 2
    room.happens("started")
    assert room.controller.deadline == room.wire.at + LONGEST_TURN


def test_a_user_who_goes_on_speaking_after_what_was_said_is_dropped_is_answered() -> None:
    room = Room("never")
    room.follow([("started", TAKEN, "", ""), ("cleared", CLEARED, "", ""), ("stopped", CLEARED, "", "")])
    room.follow([("committed", FREE, "", CREATE)])


def test_a_server_that_never_reports_silence_has_heard_the_user_out_when_it_answers() -> None:
    room = Room("at once")
    room.happens("started")
    room.reply(made=True)
    assert room.controller.floor is FREE


def test_sound_that_was_held_is_flushed_before_it_is_let_go() -> None:
    room = Room("pause")
    room.reply()
    room.happens("started")
    room.happens("due")  # the user has taken the turn: not a frame of the reply is to be heard any more
    assert room.sink.asked == ["pause", "flush", "resume"]


def test_a_turn_of_the_users_and_a_text_share_one_answer_where_this_side_asks_for_it() -> None:
    room = Room("wait")
    room.happens("started")
    room.wire.go_on()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["response.create"]
    room.wire.begin("resp_2", request=room.wire.sent[0]["event_id"])
    assert room.wire.done("resp_2") == []
