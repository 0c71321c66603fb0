"""No frames can break a session: it continues, and undamaged messages are heard and shown.

See `fuzz/checks.py` for what has to hold.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from realtime_sdk import PlayoutFinished, PlayoutStarted

from ..effort import PROFILE, tries
from .fuzz import Act, Case, case_of, mutations as m, program, replay, run
from .fuzz.checks import check
from .fuzz.stage import Seen
from .fuzz.transcripts import OWN, named

FIRST = random.SystemRandom().randrange(10**9) if PROFILE == "nightly" else 0
"""The first seed: the same in every run, but for new ones every night."""

ROUNDS = tries(10)

SEEDS = 50
"""Sessions of a round."""

TWO = "fixtures/two_items"
"""Two messages in one response: `item_2` and `item_3`."""


@pytest.mark.slow
@pytest.mark.parametrize("round", range(ROUNDS))
def test_no_wire_breaks_a_session(round: int) -> None:
    first = FIRST + round * SEEDS
    frames = sum(len(replay(case_of(seed)).tape.frames) for seed in range(first, first + SEEDS))
    assert frames > 10 * SEEDS


@pytest.mark.parametrize("name", OWN)
def test_an_undamaged_session_is_whole(name: str) -> None:
    seen = replay(Case(name, reads=("events", "captions", "deltas", "audio")))
    assert seen.tape.damaged == set()
    assert seen.messages


def test_a_case_prints_as_the_code_that_makes_it_again() -> None:
    for seed in range(200):
        imports, _, made = program(case_of(seed)).rpartition("replay(")
        names: dict[str, Any] = {}
        exec(f"{imports}again = ({made}", names)
        assert names["again"] == case_of(seed)


# What is damaged


def place(kind: str, item_id: str) -> int:
    """The place of the first frame of a type that is about an item."""
    events = [event for _, event in named(TWO).events]
    return next(
        n for n, event in enumerate(events)
        if event["type"] == kind and item_id in (event.get("item_id"), event.get("item", {}).get("id"))
    )  # fmt: skip


def place_of(kind: str) -> int:
    return next(n for n, (_, event) in enumerate(named(TWO).events) if event["type"] == kind)


DELTA = place("response.output_audio.delta", "item_2")


@pytest.mark.parametrize(
    ("mutation", "damaged"),
    [
        (m.Drop(DELTA), ("item_2",)),
        (m.Double(DELTA), ("item_2",)),
        (m.Double(place("response.output_item.added", "item_3")), ()),
        (m.Move(DELTA, DELTA + 2), ("item_2",)),
        (m.Delay(DELTA, 1.0), ()),
        (m.Retype(DELTA, ("item_id",), "null"), ("item_2",)),
        (m.Retype(place_of("response.created"), ("response", "id"), "list"), ("item_2", "item_3")),
        (m.Omit(place_of("response.done"), ("response", "output")), ("item_2", "item_3")),
        (m.Omit(place_of("rate_limits.updated"), ("rate_limits",)), ()),
        (m.SwapIds(DELTA, place("response.output_audio.delta", "item_3"), ("item_id",)), ("item_2", "item_3")),
        (m.Reuse("item_3", "item_2"), ("item_2", "item_3")),
        (m.CutBase64(DELTA, 33), ("item_2",)),
        (m.Truncate(DELTA, 100), ("item_2",)),
        (m.Binary(DELTA), ()),
        (m.Binary(DELTA, 5), ("item_2",)),
        (m.Insert(DELTA, 0), ()),
    ],
    ids=repr,
)
def test_a_mutation_damages_the_messages_whose_frames_it_changes(
    mutation: m.Mutation, damaged: tuple[str, ...]
) -> None:
    assert m.Tape.of(named(TWO), (mutation,)).damaged == set(damaged)


def test_values_unknown_to_python_are_sent_unchanged() -> None:
    frames = m.Tape.of(named(TWO), (m.Retype(DELTA, ("delta",), "1e400"), m.Binary(DELTA))).frames
    wire = frames[DELTA].wire
    assert isinstance(wire, bytes) and b'"delta":1e400' in wire


# What the checks find


def lose_a_caption(seen: Seen) -> None:
    assert seen.messages[0].captions is not None
    seen.messages[0].captions.pop()


def start_twice(seen: Seen) -> None:
    seen.events += [event for event in seen.events if isinstance(event, PlayoutStarted)]


def never_finish(seen: Seen) -> None:
    seen.events = [event for event in seen.events if not isinstance(event, PlayoutFinished)]


def lose_a_message(seen: Seen) -> None:
    seen.messages.pop()


def hear_less(seen: Seen) -> None:
    seen.speaker = run(Case(TWO, (m.Drop(DELTA),))).speaker


def fail_in_a_task(seen: Seen) -> None:
    seen.failures.append(KeyError("item_2"))


def die(seen: Seen) -> None:
    seen.ended = KeyError("item_2")


def wait_for_ever(seen: Seen) -> None:
    seen.pending.append("item_2.played()")


@pytest.mark.parametrize(
    "spoil",
    [lose_a_caption, start_twice, never_finish, lose_a_message, hear_less, fail_in_a_task, die, wait_for_ever],
)
def test_the_checks_find_each_fault(spoil: Any) -> None:
    seen = run(Case(TWO))
    check(seen)
    spoil(seen)
    with pytest.raises((AssertionError, KeyError)):
        check(seen)


def test_an_interruption_by_the_application_excuses_what_it_cuts() -> None:
    seen = replay(Case(TWO, acts=(Act(0.2, "interrupt"),)))
    assert [watched.item.playout.interrupted for watched in seen.messages] == [True, True]
