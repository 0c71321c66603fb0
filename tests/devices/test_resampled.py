"""ResampledPlayback: a device at another rate, written and counted in frames of the caller's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm, Samples, to_samples
from realtime_sdk.devices._playback import Playback
from realtime_sdk.devices._resampled import ResampledPlayback
from realtime_sdk.devices._stream import Format

from ..audio.test_resampling import distortion
from . import sound_card
from .sound_card import RATE, ManualClock, SoundCard, mixer_on, without_silence

DEVICE_RATES = [16_000, 44_100, 48_000]


def noise(frames: int, seed: int = 1) -> Pcm:
    """Sound without a single silent frame."""
    generator = np.random.default_rng(seed)
    return generator.integers(1, 6000, frames).astype(np.int16) * generator.choice([-1, 1], frames).astype(np.int16)


class Room(sound_card.Room):
    """A card at a rate of its own."""

    def __init__(self, device_rate: int, *, channels: int = 2) -> None:
        clock = ManualClock()
        card = SoundCard(clock, format=Format(device_rate, channels, device_rate // 100))
        super().__init__(clock, card, ResampledPlayback(Playback(mixer_on(card)), RATE, device_rate))

    @property
    def sound(self) -> Samples:
        """What came out of the first channel, without the silence before and behind."""
        return without_silence(self.card.channels[:, 0])


def ideal(pcm: Pcm, device_rate: int) -> Samples:
    """The audio as soxr resamples it as a whole."""
    converted: Samples = soxr.resample(np.pad(to_samples(pcm), (0, RATE)), RATE, device_rate)
    return converted[: math.ceil(len(pcm) * device_rate / RATE)]


@pytest.mark.parametrize("device_rate", DEVICE_RATES)
@pytest.mark.parametrize("piece", [97, 480, 12_001])
def test_frames_written_in_pieces_are_resampled_as_one_stream(device_rate: int, piece: int) -> None:
    room = Room(device_rate)
    sound = noise(12_001)
    room.playback.write(sound[:2400])  # what a session begins with
    for start in range(2400, len(sound), piece):
        room.playback.write(sound[start : start + piece])
        room.wait(piece / RATE)
    room.watch(0.7)
    assert room.playback.played() == len(sound)
    expected = ideal(sound, device_rate)
    assert len(room.sound) == len(expected), "to the last frame"
    assert distortion(room.sound, expected) < -96


@pytest.mark.parametrize("device_rate", DEVICE_RATES)
def test_the_count_is_the_number_of_frames_heard(device_rate: int) -> None:
    room = Room(device_rate)
    room.playback.write(noise(12_000))
    for _ in range(200):
        assert room.wait(0.0033) == pytest.approx(room.card.heard() * RATE / device_rate, abs=2)
    assert room.playback.played() == 12_000


def test_every_channel_plays_the_audio() -> None:
    room = Room(48_000, channels=4)
    room.playback.write(noise(2400))
    room.watch(0.3)
    channels = room.card.channels
    assert channels.shape[1] == 4
    assert np.count_nonzero(channels[:, 0])
    assert all(np.array_equal(channels[:, 0], channels[:, n]) for n in range(1, 4))


def test_audio_after_an_end_that_was_played_follows_it() -> None:
    room = Room(48_000)
    room.playback.write(noise(2400))
    room.watch(0.3)
    assert room.playback.played() == 2400
    room.playback.write(noise(2400, seed=2))
    room.watch(0.3)
    assert room.playback.played() == 4800
    assert len(room.sound[room.sound != 0]) == pytest.approx(9600, abs=2)


@pytest.mark.parametrize("device_rate", DEVICE_RATES)
def test_write_takes_as_many_frames_as_the_device_has_room_for(device_rate: int) -> None:
    room = Room(device_rate)
    frames = room.playback.room()
    assert frames / RATE > 1.3
    assert room.playback.write(noise(frames + 1)) == frames
    assert room.playback.room() == room.playback.write(noise(5)) == 0
    room.wait(0.1)
    assert room.playback.room() >= RATE / 100


@pytest.mark.parametrize("device_rate", DEVICE_RATES)
def test_a_flush_returns_the_end_and_later_frames_are_resampled_afresh(device_rate: int) -> None:
    room = Room(device_rate)
    room.playback.write(noise(24_000))
    room.watch(0.2)
    end = room.playback.flush()
    assert room.playback.played() < end, "the driver plays what it has, and a fade"
    assert room.playback.write(noise(1000, seed=2)) == 1000
    room.watch(0.5)
    assert room.playback.played() == end + 1000
    new = ideal(noise(1000, seed=2), device_rate)
    assert distortion(room.sound[-len(new) :], new) < -96, "nothing of what was cut is in it"
    gap = np.flatnonzero(room.sound[: -len(new)] == 0)[0]
    assert gap / device_rate == pytest.approx(end / RATE, abs=2 / min(RATE, device_rate))


@pytest.mark.parametrize("device_rate", DEVICE_RATES)
def test_frames_written_after_a_fade_leave_it_unchanged(device_rate: int) -> None:
    room = Room(device_rate)
    loud = np.full(2700, 20_000, np.int16)
    room.playback.write(loud)  # its end is not settled, and lies in the fade
    room.wait(0.06)
    room.playback.pause()
    room.playback.write(loud)
    room.watch(0.3)
    room.playback.resume()
    room.watch(0.3)
    assert room.playback.played() == 5400
    steps = np.abs(np.diff(room.sound[20:-20]))  # the edges of such a sound are as steep as the rate allows
    assert steps.max() < 0.02, "no click"


@given(
    device_rate=st.sampled_from(DEVICE_RATES),
    steps=st.lists(
        st.tuples(st.sampled_from(["write", "flush", "pause", "resume", "wait"]), st.integers(0, 100)), max_size=20
    ),
)
def test_the_count_is_the_truth_after_any_use(device_rate: int, steps: list[tuple[str, int]]) -> None:
    room = Room(device_rate)
    written = last = 0
    for step, ms in steps:
        if step == "write":
            written += room.playback.write(noise(ms * 24))
        elif step == "flush":
            written = room.playback.flush()
        elif step != "wait":
            getattr(room.playback, step)()
        played = room.wait(ms / 1000)
        assert last <= played <= written
        last = played
    room.playback.resume()
    room.watch(sum(ms for _, ms in steps) / 1000 + 0.5)
    assert room.playback.played() == written
