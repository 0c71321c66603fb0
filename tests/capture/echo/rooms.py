"""Noise with the rhythm of speech, and a simulated room; nothing has to be installed for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture.echo._canceller import EchoCanceller

RATE = 24_000
FRAME = 480
"""Frames that a canceller takes at a time."""

Signal = npt.NDArray[np.float64]


def babble(seconds: float, seed: int) -> Signal:
    """Noise coloured and chopped like speech: syllables of 0.1 to 0.3 s with pauses between; RMS 0.05 of full scale."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    noise = np.cumsum(rng.standard_normal(frames + 2000))
    noise = noise - np.convolve(noise, np.full(200, 1 / 200), "same")  # no rumble
    loudness, at = np.zeros(frames), 0
    while at < frames:
        syllable, pause = int(rng.uniform(0.1, 0.3) * RATE), int(rng.uniform(0.02, 0.15) * RATE)
        shape = np.hanning(syllable) * rng.uniform(0.3, 1.0)
        loudness[at : at + syllable] = shape[: frames - at]
        at += syllable + pause
    sound = noise[:frames] * loudness
    return 0.05 * sound / float(np.sqrt((sound**2).mean()))


def echoed(sound: Signal, seed: int, *, delay: float = 0.03, gain: float = 0.5) -> Signal:
    """Compute the echo of a signal: late, with reflections that decay by 60 dB in 0.2 s."""
    rng = np.random.default_rng(seed)
    frames = round(0.2 * RATE)
    response = rng.standard_normal(frames) * 10 ** (-3 * np.arange(frames) / frames)
    response[0] = 4.0
    response *= gain / np.sqrt((response**2).sum())
    size = 1 << (len(sound) + frames).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    late: Signal = np.concatenate([np.zeros(round(delay * RATE)), wet])
    return late[: len(sound)]


def pcm(sound: Signal) -> Pcm:
    """16 bits of it."""
    return np.asarray((sound * 32767).clip(-32767, 32767), np.int16)


def run(canceller: EchoCanceller, captured: Pcm, rendered: Pcm) -> Pcm:
    """Cancel the echo in audio of any length; return the output without the canceller's delay."""
    starts = range(0, len(captured) - FRAME + 1, FRAME)
    cleaned = [canceller.process(captured[n : n + FRAME], rendered[n : n + FRAME]) for n in starts]
    return np.concatenate(cleaned)[round(canceller.delay * RATE) :]


def reduction(echo: Signal, left: Pcm, begin: float, end: float) -> float:
    """How many dB weaker the echo is in the seconds from `begin` to `end`."""
    span = slice(round(begin * RATE), round(end * RATE))
    before, after = (echo[span] ** 2).mean(), ((left[span] / 32767) ** 2).mean()
    return float(10 * np.log10(before / max(after, 1e-12)))


def likeness(sound: Signal, left: Pcm, begin: float, end: float) -> float:
    """Correlation of the output with a signal, in the seconds from `begin` to `end`."""
    span = slice(round(begin * RATE), round(end * RATE))
    return float(np.corrcoef(sound[span], left[span])[0, 1])
