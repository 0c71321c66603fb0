"""Caption units: words, and their counterparts in scripts without spaces; prosodic boundaries."""

# ruff: noqa: RUF001 — punctuation of many scripts is what this is about

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.captions.text._segmentation import Boundary, boundary_between, split_units


def units(text: str) -> list[str]:
    return split_units(text, ended=True)[0]


def test_a_unit_is_a_word_with_the_space_before_it_and_the_punctuation_around_it() -> None:
    assert units('She said,  "Hello (world)!" — yes') == ["She", " said,", '  "Hello', ' (world)!"', " —", " yes"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好，世界。“图书馆”", ["你", "好，", "世", "界。", "“图", "书", "馆”"]),
        ("今日はコンピューターを買った。", ["今", "日は", "コンピューターを", "買った。"]),
        ("สวัสดีครับ คนไทย", ["สวัส", "ดี", "ครับ", " คน", "ไทย"]),
        ("ខ្មែរ", ["ខ្មែ", "រ"]),
        ("iPhone手机(好)", ["iPhone", "手", "机", "(好)"]),
        ("مرحبا، كيف", ["مرحبا،", " كيف"]),
        ("물론이죠, 네", ["물론이죠,", " 네"]),
        ("un 👍🏽 deux👨‍👩‍👧", ["un", " 👍🏽", " deux👨‍👩‍👧"]),
    ],
    ids=["chinese", "japanese", "thai", "khmer", "mixed", "arabic", "korean", "emoji"],
)
def test_every_script_is_split_where_a_reader_accepts_it(text: str, expected: list[str]) -> None:
    assert units(text) == expected


def test_a_no_break_space_belongs_to_its_word() -> None:
    assert units("10\u202f000 francs\u00a0?") == ["10\u202f000", " francs\u00a0?"]


def test_the_last_word_may_grow_until_white_space_follows_or_the_text_ends() -> None:
    assert split_units("Hello wor", ended=False) == (["Hello"], " wor")
    assert split_units("Hello wor ", ended=False) == (["Hello", " wor"], " ")
    assert split_units("Hello wor", ended=True) == (["Hello", " wor"], "")


def test_a_mark_that_may_follow_is_awaited() -> None:
    assert split_units("cafe", ended=False) == ([], "cafe")
    assert split_units("日", ended=False) == ([], "日")
    assert split_units("日本語", ended=False) == (["日"], "本語")


def test_white_space_at_the_end_is_a_unit_of_its_own() -> None:
    assert units("Yes. \n") == ["Yes.", " \n"]


@given(st.text())
def test_units_and_rest_are_the_text(text: str) -> None:
    found, rest = split_units(text, ended=False)
    assert "".join(found) + rest == text
    assert "".join(units(text)) == text
    assert all(units(text))


@given(st.text(alphabet="ab .,\n\u0301日本はカ。「」คนัเราရ္မែ👍\u200d🏽"), st.data())
def test_the_units_do_not_depend_on_the_pieces_in_which_the_text_arrives(text: str, data: st.DataObject) -> None:
    found, rest, at = [], "", 0
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        more, rest = split_units(rest + text[at : at + size], ended=False)
        found += more
        at += size
    assert found + split_units(rest, ended=True)[0] == units(text)


@pytest.mark.parametrize(
    ("unit", "following", "expected"),
    [
        ("Hello", " world", Boundary.NONE),
        ("Well,", " yes", Boundary.CLAUSE),
        ('"Well,"', " she", Boundary.CLAUSE),
        ("Yes.", " And", Boundary.SENTENCE),
        ("好。", "你", Boundary.SENTENCE),
        ("Dr.", " Patel", Boundary.NONE),
        ("a.m.", " tomorrow", Boundary.NONE),
        ("a.m.", " Your", Boundary.CLAUSE),
        ("a.m.", "", Boundary.NONE),
        ("U.S.", " Army", Boundary.NONE),
        ("etc.", " and", Boundary.NONE),
        ("one", "\ntwo", Boundary.SENTENCE),
        ("👍", " ok", Boundary.NONE),
    ],
)
def test_pauses_are_expected_at_punctuation_but_not_after_abbreviations(
    unit: str, following: str, expected: Boundary
) -> None:
    assert boundary_between(unit, following) is expected
