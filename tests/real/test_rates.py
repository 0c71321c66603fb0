"""Sound cards that refuse the session's rate, heard at their own: null sinks at 44.1 and 48 kHz, in stereo."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import anyio
import numpy as np
import pytest
import soxr

from realtime_sdk.audio._pcm import SILENCE, Pcm, Samples, to_bytes, to_samples
from realtime_sdk.devices import Microphone, Speaker

from .attempts import in_attempts
from .sound_server import PATIENT, RATE, SoundServer, heard, player
from .test_speaker import FADE_FRAMES, LOUD, TICK, counted, noise, play, until_played

pytestmark = pytest.mark.real

SINK = "ci_card"

CARDS = [(44_100, 2), (48_000, 1), (16_000, 2)]


@pytest.fixture(params=CARDS, ids=str)
def card(request: pytest.FixtureRequest, sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The rate and the channels of a sink, and PortAudio refuses every other rate.

    A sound server converts by itself. A card without one refuses, and so do streams here.
    """
    import rtmixer
    import sounddevice

    rate, channels = request.param

    class Mixer(rtmixer.Mixer):  # type: ignore[misc]
        def __init__(self, **settings: Any) -> None:
            refuse(settings)
            super().__init__(**settings)

    class Recorder(rtmixer.Recorder):  # type: ignore[misc]
        def __init__(self, **settings: Any) -> None:
            refuse(settings)
            super().__init__(**settings)

    def refuse(settings: dict[str, Any]) -> None:
        if settings["samplerate"] != rate:
            raise sounddevice.PortAudioError("Invalid sample rate", -9997)

    monkeypatch.setattr(rtmixer, "Mixer", Mixer)
    monkeypatch.setattr(rtmixer, "Recorder", Recorder)
    monkeypatch.setattr("realtime_sdk.devices._portaudio.FALLBACK_RATES", (16_000, 44_100, 48_000))
    with sound_server.sink(SINK, rate, channels):
        yield rate, channels


def converted(sound: Pcm, rate: int) -> Samples:
    """The sound as soxr converts it in one go, in the scale of int16."""
    samples: Samples = soxr.resample(np.pad(to_samples(sound), (0, RATE)), RATE, rate)
    return samples[: math.ceil(len(sound) * rate / RATE)] * 32768


def distortion(sound: Samples | Pcm, ideal: Samples) -> float:
    """The loudness of the difference, in dB below the sound's; they may be shifted by what begins in silence."""
    shift = int(np.argmax(np.correlate(ideal[:4000], sound[500:2500].astype(float)))) - 500
    pairs = min(len(sound), len(ideal) - shift)
    there, here = ideal[max(shift, 0) : shift + pairs], sound[max(-shift, 0) : pairs].astype(float)
    return 10 * math.log10(np.sum((here - there) ** 2) / np.sum(there**2))


@in_attempts
def test_what_is_written_is_heard_at_the_rate_of_the_card_on_all_its_channels(card: tuple[int, int]) -> None:
    rate, channels = card
    sound = noise(1.5)

    async def main() -> Pcm:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker, SINK, rate, channels) as ear:
            unwritten = sound
            while len(unwritten) > 1700:
                unwritten = unwritten[speaker.write(unwritten[:1700]) :]
                await anyio.sleep(TICK)
            await play(speaker, unwritten, behind=len(sound) - len(unwritten))
        assert ear.channels.shape[1] == channels
        assert all(np.array_equal(ear.channels[:, 0], ear.channels[:, n]) for n in range(channels))
        return ear.sound

    recorded = asyncio.run(main())
    assert abs(len(recorded) - len(converted(sound, rate))) <= 2
    print(f"\n{distortion(recorded, converted(sound, rate)):.1f} dB")
    assert distortion(recorded, converted(sound, rate)) < -70, "16 bits, as the sink has them"


@in_attempts
def test_the_count_agrees_with_the_recording(card: tuple[int, int]) -> None:
    rate, channels = card

    async def main() -> list[float]:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker, SINK, rate, channels) as ear:
            looks = await counted(speaker, noise(1.2))
        start = int(np.flatnonzero(ear.recording)[0])
        return [ear.time_of(start + played * rate / RATE) - at for at, played in looks]

    apart = asyncio.run(main())
    print(f"\nthe recording is {1e3 * min(apart):.1f} to {1e3 * max(apart):.1f} ms behind the count")
    assert max(apart) - min(apart) < 0.005
    assert max(map(abs, apart)) < 0.025, "a null sink gives a frame to its monitor 10 ms before it is due"


@in_attempts
def test_a_flush_ends_the_sound_with_a_fade_where_the_count_says(card: tuple[int, int]) -> None:
    rate, channels = card

    async def main() -> tuple[int, Pcm]:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker, SINK, rate, channels) as ear:
            speaker.write(np.full(RATE, LOUD, np.int16))
            await until_played(speaker, 0.2)
            end = speaker.flush()
            await play(speaker, SILENCE, behind=end)
            await ear.hear(0.1)
        return end, ear.sound

    end, sound = asyncio.run(main())
    assert len(sound) / rate == pytest.approx(end / RATE, abs=3 / min(rate, RATE))
    steady = round((end - FADE_FRAMES) * rate / RATE)
    assert np.abs(sound[rate // 50 : steady] - float(LOUD)).max() < 20
    assert np.abs(np.diff([*sound[rate // 50 :].astype(int), 0])).max() < 0.02 * 32768, "no click"


@in_attempts
def test_a_microphone_at_the_rate_of_the_card_hears_a_tone(card: tuple[int, int]) -> None:
    rate, _ = card
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.int16)

    async def main() -> Pcm:
        microphone = Microphone()
        await microphone.open(RATE)
        await anyio.run_process([*player(SINK, rate), "--latency-msec=200"], input=to_bytes(tone))
        blocks = [await microphone.read() for _ in range(50)]
        await microphone.close()
        assert {len(block) for block in blocks} == {960}
        recorded = np.concatenate(blocks)
        loud = np.flatnonzero(np.abs(recorded) > 9000)
        return recorded[loud[0] : loud[-1]]

    rise = round(math.asin(0.9) / (2 * math.pi * 440) * RATE)  # to 9000 of 10 000
    sound = asyncio.run(main())
    assert abs(len(sound) - (RATE - 2 * rise)) <= 2
    assert distortion(sound[:20_000], 10_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)) < -35
