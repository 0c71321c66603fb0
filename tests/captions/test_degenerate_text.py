"""Degenerate text costs no more, character by character, than ordinary text."""

# ruff: noqa: RUF001 — marks of many scripts are what this is about

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.captions.text import _transcript as transcript_module
from realtime_sdk.captions.text._transcript import Transcript

from ..effort import tries

FLOODS = [
    " ", "\n", "\t ", "a", "0", "日", "あ", "ไ", "가", "e\u0301\u0301\u0301", "\u0301", "👍", "👍🏽\u200d", "\u200b",
    ".", "(", "[", "<a", "*a ", "`", "```", "[a](", "https://", "（", "a-", "1.", "$", "ａ", "\u202e", "က္",
]  # fmt: skip
MOST_WORK_PER_CHARACTER = 1200
"""Characters read by the splitter, the marker and the speller, for each that arrives."""


class Work:
    def __init__(self) -> None:
        self.characters = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Count the characters that the steps of a transcript are given."""
    work = Work()
    with pytest.MonkeyPatch.context() as patched:
        for name in ("split_units", "mark_unspoken", "pronounce", "detect_language"):
            patched.setattr(transcript_module, name, _Counting(getattr(transcript_module, name), work))
        yield work


class _Counting:
    def __init__(self, step: object, work: Work) -> None:
        self._step, self._work = step, work

    def __call__(self, text: str, *args: object, **options: object) -> object:
        assert callable(self._step)
        self._work.characters += len(text)
        return self._step(text, *args, **options)


def work_for(text: str, size: int) -> float:
    """Characters read for each of `text` that arrives in pieces of `size`, after each of which they are split."""
    with counted() as work:
        transcript = Transcript()
        for at in range(0, len(text), size):
            transcript.push(text[at : at + size], None, None)
            transcript.split_some()
        transcript.end(None, 0)
        transcript.split()
    assert "".join(unit.text for unit in transcript.units) == text
    return work.characters / len(text)


@pytest.mark.parametrize("flood", FLOODS, ids=ascii)
def test_the_work_for_a_flood_is_proportional_to_it(flood: str) -> None:
    short, long = (work_for((f"Oh {flood * count}")[:count], size=1) for count in (600, 1200))
    assert long <= MOST_WORK_PER_CHARACTER
    assert long <= 1.3 * short + 20  # a word, white space or a bracket may grow to a limit


@settings(max_examples=tries(50))
@given(st.lists(st.sampled_from([*FLOODS, "word ", "Yes. "]), min_size=1, max_size=5), st.integers(1, 7))
def test_so_is_the_work_for_any_mixture(floods: list[str], size: int) -> None:
    text = "".join(flood * (300 // len(flood)) for flood in floods)
    assert work_for(text, size) <= MOST_WORK_PER_CHARACTER


def test_white_space_changes_nothing_but_the_first_new_line() -> None:
    transcript = Transcript()
    assert transcript.push("Hello", None, None)
    assert not any(transcript.push(" ", None, None) for _ in range(10))
    assert transcript.push("\n", None, None)
    assert not any(transcript.push("\n", None, None) for _ in range(10))
    assert transcript.push("w", None, None)


def test_long_white_space_is_units_of_its_own() -> None:
    transcript = Transcript()
    transcript.push("a" + " " * 450 + "b", None, None)
    transcript.end(None, 0)
    transcript.split()
    assert [len(unit.text) for unit in transcript.units] == [1, 200, 200, 51]
    assert [bool(unit.pronunciation.phones) for unit in transcript.units] == [True, False, False, True]
