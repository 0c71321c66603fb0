"""The kinds of speech sounds that spelling tells and an ear can tell apart, in any language, and how each sounds."""

from __future__ import annotations

import enum

import numpy as np

from .energy import Floats


class Kind(enum.IntEnum):
    """What a letter tells of its sound."""

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
    ANY = enum.auto()  # what spelling does not tell


# Mean and standard deviation of the frames of each kind, by feature (see `Timbre.features`): level, six bands, rise
# above the noise. `benchmarks/fit_kinds.py` learns them.
MEAN = np.array([
    [-5.1, 2.4, 7.6, 8.9, 7.4, 6.0, 1.5, 19.6],  # A
    [-6.2, 3.6, 4.6, -0.6, 7.4, 6.3, 1.9, 19.6],  # E
    [-5.7, 4.6, 4.8, -4.1, 5.7, 6.8, 1.8, 19.5],  # I
    [-4.5, 3.7, 8.3, 12.6, -0.3, 3.0, 1.0, 19.8],  # O
    [-4.8, 4.9, 5.3, 5.3, 2.0, 3.4, 1.4, 19.8],  # U
    [-10.2, 3.5, -4.9, -9.7, -7.4, -9.3, -8.0, 19.2],  # NASAL
    [-9.6, 1.0, 1.4, 3.3, -3.7, -3.0, -5.6, 19.3],  # LIQUID
    [-28.9, -20.5, -19.3, -13.6, -13.4, -14.1, -5.6, 13.4],  # VOICELESS
    [-19.4, -6.4, -14.4, -12.1, -12.2, -14.0, -7.3, 17.2],  # VOICED
    [-24.2, -18.6, -19.6, -9.2, -7.1, -4.6, 10.2, 16.0],  # HISS
    [-24.4, -14.0, -16.6, -9.1, -10.9, -9.7, -0.6, 16.7],  # WEAK
    [-12.5, -2.9, -3.1, -2.2, -2.2, -2.0, -1.0, 18.2],  # ANY
])
SPREAD = np.array([
    [6.3, 6.7, 7.5, 13.6, 10.1, 7.2, 6.4, 2.7],  # A
    [6.5, 7.0, 9.6, 13.1, 10.0, 8.5, 6.4, 2.7],  # E
    [6.9, 7.8, 9.2, 15.8, 9.2, 8.1, 7.3, 2.7],  # I
    [6.3, 6.7, 7.5, 10.3, 11.4, 8.1, 6.1, 2.7],  # O
    [6.3, 6.7, 7.9, 12.2, 10.0, 8.4, 6.1, 2.7],  # U
    [6.3, 6.7, 7.5, 13.6, 7.4, 7.0, 6.1, 2.8],  # NASAL
    [7.2, 7.4, 9.5, 12.0, 12.3, 10.0, 8.4, 2.8],  # LIQUID
    [10.3, 8.4, 8.8, 11.8, 12.8, 12.8, 16.9, 8.2],  # VOICELESS
    [8.7, 8.8, 8.9, 9.8, 9.6, 10.4, 12.1, 5.6],  # VOICED
    [7.8, 9.6, 7.5, 8.2, 8.2, 9.3, 12.8, 6.5],  # HISS
    [8.7, 10.9, 8.5, 8.4, 8.2, 7.6, 9.3, 6.2],  # WEAK
    [11.5, 12.1, 13.7, 14.9, 12.9, 12.1, 11.0, 4.9],  # ANY
])
_TRUST = 0.15  # frames follow each other closely, and so do their features: so much of each is news
_MOST = 0.4  # what a frame may cost: some sound like nothing that was learnt, as where a voice fades away


def misfits(features: Floats) -> Floats:
    """How badly each frame sounds like each kind, shape (n, kinds).

    Negative logarithms of how much likelier it is as that kind than as any: below 0 where it is one of them.
    """
    known = ~np.isnan(features).any(0)
    distance = (features[:, None, known] - MEAN[:, known]) / SPREAD[:, known]
    costs: Floats = 0.5 * (distance**2).sum(2) + np.log(SPREAD[:, known]).sum(1)
    costs += np.log(np.exp(costs.min(1, keepdims=True) - costs).mean(1, keepdims=True)) - costs.min(1, keepdims=True)
    return np.minimum(_TRUST * costs, _MOST)
