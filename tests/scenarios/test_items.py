"""Items' text and audio in every order, over any network: each item is heard, shown and reported by itself.

Each talk is also held to `schedules/checks.py`: positions to the frame, times to the millisecond, captions never early.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from realtime_sdk import (
    CaptionShown,
    Interrupted,
    PlayoutFinished,
    ProtocolViolation,
    ResponseFinished,
    ResponseStarted,
    ServerError,
    ToolFinished,
    Underrun,
)
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.testing import DoneOrder, Tamper, drop, run_virtual, twice

from .schedules import schedule as s
from .schedules.account import emitted, gaps, heard, remembered
from .schedules.checks import MILLISECOND, check
from .schedules.scheduled_talk import messages
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
    *answers: s.Answer, steps: tuple[s.Step[s.Act], ...] = (), turns: s.Turns = "manual", done: DoneOrder = "batched",
    device: s.Device | None = None, tamper: tuple[str, Tamper] | None = None,
) -> Talk:
    """A talk in which a response is asked for, and which is checked."""
    asked = (s.Step(s.Ask()), *steps)
    talk = Talk(s.Schedule(answers, asked, turns, s.Network(done=done), device or s.Device()))
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
    assert emitted(talk, ProtocolViolation, ServerError) == []


DONES = (
    "response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done",
    "conversation.item.done", "response.output_item.done",
)  # fmt: skip


@pytest.mark.parametrize("fault", [drop, twice])
@pytest.mark.parametrize("kind", DONES)
def test_any_done_event_may_be_missing_or_come_twice(kind: str, fault: Tamper) -> None:
    talk = hold(answer((ONE, HALF), (HALF, TWO)), tamper=(kind, fault))
    assert transcripts(talk) == ["One. ", "Two. "]
    assert heard(talk) == remembered(talk) == {1: 0.5, 2: 0.5}


def test_the_end_of_a_response_may_come_twice() -> None:
    talk = hold(answer((ONE, HALF)), tamper=("response.done", twice))
    assert len(emitted(talk, ResponseFinished)) == 1


def text_done(delta: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The transcript ends with this delta."""
    done = {**delta, "type": "response.output_audio_transcript.done", "transcript": delta["delta"]}
    return (delta, done)


def test_text_that_has_ended_before_its_sound_begins_is_shown_with_the_sound() -> None:
    talk = hold(answer((ONE, s.Lull(2.0), HALF, HALF)), tamper=("response.output_audio_transcript.delta", text_done))
    assert transcripts(talk) == ["One. "]
    assert all(event.at >= talk.speaker.timeline[0].at for event in emitted(talk, CaptionShown))


def as_text(event: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """What the second message writes is no transcript, but text that is not spoken."""
    if event.get("item_id") != "item_3":
        return (event,)
    if event["type"] == "response.content_part.added":
        return ({**event, "part": {"type": "text", "text": ""}},)
    kind = event["type"].replace("audio_transcript", "text")
    return ({**event, "type": kind, "text": event.get("transcript")},)


def test_written_text_is_shown_between_spoken_messages() -> None:
    talk = hold(answer((ONE, HALF), (TWO,), (THREE, HALF)), tamper=("*", as_text))
    assert "response.output_text.done" in {passed.type for passed in talk.wire}
    assert transcripts(talk) == ["One. ", "Two. ", "Three. "]
    assert heard(talk) == {1: 0.5, 3: 0.5}
    assert gaps(talk) == []


@pytest.mark.parametrize("done", ORDERS)
def test_a_function_call_between_two_messages_is_no_gap_between_them(done: DoneOrder) -> None:
    first = s.Answer((s.Spoken((ONE, HALF)), s.Called(0.2), s.Spoken((TWO, HALF))))
    talk = hold(first, answer((THREE, HALF)), done=done)
    assert transcripts(talk) == ["One. ", "Two. ", "Three. "]
    assert heard(talk) == remembered(talk) == {1: 0.5, 2: 0.5, 3: 0.5}
    assert gaps(talk) == []
    assert len(emitted(talk, ToolFinished)) == 1


def test_the_next_item_plays_although_the_last_one_was_never_reported_done() -> None:
    talk = hold(answer((ONE, HALF), (TWO, s.Sound(2.0)), pace=1.2))
    first, second = (message.playout for message in messages(talk))
    ended = next(p.at for p in talk.wire if p.type == "response.output_audio.done" and p.event["item_id"] == "item_2")
    assert second.started_at is not None and first.finished_at is not None
    assert first.finished_at == second.started_at < ended - 1.0
    soon = second.started_at + 2 * PLAYBACK_PERIOD
    shown = [event.caption.text for event in emitted(talk, CaptionShown) if event.at < soon]
    assert "".join(shown).startswith("One. ")


# Started and finished


@pytest.mark.parametrize("device", [s.Device(), s.Device(latency=0.2), s.Device(drift=2e-4), s.Device(capacity=0.05)])
def test_an_item_starts_and_finishes_when_it_does_itself_by_the_clock_of_the_device(device: s.Device) -> None:
    talk = hold(answer((ONE, HALF), (TWO, s.Sound(1.0)), (THREE, s.Sound(0.25))), device=device)
    (sound,) = talk.speaker.timeline  # one stretch: no gap between the items
    assert np.array_equal(sound.pcm, np.concatenate(list(talk.server.sounds.values())))
    begun = np.cumsum([0.0, 0.5, 1.0, 0.25]) / (1 + device.drift) + sound.at
    for message, start, end in zip(messages(talk), begun[:-1], begun[1:], strict=True):
        assert message.playout.started_at == pytest.approx(start, abs=0.001)
        assert message.playout.finished_at == pytest.approx(end, abs=0.001)


def test_an_item_that_was_heard_is_reported_once_its_text_is_complete_with_its_own_times() -> None:
    talk = hold(answer((HALF, s.Lull(3.0), ONE)))
    (finished,) = emitted(talk, PlayoutFinished)
    (text,) = [p for p in talk.wire if p.type == "response.output_audio_transcript.delta"]
    assert finished.at == pytest.approx(text.at, abs=0.01)
    assert finished.playout.finished_at - finished.playout.started_at == pytest.approx(0.5)


def test_an_item_that_is_complete_reports_as_soon_as_it_was_heard() -> None:
    talk = hold(answer((ONE, HALF), (TWO, HALF)))
    for event in emitted(talk, PlayoutFinished):
        assert event.at == pytest.approx(event.playout.finished_at, abs=PLAYBACK_PERIOD)


def test_an_item_that_is_interrupted_reports_at_once_though_its_text_is_still_coming() -> None:
    talk = hold(
        answer((HALF, s.Lull(3.0), ONE)), steps=(s.Step(s.Interrupt(), 0.3, "PlayoutStarted"),)
    )  # fmt: skip
    (finished,), (interrupted,) = emitted(talk, PlayoutFinished), emitted(talk, Interrupted)
    assert finished.at == interrupted.at == pytest.approx(finished.playout.finished_at, abs=PLAYBACK_PERIOD)


# Pause and resume

PAUSES = {
    "before the first sound": (0.0, "", 0.0),
    "while the first sound is on its way": (0.0, "ItemAdded", 0.0),
    "in an item": (0.4, "PlayoutStarted", 0.4),
    "between two items": (0.0, "PlayoutFinished", 1.0),
    "in a later item": (1.4, "PlayoutStarted", 1.4),
}


@pytest.mark.parametrize("device", [s.Device(), s.Device(latency=0.2), s.Device(tail=0.015), s.Device(capacity=0.05)])
@pytest.mark.parametrize("pace", [math.inf, 1.2])
@pytest.mark.parametrize("pause", PAUSES.values(), ids=PAUSES)
def test_a_pause_holds_every_item_and_its_captions_at_the_exact_sample(
    pause: tuple[float, str, float], pace: float, device: s.Device
) -> None:
    wait, after, position = pause
    talk = hold(
        answer((ONE, TWO, s.Sound(1.0)), (THREE, s.Sound(1.0)), pace=pace), device=device, done="per_item",
        steps=(s.Step(s.Hold(), wait, after), s.Step(s.GoOn(), 5.0), s.Step(s.Hold(), 0.2), s.Step(s.GoOn(), 5.0)),
    )  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 1.0}
    assert gaps(talk) == ([5.0, 5.0] if position else [5.0])
    assert len(talk.speaker.timeline[0].pcm) / WIRE_RATE == pytest.approx(position or 0.2, abs=0.04)
    assert position or talk.speaker.timeline[0].at - emitted(talk, ResponseStarted)[0].at >= 5.0
    for sound, following in itertools.pairwise(talk.speaker.timeline):
        silent_from = sound.at + len(sound.pcm) / WIRE_RATE + PLAYBACK_PERIOD + MILLISECOND
        assert [event for event in emitted(talk, CaptionShown) if silent_from < event.at < following.at] == []


def test_an_item_that_was_over_before_a_pause_is_not_stretched_by_it() -> None:
    talk = hold(
        answer((ONE, s.Sound(1.0)), (TWO, s.Sound(1.0))),
        steps=(s.Step(s.Hold(), 1.0, "ResponseFinished"), s.Step(s.GoOn(), 5.0)),
    )  # fmt: skip
    first, second = (message.playout for message in messages(talk))
    assert first.started_at is not None and first.finished_at is not None
    assert first.finished_at - first.started_at == pytest.approx(1.0)
    assert second.started_at == pytest.approx(first.finished_at + 5.0, abs=0.001)


@pytest.mark.parametrize("turns", ["pause", "duck", "wait"])
def test_a_pause_while_the_user_speaks_lasts_until_the_application_resumes(turns: s.Turns) -> None:
    talk = hold(
        answer((ONE, s.Sound(1.0)), (TWO, s.Sound(1.0))), turns=turns,
        steps=(s.Step(s.Speak(0.3), 0.4, "PlayoutStarted"), s.Step(s.Hold(), 0.1), s.Step(s.GoOn(), 5.0)),
    )  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 1.0}
    assert gaps(talk) == [pytest.approx(5.0 + 0.1 * (turns == "pause"))]


# Sound that comes late


def test_an_underrun_inside_an_item_loses_and_repeats_nothing_and_its_silence_is_not_heard() -> None:
    talk = hold(answer((ONE, HALF, s.Lull(2.0), TWO, HALF), (THREE, HALF)))
    (gap,) = gaps(talk)
    first = next(messages(talk)).playout
    assert len(emitted(talk, Underrun)) == 1
    assert np.array_equal(talk.speaker.heard, np.concatenate(list(talk.server.sounds.values())))
    assert first.started_at is not None and first.finished_at is not None
    assert first.finished_at - first.started_at == pytest.approx(1.0 + gap, abs=0.1)
    assert first.position == 1.0


def test_audio_that_arrives_slower_than_real_time_is_heard_in_full() -> None:
    talk = hold(answer((ONE, s.Sound(1.0), TWO, s.Sound(1.0)), (THREE, s.Sound(1.0)), pace=0.7))
    assert len(emitted(talk, Underrun)) > 0
    assert np.array_equal(talk.speaker.heard, np.concatenate(list(talk.server.sounds.values())))


def test_the_end_of_an_item_is_heard_though_it_is_too_short_to_wait_for_more() -> None:
    talk = hold(answer((ONE, HALF, s.Lull(2.0), s.Sound(0.05)), (TWO, s.Sound(0.05))), done="per_item")
    assert [len(sound.pcm) / WIRE_RATE for sound in talk.speaker.timeline] == pytest.approx([0.5, 0.1])


def transcripts(talk: Talk) -> list[str]:
    """The text that was heard of each message."""
    return [message.playout.transcript for message in messages(talk)]
