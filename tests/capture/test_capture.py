"""The capture as the session sees it: batches of events, in order."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import aclosing
from typing import TypeVar

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import Turns, UsageError
from realtime_sdk._runtime import clock
from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames
from realtime_sdk.audio._session_formats import Formats
from realtime_sdk.capture._capture import Capture
from realtime_sdk.capture._events import (
    Append,
    CancellerFailed,
    CaptureEvent,
    InputLost,
    InputRestored,
    SpeechBegan,
    SpeechEnded,
    TurnBegan,
    TurnEnded,
)
from realtime_sdk.capture._levels import Level
from realtime_sdk.capture._mute import Mute
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._gate import HalfDuplexGate
from realtime_sdk.capture.echo._reference import REFERENCE_LEAD_SECONDS
from realtime_sdk.devices._protocols import InputDevice
from realtime_sdk.testing import VirtualMicrophone, noise, run_virtual

from .sounds import Loudness

RATE = 24_000
BLOCK = 0.02
SAID = noise(10.0, seed=8)

E = TypeVar("E", bound=CaptureEvent)


class Broken(HalfDuplexGate):
    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        raise OSError("the library is gone")


class Wrong(Loudness):
    def hear(self, pcm: Pcm) -> list[float]:
        raise ArithmeticError("no model")


class Talk:
    """A capture that runs, and what it has yielded so far. speech: when the user begins to speak, and for how long."""

    def __init__(
        self, turns: Turns | None = None, *, canceller: EchoCanceller | None = None, formats: Formats | None = None,
        speech: tuple[float, float] = (0.0, 10.0),
    ) -> None:  # fmt: skip
        self.microphone = VirtualMicrophone()
        start, seconds = speech
        self.microphone.say(SAID[: to_frames(seconds)], at=start)
        self.capture = Capture(
            self.microphone, formats or Formats(), turns=turns or Turns.by_server(), canceller=canceller
        )
        self.capture.measure_levels()
        self.events: list[CaptureEvent] = []
        self.is_over = False

    async def run(self) -> None:
        async with aclosing(self.capture.run()) as batches:
            async for events in batches:
                assert events, "no batch is empty"
                self.events += events
        self.is_over = True

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def sent(self) -> Pcm:
        return np.concatenate([SILENCE, *(event.pcm for event in self.of(Append))])

    @property
    def kinds(self) -> list[type]:
        """The types of the events without levels, appends that follow each other taken for one."""
        kinds = [type(event) for event in self.events if not isinstance(event, Level)]
        return [kind for before, kind in zip([None, *kinds], kinds, strict=False) if not (kind is before is Append)]


def talk(
    going_on: Callable[[Talk], object] | None = None, turns: Turns | None = None, *, seconds: float = 3.0,
    hang_up: bool = False, canceller: EchoCanceller | None = None, speech: tuple[float, float] = (0.0, 10.0),
) -> Talk:  # fmt: skip
    """What is captured in so many seconds, in whose middle `going_on` is called."""

    async def main() -> Talk:
        talk = Talk(turns, canceller=canceller, speech=speech)
        await talk.microphone.open(RATE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.run)
            await anyio.sleep(seconds / 2)
            if going_on is not None:
                going_on(talk)
            await anyio.sleep(seconds / 2)
            if hang_up:
                talk.microphone.hang_up()
                await anyio.sleep(0.1)
                assert talk.is_over
            tasks.cancel_scope.cancel()
        return talk

    return run_virtual(main)


def test_everything_is_sent_where_the_server_decides_about_turns() -> None:
    captured = talk()
    assert captured.kinds == [Append]
    assert np.array_equal(captured.sent, SAID[: captured.sent.size])
    assert captured.sent.size >= to_frames(2.9)
    assert len(captured.of(Level)) == approx(3.0 / 0.08, abs=1)


def test_a_block_is_there_in_the_step_in_which_the_device_gives_it() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        await microphone.open(RATE)
        capture = Capture(microphone, Formats(), turns=Turns.by_server(), canceller=None)
        before = len(anyio.get_running_tasks())
        async with aclosing(capture.run()) as batches:
            (append,) = await anext(batches)
            assert isinstance(append, Append)
            assert clock.wall() - append.at == approx(BLOCK)
            assert len(anyio.get_running_tasks()) == before, "no task stands between"

    run_virtual(main)


def test_the_audio_is_encoded_in_the_format_of_the_wire() -> None:
    async def main() -> None:
        formats = Formats(AudioFormat("audio/pcmu", 8000), AudioFormat())
        captured = Talk(formats=formats)
        await captured.microphone.open(8000)
        async with aclosing(captured.capture.run()) as batches:
            (append,) = await anext(batches)
        assert isinstance(append, Append)
        assert append.data == formats.input.encode(append.pcm.tobytes())
        assert len(append.data) == append.pcm.size == 160

    run_virtual(main)


def test_the_applications_audio_is_checked_and_encoded() -> None:
    async def main() -> None:
        capture = Capture(None, Formats(), turns=Turns.by_server(), canceller=None)
        pcm = SAID[:480]
        assert capture.encode(pcm) == capture.encode(pcm.tobytes()) == pcm.tobytes()
        with pytest.raises(UsageError, match="middle of a frame"):
            capture.encode(b"\0\0\0")

    run_virtual(main)


# Push to talk


def test_a_press_and_a_release_are_a_turn_around_its_audio() -> None:
    async def main() -> None:
        captured = Talk(Turns.push_to_talk())
        await captured.microphone.open(RATE)
        began = clock.wall()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(captured.run)
            await anyio.sleep(1.0)
            captured.events += captured.capture.press(clock.wall())
            await anyio.sleep(0.99)
            assert captured.kinds == [TurnBegan, Append]
            meant, events = captured.capture.release(clock.wall())
            assert meant and events == []
            await anyio.sleep(1.0)
            tasks.cancel_scope.cancel()
        assert captured.kinds == [TurnBegan, Append, TurnEnded]
        (begin,), (end,) = captured.of(TurnBegan), captured.of(TurnEnded)
        assert [begin.at - began, end.at - began] == approx([1.0, 1.99])
        assert (end.commit, end.clear) == (True, False)
        assert np.array_equal(captured.sent, SAID[to_frames(0.7) : to_frames(1.99)])

    run_virtual(main)


@pytest.mark.parametrize("turns", [Turns.by_server(), Turns.by_voice(Loudness())])
def test_a_key_that_decides_nothing_is_refused(turns: Turns) -> None:
    async def main() -> None:
        capture = Capture(None, Formats(), turns=turns, canceller=None)
        for use in (capture.press, capture.release):
            with pytest.raises(UsageError, match="push_to_talk"):
                use(0.0)

    run_virtual(main)


def test_without_a_microphone_a_turn_ends_with_its_release() -> None:
    async def main() -> None:
        capture = Capture(None, Formats(), turns=Turns.push_to_talk(), canceller=None)
        assert capture.press(1.0) == []
        meant, events = capture.release(2.0)
        assert meant
        assert events == [TurnBegan(1.0), TurnEnded(2.0, commit=False, clear=False)]

    run_virtual(main)


def test_after_the_microphones_last_audio_a_turn_ends_with_its_release() -> None:
    def press(talk: Talk) -> None:
        talk.events += talk.capture.press(clock.wall())

    captured = talk(press, Turns.push_to_talk(), hang_up=True)
    assert captured.kinds == [TurnBegan, Append]

    meant, events = captured.capture.release(captured.of(TurnBegan)[0].at + 5.0)
    assert meant
    (end,) = events
    assert isinstance(end, TurnEnded) and end.commit


# Turns by voice


def test_a_turn_starts_before_its_audio_and_speech_is_reported_after_both() -> None:
    captured = talk(turns=Turns.by_voice(Loudness()), speech=(0.5, 1.0))
    assert captured.kinds == [TurnBegan, Append, SpeechBegan, Append, SpeechEnded, TurnEnded]
    assert captured.of(TurnBegan)[0].at == captured.of(SpeechBegan)[0].at
    assert captured.of(SpeechEnded)[0].at - captured.of(SpeechBegan)[0].at == approx(1.0)
    assert captured.of(TurnEnded)[0].at - captured.of(SpeechEnded)[0].at == approx(0.5)


def test_a_microphone_that_ends_ends_the_turn_after_its_last_audio() -> None:
    captured = talk(turns=Turns.by_voice(Loudness()), seconds=2.0, hang_up=True)
    assert captured.kinds == [TurnBegan, Append, SpeechBegan, Append, SpeechEnded, TurnEnded]
    assert captured.of(TurnEnded)[0].commit
    assert np.array_equal(captured.sent, SAID[: to_frames(2.0)])


def test_a_microphone_that_ends_in_silence_ends_no_turn() -> None:
    captured = talk(turns=Turns.by_voice(Loudness()), seconds=2.0, hang_up=True, speech=(5.0, 1.0))
    assert captured.kinds == []


# Turns by the server, and an early suspicion


def test_early_speech_is_reported_while_everything_is_sent() -> None:
    captured = talk(turns=Turns.by_server(early=Loudness()), speech=(0.5, 1.0))
    assert captured.kinds == [Append, SpeechBegan, Append, SpeechEnded, Append]
    assert captured.sent.size >= to_frames(2.9)


# Mute


def test_a_soft_mute_sends_silence_and_a_hard_one_nothing() -> None:
    soft = talk(lambda talk: talk.capture.mute(Mute.SOFT, clock.wall()))
    hard = talk(lambda talk: talk.capture.mute(Mute.HARD, clock.wall()))
    assert hard.sent.size == approx(to_frames(1.5), abs=to_frames(BLOCK))
    assert np.array_equal(soft.sent[: hard.sent.size], SAID[: hard.sent.size])
    assert soft.sent.size == approx(to_frames(3.0), abs=to_frames(BLOCK))
    assert not soft.sent[hard.sent.size :].any()
    assert len(hard.of(Level)) == approx(1.5 / 0.08, abs=1)


# Failures


def test_with_a_canceller_audio_waits_for_the_loudspeakers_report() -> None:
    def hold(talk: Talk) -> None:
        talk.capture.rendered_until(clock.wall())

    held = talk(hold, canceller=HalfDuplexGate(RATE))
    assert to_frames(1.4) < held.sent.size <= to_frames(1.5)
    free = talk(lambda talk: talk.capture.rendered_until(math.inf), canceller=HalfDuplexGate(RATE))
    assert free.sent.size > to_frames(2.9)


def test_a_failed_canceller_is_reported_and_audio_continues() -> None:
    captured = talk(canceller=Broken(RATE))
    (failed,) = captured.of(CancellerFailed)
    assert "the library is gone" in failed.reason
    assert captured.sent.size > to_frames(2.9)


@pytest.mark.parametrize("canceller", [None, HalfDuplexGate(RATE)])
def test_a_lost_microphone_is_an_event_and_silence_is_sent_until_it_is_back(canceller: EchoCanceller | None) -> None:
    async def main() -> Talk:
        captured = Talk(canceller=canceller)
        await captured.microphone.open(RATE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(captured.run)
            await anyio.sleep(1.0)
            captured.microphone.unplug()
            await anyio.sleep(1.0)
            captured.microphone.plug_in()
            await anyio.sleep(2.0)
            tasks.cancel_scope.cancel()
        return captured

    captured = run_virtual(main)
    (lost,), (restored,) = captured.of(InputLost), captured.of(InputRestored)
    assert 1.0 <= restored.at - lost.at < 2.0
    assert captured.sent.size == approx(to_frames(4.0), abs=to_frames(0.1))
    began = 0.0 if canceller is None else REFERENCE_LEAD_SECONDS  # after silence
    assert np.array_equal(captured.sent[to_frames(began) : to_frames(0.9)], SAID[: to_frames(0.9 - began)])
    assert not captured.sent[to_frames(1.1) : to_frames(1.9)].any()
    assert captured.sent[-to_frames(1.0) :].any()


def test_an_exception_of_a_detector_comes_out_of_run() -> None:
    async def main() -> None:
        microphone: InputDevice = VirtualMicrophone()
        await microphone.open(RATE)
        capture = Capture(microphone, Formats(), turns=Turns.by_voice(Wrong()), canceller=None)
        with pytest.raises(ArithmeticError, match="no model"):
            async for _ in capture.run():
                pass

    run_virtual(main)
