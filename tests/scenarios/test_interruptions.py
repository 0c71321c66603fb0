"""Every way to interrupt, at every moment: what was heard is what the server remembers, and the next reply is clean.

Each talk is also held to `schedules/checks.py`: positions to the frame, times to the millisecond, nothing refused.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk import Interrupted, MessageItem, ProtocolViolation, Response, ServerError, connect
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, VirtualSpeaker, drop, message, run_virtual

from .schedules import replay, schedule as s
from .schedules.account import corrections, emitted, gaps, heard, remembered
from .schedules.answers import THREE, YES, spoken
from .schedules.scheduled_talk import messages
from .schedules.talk import Talk


@dataclass(frozen=True)
class Way:
    """How a reply is interrupted, and how the next one comes about."""

    act: s.Act
    turns: s.Turns
    then: tuple[s.Step[s.Act], ...] = ()
    server_cancels: bool = False  # by itself: the client must not
    late_results: bool = True  # the model goes on with those of tools


WAYS = {
    "the server's turn detection": Way(s.Speak(), "server", server_cancels=True),
    "turn detection that leaves it to the client": Way(s.Speak(), "client"),
    "a policy that pauses before it decides": Way(s.Speak(0.8), "pause"),
    "interrupt()": Way(s.Interrupt(), "manual", then=(s.Step(s.Ask(), 2.0),), late_results=False),
    "text": Way(s.Ask("interrupting"), "manual"),
}


@dataclass(frozen=True)
class Moment:
    """When a reply is interrupted, and what comes of that."""

    answer: s.Answer
    wait: float  # seconds behind the next event of the type `after`
    after: str
    heard: dict[int, float]  # seconds of its messages
    corrections: list[str]  # by a client that cancels
    before: tuple[s.Step[s.Act], ...] = ()  # steps between the question and the interruption
    latency: float = 0.0  # of the device
    calls: bool = False  # a tool runs, and returns once the user was answered


MOMENTS = {
    "while it thinks": Moment(s.Answer(thinking=2.0), 0.2, "ResponseStarted", {}, ["cancel 1"]),
    "while an item has no sound": Moment(
        s.Answer((s.Spoken((s.Words("One "), s.Lull(2.0), s.Sound(1.0))),)), 0.2, "ItemAdded",
        {}, ["cancel 1", "delete 1"],
    ),
    "while an empty item is all there is": Moment(
        s.Answer((s.Spoken((s.Lull(2.0),)),)), 0.2, "ItemAdded", {}, ["cancel 1", "delete 1"],
    ),
    "before the first sound": Moment(
        s.Answer(THREE), 0.1, "ResponseFinished",
        {}, ["delete 1", "delete 2", "delete 3"], latency=0.3,
    ),
    "while the first sound is held back for what may come late": Moment(
        s.Answer((spoken(2.0),), pace=1.5), 0.02, "ItemAdded", {}, ["cancel 1", "delete 1"],
    ),
    "in item 1 of 3": Moment(
        s.Answer(THREE), 0.4, "PlayoutStarted",
        {1: 0.4}, ["truncate 1 at 0.4", "delete 2", "delete 3"],
    ),
    "in item 2 of 3": Moment(
        s.Answer(THREE), 1.4, "PlayoutStarted",
        {1: 1.0, 2: 0.4}, ["truncate 2 at 0.4", "delete 3"],
    ),
    "in item 3 of 3": Moment(
        s.Answer(THREE), 2.4, "PlayoutStarted",
        {1: 1.0, 2: 1.0, 3: 0.4}, ["truncate 3 at 0.4"],
    ),
    "between two items": Moment(
        s.Answer(THREE), 1.0, "ResponseFinished",
        {1: 1.0}, ["delete 2", "delete 3"],
    ),
    "after all was heard": Moment(
        s.Answer(THREE), 4.0, "PlayoutStarted",
        {1: 1.0, 2: 1.0, 3: 1.0}, [],
    ),
    "while the first item streams": Moment(
        s.Answer((spoken(2.0),), pace=1.5), 0.3, "PlayoutStarted",
        {1: 0.3}, ["cancel 1", "truncate 1 at 0.3"],
    ),
    "while a later item streams": Moment(
        s.Answer((spoken(1.0), spoken(2.0)), pace=1.5), 0.8, "PlayoutStarted",
        {1: 0.8}, ["cancel 1", "truncate 1 at 0.8", "delete 2"],
    ),
    "in a later item while it streams": Moment(
        s.Answer((spoken(1.0), spoken(2.0)), pace=1.1), 1.4, "PlayoutStarted",
        {1: 1.0, 2: 0.4}, ["cancel 1", "truncate 2 at 0.4"],
    ),
    "while a later item is awaited": Moment(
        s.Answer((spoken(0.5), s.Spoken((s.Lull(2.0), s.Sound(1.0))))), 1.0, "PlayoutStarted",
        {1: 0.5}, ["cancel 1", "truncate 1 at 0.5", "delete 2"],
    ),
    "while only its text is awaited": Moment(
        s.Answer((s.Spoken((s.Sound(0.5), s.Lull(2.0), s.Words("One. "))),)), 1.0, "PlayoutStarted",
        {1: 0.5}, ["cancel 1", "truncate 1 at 0.5"],
    ),
    "while a tool is at work": Moment(
        s.Answer((spoken(1.0), s.Called(3.0))), 0.4, "PlayoutStarted",
        {1: 0.4}, ["truncate 1 at 0.4"], calls=True,
    ),
    "while a tool is at work beside the sound": Moment(
        s.Answer((s.Called(3.0), spoken(2.0)), pace=1.1), 0.4, "PlayoutStarted",
        {1: 0.4}, ["cancel 1", "truncate 1 at 0.4"],
    ),
    "during a pause": Moment(
        s.Answer(THREE), 1.0, "",
        {1: 1.0, 2: 0.4}, ["truncate 2 at 0.4", "delete 3"],
        before=(s.Step(s.Hold(), 1.4, "PlayoutStarted"),),
    ),
    "during an underrun": Moment(
        s.Answer((spoken(0.5, 2.0, 0.5),)), 1.2, "PlayoutStarted",
        {1: 0.5}, ["cancel 1", "truncate 1 at 0.5"],
    ),
}  # fmt: skip


def interrupted(way: Way, moment: Moment) -> Talk:
    resume = (s.Step(s.GoOn(), 0.1),) if moment.before else ()
    steps = (s.Step(s.Ask()), *moment.before, s.Step(way.act, moment.wait, moment.after), *resume, *way.then)
    return replay(s.Schedule((moment.answer, YES, YES), steps, way.turns, device=s.Device(latency=moment.latency)))


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_server_remembers_what_was_heard_and_the_next_reply_is_clean(way: Way, moment: Moment) -> None:
    talk = interrupted(way, moment)
    following = sum(isinstance(item, s.Spoken) for item in moment.answer.items) + 1
    replies = 2 if moment.calls and way.late_results else 1
    expected = moment.heard | {following + each: 0.3 for each in range(replies)}
    assert heard(talk) == remembered(talk) == expected
    by_server = {"cancel 1"} if way.server_cancels else set()
    assert corrections(talk) == [sent for sent in moment.corrections if sent not in by_server]
    assert emitted(talk, ProtocolViolation, ServerError) == []


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_leaving_the_session_ends_playback_and_finishes_every_playout(moment: Moment) -> None:
    talk = interrupted(Way(s.Leave(), "server"), moment)
    assert heard(talk) == moment.heard
    assert corrections(talk) == []


@pytest.mark.parametrize("turns", ["server", "client"])
@pytest.mark.parametrize("again", [0.01, 0.1])
@pytest.mark.parametrize("acts", [
    (s.Interrupt(), s.Interrupt()),
    (s.Interrupt(), s.Speak()),
    (s.Speak(), s.Interrupt()),
    (s.Cancel(), s.Interrupt()),
])  # fmt: skip
def test_twice_in_a_row_is_once(acts: tuple[s.Act, s.Act], again: float, turns: s.Turns) -> None:
    first, second = acts
    talk = replay(s.Schedule(
        (s.Answer((spoken(2.0), spoken(1.0)), pace=2.0), YES),
        (s.Step(s.Ask()), s.Step(first, 0.4, "PlayoutStarted"), s.Step(second, again)),
        turns,
    ))  # fmt: skip
    sent = corrections(talk)
    assert sent.count("cancel 1") == (0 if (first, turns) == (s.Speak(), "server") else 1)
    assert [correction for correction in sent if correction != "cancel 1"] == ["truncate 1 at 0.4"]
    (interruption,) = emitted(talk, Interrupted)
    assert [playout.item_id for playout in interruption.playouts] == [next(messages(talk)).id]


def test_the_reply_to_an_interruption_can_be_interrupted_itself() -> None:
    talk = replay(s.Schedule(
        (s.Answer(THREE), s.Answer(THREE), YES),
        (s.Step(s.Ask()), s.Step(s.Speak(), 1.4, "PlayoutStarted"), s.Step(s.Speak(), 0.2, "PlayoutStarted")),
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 0.4, 4: 0.2, 7: 0.3}
    assert corrections(talk) == ["truncate 2 at 0.4", "delete 3", "truncate 4 at 0.2", "delete 5", "delete 6"]


def test_a_text_that_interrupts_twice_is_answered_twice() -> None:
    ask = s.Ask("interrupting")
    talk = replay(s.Schedule(
        (s.Answer(THREE), YES, YES), (s.Step(s.Ask()), s.Step(ask, 1.4, "PlayoutStarted"), s.Step(ask)), "manual"
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 0.4, 4: 0.3, 5: 0.3}


def test_late_deltas_of_a_discarded_response_are_dropped() -> None:
    talk = replay(s.Schedule(
        (s.Answer((spoken(2.0),), pace=1.5), YES),
        (s.Step(s.Ask()), s.Step(s.Ask("interrupting"), 0.4, "PlayoutStarted")),
        "manual",
        s.Network(latency=0.3),
    ))  # fmt: skip
    (cut,) = emitted(talk, Interrupted)
    dead, following = messages(talk)
    late = [p for p in talk.wire if p.event.get("item_id") == dead.id and p.type.endswith("delta") and p.at > cut.at]
    assert len(late) > 3
    assert heard(talk) == remembered(talk) == {1: 0.4, 2: 0.3}
    assert following.playout.transcript == "Yes?"
    assert emitted(talk, ProtocolViolation) == []


def test_items_generated_until_the_server_has_cancelled_are_corrected_afterwards() -> None:
    talk = replay(s.Schedule(
        (s.Answer((spoken(0.8), spoken(2.0)), pace=2.0), YES),
        (s.Step(s.Ask()), s.Step(s.Speak(0.6, cancel_after=0.4), 0.2, "PlayoutStarted")),
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 0.2, 3: 0.3}
    assert corrections(talk) == ["truncate 1 at 0.2", "delete 2"]


@pytest.mark.parametrize("latency", [0.0, 0.05, 0.12, 0.3])
def test_heard_is_what_has_left_the_converter(latency: float) -> None:
    talk = replay(s.Schedule(
        (s.Answer(THREE), YES),
        (s.Step(s.Ask()), s.Step(s.Interrupt(), 1.45, "ResponseFinished"), s.Step(s.Ask(), 1.0)),
        "manual",
        device=s.Device(latency=latency),
    ))  # fmt: skip
    second = list(messages(talk))[1].playout
    assert second.position == pytest.approx(0.45 - latency, abs=0.001)
    (truncation,) = [p.event for p in talk.wire if p.type == "conversation.item.truncate"]
    assert truncation["audio_end_ms"] == int(round(second.position * 1000, 3))


def test_each_part_of_an_item_is_truncated_at_what_was_heard_of_it() -> None:
    words, sound = s.Words("One two three. "), s.Sound(0.5)
    pieces = (words, sound, s.NewPart(), words, sound, s.NewPart(), words, sound)
    talk = replay(s.Schedule(
        (s.Answer((s.Spoken(pieces),)), YES), (s.Step(s.Ask()), s.Step(s.Speak(), 0.7, "PlayoutStarted"))
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 0.7, 2: 0.3}
    assert corrections(talk) == ["truncate 1 part 1 at 0.2", "truncate 1 part 2 at 0.0"]
    assert next(messages(talk)).server_text == "One two three. "


def test_a_part_without_audio_yet_is_truncated_to_nothing() -> None:
    pieces = (s.Words("One. "), s.Sound(1.0), s.NewPart(), s.Words("Two. "), s.Lull(2.0), s.Sound(1.0))
    talk = replay(s.Schedule(
        (s.Answer((s.Spoken(pieces),)), YES),
        (s.Step(s.Ask()), s.Step(s.Interrupt(), 0.4, "PlayoutStarted"), s.Step(s.Ask(), 1.0)),
        "manual",
    ))  # fmt: skip
    assert corrections(talk) == ["cancel 1", "truncate 1 at 0.4", "truncate 1 part 1 at 0.0"]
    assert remembered(talk) == {1: 0.4, 2: 0.3}
    assert next(messages(talk)).server_text == ""


def test_an_item_that_was_heard_in_full_gets_its_text_though_it_comes_after_the_interruption() -> None:
    talk = Talk(s.Schedule(
        (s.Answer((spoken(0.5), spoken(2.0)), pace=1.1),),
        (s.Step(s.Ask()), s.Step(s.Interrupt(), 1.0, "PlayoutStarted")),
        "manual",
    ))  # fmt: skip
    talk.server.tamper("response.output_audio_transcript.*", drop)  # the end of the response has it still
    run_virtual(talk)
    first, second = (item.playout for item in messages(talk))
    assert (first.interrupted, first.transcript) == (False, "One two three four. ")
    assert (second.interrupted, second.transcript) == (True, "")
    assert remembered(talk) == {1: 0.5, 2: 0.5}


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.15])
def test_a_reply_interrupted_before_the_server_starts_it_is_never_played(wait: float) -> None:
    talk = replay(s.Schedule(
        (s.Answer(THREE), YES),
        (s.Step(s.Ask()), s.Step(s.Interrupt(), wait), s.Step(s.Ask(), 1.0)),
        "manual",
        s.Network(latency=0.1),
    ))  # fmt: skip
    assert list(heard(talk).values()) == list(remembered(talk).values()) == [0.3]


@pytest.mark.parametrize("wait", [0.4, 2.0], ids=["in its preamble", "in the silence behind that"])
def test_an_interrupted_tool_call_sends_its_output_and_requests_no_response(wait: float) -> None:
    moment = dataclasses.replace(MOMENTS["while a tool is at work"], wait=wait)
    talk = interrupted(WAYS["interrupt()"], moment)
    outputs = [p for p in talk.wire if p.sent and p.event.get("item", {}).get("type") == "function_call_output"]
    assert len(outputs) == 1
    assert len([p for p in talk.wire if p.type == "response.create"]) == 2  # both are the application's


def test_a_reply_that_comes_during_a_pause_waits_though_the_one_before_it_was_interrupted() -> None:
    talk = replay(s.Schedule(
        (s.Answer(THREE), YES),
        (
            s.Step(s.Ask()), s.Step(s.Hold(), 1.4, "PlayoutStarted"), s.Step(s.Interrupt(), 1.0),
            s.Step(s.Ask(), 1.0), s.Step(s.GoOn(), 3.0),
        ),
        "manual",
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 0.4, 4: 0.3}
    assert gaps(talk) == [5.0]


def test_a_pause_during_an_interruption_holds_the_next_reply() -> None:
    talk = replay(s.Schedule(
        (s.Answer(THREE), YES),
        (s.Step(s.Ask()), s.Step(s.Speak(), 1.4, "PlayoutStarted"), s.Step(s.Hold(), 0.01), s.Step(s.GoOn(), 5.0)),
        device=s.Device(tail=0.015),
    ))  # fmt: skip
    assert heard(talk) == remembered(talk) == {1: 1.0, 2: 0.4, 4: 0.3}
    assert gaps(talk) == [5.0]


REFUSED = {
    "an item that is gone": {"type": "conversation.item.delete"},
    "an item that was cut shorter before": {
        "type": "conversation.item.truncate", "content_index": 0, "audio_end_ms": 200
    },
}  # fmt: skip


@pytest.mark.parametrize("before", REFUSED.values(), ids=REFUSED)
def test_a_refused_truncation_does_not_end_the_session_and_the_history_is_what_was_heard(
    before: dict[str, Any]
) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("One two three four five six.", seconds=3.0))
        server.reply(message("Yes?", seconds=0.3))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            responses = session.responses()
            session.send_text("Count.")
            (story,) = (await (await anext(responses)).done()).items
            assert isinstance(story, MessageItem)
            await anyio.sleep(1.5)
            session.send({**before, "item_id": story.id})
            (cut,) = await session.interrupt()
            session.send_text("Well?")
            (answer,) = await (await anext(responses)).played()
            assert len(server.refused) == 1
            assert cut.position == pytest.approx(1.5, abs=0.02)
            assert story.transcript == "One two three four five six."
            assert story.heard == cut.transcript != ""
            assert story.transcript.startswith(story.heard) and story.heard != story.transcript
            assert story.server_text == ""
            assert story.export()["text"] == story.heard
            assert (answer.transcript, answer.interrupted) == ("Yes?", False)

    run_virtual(main)


@pytest.mark.parametrize("by_speech", [True, False])
def test_without_a_speaker_what_the_application_took_was_heard(by_speech: bool) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(*(message(f"This is sentence number {n}.", seconds=1.0) for n in (1, 2, 3)))
        server.reply(message("Yes?", seconds=0.3))
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            responses = session.responses()
            session.send_text("Tell me a story.")
            first, second, third = await message_items(await anext(responses))
            assert len(np.concatenate([pcm async for pcm in first.audio()])) == WIRE_RATE
            sound = second.audio()
            taken = sum([len(await anext(sound)) for _ in range(4)])
            if by_speech:
                await server.user_speaks("Stop.", 0.5)
            else:
                await session.interrupt()
                session.send_text("Well?")
            assert [pcm async for pcm in sound] == []  # what is left is never given out
            (answer,) = await message_items(await anext(responses))
            assert len(np.concatenate([pcm async for pcm in answer.audio()])) == round(0.3 * WIRE_RATE)
            playouts = [await item.played() for item in (first, second, third, answer)]
            assert [playout.position for playout in playouts] == [1.0, taken / WIRE_RATE, 0.0, 0.3]
            assert [playout.interrupted for playout in playouts] == [False, True, True, False]
            held = {item.id: item.seconds for item in server.items if item.voiced}
            assert held == {first.id: 1.0, second.id: taken / WIRE_RATE, answer.id: 0.3}
            assert server.refused == []

    run_virtual(main)


async def message_items(response: Response) -> list[MessageItem]:
    """The messages of a response that the server has ended."""
    return [item for item in (await response.done()).items if isinstance(item, MessageItem)]
