"""Captions of a conversation as WebVTT and SubRip files."""

from __future__ import annotations

import html
import io
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ._caption import Caption
from .text._pronunciation import length_in_phones
from .text._segmentation import Boundary, boundary_between, split_units

if TYPE_CHECKING:
    import webvtt

MAX_ROW_LETTERS = 42
"""Latin letters in one row on the screen; wide characters of other scripts count as two."""

_MAX_ROWS = 2  # of one cue
_LEAST_CUE_LETTERS = 24  # a shorter sentence shares its cue with the next one
_CUE_PAUSE_SECONDS = 1.0  # of silence between two words that begin a new cue
_LINGER_SECONDS = 0.5  # for which a cue stays after its last word, if no other follows
_SHORTEST_CUE_SECONDS = 0.001
_CUT_MARK = "—"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said without a break, as it was heard: the input of `to_vtt` and `to_srt`."""

    speaker: str
    """A name, such as "user" or "assistant"."""

    start: float
    """Seconds on the timeline of the file."""

    end: float
    """Seconds on the timeline of the file."""

    captions: Sequence[Caption]
    """Its words, in order; their times count from `start`."""

    interrupted: bool = False
    """Whether it was cut at `end`; its last word then gets a dash."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word on the timeline, in seconds."""

    text: str
    start: float
    end: float
    boundary: Boundary  # after it
    timed: bool  # False: `start` is interpolated within a caption of several words


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is on the screen at one time."""

    speaker: str
    opens: bool  # the first of its utterance
    words: Sequence[_Word]
    end: float

    @property
    def start(self) -> float:
        return self.words[0].start


def to_vtt(utterances: Sequence[Utterance]) -> str:
    """Return a WebVTT file: the speaker of each cue, and the time of each word.

    A cue has at most two rows of 42 Latin letters (a longer word has its own row), and ends with a sentence where it
    can. Cues are in the order of their start. Times below 0 are 0.
    """
    return _file([(cue, _vtt_rows(cue)) for cue in _cues(utterances)]).content


def to_srt(utterances: Sequence[Utterance]) -> str:
    """Return a SubRip file, with cues as in `to_vtt`; the first cue of each utterance names its speaker."""
    srt = io.StringIO()
    _file([(cue, _srt_rows(cue)) for cue in _cues(utterances)]).write(srt, format="srt")
    # The writer removes tags and keeps character references, which SubRip does not have.
    return html.unescape(srt.getvalue()) + "\n"


def _file(cues: Sequence[tuple[_Cue, list[str]]]) -> webvtt.WebVTT:
    import webvtt  # here, so that importing the package stays light

    return webvtt.WebVTT(captions=[webvtt.Caption(_stamp(cue.start), _stamp(cue.end), rows) for cue, rows in cues])


def _vtt_rows(cue: _Cue) -> list[str]:
    rows, shown = [], _stamp(cue.start)
    for words in _rows(cue.words):
        row = ""
        for word in words:
            stamp = _stamp(word.start)
            if word.timed and shown < stamp < _stamp(cue.end):  # the format wants them in order, inside the cue
                row += f"<{stamp}>"
                shown = stamp
            row += html.escape(word.text if word is not words[0] else word.text.lstrip(), quote=False)
        rows.append(row)
    return [f"<v {html.escape(_label(cue), quote=False)}>{rows[0]}", *rows[1:]]


def _srt_rows(cue: _Cue) -> list[str]:
    rows = [html.escape(_text(words), quote=False) for words in _rows(cue.words)]
    return [f"{html.escape(_label(cue), quote=False)}: {rows[0]}", *rows[1:]] if cue.opens else rows


def _label(cue: _Cue) -> str:
    """The speaker as a name."""
    name = " ".join(cue.speaker.split()) or "Speaker"
    return name[0].upper() + name[1:]


def _cues(utterances: Sequence[Utterance]) -> list[_Cue]:
    """The cues of all utterances, by their start."""
    return sorted((cue for utterance in utterances for cue in _cues_of(utterance)), key=lambda cue: cue.start)


def _cues_of(utterance: Utterance) -> Iterator[_Cue]:
    words, first = _words(utterance), 0
    while first < len(words):
        last = _cue_end(words, first)
        spoken = words[last - 1].end
        if last < len(words):
            end = min(spoken + _LINGER_SECONDS, words[last].start)
        else:
            end = utterance.end if utterance.interrupted else max(spoken, min(spoken + _LINGER_SECONDS, utterance.end))
        end = max(end, words[first].start + _SHORTEST_CUE_SECONDS)
        yield _Cue(utterance.speaker, first == 0, words[first:last], end)
        first = last


def _words(utterance: Utterance) -> list[_Word]:
    """The words of an utterance on the timeline, with a dash where it was cut."""
    latest = utterance.end if utterance.interrupted else math.inf
    words: list[_Word] = []
    space = ""
    for text, start, end, timed in [piece for caption in utterance.captions for piece in _pieces(caption)]:
        space = " " if space or text[:1].isspace() else ""
        if not text.strip():
            continue
        if words:
            words[-1] = replace(words[-1], boundary=boundary_between(words[-1].text, text))
        start, end = min(utterance.start + start, latest), min(utterance.start + end, latest)
        words.append(_Word(space + " ".join(text.split()), start, end, Boundary.SENTENCE, timed))
        space = ""
    if words and utterance.interrupted:
        words[-1] = replace(words[-1], text=words[-1].text.rstrip(_CUT_MARK) + _CUT_MARK)
    return words


def _pieces(caption: Caption) -> Iterator[tuple[str, float, float, bool]]:
    """The words of a caption with start, end, and whether the start is the caption's own."""
    texts, _ = split_units(caption.text, ended=True)
    lengths = [length_in_phones(text) for text in texts]
    tempo = (caption.end - caption.start) / (sum(lengths) or 1.0)
    start = caption.start
    for index, (text, length) in enumerate(zip(texts, lengths, strict=True)):
        yield text, start, start + length * tempo, index == 0
        start += length * tempo


def _cue_end(words: Sequence[_Word], first: int) -> int:
    """End of the cue that begins with word `first`: after a sentence, in a pause, else where the screen is full."""
    clause = None
    for last in range(first + 1, len(words)):
        shown = words[first:last]
        if len(_rows([*shown, words[last]])) > _MAX_ROWS:
            return clause or last
        if words[last].start - words[last - 1].end >= _CUE_PAUSE_SECONDS:
            return last
        if words[last - 1].boundary is Boundary.SENTENCE and _width(shown) >= _LEAST_CUE_LETTERS:
            return last
        if words[last - 1].boundary is Boundary.CLAUSE and _width(shown) >= _LEAST_CUE_LETTERS:
            clause = last
    return len(words)


def _rows(words: Sequence[_Word]) -> list[Sequence[_Word]]:
    """The words in rows, two of them of similar length; a row for each word where two are too few."""
    if _width(words) <= MAX_ROW_LETTERS:
        return [words]
    cuts = [cut for cut in range(1, len(words)) if max(_width(words[:cut]), _width(words[cut:])) <= MAX_ROW_LETTERS]
    if not cuts:
        return [[word] for word in words]
    even = min(cuts, key=lambda cut: abs(_width(words[:cut]) - _width(words[cut:])))
    return [words[:even], words[even:]]


def _text(words: Sequence[_Word]) -> str:
    return "".join([word.text for word in words]).strip()


def _width(words: Sequence[_Word]) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in _text(words))


def _stamp(seconds: float) -> str:
    """`hh:mm:ss.mmm`."""
    minutes, milliseconds = divmod(round(max(0.0, seconds) * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
