"""The phones of a text, as spelling or a lexicon gives them, and what each costs in a frame.

A phone of the text is a mixture of the acoustic classes that the phone model distinguishes: a letter stands for several
sounds, and a phone of a lexicon is sometimes spoken as its neighbour.
"""

from __future__ import annotations

import enum
import functools
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._frame_table import Float32s
from ._phone_model import ACOUSTIC_CLASSES, phone_model
from ._product import product


class PhoneClass(enum.IntEnum):
    """The class of a phone: what a letter stands for in most languages, or a phone of ARPAbet and some others."""

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

    AA = enum.auto()
    AE = enum.auto()
    AH = enum.auto()
    AO = enum.auto()
    AW = enum.auto()
    AX = enum.auto()  # the reduced vowel of "about"
    AY = enum.auto()
    B = enum.auto()
    CH = enum.auto()
    D = enum.auto()
    DH = enum.auto()
    EH = enum.auto()
    ER = enum.auto()
    EY = enum.auto()
    F = enum.auto()
    G = enum.auto()
    HH = enum.auto()
    IH = enum.auto()
    IY = enum.auto()
    JH = enum.auto()
    K = enum.auto()
    L = enum.auto()
    M = enum.auto()
    N = enum.auto()
    NG = enum.auto()
    OW = enum.auto()
    OY = enum.auto()
    P = enum.auto()
    R = enum.auto()
    S = enum.auto()
    SH = enum.auto()
    T = enum.auto()
    TH = enum.auto()
    UH = enum.auto()
    UW = enum.auto()
    V = enum.auto()
    W = enum.auto()
    Y = enum.auto()
    Z = enum.auto()
    ZH = enum.auto()

    OE = enum.auto()  # French "peur", "peu"
    UE = enum.auto()  # French "rue"
    AN = enum.auto()  # French "an",
    EN = enum.auto()  # "fin",
    ON = enum.auto()  # "bon"
    RR = enum.auto()  # tapped, rolled or uvular r
    X = enum.auto()  # German "ach", "ich"
    NJ = enum.auto()  # Spanish "año"

    PURE_A = enum.auto()  # the five vowels of Spanish, and of most languages
    PURE_E = enum.auto()
    PURE_I = enum.auto()
    PURE_O = enum.auto()
    PURE_U = enum.auto()
    SOFT_B = enum.auto()  # Spanish "haber", between a stop and a fricative,
    SOFT_D = enum.auto()  # "nada",
    SOFT_G = enum.auto()  # "hago"
    C_Z = enum.auto()  # Spanish "hace", by country
    S_Z = enum.auto()  # Italian "casa", German "sehen", by region
    R_H = enum.auto()  # Portuguese "carro", by region


Phones: TypeAlias = tuple[PhoneClass, ...]
"""The phones of a word, in order."""

_SHARES: dict[PhoneClass, dict[str, float]] = {
    PhoneClass.A: {"AA": 25, "AE": 25, "EH": 10, "IH": 8, "AO": 8, "AH": 12, "AX": 12, "AN": 4},
    PhoneClass.E: {"EH": 28, "IY": 22, "AX": 15, "ER": 8, "IH": 20, "AE": 4, "OE": 3, "AN": 3},
    PhoneClass.I: {"IY": 35, "IH": 35, "AA": 8, "AX": 12, "Y": 5, "ER": 5},
    PhoneClass.O: {"AO": 35, "AA": 20, "UW": 10, "UH": 10, "AX": 12, "W": 5, "AH": 8, "AN": 3},
    PhoneClass.U: {"UW": 25, "UH": 15, "AH": 25, "AX": 12, "UE": 10, "AO": 8, "Y": 5},
    PhoneClass.NASAL: {"N": 52, "M": 34, "NG": 8, "AN": 6},
    PhoneClass.LIQUID: {"L": 32, "R": 30, "RR": 20, "W": 13, "Y": 5},
    PhoneClass.VOICELESS: {"T": 42, "K": 30, "P": 20, "D": 5, "S": 3},
    PhoneClass.VOICED: {"D": 42, "B": 20, "G": 12, "V": 18, "T": 5, "DH": 3},
    PhoneClass.HISS: {"S": 52, "Z": 22, "SH": 20, "ZH": 6},
    PhoneClass.WEAK: {"F": 25, "HH": 25, "TH": 15, "DH": 25, "X": 5, "ZH": 5},
    PhoneClass.AW: {"AA": 55, "UW": 15, "UH": 15, "AO": 15},
    PhoneClass.AY: {"AA": 50, "AH": 10, "IH": 20, "IY": 20},
    PhoneClass.CH: {"T": 45, "SH": 55},
    PhoneClass.EY: {"EH": 50, "IH": 20, "IY": 30},
    PhoneClass.JH: {"D": 45, "ZH": 45, "SH": 10},
    PhoneClass.OW: {"AO": 50, "UH": 20, "UW": 20, "AX": 10},
    PhoneClass.OY: {"AO": 55, "IH": 25, "IY": 20},
    PhoneClass.EN: {"AN": 70, "EH": 15, "AE": 15},
    PhoneClass.ON: {"AN": 70, "AO": 30},
    PhoneClass.NJ: {"N": 50, "NG": 20, "Y": 30},
    PhoneClass.PURE_A: {"AA": 70, "AH": 12, "AE": 10, "AX": 8},
    PhoneClass.PURE_E: {"EH": 65, "IH": 15, "AX": 8, "IY": 7, "AE": 5},
    PhoneClass.PURE_I: {"IY": 65, "IH": 27, "Y": 8},
    PhoneClass.PURE_O: {"AO": 72, "UH": 12, "UW": 8, "AA": 8},
    PhoneClass.PURE_U: {"UW": 60, "UH": 30, "AO": 5, "W": 5},
    PhoneClass.SOFT_B: {"B": 45, "V": 40, "W": 15},
    PhoneClass.SOFT_D: {"D": 50, "DH": 50},
    PhoneClass.SOFT_G: {"G": 60, "X": 25, "W": 15},
    PhoneClass.C_Z: {"S": 60, "TH": 40},
    PhoneClass.S_Z: {"S": 55, "Z": 45},
    PhoneClass.R_H: {"X": 40, "HH": 40, "RR": 20},
}
"""Parts of the frames of a phone that sound like each acoustic class; the others sound like their own."""

# benchmarks/captions.py: all tables.
_LEAST_LIKELIHOOD = 0.07  # of a frame, relative to the average: some fit no class, as where a voice fades away


@functools.cache
def mixtures() -> Float32s:
    """Return the share of each acoustic class in each phone class, shape (phone classes, acoustic classes).

    `ANY` is any speech.
    """
    table = np.zeros((len(PhoneClass), len(ACOUSTIC_CLASSES)), np.float32)
    for phone_class in PhoneClass:
        shares = _SHARES.get(phone_class, {phone_class.name: 100.0})
        for name, share in shares.items() if phone_class is not PhoneClass.ANY else ():
            table[phone_class, ACOUSTIC_CLASSES.index(name)] = share / sum(shares.values())
    speech = phone_model().prior[1:]
    table[PhoneClass.ANY, 1:] = speech / speech.sum()
    return table


def log_likelihood_ratios(log_scaled_likelihoods: Float32s, classes: npt.NDArray[np.intp]) -> Float32s:
    """Return how much likelier each frame is in each of these phone classes than on average.

    Logarithms, shape (n, classes).

    `log_scaled_likelihoods`: shape (n, acoustic classes).
    """
    likelihoods = product(np.exp(log_scaled_likelihoods), mixtures()[classes].T)
    ratios: Float32s = np.log(likelihoods + np.float32(_LEAST_LIKELIHOOD))
    return ratios
