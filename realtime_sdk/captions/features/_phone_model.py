"""The phone model: a small neural network that gives the likelihood of each acoustic class in each frame.

`benchmarks/train_phone_model.py` trains it; `phone_model.md`, beside its weights, has what it was trained on.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from ._frame_table import Float32s
from ._product import product

ACOUSTIC_CLASSES: Final = (
    "SIL",
    "AA", "AE", "AH", "AO", "AX", "EH", "ER", "IH", "IY", "OE", "UE", "UH", "UW", "AN",
    "M", "N", "NG", "L", "R", "RR", "W", "Y",
    "P", "T", "K", "B", "D", "G",
    "S", "Z", "SH", "ZH", "F", "V", "TH", "DH", "HH", "X",
)  # fmt: skip
"""SIL is the absence of a voice; the others are phones, by the names of `PhoneClass`."""

CONTEXT: Final = np.array([-10, -7, -5, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10])
"""Frames around each one that the network sees."""

_WEIGHTS = "phone_model.npz"


class PhoneModel:
    """A feed-forward network with rectified linear units."""

    def __init__(self, weights: list[Float32s], biases: list[Float32s], prior: Float32s) -> None:
        self.weights, self.biases, self.prior = weights, biases, prior

    @classmethod
    def load(cls, file: BinaryIO) -> PhoneModel:
        """Load the arrays `prior`, and `weight0`, `bias0`, `weight1` … of its layers."""
        with np.load(file, allow_pickle=False) as arrays:
            layers = range(len(arrays.files) // 2)
            weights, biases = ([arrays[f"{kind}{n}"].astype(np.float32) for n in layers] for kind in ("weight", "bias"))
            return cls(weights, biases, arrays["prior"].astype(np.float32))

    def log_posteriors(self, features: Float32s, frames: npt.NDArray[np.intp]) -> Float32s:
        """Return the logarithm of the probability of each class, shape (n, classes).

        `features`: shape (FEATURES, m); `frames`: the n of those that are classified. The first and the last of the m
        also stand for those beyond them.
        """
        around = np.clip(frames[:, None] + CONTEXT, 0, features.shape[1] - 1)
        return self.classify(features.T[around].reshape(len(frames), -1))

    def classify(self, inputs: Float32s) -> Float32s:
        """Return the same, given the features of each frame and those around it, shape (n, len(CONTEXT) * FEATURES)."""
        hidden = inputs
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = np.maximum(product(hidden, weight) + bias, 0)
        logits = product(hidden, self.weights[-1]) + self.biases[-1]
        logits -= logits.max(1, keepdims=True)
        posteriors: Float32s = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return posteriors

    def log_scaled_likelihoods(self, features: Float32s, frames: npt.NDArray[np.intp]) -> Float32s:
        """Return the same, less the logarithm of each class's share of all frames: how much likelier than usual."""
        scaled: Float32s = self.log_posteriors(features, frames) - np.log(self.prior)
        return scaled


@functools.cache
def phone_model() -> PhoneModel:
    """Load the model once."""
    with (resources.files(__package__) / _WEIGHTS).open("rb") as file:
        return PhoneModel.load(file)  # type: ignore[arg-type]
