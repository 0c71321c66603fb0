"""Playback on a mixer: the frames heard, their count, and cuts."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Samples
from realtime_sdk.devices import _callback_mixer as callback_mixer, _playback as playback
from realtime_sdk.errors import DeviceError

from .playback_room import FADE_FRAMES, LOUD, RING_FRAMES, Room, ramp
from .sound_card import BLOCK_FRAMES, RATE


def test_frames_written_are_heard_one_by_one() -> None:
    room = Room()
    assert room.playback.write(ramp(3000)) == 3000
    room.watch(0.5)
    assert room.sound.tolist() == ramp(3000).tolist()
    assert room.playback.played() == 3000


def test_two_writes_are_heard_without_a_gap() -> None:
    room = Room()
    room.playback.write(ramp(1000))
    room.wait(0.03)
    room.playback.write(ramp(1000, first=1001))
    room.watch(0.5)
    assert room.sound.tolist() == ramp(2000).tolist()


def test_the_count_is_the_number_of_frames_heard() -> None:
    room = Room(latency=0.25)
    room.playback.write(ramp(4800))
    for _ in range(150):
        assert room.wait(0.0033) == pytest.approx(room.card.heard(), abs=1)


def test_an_underrun_is_silence_that_is_not_counted() -> None:
    room = Room()
    room.playback.write(ramp(100))
    room.watch(0.3)
    assert room.playback.played() == 100
    room.playback.write(ramp(100, first=101))
    room.watch(0.3)
    assert room.playback.played() == 200
    assert room.sound[room.sound > 0].tolist() == ramp(200).tolist()
    assert len(room.sound) == pytest.approx(0.3 * RATE, abs=2 * BLOCK_FRAMES)


def test_a_loop_that_is_blocked_for_a_second_is_not_heard() -> None:
    room = Room()
    room.playback.write(ramp(30_000))
    assert room.wait(1.2) == pytest.approx(1.16 * RATE, abs=BLOCK_FRAMES)
    assert room.sound.tolist() == ramp(1_201 * 24)[: len(room.sound)].tolist()


def test_write_takes_as_many_frames_as_there_is_room_for() -> None:
    room = Room()
    assert room.playback.room() == RING_FRAMES
    assert room.playback.write(np.ones(RING_FRAMES + 1, np.int16)) == RING_FRAMES
    assert room.playback.room() == 0
    assert room.playback.write(ramp(1)) == 0
    room.wait(0.1)
    assert room.playback.room() >= BLOCK_FRAMES


def test_a_flush_fades_out_and_drops_the_rest() -> None:
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.2)
    end = room.playback.flush()
    room.watch(0.5)
    assert room.playback.played() == end
    sound = room.sound
    assert len(sound) == end - 1, "the last frame of a fade is silent"
    assert (sound[: end - FADE_FRAMES] == LOUD).all()
    steps = np.abs(np.diff(sound[end - FADE_FRAMES - 1 :].astype(int)))
    assert steps.max() < 0.01 * 32768, "a step of 1 % of full scale is -40 dB"


def test_a_flush_is_silent_one_block_margin_and_fade_after_the_latency() -> None:
    room = Room(latency=0.04)
    room.playback.write(np.full(24_000, LOUD, np.int16))
    for _ in range(20):
        room.wait(0.01)
    room.clock.now += 0.004
    before = room.clock.now
    end = room.playback.flush()
    while room.playback.played() < end:
        room.wait(0.001)
    assert room.clock.now - before <= 0.04 + 0.01 + playback.CUT_MARGIN_SECONDS + 0.012 + 0.001


def test_frames_written_after_a_flush_are_heard_unchanged_after_the_fade() -> None:
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.2)
    end = room.playback.flush()
    assert room.playback.write(ramp(2000)) == 2000
    room.watch(0.5)
    assert room.playback.played() == end + 2000
    new = np.flatnonzero(room.card.output == 1)[-1]
    assert room.card.output[new : new + 2000].tolist() == ramp(2000).tolist()
    assert not room.card.output[new - BLOCK_FRAMES // 4 : new].any()


def test_a_flush_of_silence_is_nothing() -> None:
    room = Room()
    assert room.playback.flush() == 0
    room.playback.write(ramp(500))
    room.watch(0.3)
    assert room.playback.flush() == 500
    assert room.playback.flush() == 500


def test_two_flushes_are_one_cut() -> None:
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.2)
    end = room.playback.flush()
    room.playback.write(ramp(500))
    room.wait(0.015)
    assert room.playback.flush() == end
    room.watch(0.5)
    assert room.playback.played() == end
    assert len(room.sound) == end - 1


def test_a_pause_stops_the_count_and_a_resume_continues_with_the_next_frame() -> None:
    room = Room()
    room.playback.write(np.full(12_000, LOUD, np.int16))
    room.wait(0.2)
    room.playback.pause()
    room.watch(0.3)
    held = room.playback.played()
    room.watch(5.0)
    assert room.playback.played() == held
    room.playback.resume()
    room.watch(0.6)
    assert room.playback.played() == 12_000
    silence = np.flatnonzero(np.diff(np.flatnonzero(room.sound)) > RATE)
    assert len(silence) == 1, "one hole, where it was held"
    assert silence[0] + 2 == held, "the fade in begins with the frame behind the last one counted"


def test_a_pause_and_a_resume_fade() -> None:
    room = Room()
    room.playback.write(np.full(12_000, LOUD, np.int16))
    room.wait(0.2)
    room.playback.pause()
    room.watch(0.3)
    room.playback.resume()
    room.watch(0.6)
    loud_ends = room.sound[1:-1].astype(int)
    assert np.abs(np.diff(loud_ends)).max() < 0.01 * 32768


def test_frames_written_during_a_pause_wait() -> None:
    room = Room()
    room.playback.pause()
    room.playback.write(ramp(1000))
    room.watch(0.3)
    assert (room.playback.played(), len(room.sound)) == (0, 0)
    room.playback.resume()
    room.watch(0.3)
    assert room.sound.tolist() == ramp(1000).tolist()


def test_a_resume_before_the_fade_is_over_loses_nothing() -> None:
    room = Room()
    room.playback.write(np.full(12_000, LOUD, np.int16))
    room.wait(0.2)
    room.playback.pause()
    room.playback.resume()
    room.watch(0.7)
    assert room.playback.played() == 12_000
    assert np.count_nonzero(room.sound == LOUD) == 12_000 - 2 * FADE_FRAMES


def test_a_flush_during_a_pause_drops_the_queue() -> None:
    room = Room()
    room.playback.write(np.full(12_000, LOUD, np.int16))
    room.wait(0.2)
    room.playback.pause()
    room.watch(0.3)
    held = room.playback.played()
    assert room.playback.flush() == held
    room.playback.write(ramp(100))
    room.watch(0.3)
    assert room.playback.played() == held, "a flush is no resume"
    room.playback.resume()
    room.watch(0.3)
    assert room.playback.played() == held + 100
    assert room.sound[-100:].tolist() == ramp(100).tolist()


@pytest.mark.parametrize(("before", "after"), [(1, 0), (5, 0), (0, 1), (0, 2), (60, 0)])
def test_a_cut_moves_later_if_the_callback_has_passed_it(
    monkeypatch: pytest.MonkeyPatch, before: int, after: int
) -> None:
    held_up = [(before, after)]  # blocks that are asked for while this thread has no processor

    class HeldUp(callback_mixer._CallbackAction):
        """The thread that cuts is held up once, right before or behind the line that does."""

        def __setattr__(self, name: str, value: object) -> None:
            blocks = held_up.pop() if name == "total_frames" and hasattr(self, "ended") and held_up else (0, 0)
            for _ in range(blocks[0]):
                room.card.ask()
            super().__setattr__(name, value)
            for _ in range(blocks[1]):
                room.card.ask()

    monkeypatch.setattr(callback_mixer, "_CallbackAction", HeldUp)
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.1)
    end = room.playback.flush()
    room.watch(1.0)
    assert not held_up
    assert room.playback.played() == end
    sound = room.sound
    assert len(sound) == end - 1
    assert np.abs(np.diff(sound.astype(int))).max() < 0.01 * 32768


def test_a_cut_that_the_callback_overtakes_counts_the_frames_heard(monkeypatch: pytest.MonkeyPatch) -> None:

    class Raced(callback_mixer._CallbackAction):
        """The thread that cuts is held up until the callback is done with what it cut."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "total_frames" and hasattr(self, "ended"):
                for _ in range(10):
                    room.card.ask()

    monkeypatch.setattr(callback_mixer, "_CallbackAction", Raced)
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.1)
    end = room.playback.flush()
    room.watch(1.0)
    assert room.playback.played() == end == len(room.sound)


def test_a_device_that_stopped_says_so() -> None:
    room = Room()
    room.playback.write(ramp(1000))
    room.card.unplug()
    for method in (room.playback.room, room.playback.played, room.playback.flush, room.playback.pause):
        with pytest.raises(DeviceError, match="'card' stopped"):
            method()


@pytest.mark.parametrize("writes", [True, False])
def test_a_device_that_asks_for_nothing_for_a_second_has_stopped_though_its_driver_says_nothing(writes: bool) -> None:
    room = Room()
    if writes:
        room.playback.write(np.full(24_000, LOUD, np.int16))
    room.watch(0.5)
    room.card.stall(1e9)
    room.watch(0.7)
    with pytest.raises(DeviceError, match="'card' has stopped playing"):
        room.watch(0.6)


def test_a_device_that_was_not_polled_for_seconds_is_still_alive() -> None:
    room = Room()
    for seconds in (0.5, 3.0, 0.26, 1.5, 60.0):
        room.clock.now += seconds
        room.card.catch_up()  # its callback was called all the time
        assert room.playback.played() == 0


def test_a_device_is_not_lost_by_seconds_in_which_the_whole_process_stood_still() -> None:
    room = Room()
    room.watch(0.5)
    room.card.stall(6.2)
    for _ in range(4):
        room.clock.now += 1.5
        assert room.playback.played() == 0
    room.watch(1.0)


def test_the_count_follows_a_card_that_keeps_another_time() -> None:
    room = Room(drift=500e-6)
    farthest = 0
    for n in range(2000):
        room.playback.write(np.full(min(room.playback.room(), 480), LOUD, np.int16))
        room.wait(0.01)
        if n % 100 == 0:
            farthest = max(farthest, abs(room.playback.played() - room.card.heard()))
    assert farthest <= 30, "without readings of the card's clock it is 240 by now"


def test_the_count_recovers_from_a_gap_in_the_driver() -> None:
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.watch(0.2)
    room.card.stall(0.3)
    for _ in range(300):
        room.playback.write(np.full(min(room.playback.room(), 240), LOUD, np.int16))
        room.wait(0.01)
    assert room.playback.played() == pytest.approx(room.card.heard(), abs=1)


def test_a_driver_without_dac_times_is_counted_by_its_latency() -> None:
    room = Room(tells_dac_times=False)
    room.playback.write(np.full(12_000, LOUD, np.int16))
    for _ in range(70):
        room.wait(0.01)
        late = room.card.heard() - room.playback.played()
        assert 0 <= late <= 2 * BLOCK_FRAMES
    assert room.playback.played() == 12_000


@given(
    latency=st.sampled_from([0.0, 0.013, 0.04, 0.25]),
    steps=st.lists(
        st.tuples(st.sampled_from(["write", "flush", "pause", "resume", "wait"]), st.integers(0, 100)), max_size=30
    ),
)
def test_every_frame_that_is_counted_is_heard_once_and_in_order(latency: float, steps: list[tuple[str, int]]) -> None:
    def full(frames: int) -> Samples:
        return np.ones(frames, np.float32)

    with mock.patch.object(playback, "falling", full), mock.patch.object(playback, "rising", full):
        room = Room(latency=latency)
        kept: list[int] = []  # what was written and not dropped
        number = last = 0
        for step, ms in steps:
            if step == "write":
                taken = room.playback.write(ramp(ms * 24, first=number % 20_000 + 1))
                kept += ramp(taken, first=number % 20_000 + 1).tolist()
                number += taken
            elif step == "flush":
                kept = kept[: room.playback.flush()]
            elif step != "wait":
                getattr(room.playback, step)()
            played = room.wait(ms / 1000)
            assert last <= played <= len(kept)
            assert played == pytest.approx(room.card.heard(), abs=1)
            last = played
        room.playback.resume()
        room.watch(sum(ms for _, ms in steps) / 1000 + 0.5)
        assert room.playback.played() == len(kept)
        output = room.card.output
        assert output[output > 0].tolist() == kept
