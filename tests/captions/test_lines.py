"""A transcript in lines."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.captions._lines import MAX_LINE_WIDTH, line_end


def lines(text: str) -> list[str]:
    found, start = [], 0
    while start < len(text):
        end = line_end(text, start)
        found.append(text[start:end])
        start = end
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hello there.", ["Hello there."]),
        ("Hello there. How are you?", ["Hello there.", " How are you?"]),
        ("Dr. Smith paid $3.50 for it.", ["Dr. Smith paid $3.50 for it."]),
        ("First, tap the icon.\nThen wait", ["First, tap the icon.", "\nThen wait"]),
        ("今天天气很好。我们去公园吧。", ["今天天气很好。", "我们去公园吧。"]),
        (
            "Once upon a time there was a small lighthouse, and every evening the keeper lit the lamp.",
            ["Once upon a time there was a small lighthouse,", " and every evening the keeper lit the lamp."],
        ),
    ],
)
def test_a_line_is_a_sentence_or_a_clause_of_a_long_one(text: str, found: list[str]) -> None:
    assert lines(text) == found


def test_a_line_without_an_end_is_cut_between_words_where_it_is_full() -> None:
    found = lines("word " * 60)
    assert all(len(line) <= MAX_LINE_WIDTH and line.split() == ["word"] * len(line.split()) for line in found)
    assert len(found) == 4


def test_a_word_longer_than_a_line_is_a_line() -> None:
    assert "".join(lines("a" * 1000 + " b")) == "a" * 1000 + " b"


@given(st.text(st.sampled_from("ab .,!\n今。"), max_size=300), st.integers(0, 300))
def test_a_line_that_has_ended_stands_whatever_text_comes(text: str, known: int) -> None:
    assert "".join(lines(text)) == text
    early = lines(text[:known])
    assert early[:-2] == lines(text)[: len(early[:-2])]


def test_wide_letters_take_two_columns_and_marks_none() -> None:
    wide, marked = "字" * 100, "e\u0301 " * 100
    assert line_end(wide, 0) == MAX_LINE_WIDTH // 2
    assert line_end(marked, 0) == 3 * (MAX_LINE_WIDTH // 2) - 1
