"""The words of exceptions that are not the package's own."""

from __future__ import annotations

import pytest

from realtime_sdk._runtime.text import TEXT_LIMIT, describe, printable


class Silent(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("the sea is out"), "OSError: the sea is out"),
        (ValueError(), "ValueError"),
        (ValueError("two\nlines\x1b[2J"), "ValueError: two lines [2J"),
        (KeyError("half of \ud83d"), "KeyError: 'half of \\ud83d'"),
        (ValueError("half of \ud83d"), "ValueError: half of"),
        (Silent(), "Silent"),
        (ExceptionGroup("one", [ExceptionGroup("one", [OSError("the sea is out")])]), "OSError: the sea is out"),
        (BaseExceptionGroup("both", [SystemExit(), OSError()]), "BaseExceptionGroup: both (2 sub-exceptions)"),
    ],
)
def test_an_exception_is_described_in_one_printable_line(error: BaseException, words: str) -> None:
    assert describe(error) == words


def test_a_long_text_is_cut() -> None:
    assert len(describe(OSError("x" * 100_000))) == TEXT_LIMIT
    assert len(printable("x" * 100_000)) == TEXT_LIMIT
