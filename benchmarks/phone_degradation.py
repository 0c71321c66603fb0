"""Speech degraded at random, as it is outside of a studio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import soxr
from phone_speech import FRAMES_PER_SECOND, Floats, Labels, Speech

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm

_FRAME = WIRE_RATE // FRAMES_PER_SECOND
_BREATH_FRAMES, _OTHER_FRAMES = (15, 60), (50, 300)
_NOISE_DB = (8.0, 60.0)  # below the speech


class Degrader:
    """Joins speech with pauses between, in which there may be a breath or music, and degrades it."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def joined(self, speech: Sequence[Speech]) -> tuple[Pcm, Labels]:
        """Join some speech at another speed; return it with its labels."""
        random, sounds, labels = self._random, [], []
        speed = float(np.exp(random.uniform(-0.17, 0.17)))
        for one in speech:
            sound = soxr.resample(one.pcm.astype(np.float32), WIRE_RATE * speed, WIRE_RATE)
            frames = min(len(sound) // _FRAME, int(len(one.labels) / speed))
            sound = sound[: frames * _FRAME] * 10 ** (random.uniform(-3, 3) / 20)
            at = np.minimum((np.arange(frames) + 0.5) * speed, len(one.labels) - 1).astype(int)
            pause = self._pause(float(np.sqrt(np.mean(sound**2))))
            sounds += [sound, pause]
            labels += [one.labels[at], np.zeros(len(pause) // _FRAME, np.int8)]
        if random.random() < 0.5:  # the last pause also comes first
            sounds.insert(0, sounds[-1])
            labels.insert(0, labels[-1])
        return self._degraded(np.concatenate(sounds)), np.concatenate(labels)

    def noise_alone(self, seconds: float) -> tuple[Pcm, Labels]:
        """Return some noise without speech, with its labels."""
        frames = round(seconds * FRAMES_PER_SECOND)
        sound = self._noise(frames * _FRAME) if self._random.random() < 0.5 else self._music(frames * _FRAME)
        return self._degraded(1000 * sound), np.zeros(frames, np.int8)

    def _pause(self, level: float) -> Floats:
        """Silence, a breath, or another sound; `level`: of the speech."""
        random, kind = self._random, self._random.random()
        if kind < 0.25:
            size = int(random.integers(*_BREATH_FRAMES)) * _FRAME
            breath = self._coloured(random.normal(0, 1, size).astype(np.float32), -random.uniform(0, 1))
            breath *= np.hanning(size).astype(np.float32) * level * 10 ** (-random.uniform(8, 30) / 20)
            return breath
        if kind < 0.35:
            size = int(random.integers(*_OTHER_FRAMES)) * _FRAME
            other = self._music(size) if random.random() < 0.5 else self._noise(size)
            return np.asarray(other * level * 10 ** (-random.uniform(0, 25) / 20), np.float32)
        return np.zeros(int(random.choice([3, 10, 25, 50, 150])) * _FRAME, np.float32)

    def _degraded(self, sound: Floats) -> Pcm:
        random = self._random
        if random.random() < 0.35:
            narrow = soxr.resample(sound, WIRE_RATE, 8000)
            sound = soxr.resample(narrow, 8000, WIRE_RATE)
        if random.random() < 0.6:
            sound = self._equalised(sound)
        if random.random() < 0.4:
            sound = self._reverberated(sound)
        level = float(np.sqrt(np.mean(sound**2))) + 1
        if random.random() < 0.9:
            sound = sound + self._noise(len(sound)) * level * 10 ** (-random.uniform(*_NOISE_DB) / 20)
        if random.random() < 0.05:  # it is clipped
            limit = level * random.uniform(2, 4)
            sound = np.clip(sound, -limit, limit)
        peak = float(np.abs(sound).max()) + 1
        scaled = sound * (32000 / peak) * 10 ** (-random.uniform(0, 30) / 20)
        return scaled.clip(-32768, 32767).astype(np.int16)

    def _noise(self, size: int) -> Floats:
        """Noise of a level of 1: white to brown, hum, or both."""
        random = self._random
        noise = self._coloured(random.normal(0, 1, size).astype(np.float32), -random.uniform(0, 2))
        if random.random() < 0.2:
            seconds, mains = np.arange(size) / WIRE_RATE, random.choice([50, 60, 100, 120])
            hum = sum(np.sin(2 * np.pi * mains * n * seconds + random.uniform(0, 6)) / n for n in range(1, 8))
            noise = noise * random.uniform(0, 1) + np.asarray(hum, np.float32)
        unit: Floats = (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)
        return unit

    def _music(self, size: int) -> Floats:
        """Chords of a level of 1."""
        random, seconds = self._random, np.arange(size) / WIRE_RATE
        beat = random.uniform(0.15, 0.8)
        sound = np.zeros(size)
        for begin in np.arange(0, seconds[-1], beat):
            since = seconds - begin
            envelope = np.where(since >= 0, np.exp(-since / random.uniform(0.1, 1.0)), 0)
            for _ in range(random.integers(1, 4)):
                tone = 110 * 2 ** (random.integers(0, 37) / 12)
                for n in range(1, random.integers(2, 7)):
                    sound += envelope * np.sin(2 * np.pi * tone * n * since) / n
        unit: Floats = (sound / (np.sqrt(np.mean(sound**2)) + 1e-9)).astype(np.float32)
        return unit

    def _coloured(self, sound: Floats, power: float) -> Floats:
        """White noise whose level goes with this power of the frequency."""
        spectrum = np.fft.rfft(sound)
        frequencies = np.maximum(np.fft.rfftfreq(len(sound), 1 / WIRE_RATE), 50.0)
        coloured: Floats = np.fft.irfft(spectrum * (frequencies / 1000) ** (power / 2), len(sound)).astype(np.float32)
        return coloured

    def _equalised(self, sound: Floats) -> Floats:
        spectrum, frequencies = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / WIRE_RATE)
        points = np.log([1, 150, 500, 1500, 4000, 12_000])
        gain = np.interp(np.log(frequencies + 1), points, self._random.normal(0, 5, len(points)))
        equalised: Floats = np.fft.irfft(spectrum * 10 ** (gain / 20), len(sound)).astype(np.float32)
        return equalised

    def _reverberated(self, sound: Floats) -> Floats:
        random, seconds = self._random, np.arange(0, 0.4, 1 / WIRE_RATE)
        response = random.normal(0, 1, len(seconds)) * np.exp(-seconds * 6.9 / random.uniform(0.1, 0.8))
        response *= random.uniform(0.01, 0.1)
        response[0] = 1.0
        size = 1 << (len(sound) + len(response)).bit_length()
        wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
        reverberated: Floats = wet[: len(sound)].astype(np.float32)
        return reverberated
