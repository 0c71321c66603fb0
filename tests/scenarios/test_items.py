"""Items' text and sound in every order, on a network in every order: each item is heard, shown and told as its own.

Each talk is also held to `schedules/checks.py`: positions to the frame, times to the millisecond, captions never early.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from realtime_sdk import ProtocolViolation, ServerError
from realtime_sdk.testing import DoneOrder, run_virtual

from .schedules import schedule as s
from .schedules.account import told
from .schedules.checks import check, messages
from .schedules.talk import Talk

ORDERS: tuple[DoneOrder, ...] = ("batched", "per_item", "response_first", "missing", "duplicated")
"""When the events come that say that something is done."""

ONE, TWO, THREE = s.Words("One. "), s.Words("Two. "), s.Words("Three. ")
HALF = s.Sound(0.5)

ITEMS = {
    "text in step with the sound": ((ONE, HALF, TWO, HALF),),
    "text before the sound": ((ONE, TWO, s.Lull(1.0), HALF, HALF),),
    "sound before the text": ((HALF, HALF, ONE, TWO),),
    "text seconds after the sound is over": ((HALF, HALF, s.Lull(3.0), ONE, s.Lull(1.0), TWO),),
    "no text": ((HALF, HALF),),
    "no sound": ((ONE, TWO),),
    "nothing": ((),),
    "two messages": ((ONE, HALF), (TWO, HALF)),
    "the text of the first late": ((HALF, s.Lull(2.0), ONE), (TWO, HALF)),
    "an empty one between two": ((ONE, HALF), (), (TWO, HALF)),
    "a text between two": ((ONE, HALF), (TWO,), (THREE, HALF)),
    "one without text between two": ((ONE, HALF), (HALF,), (THREE, HALF)),
    "several parts": ((ONE, HALF, s.NewPart(), TWO, HALF, s.NewPart(), THREE, HALF),),
    "parts in which sound comes first": ((HALF, ONE, s.NewPart(), HALF, TWO), (THREE, HALF)),
    "a part without sound": ((ONE, HALF, s.NewPart(), TWO, s.NewPart(), THREE, HALF),),
    "a part without text": ((ONE, HALF, s.NewPart(), HALF, s.NewPart(), THREE, HALF),),
    "sound of one frame": ((ONE, s.Sound(1 / 24_000)), (TWO, HALF)),
}  # fmt: skip
"""The messages of one response, piece by piece."""


def hold(
    *answers: s.Answer, steps: tuple[s.Step, ...] = (), done: DoneOrder = "batched",
    tamper: tuple[str, Callable[[Any], Any]] | None = None,
) -> Talk:
    """A talk in which a response is asked for, and which is checked."""
    talk = Talk(s.Schedule(answers, (s.Step(s.Ask()), *steps), "manual", s.Network(done=done)))
    if tamper is not None:
        talk.server.tamper(*tamper)
    run_virtual(talk)
    check(talk)
    return talk


def texts(pieces: tuple[Any, ...]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, s.Words))


def seconds(pieces: tuple[Any, ...]) -> float:
    return sum(piece.seconds for piece in pieces if isinstance(piece, s.Sound))


def answer(*items: tuple[Any, ...], **fields: Any) -> s.Answer:
    return s.Answer(tuple(s.Spoken(pieces) for pieces in items), **fields)


@pytest.mark.parametrize("done", ORDERS)
@pytest.mark.parametrize("items", ITEMS.values(), ids=ITEMS)
def test_each_item_is_heard_in_full_with_its_own_text(items: tuple[tuple[Any, ...], ...], done: DoneOrder) -> None:
    talk = hold(answer(*items), done=done)
    playouts = [message.playout for message in messages(talk)]
    assert [playout.transcript for playout in playouts] == [texts(pieces) for pieces in items]
    assert [playout.position for playout in playouts] == pytest.approx([seconds(pieces) for pieces in items])
    assert [playout.interrupted for playout in playouts] == [False] * len(items)
    assert [playout.started_at is None for playout in playouts] == [not seconds(pieces) for pieces in items]
    assert told(talk, ProtocolViolation, ServerError) == []
