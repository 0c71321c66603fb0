"""Subtitle files, as independent readers take them: what was said, when it was said, in rows that fit the screen."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import html
import io
import unicodedata
import warnings
from bisect import bisect
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise

import pytest
import webvtt
from hypothesis import given, settings, strategies as st

from realtime_sdk.captions._caption import Caption
from realtime_sdk.captions._export import to_srt, to_vtt
from realtime_sdk.captions._screen import ROW_WIDTH, screen_width
from realtime_sdk.captions._utterance import Utterance

from ..effort import tries

pysubs2 = pytest.importorskip("pysubs2")
srt = pytest.importorskip("srt")

WORD_JOINER = "\u2060"
ISOLATES = "\u2066\u2067\u2069"


@dataclass(frozen=True)
class Read:
    """A cue as a reader returns it; times in milliseconds."""

    start: int
    end: int
    rows: list[str]

    @property
    def text(self) -> str:
        return shown("".join(self.rows))


def shown(text: str) -> str:
    """What is seen of a text: without white space, and without what only guides a reader."""
    seen = "".join(letter for letter in text if not letter.isspace() and letter not in WORD_JOINER + ISOLATES)
    return seen.translate({ord("‹"): "<", ord("›"): ">"})


def by_webvtt_from_vtt(utterances: list[Utterance]) -> list[Read]:
    """It removes tags, and leaves it to its caller to decode the entities of the format."""
    cues = webvtt.from_string(to_vtt(utterances)).captions
    return [Read(*milliseconds(cue), html.unescape(cue.text).split("\n")) for cue in cues]


def by_webvtt_from_srt(utterances: list[Utterance]) -> list[Read]:
    cues = webvtt.from_buffer(io.StringIO(to_srt(utterances)), format="srt").captions
    return [Read(*milliseconds(cue), cue.text.split("\n")) for cue in cues]


def milliseconds(cue: webvtt.Caption) -> tuple[int, int]:
    return cue.start_time.in_milliseconds(), cue.end_time.in_milliseconds()


def by_srt(utterances: list[Utterance]) -> list[Read]:
    ms = timedelta(milliseconds=1)
    return [
        Read(cue.start // ms, cue.end // ms, cue.content.split("\n"))
        for cue in srt.parse(to_srt(utterances), ignore_errors=False)
    ]


def by_pysubs2(utterances: list[Utterance]) -> list[Read]:
    """Without its tags and its overrides: none must be left in the text.

    From 1.9 on it warns of a line of text that looks like the times of a cue, and reads it as text all the same.
    """
    with warnings.catch_warnings(action="ignore"):
        events = pysubs2.SSAFile.from_string(to_srt(utterances), format_="srt") if utterances else []
    return [Read(cue.start, cue.end, cue.text.replace(r"\N", "\n").split("\n")) for cue in events]


READERS_OF_SRT = [by_webvtt_from_srt, by_srt, by_pysubs2]
READERS = [by_webvtt_from_vtt, *READERS_OF_SRT]


def said(text: str, *, speaker: str = "A", interrupted: bool = False) -> Utterance:
    first, *others = text.split(" ")
    captions = [
        Caption("", n, piece, n * 0.25, n * 0.25 + 0.2) for n, piece in enumerate([first, *(f" {o}" for o in others)])
    ]
    return Utterance(speaker, 1.0, 1.0 + 0.25 * len(captions), captions, interrupted)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize(
    "text",
    [
        "Use the <b> tag and a List<String> here.",
        r"Write {\an8} or {y:i} or {\i1}so{\i0} at the top.",
        "Then 00:00:01,000 --> 00:00:02,000 follows.",
        "a < b, and i <3 you > all",
        "R&D, AT&T, &lt; and &copy; and &copy2",
        r"It is in C:\new\Notes\home today.",
        "<i>unclosed, </b> closed, <font color=red>red</font>",
        "A line\n\nand\r\n1\n\u2028another\x85one\x0bmore",
    ],
)
def test_what_looks_like_a_tag_is_read_as_it_was_said(reader: object, text: str) -> None:
    assert callable(reader)
    cues = reader([said(text)])
    assert "".join(cue.text for cue in cues).removeprefix("A:") == shown(text)
    assert all(row.strip() for cue in cues for row in cue.rows)


def test_players_find_no_tag_in_subrip() -> None:
    text = to_srt([said(r"Say <b>this</b>, {\an8} or {y:i}, C:\new.")])
    assert "<b>" not in text
    assert "</b>" not in text
    assert not any(tag in text for tag in (r"{\a", "{y:", r"\n"))


def test_a_word_wider_than_the_screen_is_broken() -> None:
    address = "https://example.com/" + "a-very-long-path/" * 6
    cues = by_srt([said(f"See {address} for more.", speaker="assistant")])
    assert all(screen_width(row) <= ROW_WIDTH for cue in cues for row in cue.rows)
    assert all(len(cue.rows) <= 2 for cue in cues)
    assert "".join(cue.text for cue in cues) == shown(f"Assistant: See {address} for more.")


def test_a_letter_and_its_marks_stay_together() -> None:
    word = "e\u0301\u0323" * 60 + "👩\u200d🚀" * 30 + "❤\ufe0f" * 30
    rows = [row for cue in by_srt([said(word)]) for row in cue.rows]
    assert all(screen_width(row) <= ROW_WIDTH for row in rows)
    assert not any(unicodedata.category(row[0]).startswith("M") or row[0] == "\u200d" for row in rows)
    assert not any(row.endswith("\u200d") for row in rows)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("字幕", 4),
        ("한국", 4),
        ("ｱｲ", 2),
        ("e\u0301", 1),
        ("สวัสดี", 4),
        ("👩\u200d🚀", 2),
        ("❤\ufe0f", 2),
        ("\u2067שלום\u2069", 4),
    ],
)
def test_the_width_of_a_text_is_that_of_its_columns(text: str, width: int) -> None:
    assert screen_width(text) == width


def test_a_long_name_leaves_room_for_words() -> None:
    cues = by_srt([said("Hello there.", speaker="the honourable member for the city of London")])
    assert " ".join(cues[0].rows) == "The honourable memb…: Hello there."
    assert all(screen_width(row) <= ROW_WIDTH for row in cues[0].rows)


HEBREW = "הספרייה נפתחת בשעה 9 בבוקר, ונסגרת בשעה 18:00 (USB 3.0 זמין)."


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_each_row_of_a_right_to_left_script_says_so(reader: object) -> None:
    assert callable(reader)
    rows = [row for cue in reader([said(HEBREW, speaker="assistant")]) for row in cue.rows]
    assert len(rows) > 1
    assert all(row.startswith("\u2067") and row.endswith("\u2069") for row in rows)


def test_the_direction_of_a_row_is_that_of_most_of_its_text() -> None:
    (english,) = by_srt([said("The word שלום means peace.")])
    assert english.rows == ["\u2066A: The word שלום means peace.\u2069"]
    (arabic,) = by_srt([said("iPhone 15 هو هاتف جديد ومفيد.")])
    assert arabic.rows == ["\u2067A: iPhone 15 هو هاتف جديد ومفيد.\u2069"]
    (latin,) = by_srt([said("Nothing but Latin: déjà vu, 字幕.")])
    assert latin.rows == ["A: Nothing but Latin: déjà vu, 字幕."]


def test_characters_that_change_the_direction_of_what_follows_are_left_out() -> None:
    (cue,) = by_srt([said("good \u202eevil\u2066 text")])
    assert cue.rows == ["A: good evil text"]


def test_a_character_without_utf8_becomes_a_replacement() -> None:
    assert "half \ufffd and \x1bcontrol".replace("\x1b", "") in to_srt([said("half \ud83d and \x1bcontrol")])
    to_vtt([said("half \ud83d")]).encode()


LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")) | st.sampled_from("<>&{}\\-:/;nNhbi字שم")
WORDS = st.text(LETTERS, min_size=1, max_size=50).map(lambda word: word + "x")  # a row of digits alone may be a number
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.slow
@settings(max_examples=tries(200), deadline=None)
@given(text=TEXTS, speaker=st.text(max_size=30), interrupted=st.booleans())
def test_text_and_times_survive_whatever_is_said(text: str, speaker: str, interrupted: bool) -> None:
    utterance = said(text, speaker=speaker, interrupted=interrupted)
    words = [shown("".join(c for c in word if unicodedata.bidirectional(c) not in DIRECTIONS)) for word in text.split()]
    for reader in READERS:
        cues = reader([utterance])
        read = "".join(cue.text for cue in cues)
        assert read.endswith("".join(words) + ("—" if interrupted else "")), reader
        assert all(screen_width(row) <= ROW_WIDTH for cue in cues for row in cue.rows)
        assert all(len(cue.rows) <= 2 for cue in cues)
        assert all(one.start < one.end <= two.start < two.end for one, two in pairwise(cues))
        at = len("".join(words)) + interrupted - len(read)  # of the cue in the words; negative: a name precedes them
        for cue in cues:
            word = bisect(list(accumulate(map(len, words))), max(at, 0))
            assert 1000 + word * 250 <= cue.start <= 1000 + word * 250 + 200
            at += len(cue.text)
