"""A transcript that arrives in pieces, split into units as soon as their ends are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from ._language import JAPANESE, detect_language
from ._pronunciation import Pronunciation, pronounce
from ._segmentation import LOOKAHEAD_CHARACTERS, Boundary, boundary_between, split_units
from ._unspoken import NEVER, Span, blanked, mark_unspoken

# benchmarks/captions.py: "1.1x".
_WORD_BY_WORD_PIECES = 4  # this many, each of which begins a new word, show that the text arrives word by word
_LANGUAGE_CHARACTERS = 500  # from which the language of the next ones is detected,
_LANGUAGE_BLOCK = 100  # characters after which it is detected again
_SPLIT_CHARACTERS = 1000  # that are split at once: some milliseconds of work

Pronounce: TypeAlias = Callable[[str, str], Pronunciation | None]
"""The pronunciation of a text in an eSpeak voice; None: unknown."""


@dataclass(slots=True)
class Unit:
    """The text of one caption, with its known times in seconds."""

    text: str
    start: float | None  # as the provider has it
    end: float | None  # as the provider has it
    anchor: float | None  # start that an acoustic model found; it may be wrong
    spans: tuple[Span, ...]  # those of `text` that are not spoken, or may not be
    language: str  # an eSpeak voice
    before: str  # the character before it, where that matters
    _pronounce: Callable[[str, str, str], Pronunciation] = field(compare=False, repr=False)
    open: bool = False  # the last one, which the next piece may extend
    _pronunciation: Pronunciation | None = field(default=None, compare=False, repr=False)  # None: not asked for yet

    @property
    def is_pronounced(self) -> bool:
        """Whether its pronunciation was asked for before."""
        return self._pronunciation is not None

    @property
    def pronunciation(self) -> Pronunciation:
        """Its pronunciation, empty for unspoken text; found when it is first asked for, as most of a text is not."""
        if self._pronunciation is None:
            self._pronunciation = self._pronounce(blanked(self.text, self.spans), self.language, self.before)
        return self._pronunciation

    @property
    def unspoken(self) -> float:
        """The probability that what `pronunciation` has is not spoken."""
        return max([span.unspoken for span in self.spans if span.unspoken < NEVER], default=0.0)


@dataclass(frozen=True, slots=True)
class _MarksFrom:
    """The first unit, and its first character, that later text may mark as unspoken."""

    unit: int
    char: int
    in_code: bool  # it begins within a block of code


class Transcript:
    """The text of one content part."""

    def __init__(self) -> None:
        self.text = ""  # all of it so far
        self.pronounce: Pronounce | None = None  # asked before the spelling is
        self.units: list[Unit] = []  # those split off so far, of which the last may be open
        self._is_split = True  # they are all there are
        self._marks_from = _MarksFrom(0, 0, in_code=False)  # later text may mark units from here on as unspoken
        self.ended = False  # no more text follows
        self._rest = ""  # text after the closed units
        self._split_at = 0  # characters in the closed units
        self._new_words: int | None = 0  # pieces that began a new word; None: one continued a word
        self._starts: dict[int, float] = {}  # provider's seconds, by the first visible character of a piece
        self._anchors: dict[int, float] = {}  # seconds, by the first visible character of a word
        self._languages: dict[int, str] = {}  # of the units that begin in each block of characters
        self._ends: dict[int, float] = {}  # provider's seconds, by the character after the last visible one

    @property
    def is_complete(self) -> bool:
        """Whether no more units follow."""
        return self.ended and self._is_split

    @property
    def is_word_by_word(self) -> bool:
        """Whether the pieces so far ended where words end, so that the last word is taken to be complete."""
        return self._new_words is not None and self._new_words >= _WORD_BY_WORD_PIECES

    def head(self, count: int) -> str:
        """The text of the first `count` units."""
        return "".join([unit.text for unit in self.units[:count]])

    def boundaries(self, first: int, last: int) -> list[Boundary]:
        """Return the boundary after each of the units from `first` to before `last`."""
        texts = [unit.text for unit in self.units[first : last + 1]]
        if last == len(self.units):
            texts.append("" if self.units[-1].open else self._rest)
        return [boundary_between(text, following) for text, following in pairwise(texts)]

    def push(self, delta: str, start: float | None, end: float | None) -> bool:
        """Add the next piece, and return whether it changes the words, their times or the boundary after the last.

        `start` and `end`: provider's seconds.
        """
        at = self._split_at + len(self._rest)
        if start is not None:
            self._starts[at + _indent(delta)] = start
        if end is not None:
            self._ends[at + len(delta.rstrip())] = end
        before = self._rest or (self.units[-1].text if self.units else "")
        if before and delta and self._new_words is not None:
            continues = not delta[0].isspace() and not before[-1].isspace()
            self._new_words = None if continues else self._new_words + 1
        visible = len(self._rest.rstrip())
        new_line = "\n" in delta and "\n" not in self._rest[visible:]
        self._rest += delta
        self.text += delta
        self._is_split = False
        return bool(delta.strip()) or new_line or start is not None or end is not None

    def anchor(self, at: int, start: float) -> None:
        """Anchor the unit whose first visible character is at `at` to `start` seconds."""
        self._anchors[at] = start
        units = self.units
        begin = self._split_at + (len(self._rest) if units and units[-1].open else 0)
        for index in range(len(units) - 1, -1, -1):  # it is near the end: earlier units were shown
            unit = units[index]
            begin -= len(unit.text)
            if begin <= at:
                if begin + _indent(unit.text) == at:
                    unit.anchor = start
                return

    def end(self, text: str | None, kept: int) -> None:
        """End the text. `text`, if there is any, replaces all but the first `kept` units.

        A text that contradicts those units changes nothing: shown text is final.
        """
        self.ended = True
        head = self.head(kept)
        if text and text != self.text and text.startswith(head):
            same = _common_prefix(text, self.text)
            self._starts = {at: start for at, start in self._starts.items() if at < same}
            self._anchors = {at: start for at, start in self._anchors.items() if at < same}
            self._ends = {at: end for at, end in self._ends.items() if at <= same}
            del self.units[kept:]
            self._rest, self._split_at = text[len(head) :], len(head)
            self.text, self._languages = text, {}
            self._marks_from = _MarksFrom(0, 0, in_code=False)
        self._is_split = False

    def split(self) -> None:
        """Split all the rest into units, and close the last word."""
        self._split(len(self._rest), whole=True)

    def split_some(self) -> bool:
        """Split the next part of the text that was not split yet; return whether there is more."""
        if not self._is_split:
            self._split(_SPLIT_CHARACTERS, whole=self.ended)
        return not self._is_split

    def _split(self, most: int, *, whole: bool) -> None:
        """Split `most` characters of the rest, or fewer; `whole`: what ends the rest ends a word."""
        if self.units and self.units[-1].open:
            self.units.pop()
        self._is_split = len(self._rest) <= most
        rest, later = self._rest[:most], self._rest[most:]
        texts, rest = split_units(rest, ended=whole and self._is_split)
        self._rest = rest + later
        self._split_at += sum(map(len, texts))
        self._mark(texts, whole=whole)

    def _mark(self, texts: list[str], *, whole: bool) -> None:
        """Add units; of those from `_marks_from` on, tell which are not spoken. `whole`: no text follows the rest."""
        since, units = self._marks_from, self.units
        known = units[since.unit :]
        del units[since.unit :]
        pending = [unit.text for unit in known] + texts
        before = units[-1].text if units else ""
        text = "".join(pending) + self._rest
        marks = mark_unspoken(text, ended=whole, before=before, in_code=since.in_code)
        if is_open := self._is_split and bool(self._rest.strip()):
            pending.append(self._rest)
        at = 0
        for index, unit_text in enumerate(pending):
            if at <= marks.settled and not marks.splits_span(at):
                self._marks_from = _MarksFrom(since.unit + index, since.char + at, marks.is_code(at))
            spans = marks.within(at, at + len(unit_text))
            is_known = index < len(known) and known[index].spans == spans
            units.append(known[index] if is_known else self._unit(unit_text, since.char + at, spans))
            at += len(unit_text)
        if is_open:
            units[-1].open = True

    def close(self) -> None:
        """Close the last unit: later text is another one."""
        self.units[-1].open = False
        self._split_at += len(self._rest)
        self._rest = ""

    def _unit(self, text: str, at: int, spans: tuple[Span, ...]) -> Unit:
        """The unit of a text that begins at character `at`."""
        visible, end = at + _indent(text), at + len(text)
        start, anchor = self._starts.get(visible), self._anchors.get(visible)
        language = self._language(at, end)
        before = self.text[at - 1 : at] if at and language == JAPANESE else ""
        return Unit(text, start, self._ends.get(end), anchor, spans, language, before, self._pronounced)

    def _pronounced(self, spoken: str, language: str, before: str) -> Pronunciation:
        """The pronunciation of a text in a language; `before`: the character before it."""
        known = self.pronounce(spoken, language) if self.pronounce is not None else None
        return known or pronounce(spoken, language, before)

    def _language(self, at: int, end: int) -> str:
        """The language of the unit from character `at` to before `end`, by the text so far."""
        block = at // _LANGUAGE_BLOCK
        if not block:
            return detect_language(self.text[: end + LOOKAHEAD_CHARACTERS])
        if block not in self._languages:
            first = max(0, block * _LANGUAGE_BLOCK - _LANGUAGE_CHARACTERS)
            self._languages[block] = detect_language(self.text[first : block * _LANGUAGE_BLOCK])
        return self._languages[block]


def _common_prefix(one: str, other: str) -> int:
    """Length of the longest common prefix."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
