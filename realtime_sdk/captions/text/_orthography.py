"""The pronunciation of words by the rules of their language's spelling."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..features._phone_classes import PhoneClass


class Sound(NamedTuple):
    """A phone of a word."""

    phone_class: PhoneClass
    optional: bool = False  # it may be silent


class Orthography:
    """The rules of a language.

    `rules`: lines of a pattern and the phones that the letters sound like; the first rule that matches counts, and
    letters without one are silent. A phone in parentheses may be silent. `words`: the phones of words that follow no
    rule. `elided`: the phones of what may stand before an apostrophe as a word of its own.
    """

    def __init__(self, *rules: str, words: Mapping[str, str] | None = None, elided: str = "") -> None:
        self._lines = [line for text in rules for line in text.splitlines() if line.strip()]
        self._words = {word: _sounds(phones.split()) for word, phones in (words or {}).items()}
        self._elided = {word: _sounds(phones) for word, *phones in map(str.split, elided.splitlines()) if word}

    @functools.cached_property
    def _rules(self) -> list[tuple[re.Pattern[str], tuple[Sound, ...]]]:
        """Compiled when the language is first spoken: it takes some milliseconds."""
        return [(re.compile(pattern), _sounds(phones)) for pattern, *phones in map(str.split, self._lines)]

    def sounds(self, word: str) -> tuple[Sound, ...]:
        """Return the phones of a word in lower case; none where no letter has any."""
        before, apostrophe, rest = word.partition("'")
        if apostrophe and before in self._elided:
            return self._elided[before] + self.sounds(rest)
        return self._words.get(word) or tuple(self._spelled(word))

    def _spelled(self, word: str) -> Iterator[Sound]:
        at = 0
        while at < len(word):
            matches = ((rule.match(word, at), sounds) for rule, sounds in self._rules)
            found = next(((match.end(), sounds) for match, sounds in matches if match and match.end() > at), None)
            at, sounds = found or (at + 1, ())
            yield from sounds


def _sounds(names: list[str]) -> tuple[Sound, ...]:
    return tuple(Sound(PhoneClass[name.strip("()")], name.startswith("(")) for name in names)
