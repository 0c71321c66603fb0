"""Draws a case from a seed: the same one every time, on a machine with the same recordings."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, TypeAlias, get_args

from . import mutations as m
from .case import Act, Case, Deed, Reading
from .transcripts import FOREIGN, OWN, SOUND, Transcript, named

Draw: TypeAlias = Callable[[random.Random, Transcript], m.Mutation | None]

GENERATED: Final = 500
"""Transcripts that are generated; a seed takes one of them."""

ID_PATHS: Final[tuple[m.Path, ...]] = (
    ("item_id",), ("response_id",), ("item", "id"), ("response", "id"), ("item", "call_id"), ("previous_item_id",)
)  # fmt: skip

_READS: Final[list[tuple[Reading, ...]]] = [
    ("events", "captions"), ("captions",), ("events",), ("late captions", "deltas")
]  # fmt: skip


def case_of(seed: int) -> Case:
    """Draw the case of a seed."""
    dice = random.Random(seed)
    name = _name(dice)
    transcript = named(name)
    drawn = (_mutation(dice, transcript) for _ in range(dice.choice([0, 1, 1, 1, 2, 2, 3, 4, 6, 10])))
    acts = [_act(dice) for _ in range(dice.choice([0, 0, 0, 1, 1, 2, 3, 5]))]
    return Case(
        transcript=name,
        mutations=tuple(mutation for mutation in drawn if mutation is not None),
        acts=tuple(sorted(acts, key=lambda act: act.at)),
        reads=dice.choice([*_READS, _some(dice)]),
        tempo=dice.choice([0.0, 0.2, 1.0, 1.0]),
        burst=dice.random() < 0.3,
        echo=dice.random() < 0.7,
        linger=dice.choice([0.0, 1.0, 5.0, 20.0]),
        code=dice.choice([1000, 1000, 1001, 1011, None]),
        speaker=dice.random() < 0.85,
        latency=dice.choice([0.0, 0.0, 0.02, 0.15]),
        tools=dice.random() < 0.4,
    )


def _name(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.5:
        return f"generated/{dice.randrange(GENERATED)}"
    return dice.choice(OWN if kind < 0.7 else FOREIGN)


def _some(dice: random.Random) -> tuple[Reading, ...]:
    return tuple(reading for reading in get_args(Reading) if dice.random() < 0.7)


def _act(dice: random.Random) -> Act:
    deed = dice.choice(get_args(Deed))
    if deed == "leave" and dice.random() < 0.5:
        deed = "text"
    return Act(round(dice.choice([0.0, dice.uniform(0.0, 2.0), dice.uniform(0.0, 12.0)]), 3), deed)


def _mutation(dice: random.Random, transcript: Transcript) -> m.Mutation | None:
    return dice.choice(_DRAWS)(dice, transcript)


def _place(dice: random.Random, transcript: Transcript) -> int:
    """Draw a frame: any, or, as most are deltas, one of a type of which any is drawn.

    What opens the session is damaged seldom, for little can be said of it then.
    """
    types = [str(event["type"]) for _, event in transcript.events]
    if len(types) == 1 or dice.random() < 0.05:
        return 0
    if dice.random() < 0.5:
        return dice.randrange(1, len(types))
    kind = dice.choice(sorted(set(types[1:])))
    return dice.choice([n for n, each in enumerate(types) if n and each == kind])


def _drop(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Drop(_place(dice, transcript))


def _double(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Double(_place(dice, transcript), dice.choice([0, 0, 1, 3, dice.randrange(30)]))


def _move(dice: random.Random, transcript: Transcript) -> m.Mutation:
    at = _place(dice, transcript)
    near = max(1, at + dice.choice([-3, -2, -1, 1, 2, 3]))
    return m.Move(at, dice.choice([near, _place(dice, transcript)]))


def _delay(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Delay(_place(dice, transcript), round(dice.uniform(0.01, 3.0), 2))


def _retype(dice: random.Random, transcript: Transcript) -> m.Mutation:
    at = _place(dice, transcript)
    return m.Retype(at, _field(dice, transcript, at), dice.choice(list(m.VALUES)))


def _null(dice: random.Random, transcript: Transcript) -> m.Mutation:
    at = _place(dice, transcript)
    return m.Retype(at, _field(dice, transcript, at), "null")


def _omit(dice: random.Random, transcript: Transcript) -> m.Mutation:
    at = _place(dice, transcript)
    return m.Omit(at, _field(dice, transcript, at))


def _field(dice: random.Random, transcript: Transcript, at: int) -> m.Path:
    """Draw a field; those of the outermost object are fewer and say more."""
    fields = list(m.paths(transcript.events[at][1]))
    outer = [path for path in fields if len(path) == 1]
    return dice.choice(dice.choice([fields, outer]))


def _swap_ids(dice: random.Random, transcript: Transcript) -> m.Mutation | None:
    path = dice.choice(ID_PATHS)
    naming = [n for n, (_, event) in enumerate(transcript.events) if path in m.paths(event)]
    if len(naming) < 2:
        return None
    one, other = dice.sample(naming, 2)
    return m.SwapIds(one, other, path)


def _reuse(dice: random.Random, transcript: Transcript) -> m.Mutation | None:
    items = sorted(transcript.messages)
    responses = sorted({said.response_id for said in transcript.messages.values()})
    ids = dice.choice([items, responses])
    return m.Reuse(*dice.sample(ids, 2)) if len(ids) > 1 else None


def _cut_base64(dice: random.Random, transcript: Transcript) -> m.Mutation | None:
    sounding = [n for n, (_, event) in enumerate(transcript.events) if event["type"] in SOUND]
    return m.CutBase64(dice.choice(sounding), dice.choice([0, 1, 2, 3, 4, 33, 101])) if sounding else None


def _truncate(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Truncate(_place(dice, transcript), dice.randrange(2000))


def _binary(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Binary(_place(dice, transcript), dice.choice([None, dice.randrange(2000)]))


def _insert(dice: random.Random, transcript: Transcript) -> m.Mutation:
    return m.Insert(_place(dice, transcript), dice.randrange(len(m.GARBAGE)))


_DRAWS: Final[tuple[Draw, ...]] = (
    _drop, _drop, _double, _double, _move, _move, _delay, _retype, _retype, _retype, _null, _null, _omit, _swap_ids,
    _reuse, _cut_base64, _truncate, _binary, _insert, _insert,
)  # fmt: skip
"""Each is drawn as often as it stands here."""
