"""Who has the floor: each policy as a table of what the user does, what the sound does then, and what the server gets.

A line of a story is an event, then the floor's state after it, what the sink was asked for, and what was sent. `due`
lets the state last for as long as it may.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any, TypeAlias, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_sdk.conversation import Interrupted
from realtime_sdk.floor import FloorState
from realtime_sdk.playout import Segment
from realtime_sdk.sink import Hold, Sink
from realtime_sdk.turn_controller import COMMIT_WAIT, LONGEST_TURN, SUSPENSE, TurnController
from realtime_sdk.turns import BargeIn, Turns
from realtime_sdk.voice_activity import VoiceActivity

from .conversation.wire import Wire

POLICIES = {
    "by server": BargeIn.by_server(),
    "at once": BargeIn.at_once(),
    "duck": BargeIn.duck_then_decide(1.0),
    "pause": BargeIn.pause_then_decide(1.0),
    "wait": BargeIn.wait(1.0),
    "never": BargeIn.never(),
}

BY_VOICE = Turns.by_voice(cast(VoiceActivity, None))  # what hears the user is not this part's business

CANCEL, TRUNCATE, DELETE = "response.cancel", "conversation.item.truncate", "conversation.item.delete"
CREATE = "response.create"

Line: TypeAlias = tuple[str, FloorState, str, str]
"""Event, floor, what the sink was asked for, what was sent; several are parted by commas."""


class RecordingSink:
    """Keeps what it is asked for, where that changes anything."""

    def __init__(self, wire: Wire) -> None:
        self.asked: list[str] = []
        self.gain = 1.0
        self.holds: set[Hold] = set()
        self._wire = wire

    def flush(self) -> None:
        self.asked.append("flush")
        self._wire.timeline.cut(self._wire.timeline.played, self._wire.at)

    def drop(self, segments: Collection[Segment]) -> None:
        self.asked += [f"drop {segment.item_id}" for segment in segments]
        self._wire.timeline.rewind(self._wire.timeline.played, self._wire.at)
        self._wire.timeline.discard(segments)

    def pause(self, hold: Hold) -> None:
        self.asked.append("pause")
        self.holds.add(hold)

    def resume(self, hold: Hold) -> None:
        if hold in self.holds:
            self.asked.append("resume")
        self.holds.discard(hold)

    def set_gain(self, gain: float) -> None:
        if gain != self.gain:
            self.asked.append(f"gain {gain:g}")
        self.gain = gain


class Room:
    """A session without its loop: a user, a server, an engine, a sink, and between them the floor."""

    def __init__(
        self, policy: str = "at once", turns: Turns | None = None, *, speaker: bool = True, **detection: Any
    ) -> None:
        by_server = turns is None
        self.wire = Wire()
        self.sink = RecordingSink(self.wire)
        self.controller = TurnController(
            turns or Turns.by_server(), POLICIES[policy], self.wire.engine, cast(Sink, self.sink) if speaker else None
        )
        for kind, handler in self.controller.table.items():
            self.wire.engine.handle(kind, handler)
        decides = POLICIES[policy].decides_here
        fields = {"interrupt_response": False, "create_response": False} if decides else {}
        self.wire.open(turn_detection={"type": "server_vad", **fields, **detection} if by_server else None)
        self._by_server = by_server

    def happens(self, event: str) -> None:
        """The user does something, or time passes."""
        controller, wire = self.controller, self.wire
        match event:
            case "started" | "stopped" | "committed" | "cleared" if self._by_server:
                name = f"speech_{event}" if event in ("started", "stopped") else event
                wire.receive(f"input_audio_buffer.{name}", item_id="user_1")
            case "started":
                wire.apply(controller.speech_started(wire.at))
            case "stopped":
                wire.apply(controller.speech_stopped(wire.at))
            case "committed":
                wire.apply(controller.committed(wire.at))
            case "cleared":
                wire.apply(controller.cleared(wire.at))
            case "suspected":
                wire.apply(controller.suspect(wire.at))
            case "pressed":
                wire.apply(controller.press(wire.at)[0])
            case "released" | "slipped":
                wire.apply(controller.released(wire.at, meant=event == "released"))
            case "due":
                if controller.deadline < math.inf:
                    wire.at = max(wire.at, controller.deadline)
                    wire.apply(controller.expire(wire.at))
            case "done":
                wire.done(status="cancelled" if wire.response("resp_1").stopped else "completed")
            case _:
                raise AssertionError(f"no event is called {event}")

    def reply(self, *, made: bool = False) -> None:
        """Half a second of a reply was heard; `made`: the server is still making it."""
        self.wire.begin()
        self.wire.say("item_1", "A long story about it.", 3000)
        if not made:
            self.wire.done()
        self.wire.play(500)

    def follow(self, story: list[Line]) -> None:
        """Let a story happen, line by line."""
        for n, (event, floor, asked, sent) in enumerate(story):
            self.sink.asked.clear()
            self.wire.sent.clear()
            self.happens(event)
            seen = (self.controller.floor, sorted(self.sink.asked), self.wire.types)
            assert seen == (floor, sorted(_parts(asked)), _parts(sent)), f"line {n + 1}: {event}"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


FREE, SUSPECTED, CLAIMED = FloorState.FREE, FloorState.SUSPECTED, FloorState.CLAIMED
TAKEN, ENDED, WAIVED = FloorState.TAKEN, FloorState.ENDED, FloorState.WAIVED

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
        ("cleared", FREE, "", ""),
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
        ("cleared", FREE, "", ""),
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
        ("cleared", FREE, "", ""),
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
        ("started due", LONGEST_TURN),
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


# Responses that begin while the user speaks


def held(policy: str = "duck", *, story: str = "started") -> Room:
    """A reply of one second was asked for before the user began to speak, and began behind that; all of it has come."""
    room = Room(policy)
    request, _ = room.wire.ask()
    for event in story.split():
        room.happens(event)
    room.wire.begin(request=request.event_id)
    room.wire.say("item_1", "One two three.", 1000)
    room.wire.play(500)
    assert room.wire.timeline.played == 0
    room.wire.sent.clear()
    return room


@pytest.mark.parametrize("policy", POLICIES)
def test_a_response_that_begins_while_the_user_speaks_makes_no_sound(policy: str) -> None:
    room = held(policy)
    room.wire.play(5000)
    assert room.wire.timeline.played == 0
    assert room.wire.message("item_1").heard == ""


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("story", ["cleared", "stopped cleared", "stopped due", "due due due"])
def test_it_sounds_once_nothing_comes_of_what_the_user_said(policy: str, story: str) -> None:
    room = held(policy)
    for event in story.split():
        room.happens(event)
    room.wire.done()
    room.wire.play(1500)
    playout = room.wire.playout(room.wire.message("item_1"))
    assert (playout.position, playout.interrupted, playout.transcript) == (1.0, False, "One two three.")


def test_it_sounds_once_the_users_speech_is_waived() -> None:
    room = Room("duck")
    room.reply()
    request, _ = room.wire.ask()
    room.happens("started")
    room.wire.begin("resp_2", request=request.event_id)
    room.wire.say("item_2", "One two three.", 1000, "resp_2")
    room.wire.done("resp_2")
    room.wire.play(4000)
    assert room.wire.timeline.played == 3000  # the reply that was heard has gone on, and no more
    room.happens("stopped")
    room.wire.play(1500)
    assert room.wire.playout(room.wire.message("item_2")).position == 1.0


@pytest.mark.parametrize("policy", POLICIES)
def test_it_is_cancelled_and_deleted_once_the_user_has_taken_the_turn(policy: str) -> None:
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


@pytest.mark.parametrize("policy", ["duck", "pause", "wait", "never"])
def test_the_user_is_answered_behind_it(policy: str) -> None:
    room = held(policy)
    room.happens("stopped")
    room.happens("committed")
    assert CREATE not in room.wire.types
    room.happens("done")
    assert room.wire.types.count(CREATE) == 1


def test_a_response_that_the_server_began_by_itself_is_not_held() -> None:
    room = Room("at once")
    room.happens("started")
    room.happens("stopped")
    room.wire.begin()  # some servers say later that the turn is a message
    room.wire.say("item_1", "One two three.", 1000)
    room.wire.play(500)
    assert room.wire.timeline.played == 500


def test_an_aside_is_not_held() -> None:
    room = Room("at once")
    request, _ = room.wire.ask(conversation="none")
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
    room = Room("at once")
    room.happens("started")
    request, sent = room.wire.ask()
    assert sent == []
    room.happens("stopped")
    assert room.wire.sent == []
    room.happens("cleared")
    assert [event["event_id"] for event in room.wire.sent] == [request.event_id]


def test_the_outputs_of_tools_are_answered_with_the_turn_that_the_user_took() -> None:
    room = called("at once")
    room.happens("started")
    room.wire.finish_call(room.wire.calls[0])
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["conversation.item.create"]  # the output; the server answers by itself
    assert list(room.wire.engine.requests) == []


@pytest.mark.parametrize("story", ["cleared", "stopped cleared", "stopped due"])
def test_the_outputs_of_tools_are_answered_if_the_user_did_not_take_the_turn(story: str) -> None:
    room = called("at once")
    room.happens("started")
    room.wire.finish_call(room.wire.calls[0])
    for event in story.split():
        room.happens(event)
    assert room.wire.types == ["conversation.item.create", CREATE]


def test_a_text_is_answered_beside_the_turn_that_the_user_took() -> None:
    room = called("at once")
    room.happens("started")
    room.wire.go_on()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == [CREATE]


@pytest.mark.parametrize("first", ["the text", "the tool"])
def test_a_text_that_shares_its_answer_with_outputs_of_tools_is_answered(first: str) -> None:
    room = called("at once")
    room.happens("started")
    if first == "the text":
        room.wire.go_on()
    room.wire.finish_call(room.wire.calls[0])
    if first == "the tool":
        room.wire.go_on()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["conversation.item.create", CREATE]


# What is not cut


def test_the_users_speech_spares_a_response_that_it_must_not_cut() -> None:
    room = Room("at once", interrupt_response=True)
    request, _ = room.wire.ask(interruptible=False)
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


def test_to_cancel_one_response_leaves_the_other_where_it_is() -> None:
    room = Room("at once")
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


def test_to_interrupt_by_code_withdraws_what_was_asked_for_and_cuts_what_is_heard() -> None:
    room = Room("at once")
    room.reply()
    request, _ = room.wire.ask()
    effects, (playout,) = room.controller.call_off(room.wire.at)
    room.wire.apply(effects)
    assert room.sink.asked == ["flush"]
    assert (playout.item_id, playout.position) == ("item_1", 0.5)
    assert request.answer.settled
    assert room.controller.floor is FREE


@pytest.mark.parametrize("policy", POLICIES)
def test_the_floor_is_followed_where_the_application_plays(policy: str) -> None:
    room = Room(policy, speaker=False)
    for event in ("started", "stopped", "committed"):
        room.happens(event)
    assert room.controller.floor is FREE
    assert room.wire.types == ([CREATE] if POLICIES[policy].decides_here else [])


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
