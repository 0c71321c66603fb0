"""The pronunciations of the most frequent English words: their spelling implies little.

The lexicon is made by `benchmarks/make_english_lexicon.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..features._phone_classes import PhoneClass, Phones
from ._tables import read_table

LEXICON: Final = Path(__file__).with_name("english_lexicon.z")
"""A word and its phones in each line, compressed by zlib; `english_lexicon.LICENSE` is its licence."""

_SUFFIXES: Final[dict[str, Phones]] = {
    "'s": (PhoneClass.Z,), "s": (PhoneClass.Z,), "es": (PhoneClass.IH, PhoneClass.Z), "ed": (PhoneClass.D,),
    "ing": (PhoneClass.IH, PhoneClass.NG), "ly": (PhoneClass.L, PhoneClass.IY), "er": (PhoneClass.ER,),
}  # fmt: skip


def english_phones(word: str) -> Phones:
    """Return the phones of a word in lower case, and of regular forms of one; none of a word that is not known."""
    lexicon = _lexicon()
    for stem, suffix in _analyses(word):
        if phones := lexicon.get(stem):
            return tuple(PhoneClass[phone] for phone in phones.split()) + suffix
    return ()


def _analyses(word: str) -> Iterator[tuple[str, Phones]]:
    """Stems and suffixes of which a word may consist, the word itself first."""
    yield word, ()
    for suffix, phones in _SUFFIXES.items():
        stem = word.removesuffix(suffix)
        if stem != word:
            yield stem, phones
            yield f"{stem}e", phones
            if len(stem) > 1 and stem[-1] == stem[-2]:
                yield stem[:-1], phones


@functools.cache
def _lexicon() -> dict[str, str]:
    """The phones of each word, as one string: they are read when the word is needed, so that nothing waits for all."""
    lines = read_table(LEXICON)
    return {word: phones for word, _, phones in (line.partition(" ") for line in lines)}
