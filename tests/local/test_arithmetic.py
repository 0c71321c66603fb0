"""Sums, as people say them and as recognisers write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.local._arithmetic import solve


def sentence(text: str) -> str | None:
    found = solve(text)
    return None if found is None else found.sentence


@pytest.mark.parametrize("text", [
    "What is seventeen times twenty-three?",
    "what is seventeen times twenty three",
    "What is 17 times 23?",
    "What's 17x23?",
    "What a 17 times 23.",
    "17 × 23",  # noqa: RUF001
    "17 * 23 =",
    "How much is 17 multiplied by 23, please?",
    "Multiply seventeen by twenty-three.",
    "Can you tell me the product of 17 and 23?",
])
def test_one_sum_is_asked_in_many_ways(text: str) -> None:
    assert sentence(text) == "17 times 23 is 391."


@pytest.mark.parametrize(("text", "answer"), [
    ("12 plus 30", "12 plus 30 is 42."),
    ("add five and seven", "5 plus 7 is 12."),
    ("What's the sum of 4 and 9?", "4 plus 9 is 13."),
    ("subtract 5 from 12", "12 minus 5 is 7."),
    ("What is the difference between 10 and 3?", "10 minus 3 is 7."),
    ("five minus seven", "5 minus 7 is minus 2."),
    ("minus five plus three", "Minus 5 plus 3 is minus 2."),
    ("one hundred divided by eight", "100 divided by 8 is 12.5."),
    ("divide 1,200 by 4", "1200 divided by 4 is 300."),
    ("10 over 3", "10 divided by 3 is about 3.33."),
    ("20% of 50", "20 percent of 50 is 10."),
    ("twenty per cent of fifty", "20 percent of 50 is 10."),
    ("half of ninety", "90 divided by 2 is 45."),
    ("a third of nine", "9 divided by 3 is 3."),
    ("double 21", "2 times 21 is 42."),
    ("three point five times two", "3.5 times 2 is 7."),
    ("What is 9 square?", "9 squared is 81."),
    ("four cubed", "4 cubed is 64."),
    ("What is the square root of sixteen?", "The square root of 16 is 4."),
    ("square root of two", "The square root of 2 is about 1.41."),
    ("two to the power of ten", "2 to the power of 10 is 1024."),
    ("ten thousand times ten thousand", "10,000 times 10,000 is 100,000,000."),
    ("two hundred thirty-one plus four", "231 plus 4 is 235."),
    ("1/3 of 9", "1 divided by 3 times 9 is 3."),
])
def test_every_operation_is_answered_in_one_sentence(text: str, answer: str) -> None:
    assert sentence(text) == answer


@pytest.mark.parametrize(("text", "answer"), [
    ("two plus two times three", "2 plus 2 times 3 is 8."),
    ("7 times 8 minus 6 divided by 3", "7 times 8 minus 6 divided by 3 is 54."),
    ("(2 + 3) * 4", "(2 plus 3) times 4 is 20."),
    ("10 minus 3 minus 2", "10 minus 3 minus 2 is 5."),
])
def test_multiplication_binds_closer_and_equals_go_from_the_left(text: str, answer: str) -> None:
    assert sentence(text) == answer


@pytest.mark.parametrize(("text", "answer"), [
    ("5 divided by 0", "Nothing can be divided by zero."),
    ("square root of minus four", "A negative number has no square root."),
    ("2 to the power of 1000", "That number is too large for me."),
    ("9" * 40 + " times 2", None),
    ("2 times " + "9" * 40, "That number is too large for me."),
])
def test_what_has_no_answer_is_said_to_have_none(text: str, answer: str | None) -> None:
    assert sentence(text) == answer


@pytest.mark.parametrize("text", [
    "", "?", "What time is it?", "Tell me a story in two parts.", "Count to 20.", "no one times", "17 times",
    "I have 3 apples and 4 oranges", "It's 3:42 already", "version 3.14.15", "((((", "-" * 50, "plus", "times two",
])
def test_text_without_a_sum_is_not_answered(text: str) -> None:
    assert solve(text) is None


def test_a_sum_beyond_the_tables_takes_work_and_one_known_by_heart_does_not() -> None:
    hard = ["17 times 23", "2 plus 2 times 3", "20% of 50", "100 divided by 8", "square root of 16", "800 plus 900"]
    easy = ["2 plus 2", "12 times 12", "12 plus 30", "9 squared", "10 divided by 3"]
    assert all(found.hard for found in map(solve, hard) if found)
    assert not any(found.hard for found in map(solve, easy) if found)


@given(st.integers(0, 999), st.sampled_from(["plus", "minus", "times"]), st.integers(0, 999))
def test_the_answer_is_that_of_python(left: int, operation: str, right: int) -> None:
    value = {"plus": left + right, "minus": left - right, "times": left * right}[operation]
    found = sentence(f"What is {left} {operation} {right}?")
    assert found is not None
    digits = found.split(" is ")[1].rstrip(".").replace(",", "").replace("minus ", "-")
    assert Fraction(digits) == value


@given(st.text(max_size=400))
def test_any_text_is_solved_or_is_no_sum(text: str) -> None:
    for sum_or_not in (text, f"2 + {text}"):
        solution = solve(sum_or_not)
        assert solution is None or solution.sentence
