"""A policy decides what the user's speech does to the reply."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import BargeIn, Interrupted, Playout, Session, Turns, UsageError, connect
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, noise, run_virtual
from realtime_sdk.turns._floor import TRANSITIONS, FloorEvent, FloorState
from realtime_sdk.turns._policies import with_turns

from .schedules import replay, schedule as s
from .schedules.account import corrections, emitted, heard, remembered
from .schedules.answers import THREE, YES, spoken
from .schedules.scheduled_talk import messages

DUCKED = 0.2


@dataclass
class Talk:
    """A reply of three seconds, during which the user says something; then the reply to that, if there is one."""

    policy: BargeIn
    seconds: float  # of the user's speech, as the server's turn detection hears it
    server: FakeServer = field(default_factory=FakeServer)
    speaker: VirtualSpeaker = field(default_factory=VirtualSpeaker)
    playouts: list[Playout] = field(default_factory=list)
    interruptions: int = 0

    async def __call__(self) -> Talk:
        self.server.reply(message("A story of three seconds.", seconds=3.0))
        self.server.reply(message("You were saying?", pcm=noise(0.5, seed=2)))
        async with (
            self.server,
            connect(endpoint=self.server, speaker=self.speaker, microphone=None, barge_in=self.policy) as session,
        ):
            session.send_text("Tell me a story.")
            await self.follow(session)
        self.interruptions = len([event async for event in session.events() if isinstance(event, Interrupted)])
        return self

    async def follow(self, session: Session) -> None:
        response = await anext(session.responses())
        await anyio.sleep(1.0)
        await self.server.user_speaks("Uh-huh.", self.seconds)
        self.playouts += await response.played()
        await anyio.sleep(2.0)
        for later in session._engine.responses.values[1:]:
            self.playouts += await later.played()

    @property
    def sent(self) -> list[str]:
        return [event["type"] for event in self.server.received]


def run(policy: BargeIn, seconds: float) -> Talk:
    talk = run_virtual(Talk(policy, seconds))
    assert talk.server.refused == []
    return talk


def heard_of_the_story(talk: Talk) -> np.ndarray:
    return talk.speaker.heard[: 3 * WIRE_RATE]


def whole_story(talk: Talk) -> np.ndarray:
    return next(iter(talk.server.sounds.values()))


def test_at_once_stops_and_the_server_answers() -> None:
    talk = run(BargeIn.immediate(), 0.4)
    story, answer = talk.playouts
    assert story.interrupted and not answer.interrupted
    assert story.position == approx(1.0, abs=0.03)
    assert "response.cancel" not in talk.sent  # the story was all made, and the server interrupts by itself


def test_a_backchannel_pauses_the_reply_which_resumes_at_the_exact_frame() -> None:
    talk = run(BargeIn.pause_then_decide(1.0), 0.6)
    (story,) = talk.playouts
    assert not story.interrupted
    assert np.array_equal(talk.speaker.heard, whole_story(talk))
    pause = talk.speaker.timeline[1].at - talk.speaker.timeline[0].at - len(talk.speaker.timeline[0].pcm) / WIRE_RATE
    assert pause == approx(0.6, abs=0.03)
    assert talk.interruptions == 0
    assert not {"conversation.item.truncate", "conversation.item.delete", "response.cancel"} & set(talk.sent)


def test_a_short_word_only_ducks_the_reply() -> None:
    talk = run(BargeIn.duck_then_decide(1.0), 0.6)
    (story,) = talk.playouts
    assert not story.interrupted
    heard, whole = heard_of_the_story(talk).astype(float), whole_story(talk).astype(float)
    ducked = slice(round(1.1 * WIRE_RATE), round(1.5 * WIRE_RATE))
    after = slice(round(1.7 * WIRE_RATE), None)
    assert np.abs(heard[ducked] - DUCKED * whole[ducked]).max() <= 1
    assert np.array_equal(heard[after], whole[after])
    assert len(talk.speaker.heard) == len(whole)


@pytest.mark.parametrize("policy", [BargeIn.pause_then_decide(0.8), BargeIn.duck_then_decide(0.8), BargeIn.delay(0.8)])
def test_continued_speech_takes_the_turn(policy: BargeIn) -> None:
    talk = run(policy, 2.0)
    story, answer = talk.playouts
    assert story.interrupted and not answer.interrupted
    assert answer.transcript == "You were saying?"
    assert talk.interruptions == 1
    assert talk.sent.count("response.create") == 2
    assert np.abs(talk.speaker.heard[-100:]).max() > 1500  # at its own loudness again


def test_waiting_lets_the_reply_sound_until_the_turn_is_taken() -> None:
    talk = run(BargeIn.delay(0.8), 2.0)
    assert talk.playouts[0].position == approx(1.8, abs=0.03)


FALSE_ALARMS = {
    "in an item": (s.Answer(THREE), 0.4, "PlayoutStarted"),
    "across the end of an item": (s.Answer(THREE), 0.85, "PlayoutStarted"),
    "between two items": (s.Answer(THREE), 0.0, "PlayoutFinished"),
    "while it streams": (s.Answer(THREE, pace=1.2), 0.4, "PlayoutStarted"),
    "during an underrun": (s.Answer((spoken(1.0, 2.0, 1.0), spoken(1.0))), 1.5, "PlayoutStarted"),
    "before the first sound": (s.Answer((s.Spoken((s.Lull(1.0), s.Sound(2.0))), spoken(1.0))), 0.2, "ItemAdded"),
}


@pytest.mark.parametrize("moment", FALSE_ALARMS.values(), ids=FALSE_ALARMS)
@pytest.mark.parametrize("turns", ["duck", "pause", "wait", "never"])
def test_after_a_false_alarm_the_reply_resumes_at_the_exact_sample(
    turns: s.Turns, moment: tuple[s.Answer, float, str]
) -> None:
    answer, wait, after = moment
    answers = (answer, YES) if turns == "never" else (answer,)
    talk = replay(s.Schedule(answers, (s.Step(s.Ask()), s.Step(s.Speak(0.3), wait, after)), turns))
    assert sum(heard(talk).values()) == approx(3.0 + 0.3 * (turns == "never"))
    assert remembered(talk) == heard(talk)
    assert corrections(talk) == [] == emitted(talk, Interrupted)
    assert not any(item.playout.interrupted for item in messages(talk))


def test_never_finishes_what_is_being_said_and_then_answers() -> None:
    talk = run(BargeIn.never(), 0.5)
    story, answer = talk.playouts
    assert not story.interrupted and not answer.interrupted
    assert story.position == 3.0
    assert talk.interruptions == 0


def test_a_policy_that_decides_here_refuses_a_server_that_interrupts() -> None:
    with pytest.raises(UsageError, match="interrupt_response"):
        with_turns(Turns.by_server(), BargeIn.delay(), {"turn_detection": {"interrupt_response": True}})


def test_by_default_the_servers_turn_detection_is_unchanged() -> None:
    talk = run(BargeIn.immediate(), 0.4)
    assert not any("turn_detection" in str(event) for event in talk.server.received)


def test_every_state_of_the_floor_but_the_free_one_has_an_exit_by_time() -> None:
    exits = {state for (state, event), then in TRANSITIONS.items() if event is FloorEvent.EXPIRE and then is not state}
    assert exits == set(FloorState) - {FloorState.FREE}
