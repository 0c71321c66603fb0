"""The phone classes that spelling implies and the spectrum distinguishes, in any language, and their emission costs."""

from __future__ import annotations

import enum

import numpy as np

from ._energy import Floats


class PhoneClass(enum.IntEnum):
    """The class of a phone."""

    A = 0
    E = enum.auto()
    I = enum.auto()  # noqa: E741 — the letter
    O = enum.auto()  # noqa: E741 — the letter
    U = enum.auto()
    NASAL = enum.auto()
    LIQUID = enum.auto()  # l, r, w
    VOICELESS = enum.auto()  # p, t, k
    VOICED = enum.auto()  # b, d, g, v
    HISS = enum.auto()  # s, z, sh, ch
    WEAK = enum.auto()  # f, h, th
    ANY = enum.auto()  # unknown from the spelling


# Mean and standard deviation of each feature in each class: level, six bands, level above the noise (see
# `SpectralFeatures.features`). `benchmarks/fit_phone_classes.py` fits them.
MEAN = np.array([
    [-5.2, 2.1, 7.4, 8.9, 7.3, 5.8, 1.6, 19.6],  # A
    [-7.1, 2.5, 3.1, -2.0, 6.5, 5.8, 2.2, 19.4],  # E
    [-6.3, 4.1, 3.9, -5.3, 5.1, 6.5, 1.7, 19.3],  # I
    [-4.9, 3.1, 7.8, 12.1, -0.6, 2.7, 1.1, 19.8],  # O
    [-5.3, 4.2, 4.4, 4.3, 1.7, 3.2, 1.9, 19.8],  # U
    [-9.7, 3.6, -4.1, -8.9, -6.3, -8.4, -7.5, 19.3],  # NASAL
    [-8.9, 1.5, 2.4, 4.3, -2.1, -1.9, -5.1, 19.3],  # LIQUID
    [-29.0, -20.3, -19.4, -14.1, -14.0, -14.7, -6.6, 13.1],  # VOICELESS
    [-18.7, -5.5, -13.5, -11.7, -12.0, -13.8, -7.6, 17.5],  # VOICED
    [-23.7, -18.1, -19.3, -8.9, -6.7, -4.2, 10.8, 16.2],  # HISS
    [-24.7, -14.4, -17.0, -9.5, -11.0, -9.6, -0.4, 16.6],  # WEAK
    [-12.4, -2.9, -3.1, -2.2, -2.2, -2.0, -1.0, 18.2],  # ANY
])
SPREAD = np.array([
    [6.3, 6.7, 7.6, 13.6, 10.1, 7.5, 6.5, 2.7],  # A
    [7.7, 8.4, 10.7, 12.9, 10.7, 9.4, 6.7, 2.7],  # E
    [7.9, 8.9, 10.1, 15.3, 9.9, 8.9, 8.0, 3.2],  # I
    [6.4, 6.9, 8.2, 10.7, 11.5, 8.4, 6.2, 2.7],  # O
    [6.3, 7.0, 8.6, 12.2, 10.1, 8.6, 6.5, 2.7],  # U
    [6.3, 6.7, 7.5, 13.6, 8.1, 7.8, 6.1, 2.7],  # NASAL
    [7.2, 7.2, 9.4, 11.8, 12.5, 9.9, 8.3, 2.8],  # LIQUID
    [10.5, 8.8, 9.0, 11.8, 12.6, 12.6, 16.8, 8.3],  # VOICELESS
    [8.7, 8.7, 9.2, 10.2, 9.8, 10.4, 11.9, 5.3],  # VOICED
    [7.6, 9.8, 7.7, 8.2, 7.8, 8.6, 11.8, 6.3],  # HISS
    [8.6, 10.8, 8.2, 8.3, 8.3, 7.8, 9.3, 6.2],  # WEAK
    [11.5, 12.1, 13.7, 14.9, 12.8, 12.1, 11.0, 4.8],  # ANY
])
# benchmarks/captions.py: all tables.
_EMISSION_WEIGHT = 0.15  # consecutive frames are correlated: each adds this much of its log likelihood ratio
_MAX_EMISSION_COST = 0.4  # of a frame: some fit no class, as where a voice fades away


def emission_costs(features: Floats) -> Floats:
    """Return the cost of each frame in each phone class, shape (n, classes).

    The weighted negative log likelihood ratio of a diagonal Gaussian against the mixture of all classes: below 0 where
    the class is likelier than the average one. `features`: shape (n, 8), where NaN marks unknown features.
    """
    known = ~np.isnan(features).any(0)
    distance = (features[:, None, known] - MEAN[:, known]) / SPREAD[:, known]
    costs: Floats = 0.5 * (distance**2).sum(2) + np.log(SPREAD[:, known]).sum(1)
    costs += np.log(np.exp(costs.min(1, keepdims=True) - costs).mean(1, keepdims=True)) - costs.min(1, keepdims=True)
    return np.minimum(_EMISSION_WEIGHT * costs, _MAX_EMISSION_COST)
