"""Text that is not spoken: tags, stage directions, time stamps, addresses, blocks of code.

The form of some of it leaves no doubt (`<break/>`, a block of code); other text is only likely to be silent (a word in
parentheses between two sentences): each span has a probability, and the sound decides.
"""

# ruff: noqa: RUF001 — brackets and words of many scripts are what this module is about

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NEVER: Final = 1.0
"""Probability that text is unspoken where its form leaves no doubt;"""

# the others, by judgement: of a direction between two sentences, of brackets within one, of a link's text, an address.
_DIRECTION, _LONG_DIRECTION, _INSERTION, _LINK, _ADDRESS = 0.7, 0.5, 0.5, 0.1, 0.3
_OPEN = 0.5  # of what is open where the text ends: its end may never come

MAX_SPAN: Final = 200
"""Characters in brackets: an opening bracket that is further from its closing one is punctuation."""

_MAX_ADDRESS: Final = 500
"""Characters of an address."""

_MAX_OPEN_CODE = 500  # characters of a block of code that is marked again when it is closed

_DIRECTIONS: Final = re.compile(
    r"(?:\w+ly |heavy |soft |deep |big |nervous |short |long |awkward )?(?:"
    r"(?:laugh|chuckl|giggl|sigh|gasp|cough|sneez|sniff|snor|sob|weep|cr[yi]|whisper|shout|groan|moan|mutter|yawn|hum"
    r"|grin|smil|smirk|wink|nod|shrug|applau|clap|inhal|exhal|scoff|snicker|whistl|gulp)"
    r"(?:e?s|m?ing|n?ing|p?ing|b?ing|d?ing|ter|e|ed)?\b"
    r"|clears? (?:\w+ )?throat|clearing (?:\w+ )?throat|(?:pauses?|beat|silence|music|breath(?:es|ing)?)\b"
    r"|inaudible|crosstalk|laughter|applause"
    r"|lach(?:t|en|end)?\b|seufz|kicher|räusper|hustet|hustend|flüster|schluchz|gähn|pause|musik\b|applaus|lächel|grins"
    r"|rires?\b|rit\b|soupir|tousse|chuchot|sanglot|bâille|sourit|musique\b|applaudis"
    r"|risas?\b|ríe|suspir|tose\b|susurr|solloz|bostez|sonr[íi]e|pausa\b|silencio\b|aplaus|ridendo|sospir|tossisce"
    r"|risos?\b|rindo\b|zucht|hoest|fluister|śmie|wzdych|kaszl|szept|skratt|suckar|hostar|viskar|güler|gülüyor"
    r"|сме[её]|смех|вздых|вздох|кашля|ш[её]пот|шепч|пауза|музыка|аплодисм"
    r"|笑|苦笑|ため息|溜息|拍手|咳|沈黙|音楽|叹气|叹息|掌声|沉默|停顿|音乐|웃음|웃으|한숨|박수|기침|침묵|음악)",
    re.IGNORECASE,
)
"""How the usual stage directions begin: sounds of people, pauses, music."""

_MAX_NAMED_WORDS = 6  # of a direction that begins as one of those,
_MAX_WORDS = 3  # and of another one
_CHARACTERS_PER_WORD = 3  # in scripts without spaces

_CITATIONS: Final = frozenset([
    "source", "sources", "link", "ref", "reference", "quelle", "lien", "fuente", "fonte", "источник", "来源", "出典",
])  # fmt: skip
_GERUND: Final = re.compile(r"[a-z]{2,}ing$")
_TIME_STAMP: Final = re.compile(r"(?:\d+:)?\d+:\d\d(?:[.,]\d+)?(?: *(?:-+>?|–) *(?:\d+:)?\d+:\d\d(?:[.,]\d+)?)?$")
_NOTE: Final = re.compile(r"\^?\d{1,3}(?:, ?\d{1,3})*$|.*†")  # "[1]", "[^2]", "【4:0†source】"
_DOMAIN: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$")
_URL: Final = rf"(?:https?://|www\.)[^\s<>\"“”（）［］【】。，、]{{1,{_MAX_ADDRESS}}}+"
_ADDRESS_START: Final = re.compile(r"https?:|www\.")
_LINKED: Final = r"!?\[[^\]\n]*\]\([^)\s]*\)"
_ADDRESSES: Final = re.compile(rf"(?:{_URL}|{_LINKED})(?:[,;]\s*(?:{_URL}|{_LINKED}))*$")

_CODE: Final = "```"
_OPENING: Final = re.compile(
    rf"(?P<code>{_CODE})|(?P<square>!?\[|[［【〔])|(?P<round>[(（])|(?P<angle><(?=[A-Za-z/!|]|\d+:))"
    r"|(?P<star>(?<![\w*])[*](?![\s*])|(?<![\w_])_(?![\s_]))|(?P<url>\b(?:https?://|www\.))"
)
_OTHER: Final = r"[^\[\]()［］【】〔〕（）\n]"
_INSIDE: Final = (  # no quantifier gives back what it took: brackets without end cost no more than other text
    rf"(?P<content>(?:{_OTHER}{{1,{_MAX_ADDRESS}}}+|\[{_OTHER}{{0,{MAX_SPAN}}}+\](?:\({_OTHER}{{0,{MAX_SPAN}}}+\))?"
    rf"|\({_OTHER}{{0,{MAX_SPAN}}}+\)){{0,9}}+)"
)
_TARGET: Final = rf"\({_OTHER}{{0,{_MAX_ADDRESS}}}+(?:\({_OTHER}{{0,{MAX_SPAN}}}+\){_OTHER}{{0,{MAX_SPAN}}}+)?(?:\)|$)"
_SPANS: Final = {
    "square": re.compile(rf"!?[\[［【〔]{_INSIDE}[\]］】〕](?P<target>{_TARGET})?"),
    "round": re.compile(rf"[(（]{_INSIDE}[)）]"),
    "angle": re.compile(rf"<(?P<content>[^<>\n]{{1,{MAX_SPAN}}})>"),
    "star": re.compile(rf"(?P<mark>[*_])(?P<content>[^*\n]{{1,{MAX_SPAN}}}?)(?<![\s*])(?P=mark)(?![\w*_])"),
    "url": re.compile(rf"(?P<content>{_URL})(?<![.,;:!?'*_)\]}}])"),
}
_CONTEXT_CHARACTERS = 16  # before a bracket, among which the one before it is looked for
_PARTIAL_CHARACTERS = 8  # at the end of a text, which may be the first part of a mark: "``", "https:/"
_NEXT: Final = re.compile(r"\s*(\S)")
_SENTENCE_ENDS: Final = frozenset('.!?…:。．！？؟।*_)]>）】］♪"”»`')


@dataclass(frozen=True, slots=True)
class Span:
    """Characters from `start` to before `end`, and the probability that they are not spoken."""

    start: int
    end: int
    unspoken: float


@dataclass(frozen=True, slots=True)
class Marks:
    """The unspoken spans of a text, in order; none overlaps another."""

    spans: list[Span]
    settled: int
    """Later text does not change the spans that end before this character."""
    in_code: bool
    """Whether the last span is a block of code that is not closed."""

    def within(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the spans between two characters, counted from `start`."""
        first = bisect.bisect_right(self.spans, start, key=_span_end)
        stop = bisect.bisect_left(self.spans, end, key=_span_start)
        return tuple(Span(span.start - start, span.end - start, span.unspoken) for span in self.spans[first:stop])

    def splits_span(self, at: int) -> bool:
        """Whether a text that begins at a character would not have a span as it is."""
        index = bisect.bisect_right(self.spans, at, key=_span_end)
        return index < len(self.spans) and self.spans[index].start < at and not self.is_code(at)

    def is_code(self, at: int) -> bool:
        """Whether a character is within a block of code that is not closed."""
        return self.in_code and self.spans[-1].start < at


def _span_start(span: Span) -> int:
    return span.start


def _span_end(span: Span) -> int:
    return span.end


def blanked(text: str, spans: Sequence[Span]) -> str:
    """Return `text` with blanks in place of its spans that are never spoken."""
    for span in spans:
        first, stop = max(span.start, 0), min(span.end, len(text))
        if span.unspoken == NEVER and first < stop:
            text = text[:first] + " " * (stop - first) + text[stop:]
    return text


def mark_unspoken(text: str, *, ended: bool, before: str = "", in_code: bool = False) -> Marks:
    """Find the unspoken spans of `text`.

    `ended`: no text follows; else a bracket that is still open may close later. `before`: the end of the text before
    it. `in_code`: it begins within a block of code.
    """
    spans: list[Span] = []
    settled = len(text) if ended else max(len(text) - _PARTIAL_CHARACTERS, 0)
    at = 0
    if in_code:
        at, in_code = _code_end(text, 0)
        spans.append(Span(-1, at, _OPEN))
    while opening := _OPENING.search(text, at):
        start, kind = opening.start(), str(opening.lastgroup)
        if kind == "code":
            at, in_code = _code_end(text, opening.end())
            spans.append(Span(start, at, _OPEN if in_code else NEVER))
            if in_code and len(text) - start <= _MAX_OPEN_CODE:
                settled = min(settled, start)
            continue
        limit = _MAX_ADDRESS if kind == "url" or _ADDRESS_START.match(text, opening.end()) else MAX_SPAN
        match = _SPANS[kind].match(text, start)
        if match is not None and len(match["content"]) <= limit:
            found = _judged(kind, match, _Context.around(match, before, ended=ended))
            touches_end = not ended and _NEXT.match(text, match.end()) is None
        else:
            is_open = not ended and len(text) - opening.end() <= limit and "\n" not in text[start:]
            found = _open(kind, text, opening, before) if is_open else []
            touches_end = is_open
        spans += found
        settled = min(settled, start) if touches_end else settled
        at = found[-1].end if found else opening.end()
    return Marks(spans, settled, in_code)


@dataclass(frozen=True, slots=True)
class _Context:
    """What is around a bracket."""

    starts_sentence: bool
    ends_sentence: bool

    @property
    def between_sentences(self) -> bool:
        return self.starts_sentence and self.ends_sentence

    @classmethod
    def around(cls, match: re.Match[str], before: str, *, ended: bool) -> _Context:
        following = _NEXT.match(match.string, match.end())
        if following is None:
            ends = ended
        else:
            goes_on = following[1].islower() or following[1].isdecimal() or following[1] in ",;:、，；："
            ends = "\n" in following[0] or not goes_on
        return cls(_starts_sentence(match.string, match.start(), before), ends)


def _starts_sentence(text: str, at: int, before: str) -> bool:
    near = before + text[:at] if at < _CONTEXT_CHARACTERS else text[at - _CONTEXT_CHARACTERS : at]
    near = near[-_CONTEXT_CHARACTERS:]
    visible = near.rstrip()
    if not visible or "\n" in near[len(visible) :]:
        return True
    return visible[-1] in _SENTENCE_ENDS or not (visible[-1].isalnum() or visible[-1] in ",;'’、，；([（-–—")


def _code_end(text: str, at: int) -> tuple[int, bool]:
    """Where a block of code that began before `at` ends, and whether that is not known yet."""
    end = text.find(_CODE, at)
    return (len(text), True) if end < 0 else (end + len(_CODE), False)


def _open(kind: str, text: str, opening: re.Match[str], before: str) -> list[Span]:
    """The spans of a bracket that is open where the text ends."""
    start, content = opening.start(), text[opening.end() :]
    is_tag = kind == "angle" or (kind == "square" and _starts_sentence(text, start, before))
    is_unspoken = is_tag or _ADDRESS_START.match(content) or _is_direction(content)
    return [Span(start, len(text), _OPEN)] if is_unspoken else []


def _judged(kind: str, match: re.Match[str], context: _Context) -> list[Span]:
    """The spans of a complete bracket, or none where its text is spoken."""
    content = match["content"].strip()
    start, end = match.span()
    if kind == "url":
        return _parts_of_address(match)
    if kind == "square" and match["target"]:
        return _parts_of_link(match)
    if kind == "angle":
        is_address = content.startswith(("http:", "https:", "mailto:")) or "@" in content.split()[0]
        return [Span(start, end, _ADDRESS if is_address else NEVER)]
    if _ADDRESSES.match(content) or (kind == "square" and _NOTE.match(content)):
        return [Span(start, end, NEVER)]
    unspoken = _probability(kind, content, context)
    return [Span(start, end, unspoken)] if unspoken else []


def _probability(kind: str, content: str, context: _Context) -> float:
    """The probability that the text in a bracket is not spoken."""
    words = _count_words(content)
    if _is_direction(content) or (kind == "square" and _TIME_STAMP.match(content)):
        return NEVER
    if not any(map(str.isalnum, content)):
        return 0.0
    if kind == "square":
        if not context.between_sentences:
            return _INSERTION
        return NEVER if words <= _MAX_NAMED_WORDS and content.isascii() else _LONG_DIRECTION
    if words == 1 and kind == "round" and _GERUND.match(content):
        return _DIRECTION
    if not context.between_sentences or content[0].isupper() or content[-1] in ".!?。！？":
        return 0.0
    return _DIRECTION if words <= _MAX_WORDS else _LONG_DIRECTION if kind == "star" else 0.0


def _is_direction(content: str) -> bool:
    return _DIRECTIONS.match(content) is not None and _count_words(content) <= _MAX_NAMED_WORDS


def _count_words(content: str) -> int:
    """The number of words, also where no spaces are between them."""
    unspaced = sum("\u2e80" <= character < "\uac00" for character in content)
    return len(content.split()) + unspaced // _CHARACTERS_PER_WORD


def _parts_of_link(match: re.Match[str]) -> list[Span]:
    """The text of a link, which may be spoken, and its target, which is not."""
    start, end = match.span()
    if match[0].startswith("!"):
        return [Span(start, end, NEVER)]
    label = match["content"].strip().lower()
    is_citation = label in _CITATIONS or _NOTE.match(label) or _DOMAIN.match(label)
    target = match.start("target")
    return [Span(start, target, NEVER if is_citation else _LINK), Span(target, end, NEVER)]


def _parts_of_address(match: re.Match[str]) -> list[Span]:
    """The scheme and the query of an address, which are not spoken, and what is between them."""
    start, end = match.span()
    scheme = match[0].find("://") + 3 if "://" in match[0] else 0
    query = min((at for at in (match[0].find("?"), match[0].find("#")) if at >= 0), default=len(match[0]))
    parts = [(0, scheme, NEVER), (scheme, query, _ADDRESS), (query, end - start, NEVER)]
    return [Span(start + first, start + stop, unspoken) for first, stop, unspoken in parts if first < stop]
