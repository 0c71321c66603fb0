"""Train the phone model: writes `realtime_sdk/captions/features/phone_model.npz`.

    python benchmarks/train_phone_model.py [--size N] [--leave-out SOURCE] [--output FILE]

The speech of `phone_speech.py` is degraded at random: telephone, equaliser, reverberation, noise, level, speed. Its
frames, with those around them, are classified by a feed-forward network; Adam, a decaying rate, cross-entropy in which
rare classes weigh more. Everything is numpy, and the seed is fixed.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soxr
from phone_speech import FRAMES_PER_SECOND, UNKNOWN, Labels, Speech, synthetic

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.captions.features._mel_bands import FEATURES, MelBands
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES, CONTEXT, PhoneModel

Floats: TypeAlias = npt.NDArray[np.float32]

HIDDEN = (192, 128)
"""Units of the hidden layers."""

EPOCHS, BATCH, RATE, DECAY = 8, 1024, 2e-3, 1e-5
BALANCE = 0.3
"""Power of a class's rarity with which it weighs."""

WEIGHTS = Path(__file__).parents[1] / "realtime_sdk/captions/features/phone_model.npz"


class Degrader:
    """Degrades speech at random."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def joined(self, speech: Sequence[Speech]) -> tuple[Pcm, Labels]:
        """Join some speech, with pauses between, and degrade it; return it with its labels."""
        random, pcms, labels = self._random, [], []
        speed = float(np.exp(random.uniform(-0.15, 0.15)))
        for one in speech:
            pcm = soxr.resample(one.pcm.astype(np.float32), WIRE_RATE * speed, WIRE_RATE)
            at = np.minimum((np.arange(len(pcm) // 240) + 0.5) * speed, len(one.labels) - 1).astype(int)
            pause = int(random.integers(5, 60))
            pcms += [pcm[: len(at) * 240], np.zeros(pause * 240, np.float32)]
            labels += [one.labels[at], np.zeros(pause, np.int8)]
        return self._degraded(np.concatenate(pcms)), np.concatenate(labels)

    def _degraded(self, sound: Floats) -> Pcm:
        random = self._random
        if random.random() < 0.35:
            sound = soxr.resample(soxr.resample(sound, WIRE_RATE, 8000), 8000, WIRE_RATE)
        if random.random() < 0.5:
            sound = self._equalised(sound)
        if random.random() < 0.4:
            sound = self._reverberated(sound)
        level = np.sqrt(np.mean(sound**2)) + 1
        noise = random.normal(0, 1, len(sound)).astype(np.float32)
        if random.random() < 0.5:
            noise = np.convolve(noise, np.full(8, 8**-0.5, np.float32), "same")
        sound = sound + noise * level * 10 ** (-random.uniform(8, 55) / 20)
        scaled = sound * 10 ** (random.uniform(-15, 5) / 20)
        return scaled.clip(-32768, 32767).astype(np.int16)

    def _equalised(self, sound: Floats) -> Floats:
        spectrum, frequencies = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / WIRE_RATE)
        points = np.log([1, 150, 500, 1500, 4000, 12_000])
        gain = np.interp(np.log(frequencies + 1), points, self._random.normal(0, 5, len(points)))
        return np.fft.irfft(spectrum * 10 ** (gain / 20), len(sound)).astype(np.float32)

    def _reverberated(self, sound: Floats) -> Floats:
        random, seconds = self._random, np.arange(0, 0.25, 1 / WIRE_RATE)
        response = random.normal(0, 1, len(seconds)) * np.exp(-seconds * 6.9 / random.uniform(0.1, 0.6))
        response *= random.uniform(0.02, 0.12)
        response[0] = 1.0
        size = 1 << (len(sound) + len(response)).bit_length()
        return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)].astype(np.float32)


class Frames:
    """Frames to learn from: features of all, and which of them have a label."""

    def __init__(self, speech: Sequence[Speech], seed: int, rounds: int = 1) -> None:
        degrader, random = Degrader(seed), np.random.default_rng(seed)
        features, labels = [], []
        margin = np.full(int(CONTEXT[-1]), UNKNOWN, np.int8)
        for _ in range(rounds):
            order = random.permutation(len(speech))
            while len(order):
                count = int(random.integers(1, 5))
                pcm, known = degrader.joined([speech[n] for n in order[:count]])
                order = order[count:]
                bands = MelBands(WIRE_RATE)
                bands.push(pcm)
                bands.analyse()
                frames = bands.features(0)
                edges = np.repeat(frames[:, :1], len(margin), 1), np.repeat(frames[:, -1:], len(margin), 1)
                features.append(np.hstack([edges[0], frames, edges[1]]).T.astype(np.float16))
                labels += [margin, known[: frames.shape[1]], margin]
        self._features = np.concatenate(features)
        self._labels = np.concatenate(labels)
        self.known = np.flatnonzero(self._labels != UNKNOWN)

    def batch(self, frames: npt.NDArray[np.intp]) -> tuple[Floats, npt.NDArray[np.intp]]:
        """Inputs and classes of some frames."""
        inputs = self._features[frames[:, None] + CONTEXT].reshape(len(frames), -1).astype(np.float32)
        return inputs, self._labels[frames].astype(np.intp)

    @property
    def prior(self) -> Floats:
        """Share of each class."""
        counts = np.bincount(self._labels[self.known], minlength=len(ACOUSTIC_CLASSES)).astype(np.float32)
        return counts / counts.sum()


def train(frames: Frames, seed: int, hidden: Sequence[int] = HIDDEN, epochs: int = EPOCHS) -> PhoneModel:
    """Train a model."""
    random = np.random.default_rng(seed)
    sizes = [len(CONTEXT) * FEATURES, *hidden, len(ACOUSTIC_CLASSES)]
    weights = [random.normal(0, np.sqrt(2 / n), (n, m)).astype(np.float32) for n, m in zip(sizes, sizes[1:], strict=False)]
    biases = [np.zeros(n, np.float32) for n in sizes[1:]]
    parameters = [*weights, *biases]
    means, squares = ([np.zeros_like(array) for array in parameters] for _ in range(2))
    prior = frames.prior
    importance = np.maximum(prior, 1e-3) ** -BALANCE
    importance /= (importance * prior).sum()
    steps = epochs * (len(frames.known) // BATCH)
    step = 0
    for epoch in range(epochs):
        order = random.permutation(frames.known)
        loss = right = 0.0
        for at in range(0, len(order) - BATCH + 1, BATCH):
            inputs, classes = frames.batch(order[at : at + BATCH])
            layers = [inputs]
            for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
                layers.append(np.maximum(layers[-1] @ weight + bias, 0))
            logits = layers[-1] @ weights[-1] + biases[-1]
            logits -= logits.max(1, keepdims=True)
            posteriors = np.exp(logits)
            posteriors /= posteriors.sum(1, keepdims=True)
            loss -= float(np.log(posteriors[np.arange(BATCH), classes] + 1e-9).mean())
            right += float((posteriors.argmax(1) == classes).mean())
            gradient = posteriors
            gradient[np.arange(BATCH), classes] -= 1
            gradient *= importance[classes][:, None] / BATCH
            weight_gradients, bias_gradients = [], []
            for n in range(len(weights) - 1, -1, -1):
                weight_gradients.append(layers[n].T @ gradient + DECAY * weights[n])
                bias_gradients.append(gradient.sum(0))
                if n:
                    gradient = (gradient @ weights[n].T) * (layers[n] > 0)
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            gradients = weight_gradients[::-1] + bias_gradients[::-1]
            for parameter, mean, square, change in zip(parameters, means, squares, gradients, strict=True):
                mean += 0.1 * (change - mean)
                square += 0.001 * (change * change - square)
                parameter -= np.float32(rate) * mean / (np.sqrt(square) + 1e-8)
        batches = len(order) // BATCH
        print(f"epoch {epoch}: loss {loss / batches:.3f}, {100 * right / batches:.1f} % right", flush=True)
    balanced = prior * importance
    return PhoneModel(weights, biases, balanced / balanced.sum())


def save(model: PhoneModel, path: Path) -> None:
    """Write a model as half-precision numbers."""
    arrays = {f"weight{n}": weight.astype(np.float16) for n, weight in enumerate(model.weights)}
    arrays |= {f"bias{n}": bias.astype(np.float16) for n, bias in enumerate(model.biases)}
    np.savez(path, prior=model.prior, **arrays)


def score(model: PhoneModel, frames: Frames) -> tuple[float, float]:
    """Return the share of frames classified rightly, and the mean logarithmic loss."""
    right = loss = 0.0
    for at in range(0, len(frames.known), 8192):
        inputs, classes = frames.batch(frames.known[at : at + 8192])
        posteriors = model.classify(inputs)
        right += float((posteriors.argmax(1) == classes).sum())
        loss -= float(posteriors[np.arange(len(classes)), classes].sum())
    return right / len(frames.known), loss / len(frames.known)
