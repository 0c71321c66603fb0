"""Every way to interrupt, at every moment: what was heard is what the server remembers, and the next reply is clean.

Each talk is also held to `schedules/checks.py`: positions to the frame, times to the millisecond, nothing refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from realtime_sdk import Interrupted, PlayoutStarted, ProtocolViolation
from realtime_sdk.audio import to_frames
from realtime_sdk.conversation import MessageItem

from .schedules import replay
from .schedules import schedule as s
from .schedules.account import corrections, gaps, heard, remembered
from .schedules.checks import messages
from .schedules.talk import Talk

YES = s.Answer((s.Spoken((s.Words("Yes?"), s.Sound(0.3))),))


def spoken(*pieces: float) -> s.Spoken:
    """A message that says so many seconds, then falls silent for so many, and so on."""
    sounds = [s.Lull(seconds) if n % 2 else s.Sound(seconds) for n, seconds in enumerate(pieces)]
    return s.Spoken((s.Words("One two three four. "), *sounds))


THREE = (spoken(1.0), spoken(1.0), spoken(1.0))


@dataclass(frozen=True)
class Way:
    """How a reply is interrupted, and how the next one comes about."""

    act: s.Act
    turns: s.Turns
    then: tuple[s.Step, ...] = ()
    server_cancels: bool = False


WAYS = {
    "the server's turn detection": Way(s.Speak(), "server", server_cancels=True),
    "turn detection that leaves it to the client": Way(s.Speak(), "client"),
    "interrupt()": Way(s.Interrupt(), "manual", then=(s.Step(s.Ask(), 2.0),)),
    "text": Way(s.Ask("interrupting"), "manual"),
}


@dataclass(frozen=True)
class Moment:
    """When a reply is interrupted, and what comes of that. The next reply is message `len(answer.items) + 1`."""

    answer: s.Answer
    wait: float
    after: str
    heard: dict[int, float]
    corrections: list[str]
    remembered: dict[int, float]
    before: tuple[s.Step, ...] = ()
    device: s.Device = s.Device()


MOMENTS = {
    "while it thinks": Moment(s.Answer(thinking=0.5), 0.2, "ResponseStarted", {}, ["cancel 1"], {}),
    "while an item has no sound": Moment(
        s.Answer((s.Spoken((s.Words("One "), s.Lull(0.5), s.Sound(1.0))),)), 0.2, "ItemAdded",
        {}, ["cancel 1", "delete 1"], {},
    ),
    "while an empty item is all there is": Moment(
        s.Answer((s.Spoken((s.Lull(0.5),)),)), 0.2, "ItemAdded", {}, ["cancel 1", "delete 1"], {},
    ),
    "before the first sound": Moment(
        s.Answer(THREE), 0.1, "ResponseFinished",
        {}, ["delete 1", "delete 2", "delete 3"], {}, device=s.Device(latency=0.3),
    ),
    "in item 1 of 3": Moment(
        s.Answer(THREE), 0.4, "PlayoutStarted",
        {1: 0.4}, ["truncate 1 at 0.4", "delete 2", "delete 3"], {1: 0.4},
    ),
    "in item 2 of 3": Moment(
        s.Answer(THREE), 1.4, "PlayoutStarted",
        {1: 1.0, 2: 0.4}, ["truncate 2 at 0.4", "delete 3"], {1: 1.0, 2: 0.4},
    ),
    "in item 3 of 3": Moment(
        s.Answer(THREE), 2.4, "PlayoutStarted",
        {1: 1.0, 2: 1.0, 3: 0.4}, ["truncate 3 at 0.4"], {1: 1.0, 2: 1.0, 3: 0.4},
    ),
    "between two items": Moment(
        s.Answer(THREE), 0.0, "PlayoutFinished",
        {1: 1.0}, ["delete 2", "delete 3"], {1: 1.0},
    ),
    "after all was heard": Moment(
        s.Answer(THREE), 4.0, "PlayoutStarted",
        {1: 1.0, 2: 1.0, 3: 1.0}, [], {1: 1.0, 2: 1.0, 3: 1.0},
    ),
    "while the first item streams": Moment(
        s.Answer((spoken(1.0),), pace=1.5), 0.3, "PlayoutStarted",
        {1: 0.3}, ["cancel 1", "truncate 1 at 0.3"], {1: 0.3},
    ),
    "while a later item streams": Moment(
        s.Answer((spoken(1.0), spoken(1.0)), pace=1.5), 0.8, "PlayoutStarted",
        {1: 0.8}, ["cancel 1", "truncate 1 at 0.8", "delete 2"], {1: 0.8},
    ),
    "in a later item while it streams": Moment(
        s.Answer((spoken(1.0), spoken(1.0)), pace=1.1), 1.4, "PlayoutStarted",
        {1: 1.0, 2: 0.4}, ["cancel 1", "truncate 2 at 0.4"], {1: 1.0, 2: 0.4},
    ),
    "while a tool is at work": Moment(
        s.Answer((spoken(1.0), s.Called(3.0))), 0.4, "PlayoutStarted",
        {1: 0.4}, ["truncate 1 at 0.4"], {1: 0.4},
    ),
    "during a pause": Moment(
        s.Answer(THREE), 1.0, "",
        {1: 1.0, 2: 0.4}, ["truncate 2 at 0.4", "delete 3"], {1: 1.0, 2: 0.4},
        before=(s.Step(s.Hold(), 1.4, "PlayoutStarted"),),
    ),
    "during an underrun": Moment(
        s.Answer((spoken(0.5, 2.0, 0.5),)), 1.2, "PlayoutStarted",
        {1: 0.5}, ["cancel 1", "truncate 1 at 0.5"], {1: 0.5},
    ),
}  # fmt: skip


def interrupted(way: Way, moment: Moment) -> Talk:
    resume = (s.Step(s.GoOn(), 0.1),) if moment.before else ()
    steps = (
        s.Step(s.Ask()), *moment.before, s.Step(way.act, moment.wait, moment.after), *resume, *way.then
    )  # fmt: skip
    return replay(s.Schedule((moment.answer, YES, YES), steps, way.turns, device=moment.device))


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_server_remembers_what_was_heard_and_the_next_reply_is_clean(way: Way, moment: Moment) -> None:
    talk = interrupted(way, moment)
    following = sum(isinstance(item, s.Spoken) for item in moment.answer.items) + 1
    assert heard(talk) == moment.heard | {following: 0.3}
    assert remembered(talk) == moment.remembered | {following: 0.3}
    sent = [told for told in moment.corrections if not (way.server_cancels and told.startswith("cancel"))]
    assert corrections(talk) == sent
