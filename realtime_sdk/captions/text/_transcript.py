"""A transcript that arrives in pieces, cut into units as soon as their ends are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from ._language import ENGLISH, guess_language
from ._phones import Sounds, spoken
from ._reading import needs_language
from ._words import Break, break_between, split

_TELLING_PIECES = 4
"""So many in a row that each began a new word tell that they come word by word."""

_TELLING_TEXT = 500
"""Characters before the end that are looked at to tell the language."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes one caption; `start` and `end`: seconds, where the provider tells."""

    text: str
    sounds: Sounds  # none for what is not spoken
    start: float | None
    end: float | None
    found: float | None  # seconds at which somebody heard it begin, who may be wrong
    open: bool = False  # the last one, to which the next piece may still add


class Transcript:
    """The text that belongs to one stretch of sound."""

    def __init__(self) -> None:
        self._units: list[Unit] = []  # those that were looked for
        self._is_cut = True  # all there are are among them
        self.ended = False  # no more text comes
        self._rest = ""  # what follows the units that are not open
        self._cut = 0  # characters in those
        self._new_words: int | None = 0  # pieces that began a new word; None: one went on with the word before it
        self._starts: dict[int, float] = {}  # provider's seconds by the first visible character of a timed piece
        self._anchors: dict[int, float] = {}  # seconds by the first visible character of a word whose place was found
        self._ends: dict[int, float] = {}  # the same by the character after its last visible one

    @property
    def units(self) -> list[Unit]:
        """All of them, of which the last may be open; text is cut when somebody looks, not for every piece."""
        if not self._is_cut:
            self.cut(whole=self.ended)
        return self._units

    @property
    def text(self) -> str:
        """Everything so far."""
        units = self.units
        return self.head(len(units) - units[-1].open if units else 0) + self._rest

    @property
    def is_word_by_word(self) -> bool:
        """Whether the pieces have so far ended where words end, so that the last one may be taken to be whole."""
        return self._new_words is not None and self._new_words >= _TELLING_PIECES

    def head(self, count: int) -> str:
        """The text of the first `count` units."""
        return "".join([unit.text for unit in self.units[:count]])

    def breaks(self, first: int, last: int) -> list[Break]:
        """How likely a pause follows each of the units from `first` to before `last`."""
        texts = [unit.text for unit in self.units[first : last + 1]]
        if last == len(self.units):
            texts.append("" if self.units[-1].open else self._rest)
        return [break_between(text, following) for text, following in pairwise(texts)]

    def push(self, delta: str, start: float | None, end: float | None) -> None:
        """Add the next piece; `start` and `end`: provider's seconds of its first and last sound."""
        at = self._cut + len(self._rest)
        if start is not None:
            self._starts[at + _indent(delta)] = start
        if end is not None:
            self._ends[at + len(delta.rstrip())] = end
        before = self._rest or (self._units[-1].text if self._units else "")
        if before and delta and self._new_words is not None:
            goes_on = not delta[0].isspace() and not before[-1].isspace()
            self._new_words = None if goes_on else self._new_words + 1
        self._rest += delta
        self._is_cut = False

    def anchor(self, at: int, start: float) -> None:
        """The unit whose first visible character is at `at` was heard to begin at `start` seconds."""
        self._anchors[at] = start
        units = self.units
        begin = self._cut + (len(self._rest) if units and units[-1].open else 0)
        for index in range(len(units) - 1, -1, -1):  # it is near the end: what was heard lies before it
            unit = units[index]
            begin -= len(unit.text)
            if begin <= at:
                if begin + _indent(unit.text) == at:
                    units[index] = replace(unit, found=start)
                return

    def end(self, text: str | None, kept: int) -> None:
        """No more text comes. `text`, if there is any: the whole, in which the first `kept` units stay as they are.

        One that contradicts those units changes nothing: what was shown can't be taken back.
        """
        self.ended = True
        head = self.head(kept)
        if text and text.startswith(head):
            same = _common(text, self.text)
            self._starts = {at: start for at, start in self._starts.items() if at < same}
            self._anchors = {at: start for at, start in self._anchors.items() if at < same}
            self._ends = {at: end for at, end in self._ends.items() if at <= same}
            del self.units[kept:]
            self._rest, self._cut = text[len(head) :], len(head)
        self.cut(whole=True)

    def cut(self, *, whole: bool) -> None:
        """Turn what follows the units into units; with `whole` the last word is no longer open."""
        self._is_cut = True
        if self._units and self._units[-1].open:
            self._units.pop()
        texts, self._rest = split(self._rest, ended=whole)
        for text in texts:
            self._units.append(self._unit(text))
            self._cut += len(text)
        if self._rest.strip():
            self._units.append(replace(self._unit(self._rest), open=True))

    def close(self) -> None:
        """Take the last unit as it stands: what comes is another one."""
        self._units[-1] = replace(self._units[-1], open=False)
        self._cut += len(self._rest)
        self._rest = ""

    def _unit(self, text: str) -> Unit:
        """What follows the units that are not open."""
        visible, end = self._cut + _indent(text), self._cut + len(text)
        start, found = self._starts.get(visible), self._anchors.get(visible)
        language = guess_language(self.text[-_TELLING_TEXT:] + text) if needs_language(text) else ENGLISH
        return Unit(text, spoken(text, language), start, self._ends.get(end), found)


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
