"""NullSpeaker and WavSpeaker: speakers that play by the loop's clock."""

from __future__ import annotations

import sys
import wave
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, from_bytes
from realtime_sdk.devices import NullSpeaker, OutputDevice, WavSpeaker, _realtime as realtime
from realtime_sdk.devices._realtime import RealTimeSpeaker
from realtime_sdk.errors import DeviceError, UsageError
from realtime_sdk.testing import run_virtual

RATE = 24_000
FADE_FRAMES = 288
LOUD = 20_000


def ramp(frames: int, first: int = 1) -> Pcm:
    return np.arange(first, first + frames, dtype=np.int16)


def sound_in(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return from_bytes(file.readframes(file.getnframes()))


def test_they_are_output_devices(tmp_path: Path) -> None:
    assert isinstance(NullSpeaker(), OutputDevice)
    assert isinstance(WavSpeaker(tmp_path / "heard.wav"), OutputDevice)


def test_a_null_speaker_plays_in_real_time() -> None:
    async def main() -> None:
        speaker = NullSpeaker()
        await speaker.open(RATE)
        assert speaker.write(ramp(2400)) == 2400
        assert speaker.played() == 0
        await anyio.sleep(0.05)
        assert speaker.played() == 1200
        await anyio.sleep(1.0)
        assert speaker.played() == 2400

    run_virtual(main)


def test_a_second_is_queued_ahead() -> None:
    async def main() -> None:
        speaker = NullSpeaker()
        await speaker.open(RATE)
        assert speaker.write(np.ones(RATE + 1, np.int16)) == RATE
        assert speaker.room() == 0
        await anyio.sleep(0.1)
        assert speaker.room() == 2400
        speaker.pause()
        assert speaker.write(np.ones(RATE, np.int16)) == 2400

    run_virtual(main)


def test_the_file_holds_what_was_heard_and_the_silences_between(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def main() -> None:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        await anyio.sleep(0.5)
        speaker.write(ramp(1000))
        await anyio.sleep(0.25)
        speaker.write(ramp(500, first=5000))
        await anyio.sleep(0.1)
        await speaker.close()

    run_virtual(main)
    sound = sound_in(path)
    assert len(sound) == 0.85 * RATE
    assert not sound[:12_000].any()
    assert sound[12_000:13_000].tolist() == ramp(1000).tolist()
    assert not sound[13_000:18_000].any()
    assert sound[18_000:18_500].tolist() == ramp(500, first=5000).tolist()
    assert not sound[18_500:].any()


def test_the_file_ends_flushed_audio_with_a_fade(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def main() -> int:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        speaker.write(np.full(12_000, LOUD, np.int16))
        await anyio.sleep(0.1)
        end = speaker.flush()
        speaker.write(ramp(500))
        await anyio.sleep(0.4)
        assert speaker.played() == end + 500
        await speaker.close()
        return end

    end = run_virtual(main)
    assert end == 2400 + FADE_FRAMES
    sound = sound_in(path)
    assert (sound[:2400] == LOUD).all()
    assert np.abs(np.diff(sound[2399:end].astype(int))).max() < 0.01 * 32768
    assert sound[end - 1] == 0
    assert sound[end : end + 500].tolist() == ramp(500).tolist()
    assert not sound[end + 500 :].any()


def test_a_pause_is_a_silence_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def main() -> None:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        speaker.write(np.full(4800, LOUD, np.int16))
        await anyio.sleep(0.1)
        speaker.pause()
        await anyio.sleep(3.0)
        assert speaker.played() == 2400 + FADE_FRAMES
        speaker.write(np.full(100, LOUD, np.int16))
        speaker.resume()
        await anyio.sleep(0.2)
        assert speaker.played() == 4900
        await speaker.close()

    run_virtual(main)
    sound = sound_in(path)
    hole = sound[2400 + FADE_FRAMES : round(3.1 * RATE)]
    assert not hole.any()
    until_its_end = sound[: np.flatnonzero(sound)[-1] + 1].astype(int)
    assert np.abs(np.diff(until_its_end)).max() < 0.01 * 32768
    assert np.count_nonzero(sound == LOUD) == 4900 - 2 * FADE_FRAMES


def test_a_flush_during_a_pause_drops_the_queue() -> None:
    async def main() -> None:
        speaker = NullSpeaker()
        await speaker.open(RATE)
        speaker.write(ramp(4800))
        await anyio.sleep(0.1)
        speaker.pause()
        await anyio.sleep(1.0)
        assert speaker.flush() == 2400 + FADE_FRAMES
        speaker.resume()
        await anyio.sleep(1.0)
        assert speaker.played() == 2400 + FADE_FRAMES

    run_virtual(main)


def test_the_file_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def main() -> None:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        assert len(sound_in(path)) == 0
        speaker.write(ramp(2400))
        await anyio.sleep(0.05)
        speaker.played()
        assert sound_in(path).tolist() == ramp(1200).tolist()
        await speaker.close()
        await speaker.close()

    run_virtual(main)


def test_hours_of_silence_are_written_a_second_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def main() -> None:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        await anyio.sleep(600.5)
        await speaker.close()

    run_virtual(main)
    assert len(sound_in(path)) == 600.5 * RATE


def test_a_file_that_cannot_be_written_is_a_device_error(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(DeviceError, match=r"can't write audio to .*nowhere.heard\.wav: No such file"):
            await WavSpeaker(tmp_path / "nowhere" / "heard.wav").open(RATE)

    run_virtual(main)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, which limits the size of files")
def test_a_file_that_can_no_longer_be_written_keeps_what_was_heard(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "heard.wav"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def main() -> None:
        speaker = WavSpeaker(path)
        await speaker.open(RATE)
        speaker.write(np.full(RATE, LOUD, np.int16))
        await anyio.sleep(0.5)
        speaker.played()
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
        try:
            await anyio.sleep(0.1)
            with pytest.raises(DeviceError, match="can't write audio"):
                speaker.played()
            with suppress(DeviceError):
                await speaker.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        with pytest.raises(DeviceError, match="can't write audio"):
            await speaker.open(RATE)

    run_virtual(main)
    with path.open("rb") as file:
        assert len(file.read()) == 44 + RATE


def test_a_closed_speaker_refuses() -> None:
    async def main() -> None:
        speaker = NullSpeaker()
        with pytest.raises(DeviceError, match="NullSpeaker is not open"):
            speaker.write(ramp(1))
        await speaker.open(RATE)
        await speaker.close()
        with pytest.raises(DeviceError, match="not open"):
            speaker.played()

    run_virtual(main)


def test_a_speaker_that_is_opened_again_counts_from_zero() -> None:
    async def main() -> None:
        speaker = NullSpeaker()
        await speaker.open(RATE)
        speaker.write(ramp(100))
        await anyio.sleep(1.0)
        await speaker.close()
        await speaker.open(RATE)
        assert speaker.played() == 0
        speaker.write(ramp(240))
        await anyio.sleep(0.005)
        assert speaker.played() == 120

    run_virtual(main)


class Listener(RealTimeSpeaker):
    """Remembers all that was heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int] = []
        self.frames = 0

    def _heard(self, pcm: Pcm) -> None:
        self.heard += pcm.tolist()
        self.frames += len(pcm)

    def _silent(self, frames: int) -> None:
        assert frames > 0
        self.frames += frames


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["write", "flush", "pause", "resume", "wait"]), st.integers(0, 100)), max_size=30
    )
)
def test_every_frame_that_is_counted_is_heard_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    def unchanged(pcm: Pcm) -> Pcm:
        return pcm

    async def main() -> None:
        speaker = Listener()
        await speaker.open(RATE)
        kept: list[int] = []  # what was written and not dropped
        number = last = 0
        for step, ms in steps:
            if step == "write":
                taken = speaker.write(ramp(ms * 24, first=number))
                kept += ramp(taken, first=number).tolist()
                number = (number + taken) % 20_000
            elif step == "flush":
                kept = kept[: speaker.flush()]
            elif step != "wait":
                getattr(speaker, step)()
            await anyio.sleep(ms / 1000)
            assert last <= speaker.played() == len(speaker.heard) <= len(kept)
            last = speaker.played()
        speaker.resume()
        await anyio.sleep(3.0)
        assert speaker.played() == len(kept)
        assert speaker.heard == kept
        assert speaker.frames == round(RATE * clock.now())

    with mock.patch.object(realtime, "fade_out", unchanged), mock.patch.object(realtime, "fade_in", unchanged):
        run_virtual(main)


def test_a_gain_is_a_ramp_from_the_frame_that_is_due(tmp_path: Path) -> None:
    async def main() -> None:
        speaker = WavSpeaker(tmp_path / "heard.wav")
        await speaker.open(RATE)
        speaker.write(np.full(12_000, LOUD, np.int16))
        await anyio.sleep(0.1)
        assert speaker.set_gain(0.5) == 2400
        await anyio.sleep(1.0)
        assert speaker.played() == 12_000
        speaker.set_gain(0.25)
        speaker.write(np.full(100, LOUD, np.int16))
        await anyio.sleep(0.1)
        await speaker.close()

    run_virtual(main)
    sound = sound_in(tmp_path / "heard.wav")
    assert (sound[:2401] == LOUD).all() and (sound[2880:12_000] == LOUD // 2).all()
    assert np.abs(np.diff(sound[:12_000].astype(int))).max() < 50
    assert (sound[sound > 0][-100:] == LOUD // 4).all()


@pytest.mark.parametrize("path", [None, 7, b"heard.wav"])
def test_a_path_that_is_none_is_refused_at_once(path: Any) -> None:
    with pytest.raises(UsageError, match=r"path is that of a WAV file, such as 'heard\.wav', not "):
        WavSpeaker(path)
