"""WavMicrophone: an audio file as the user's voice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices import InputDevice, WavMicrophone
from realtime_sdk.errors import DeviceError, UsageError
from realtime_sdk.testing import run_virtual

RATE = 24_000


def noise(frames: int) -> Pcm:
    return np.random.default_rng(7).integers(-9000, 9000, frames, dtype=np.int16)


def tone(hertz: float, seconds: float, rate: int) -> Pcm:
    return (12_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


def hertz(sound: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * RATE / len(sound))


async def listen(microphone: WavMicrophone, seconds: float) -> Pcm:
    return np.concatenate([await microphone.read() for _ in range(round(seconds / 0.02))])


def test_a_wav_microphone_is_an_input_device() -> None:
    assert isinstance(WavMicrophone(), InputDevice)


def test_a_file_at_the_rate_of_open_is_captured_unchanged_then_silence(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    soundfile.write(path, noise(10_001), RATE)

    async def main() -> Pcm:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        return await listen(microphone, 1.0)

    heard = run_virtual(main)
    assert heard.dtype == np.int16
    assert heard[:10_001].tolist() == noise(10_001).tolist()
    assert not heard[10_001:].any()


def test_audio_is_captured_in_real_time_in_blocks_of_20_ms() -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        await microphone.open(RATE)
        start = clock.now()
        for n in range(1, 5):
            assert (await microphone.read()).tolist() == [0] * 480
            assert clock.now() - start == pytest.approx(0.02 * n)
        await anyio.sleep(1.0)
        await listen(microphone, 1.0)
        assert clock.now() - start == pytest.approx(1.08), "a late reader gets what it missed at once"

    run_virtual(main)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_any_rate_and_both_channels_are_captured_at_the_rate_of_open(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "said.flac"
    left = tone(440, 1.0, rate)
    soundfile.write(path, np.stack([left, np.zeros_like(left)], axis=1), rate)

    async def main() -> Pcm:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        return await listen(microphone, 1.5)

    heard = run_virtual(main)
    assert hertz(heard[2400:21_600]) == pytest.approx(440, abs=2)
    assert np.abs(heard[2400:21_600]).max() == pytest.approx(6000, rel=0.01), "the mean of both channels"
    assert np.abs(heard[: RATE - 48]).max() > 0
    assert not heard[RATE + 48 :].any(), "as long as it was"


def test_say_replaces_the_rest_of_the_audio(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    soundfile.write(path, np.full(RATE, 1000, np.int16), RATE)

    async def main() -> Pcm:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        first = await listen(microphone, 0.1)
        microphone.say(noise(500))
        second = await listen(microphone, 0.1)
        microphone.say(str(path))
        return np.concatenate([first, second, await listen(microphone, 0.1)])

    heard = run_virtual(main)
    assert (heard[:2400] == 1000).all()
    assert heard[2400:2900].tolist() == noise(500).tolist()
    assert not heard[2900:4800].any()
    assert (heard[4800:] == 1000).all()


def test_audio_said_before_open_is_captured_first() -> None:
    async def main() -> Pcm:
        microphone = WavMicrophone()
        microphone.say(noise(480))
        await microphone.open(RATE)
        return await microphone.read()

    assert run_virtual(main).tolist() == noise(480).tolist()


def test_a_closed_microphone_has_no_more() -> None:
    async def main() -> None:
        microphone = WavMicrophone()
        await microphone.open(RATE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(microphone.close)
            assert len(await microphone.read()) == 0, "closed while it waited"
        assert len(await microphone.read()) == 0
        await microphone.close()

    run_virtual(main)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM", "GSM610"])
def test_every_way_to_store_samples_is_captured(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "said.wav"
    soundfile.write(path, tone(440, 1.0, 8_000), 8_000, subtype=subtype)

    async def main() -> Pcm:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        return await listen(microphone, 1.0)

    assert hertz(run_virtual(main)[2400:21_600]) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("name", "reason"), [("missing.wav", "there is no such file"), ("text.wav", "Format not rec")])
def test_a_file_that_cannot_be_read_is_a_device_error(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")

    async def main() -> None:
        with pytest.raises(DeviceError, match=rf"can't read .*{name}: {reason}"):
            await WavMicrophone(tmp_path / name).open(RATE)
        microphone = WavMicrophone()
        await microphone.open(RATE)
        with pytest.raises(DeviceError, match=reason):
            microphone.say(tmp_path / name)

    run_virtual(main)


def test_samples_that_are_no_numbers_are_silence_and_those_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "damaged.wav"
    samples = np.full(480, 0.5, np.float32)
    samples[:3] = np.nan, np.inf, -np.inf
    soundfile.write(path, samples, RATE, subtype="FLOAT")

    async def main() -> Pcm:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        return await listen(microphone, 0.02)

    with np.errstate(all="raise"):
        assert run_virtual(main)[:4].tolist() == [0, 32767, -32768, 16384]


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "said.raw").write_bytes(bytes(960))

    async def main() -> None:
        with pytest.raises(DeviceError, match=r"said\.raw: it does not say its sample rate; make it a WAV file"):
            await WavMicrophone(tmp_path / "said.raw").open(RATE)

    run_virtual(main)


@pytest.mark.parametrize("wrong", [5, b"talk.wav", np.zeros(480, np.float32)])
def test_what_is_neither_a_file_nor_audio_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"an audio file, such as 'talk\.wav'|an int16 array"):
        WavMicrophone().say(wrong)
    with pytest.raises(UsageError):
        WavMicrophone(wrong)
