"""Who has the floor: each policy as a table of user events, their effect on playback, and the events sent.

A line of a story is an event, then the floor's state after it, what the sink was asked for, and what was sent. `due`
lets the state last for as long as it may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from realtime_sdk.capture._turns import Turns
from realtime_sdk.turns._floor import FloorState

from .floor import BY_VOICE, CANCEL, CREATE, TRUNCATE, Line, Room

FREE, TENTATIVE, OVERLAPPING = FloorState.FREE, FloorState.TENTATIVE, FloorState.OVERLAPPING
TAKEN, ENDED, BACKCHANNEL = FloorState.TAKEN, FloorState.ENDED, FloorState.BACKCHANNEL
CLEARED = FloorState.CLEARED

# The user's speech stops the reply at once, and the server cancels and answers by itself.

IMMEDIATE: dict[str, tuple[str, list[Line]]] = {
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
    "this side detects the user first": ("heard", [
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("started", TAKEN, "gain 1, flush", TRUNCATE),
    ]),
    "what this side detects is dropped": ("heard", [
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("cleared", FREE, "gain 1", ""),
    ]),
    "this side alone detects a user": ("heard", [
        ("detected", TENTATIVE, "gain 0.2", ""),
        ("due", FREE, "gain 1", ""),
    ]),
    "the server cancels, and is put right behind that": ("made", [
        ("started", TAKEN, "flush", ""),
        ("stopped", ENDED, "", ""),
        ("done", ENDED, "", TRUNCATE),
        ("committed", FREE, "", ""),
    ]),
    "the user speaks in the silence": ("silence", [
        ("detected", FREE, "", ""),
        ("started", TAKEN, "flush", ""),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", ""),
    ]),
}  # fmt: skip

# The reply stops if the user goes on for a second. CHANGE and RESTORE stand for what is done to its playback.

THEN_DECIDE: dict[str, tuple[str, list[Line]]] = {
    "the user says no more than uh-huh": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("stopped", BACKCHANNEL, "RESTORE", ""),
        ("committed", FREE, "", ""),
    ]),
    "the user says uh-huh twice": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("stopped", BACKCHANNEL, "RESTORE", ""),
        ("started", OVERLAPPING, "CHANGE", ""),
        ("stopped", BACKCHANNEL, "RESTORE", ""),
        ("committed", FREE, "", ""),
    ]),
    "no message comes of an uh-huh": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("stopped", BACKCHANNEL, "RESTORE", ""),
        ("due", FREE, "", ""),
    ]),
    "an uh-huh is dropped": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("stopped", BACKCHANNEL, "RESTORE", ""),
        ("cleared", FREE, "", ""),
    ]),
    "what is being said is dropped": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("cleared", FREE, "RESTORE", ""),
    ]),
    "the end of an uh-huh is lost": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("committed", FREE, "RESTORE", ""),
    ]),
    "the user goes on, and takes the turn": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("due", TAKEN, "RESTORE, flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("committed", FREE, "", CREATE),
    ]),
    "the user goes on, and everything behind that is lost": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("due", TAKEN, "RESTORE, flush", TRUNCATE),
        ("due", FREE, "", ""),
        ("stopped", FREE, "", ""),
        ("committed", FREE, "", ""),
    ]),
    "the user goes on, and no message comes of it": ("heard", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("due", TAKEN, "RESTORE, flush", TRUNCATE),
        ("stopped", ENDED, "", ""),
        ("due", FREE, "", ""),
    ]),
    "the user is answered once the cancelled reply is over": ("made", [
        ("started", OVERLAPPING, "CHANGE", ""),
        ("due", TAKEN, "RESTORE, flush", f"{CANCEL}, {TRUNCATE}"),
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

PLAYBACK_CHANGES = {"duck": ("gain 0.2", "gain 1"), "pause": ("pause", "resume"), "delay": ("", "")}

# Nothing stops the reply; the user is answered behind it.

NEVER: dict[str, tuple[str, list[Line]]] = {
    "the user is answered while the reply is heard": ("heard", [
        ("detected", FREE, "", ""),
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
    """Each story under each policy that it is about."""
    for policy in ("by server", "immediate"):
        for title, (reply, story) in IMMEDIATE.items():
            yield pytest.param(policy, None, reply, story, id=f"{policy}: {title}")
    for policy, (change, restore) in PLAYBACK_CHANGES.items():
        for title, (reply, story) in THEN_DECIDE.items():
            resolved = [(e, f, a.replace("CHANGE", change).replace("RESTORE", restore), s) for e, f, a, s in story]
            yield pytest.param(policy, None, reply, resolved, id=f"{policy}: {title}")
    for title, (reply, story) in NEVER.items():
        yield pytest.param("never", None, reply, story, id=f"never: {title}")
    for title, (reply, story) in BY_DETECTOR.items():
        yield pytest.param("immediate", BY_VOICE, reply, story, id=f"by voice: {title}")
    for title, (reply, story) in BY_KEY.items():
        yield pytest.param("immediate", Turns.push_to_talk(), reply, story, id=f"by key: {title}")


@pytest.mark.parametrize(("policy", "turns", "reply", "story"), [*stories()])
def test_the_floor_goes_as_each_story_says(policy: str, turns: Turns | None, reply: str, story: list[Line]) -> None:
    room = Room(policy, turns)
    if reply != "silence":
        room.reply(made=reply == "made")
    room.follow(story)
