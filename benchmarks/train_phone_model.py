"""Train the phone model: writes `realtime_sdk/captions/features/phone_model.npz`.

    python benchmarks/train_phone_model.py [--people DIR] [--russian ROOT] [--cross-validate] [--output FILE]

The speech of `phone_speech.py` is degraded at random (`phone_degradation.py`). Its frames, with those around them, are
classified by a feed-forward network; Adam, a decaying rate, cross-entropy in which rare classes weigh more. Everything
is numpy, and the seeds are fixed: some six minutes on one core.

People are for tests alone: those of DIR, whose phones `phone_teacher.py` finds, and the Russian of Debian's
`festvox-ru`, unpacked at ROOT. (Learnt from the three minutes of DIR, a model classifies others among them no better.)
A table has the share of their frames that are classified rightly, and the mean logarithmic loss in nats of 39 classes;
the model itself helps to label those of DIR, so that their figures flatter it.

`--cross-validate` leaves each kind of synthetic voice out of the training in turn, prints how that one is classified
with and without it, and writes the model without it beside the output, for `cross_validation.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from phone_degradation import Degrader
from phone_speech import UNKNOWN, Floats, Labels, Speech, features_of, russian, synthetic
from phone_teacher import Teacher

from realtime_sdk.captions.features._mel_bands import FEATURES
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES, CONTEXT, PhoneModel

HIDDEN = (256, 192)
"""Units of the hidden layers."""

EPOCHS, BATCH, RATE, DECAY = 4, 1024, 2e-3, 1e-5
NOISE_ALONE = 0.05
"""Share of the audio that holds no speech."""

BALANCE = 0.3
"""Power of a class's rarity with which it weighs."""

LEAST_SHARE = 1e-3
"""Of a class among all frames: a voice that is left out may leave none of it."""

SENTENCES = 600
"""Of Flite; the other voices speak as many in all."""

ROUNDS = {"piper": 2}
"""How often a source is degraded, if not once: there is one neural voice."""

SAMPLE = 40
"""Clips of a source on which a model is tested."""

WEIGHTS = Path(__file__).parents[1] / "realtime_sdk/captions/features/phone_model.npz"


class Frames:
    """Frames to learn from: features of all, and the class of each."""

    def __init__(self, features: npt.NDArray[np.float16], labels: Labels) -> None:
        self._features, self._labels = features, labels
        self.known = np.flatnonzero(labels != UNKNOWN)

    @classmethod
    def of(cls, speech: Sequence[Speech], seed: int, rounds: int = 1, *, clean: bool = False) -> Frames:
        """The frames of some speech, degraded otherwise in each round."""
        degrader, random = Degrader(seed), np.random.default_rng(seed)
        features, labels = [], []
        for _ in range(rounds):
            order = random.permutation(len(speech))
            while len(order):
                if random.random() < NOISE_ALONE and not clean:
                    pcm, known = degrader.noise_alone(float(random.uniform(1, 8)))
                else:
                    count = 1 if clean else int(random.integers(1, 5))
                    chosen, order = [speech[n] for n in order[:count]], order[count:]
                    pcm, known = (chosen[0].pcm, chosen[0].labels) if clean else degrader.joined(chosen)
                frames = features_of(pcm)
                margin = int(CONTEXT[-1])
                features.append(np.pad(frames, ((0, 0), (margin, margin)), "edge").T.astype(np.float16))
                labels.append(np.pad(known[: frames.shape[1]], margin, constant_values=UNKNOWN))
        return cls(np.concatenate(features), np.concatenate(labels))

    @classmethod
    def joined(cls, several: Sequence[Frames]) -> Frames:
        """All of several frames."""
        features, labels = zip(*((frames._features, frames._labels) for frames in several), strict=True)
        return cls(np.concatenate(features), np.concatenate(labels))

    def batch(self, frames: npt.NDArray[np.intp]) -> tuple[Floats, npt.NDArray[np.intp]]:
        """Inputs and classes of some frames."""
        inputs: Floats = self._features[frames[:, None] + CONTEXT].reshape(len(frames), -1).astype(np.float32)
        return inputs, self._labels[frames].astype(np.intp)

    @property
    def prior(self) -> Floats:
        """Share of each class."""
        counts = np.bincount(self._labels[self.known], minlength=len(ACOUSTIC_CLASSES)).astype(np.float32)
        share: Floats = counts / counts.sum()
        return share


class Adam:
    """Moves parameters along their gradients, less and less until `steps` are done."""

    def __init__(self, parameters: list[Floats], steps: int) -> None:
        self._parameters, self._steps, self._step = parameters, steps, 0
        self._means, self._squares = ([np.zeros_like(array) for array in parameters] for _ in range(2))

    def move(self, gradients: list[Floats]) -> None:
        """Make one step."""
        self._step = step = self._step + 1
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / self._steps)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        moments = zip(self._parameters, self._means, self._squares, gradients, strict=True)
        for parameter, mean, square, gradient in moments:
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            parameter -= np.float32(rate) * mean / (np.sqrt(square) + 1e-8)


def train(frames: Frames, seed: int) -> PhoneModel:
    """Train a model."""
    random = np.random.default_rng(seed)
    sizes = [len(CONTEXT) * FEATURES, *HIDDEN, len(ACOUSTIC_CLASSES)]
    weights = [random.normal(0, np.sqrt(2 / n), (n, m)).astype(np.float32) for n, m in pairwise(sizes)]
    biases = [np.zeros(n, np.float32) for n in sizes[1:]]
    prior = np.maximum(frames.prior, LEAST_SHARE)
    importance: Floats = (prior**-BALANCE).astype(np.float32)
    importance /= (importance * frames.prior).sum()
    balanced = prior * importance
    model = PhoneModel(weights, biases, balanced / balanced.sum())
    adam = Adam([*weights, *biases], EPOCHS * (len(frames.known) // BATCH))
    for _ in range(EPOCHS):
        order = random.permutation(frames.known)
        for at in range(0, len(order) - BATCH + 1, BATCH):
            inputs, classes = frames.batch(order[at : at + BATCH])
            adam.move(_gradients(model, inputs, classes, importance))
    return model


def _gradients(
    model: PhoneModel, inputs: Floats, classes: npt.NDArray[np.intp], importance: Floats
) -> list[Floats]:
    """The gradients of the loss by the weights, and by the biases."""
    layers = [inputs]
    for weight, bias in zip(model.weights[:-1], model.biases[:-1], strict=True):
        layers.append(np.maximum(layers[-1] @ weight + bias, 0))
    logits = layers[-1] @ model.weights[-1] + model.biases[-1]
    gradient = np.exp(logits - logits.max(1, keepdims=True))
    gradient /= gradient.sum(1, keepdims=True)
    gradient[np.arange(len(classes)), classes] -= 1
    gradient *= importance[classes][:, None] / len(classes)
    by_weights, by_biases = [], []
    for layer, weight in zip(reversed(layers), reversed(model.weights), strict=True):
        by_weights.append(layer.T @ gradient + DECAY * weight)
        by_biases.append(gradient.sum(0))
        gradient = (gradient @ weight.T) * (layer > 0)
    return by_weights[::-1] + by_biases[::-1]


def save(model: PhoneModel, path: Path) -> None:
    """Write a model as half-precision numbers."""
    arrays: dict[str, Any] = {"prior": model.prior}
    arrays |= {f"weight{n}": weight.astype(np.float16) for n, weight in enumerate(model.weights)}
    arrays |= {f"bias{n}": bias.astype(np.float16) for n, bias in enumerate(model.biases)}
    np.savez_compressed(path, **arrays)


def score(model: PhoneModel, frames: Frames) -> tuple[float, float]:
    """Return the share of frames classified rightly, and the mean logarithmic loss."""
    right = loss = 0.0
    for at in range(0, len(frames.known), 8192):
        inputs, classes = frames.batch(frames.known[at : at + 8192])
        posteriors = model.classify(inputs)
        right += float((posteriors.argmax(1) == classes).sum())
        loss -= float(posteriors[np.arange(len(classes)), classes].sum())
    return right / len(frames.known), loss / len(frames.known)


def report(source: str, model: PhoneModel, speech: Sequence[Speech]) -> None:
    """Print a row of the table: how a sample of some speech is classified."""
    right, loss = score(model, Frames.of(speech[:: max(1, len(speech) // SAMPLE)], 0, clean=True))
    print(f"| {source} | {100 * right:.0f} % | {loss:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=Path, metavar="DIR", help="recordings of people, with their texts")
    parser.add_argument("--russian", type=Path, metavar="ROOT", default=Path("/"), help="where festvox-ru is unpacked")
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    speech = by_source(synthetic(1, SENTENCES))
    frames = {name: Frames.of(several, len(name), ROUNDS.get(name, 1)) for name, several in speech.items()}
    model = train(Frames.joined(list(frames.values())), seed=2)
    save(model, options.output)
    print("| never heard | right | log loss |\n|---|---|---|")
    people = by_source(Teacher(model).people(options.people)) if options.people is not None else {}
    for source, several in (people | by_source(russian(options.russian))).items():
        report(source, model, several)
    for source, several in speech.items() if options.cross_validate else ():
        without = train(Frames.joined([other for name, other in frames.items() if name != source]), seed=2)
        save(without, options.output.with_stem(f"{options.output.stem}_without_{source}"))
        report(f"{source}, heard", model, several)
        report(source, without, several)


def by_source(speech: Iterable[Speech]) -> dict[str, list[Speech]]:
    """Return speech by its source."""
    sources: dict[str, list[Speech]] = {}
    for one in speech:
        sources.setdefault(one.source, []).append(one)
    return sources


if __name__ == "__main__":
    main()
