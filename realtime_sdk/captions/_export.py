"""A conversation's captions as WebVTT and SubRip files."""

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

ROW_LENGTH = 42
"""Latin letters in one row on the screen; other scripts' wide characters count as two."""

_ROWS = 2  # of one cue
_LEAST_CUE = 24  # letters: a shorter sentence shares its cue with the next one
_LONG_PAUSE = 1.0  # seconds of silence between two words that begin a new cue
_LINGER = 0.5  # seconds that a cue stays after its last word, if no other follows
_SHORTEST = 0.001  # seconds: a cue ends after it begins
_CUT = "—"


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker said in one go, as it was heard.

    `start` and `end` are seconds on the conversation's timeline; the times of `captions` count from `start`.
    """

    speaker: str
    start: float
    end: float
    captions: Sequence[Caption]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """A word on the conversation's timeline, in seconds."""

    text: str
    start: float
    end: float
    boundary: Boundary  # after it
    timed: bool  # False: it stands inside a caption, and `start` is no more than its share


@dataclass(frozen=True, slots=True)
class _Cue:
    """What stands on the screen at one time."""

    speaker: str
    opens: bool  # the first of its line
    words: Sequence[_Word]
    end: float

    @property
    def start(self) -> float:
        return self.words[0].start


def to_vtt(lines: Sequence[Line]) -> str:
    """The lines as WebVTT, with the speaker of every cue and the time of every word."""
    return _file([(cue, _vtt_rows(cue)) for cue in _cues(lines)]).content


def to_srt(lines: Sequence[Line]) -> str:
    """The lines as SubRip; the first cue of each names its speaker."""
    srt = io.StringIO()
    _file([(cue, _srt_rows(cue)) for cue in _cues(lines)]).write(srt, format="srt")
    # The writer takes tags out and leaves character references in, which SubRip does not have.
    return html.unescape(srt.getvalue()) + "\n"


def _file(cues: Sequence[tuple[_Cue, list[str]]]) -> webvtt.WebVTT:
    import webvtt  # loaded by those who write a file, not by all who import the package

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


def _cues(lines: Sequence[Line]) -> list[_Cue]:
    """The cues of all lines, in the order in which they begin."""
    return sorted((cue for line in lines for cue in _cues_of(line)), key=lambda cue: cue.start)


def _cues_of(line: Line) -> Iterator[_Cue]:
    words, first = _words(line), 0
    while first < len(words):
        last = _cue_end(words, first)
        spoken = words[last - 1].end
        if last < len(words):
            end = min(spoken + _LINGER, words[last].start)
        else:
            end = line.end if line.interrupted else max(spoken, min(spoken + _LINGER, line.end))
        yield _Cue(line.speaker, first == 0, words[first:last], max(end, words[first].start + _SHORTEST))
        first = last


def _words(line: Line) -> list[_Word]:
    """The words of a line on the conversation's timeline, marked where it was cut."""
    latest = line.end if line.interrupted else math.inf
    words: list[_Word] = []
    space = ""
    for text, start, end, timed in [piece for caption in line.captions for piece in _pieces(caption)]:
        space = " " if space or text[:1].isspace() else ""
        if not text.strip():
            continue
        if words:
            words[-1] = replace(words[-1], boundary=boundary_between(words[-1].text, text))
        start, end = min(line.start + start, latest), min(line.start + end, latest)
        words.append(_Word(space + " ".join(text.split()), start, end, Boundary.SENTENCE, timed))
        space = ""
    if words and line.interrupted:
        words[-1] = replace(words[-1], text=words[-1].text.rstrip(_CUT) + _CUT)
    return words


def _pieces(caption: Caption) -> Iterator[tuple[str, float, float, bool]]:
    """The words of a caption with start, end, and whether they have a time of their own."""
    texts, _ = split_units(caption.text, ended=True)
    lengths = [length_in_phones(text) for text in texts]
    tempo = (caption.end - caption.start) / (sum(lengths) or 1.0)
    start = caption.start
    for index, (text, length) in enumerate(zip(texts, lengths, strict=True)):
        yield text, start, start + length * tempo, index == 0
        start += length * tempo


def _cue_end(words: Sequence[_Word], first: int) -> int:
    """Where the cue that begins with word `first` ends: after a sentence, in a pause, else where the screen is full."""
    clause = None
    for last in range(first + 1, len(words)):
        shown = words[first:last]
        if len(_rows([*shown, words[last]])) > _ROWS:
            return clause or last
        if words[last].start - words[last - 1].end >= _LONG_PAUSE:
            return last
        if words[last - 1].boundary is Boundary.SENTENCE and _width(shown) >= _LEAST_CUE:
            return last
        if words[last - 1].boundary is Boundary.CLAUSE and _width(shown) >= _LEAST_CUE:
            clause = last
    return len(words)


def _rows(words: Sequence[_Word]) -> list[Sequence[_Word]]:
    """The words in rows, two of them as equal as can be; more than fit the screen if there are too many words."""
    if _width(words) <= ROW_LENGTH:
        return [words]
    cuts = [cut for cut in range(1, len(words)) if max(_width(words[:cut]), _width(words[cut:])) <= ROW_LENGTH]
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
