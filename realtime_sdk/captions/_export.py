"""Captions of a conversation as WebVTT and SubRip files."""

# ruff: noqa: RUF001, RUF002 — characters that look alike stand for those that readers of subtitles take for a tag

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from .._runtime.arguments import check_instance
from ._caption import Caption
from ._screen import ROW_WIDTH, break_word, isolate, screen_text, screen_width
from ._spread import spread
from ._utterance import Utterance
from .text._segmentation import Boundary, boundary_between

_MAX_ROWS = 2  # of one cue
_LEAST_CUE_WIDTH = 24  # a narrower sentence shares its cue with the next one
_NAME_WIDTH = 20  # of a speaker's name in a row; the rest of a wider one is left out
_CUE_PAUSE_SECONDS = 1.0  # of silence between two words that begin a new cue
_LINGER_SECONDS = 0.5  # for which a cue stays after its last word, if no other follows
_SHORTEST_CUE_SECONDS = 0.001
_CUT_MARK = "—"
_EXAMPLE = "Utterance('Ann', 0.0, 2.5, captions)"

# SubRip has no escape. Some readers take what stands between "<" and ">" for a tag, and none shows an entity.
_TAG = re.compile(r"<([^<>]*)>")
_SHOWN_TAG = r"‹\1›"

# They also read "{\an8}" (SubStation), "{y:i}" (MicroDVD), "\N" (a line break), "-->", and "&lt;" (a web page).
_NO_TEXT = re.compile(r"(?<={)(?=\\|.:)|(?<=\\)(?=[nNh])|(?<=--)(?=>)|(?<=&)(?=#?\w+)")
_WORD_JOINER = "\u2060"  # invisible, and part of none of these


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, or a piece of a long one, on the timeline in seconds."""

    text: str
    width: int  # in columns
    space: str  # before it: " " or ""
    start: float
    end: float
    boundary: Boundary  # after it
    timed: bool  # False: `start` is interpolated within a caption of several words


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is on the screen at one time."""

    name: str  # of the speaker; "": none is shown
    words: Sequence[_Word]
    end: float

    @property
    def start(self) -> float:
        return self.words[0].start


def to_vtt(utterances: Sequence[Utterance]) -> str:
    """Return a WebVTT file: the speaker of each cue, and the time of each word.

    A cue has at most two rows as wide as 42 Latin letters, and ends with a sentence where it can; a word that is wider
    is broken. Rows of a right-to-left script are marked as such. Cues are in the order of their start. Times below 0
    are 0.
    """
    cues = (f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{_vtt_text(cue)}\n" for cue in _cues(utterances))
    return "\n".join(chain(["WEBVTT\n"], cues))


def to_srt(utterances: Sequence[Utterance]) -> str:
    r"""Return a SubRip file, with cues as in `to_vtt`; the first cue of each utterance names its speaker.

    The format has no escape for text that a reader would take for a tag: "<b>" is written "‹b›", and an invisible word
    joiner keeps "{\an8}", "-->", "C:\new" and "&lt;" text.
    """
    cues = enumerate(_cues(utterances, named=True), start=1)
    return "\n".join(
        f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{_srt_text(cue)}\n" for number, cue in cues
    )


def _vtt_text(cue: _Cue) -> str:
    rows, shown = [], _stamp(cue.start)
    for words in _rows(cue.words):
        row = ""
        for word in words:
            stamp = _stamp(word.start)
            if word.timed and shown < stamp < _stamp(cue.end):  # the format wants them in order, inside the cue
                row += f"<{stamp}>"
                shown = stamp
            row += ("" if word is words[0] else word.space) + html.escape(word.text, quote=False)
        rows.append(isolate(row, _text(cue.words)))
    voice = f"<v {html.escape(cue.name, quote=False)}>" if cue.name else ""
    return voice + "\n".join(rows)


def _srt_text(cue: _Cue) -> str:
    label = f"{cue.name}:" if cue.name else ""
    spoken = _text(cue.words).removeprefix(label)  # the name's script says nothing about the text's direction
    text = "\n".join([isolate(_text(words), spoken) for words in _rows(cue.words)])
    while _TAG.search(text):  # one may stand within another
        text = _TAG.sub(_SHOWN_TAG, text)
    return _NO_TEXT.sub(_WORD_JOINER, text)


def _name(speaker: str) -> str:
    """The speaker as a name that leaves room in a row."""
    name = " ".join(screen_text(speaker).split()) or "Speaker"
    if screen_width(name) > _NAME_WIDTH:
        name = next(break_word(name, _NAME_WIDTH - 1)).rstrip() + "…"
    return name[0].upper() + name[1:]


def _cues(utterances: Sequence[Utterance], *, named: bool = False) -> list[_Cue]:
    """The cues of all utterances, by their start; `named`: each utterance begins with its speaker's name.

    Raises:
        UsageError: these are no utterances.

    """
    check_instance("utterances", utterances, Iterable, f"a list, such as [{_EXAMPLE}]")
    spoken = list(utterances)
    for each in spoken:
        check_instance("each of the utterances", each, Utterance, f"an Utterance, such as {_EXAMPLE}")
    cues = chain.from_iterable(_cues_of(utterance, named) for utterance in spoken)
    return sorted(cues, key=lambda cue: cue.start)


def _cues_of(utterance: Utterance, named: bool) -> Iterator[_Cue]:
    name = "" if utterance.speaker is None else _name(utterance.speaker)
    words, first = _words(utterance, f"{name}:" if named and name else ""), 0
    while first < len(words):
        last = _cue_end(words, first)
        spoken = words[last - 1].end
        if last < len(words):
            end = min(spoken + _LINGER_SECONDS, words[last].start)
        else:
            end = utterance.end if utterance.interrupted else max(spoken, min(spoken + _LINGER_SECONDS, utterance.end))
        end = max(end, words[first].start + _SHORTEST_CUE_SECONDS)
        yield _Cue(name, words[first:last], end)
        first = last


def _words(utterance: Utterance, label: str) -> list[_Word]:
    """The words of an utterance on the timeline, after a label, and with a dash where it was cut."""
    latest = utterance.end if utterance.interrupted else math.inf
    words: list[_Word] = []
    space = ""
    for piece, start, end, timed in [piece for caption in utterance.captions for piece in _pieces(caption)]:
        text = screen_text(piece)
        space = " " if space or text[:1].isspace() else ""
        if not text.strip():
            continue
        if words:
            words[-1] = replace(words[-1], boundary=boundary_between(words[-1].text, text))
        start, end = min(utterance.start + start, latest), min(utterance.start + end, latest)
        if label and not words:
            words.append(_Word(label, screen_width(label), "", start, start, Boundary.NONE, False))
            space = " "
        words += _broken(" ".join(text.split()), space, start, end, timed)
        space = ""
    if words and utterance.interrupted:
        last = words.pop()
        words += _broken(last.text.rstrip(_CUT_MARK) + _CUT_MARK, last.space, last.start, last.end, last.timed)
    return words


def _pieces(caption: Caption) -> Iterator[tuple[str, float, float, bool]]:
    """The words of a caption with start, end, and whether the start is the caption's own."""
    for index, (text, start, end) in enumerate(spread(caption.text, caption.start, caption.end)):
        yield text, start, end, index == 0


def _broken(text: str, space: str, start: float, end: float, timed: bool) -> Iterator[_Word]:
    """A word, in pieces that fit a row."""
    pieces = [text] if len(text) <= ROW_WIDTH // 2 else list(break_word(text))
    width = screen_width(text) or 1
    for index, piece in enumerate(pieces):
        until = start + (end - start) * screen_width(piece) / width
        boundary = Boundary.SENTENCE if index == len(pieces) - 1 else Boundary.NONE
        yield _Word(piece, screen_width(piece), space, start, until, boundary, timed)
        start, timed, space = until, False, ""


def _cue_end(words: Sequence[_Word], first: int) -> int:
    """End of the cue that begins with word `first`: after a sentence, in a pause, else where the screen is full."""
    clause = None
    for last in range(first + 1, len(words)):
        shown = words[first:last]
        if len(_rows([*shown, words[last]])) > _MAX_ROWS:
            return clause or last
        if words[last].start - words[last - 1].end >= _CUE_PAUSE_SECONDS:
            return last
        if words[last - 1].boundary is Boundary.SENTENCE and _width(shown) >= _LEAST_CUE_WIDTH:
            return last
        if words[last - 1].boundary is Boundary.CLAUSE and _width(shown) >= _LEAST_CUE_WIDTH:
            clause = last
    return len(words)


def _rows(words: Sequence[_Word]) -> list[Sequence[_Word]]:
    """The words in rows, two of them of similar length; a row for each word where two are too few."""
    left, whole = 0, _width(words)
    if whole <= ROW_WIDTH:
        return [words]
    best, most_uneven = 0, math.inf
    for cut in range(1, len(words)):
        left = left + words[cut - 1].width + (len(words[cut - 1].space) if cut > 1 else 0)
        right = whole - left - len(words[cut].space)
        if left <= ROW_WIDTH and right <= ROW_WIDTH and abs(left - right) < most_uneven:
            best, most_uneven = cut, abs(left - right)
    return [words[:best], words[best:]] if best else [[word] for word in words]


def _text(words: Sequence[_Word]) -> str:
    return "".join([word.space + word.text for word in words]).lstrip()


def _width(words: Sequence[_Word]) -> int:
    return sum(word.width + len(word.space) for word in words) - len(words[0].space)


def _stamp(seconds: float, separator: str = ".") -> str:
    """`hh:mm:ss.mmm`."""
    minutes, milliseconds = divmod(round(max(0.0, seconds) * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}{separator}{milliseconds % 1000:03}"
