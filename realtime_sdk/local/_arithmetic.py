"""Sums as they are spoken: "seventeen times twenty-three", "20% of 50", "subtract 5 from 12"."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from .._runtime.extras import need

_LONGEST_TEXT = 300  # characters of an utterance that are read: it also bounds the depth of brackets
_LONGEST_NUMBER = 15  # digits; they are to be spoken
_LARGEST_BITS = 200  # of a power

_SPELLINGS = tuple(
    (re.compile(pattern.replace("N", r"(\d+(?:\.\d+)?)")), written)
    for pattern, written in (
        (r"(?<=\d),(?=\d{3}\b)", ""),
        (r"\badd N (?:and|to|with) N", r"\1 + \2"),
        (r"\b(?:subtract|take) N from N", r"\2 - \1"),
        (r"\bmultiply N (?:by|with|and) N", r"\1 * \2"),
        (r"\bdivide N by N", r"\1 / \2"),
        (r"\bsum of N and N", r"\1 + \2"),
        (r"\bdifference (?:of|between) N and N", r"\1 - \2"),
        (r"\bproduct of N and N", r"\1 * \2"),
        (r"\bN/N of N", r"\1 / \2 * \3"),
        (r"\bhalf of N", r"\1 / 2"),
        (r"\b(?:a |1 )?(?:third|3rd) of N", r"\1 / 3"),
        (r"\b(?:a |1 )?quarter of N", r"\1 / 4"),
        (r"\b(?:twice|double) N", r"2 * \1"),
        (r"\b(?:the )?square of N", r"\1 ²"),
        (r"\b(?:the )?square root of\b", "√"),
        (r"\b(?:plus|added to)\b", "+"),
        (r"\b(?:minus|less|take away)\b|\u2212", "-"),
        (r"\b(?:times|multiplied (?:by|with))\b|\u00d7|(?<=\d) ?x ?(?=\d)", "*"),
        (r"\b(?:divided by|over)\b|\u00f7", "/"),
        (r"(?:%|\bper ?cent) of\b", "%"),
        (r"\bto the power of\b|\*\*", "^"),
        (r"(?<=\d) squared?\b", " ²"),
        (r"(?<=\d) cubed?\b", " ³"),
        (r"(?<=\d)([²³])", r" \1"),
    )
)
"""How sums are spoken, and how they are written; applied in this order."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?(?![\w:]|\.\w)|[-+*/%^²³√()]|\w[\w:.]*|\S")
"""A number, a sign, or another word, which ends a sum."""

_SAID = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "%": "percent of", "^": "to the power of",
         "²": "squared", "³": "cubed", "√": "the square root of"}


class _NoSum(Exception):
    """The words are no sum."""


class _NoAnswer(Exception):
    """A sum without an answer; the message says why, to be spoken."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that was asked for: the sentence that answers it, and whether it takes work to find."""

    sentence: str
    hard: bool


def solve(text: str) -> Sum | None:
    """Work out the longest sum in an utterance; None where there is none."""
    tokens = _TOKEN.findall(_written(text))
    found = max((_Reader(tokens, start) for start in range(len(tokens))), key=_Reader.read, default=None)
    if found is None or not found.signs:
        return None
    if found.failure:
        return Sum(found.failure, hard=False)
    said = " ".join(_SAID.get(token) or _grouped(token) for token in tokens[found.start : found.end])
    sentence = f"{said} {_spoken(found.value)}.".replace("( ", "(").replace(" )", ")")
    return Sum(sentence[0].upper() + sentence[1:], found.hard)


def to_digits(text: str) -> str:
    """Write number words as digits: "twenty-three" becomes "23"."""
    digits: str = need("text_to_num", "The reader of number words (text2num)", "local").alpha2digit(text, "en", 0)
    return digits


def _written(text: str) -> str:
    written = to_digits(text[:_LONGEST_TEXT].lower())
    for pattern, replacement in _SPELLINGS:
        written = pattern.sub(replacement, written)
    return written


@dataclass(slots=True)
class _Reader:
    """Reads one sum from `tokens[start:]` by precedence, in exact fractions."""

    tokens: list[str]
    start: int
    end: int = 0  # after the last token of the sum
    value: Fraction = Fraction(0)
    failure: str = ""  # why the sum has no answer
    signs: list[str] = field(default_factory=list)  # the operations, as they came
    numbers: list[Fraction] = field(default_factory=list)

    @property
    def hard(self) -> bool:
        """Whether it takes more than one step, or goes beyond the multiplication table."""
        easy = {"+", "-"} if all(abs(number) <= 100 for number in self.numbers) else set()
        if all(abs(number) <= 12 for number in self.numbers):
            easy |= {"*", "/", "²"}
        return len(self.signs) > 1 or not easy.issuperset(self.signs)

    def read(self) -> int:
        """Read as far as the sum goes; return the tokens that it has, 0 where there is none."""
        self.end = self.start
        try:
            self.value = self._expression(1)
        except _NoSum:
            self.signs.clear()
        except _NoAnswer as failure:
            self.failure = str(failure)
        return self.end - self.start if self.signs else 0

    def _expression(self, least: int) -> Fraction:
        left = self._operand()
        while (sign := self._peek()) in _BINARY and _BINARY[sign][0] >= least:
            precedence, operation = _BINARY[sign]
            self._take_sign()
            left = operation(left, self._expression(precedence + 1))
        return left

    def _operand(self) -> Fraction:
        token = self._peek()
        if token == "-":
            self.end += 1
            return -self._operand()
        if token == "√":
            self._take_sign()
            return _root(self._operand())
        if token == "(":
            self.end += 1
            value = self._expression(1)
            if self._peek() != ")":
                raise _NoSum
        elif token.replace(".", "", 1).isdecimal():
            if len(token) > _LONGEST_NUMBER:
                raise _NoAnswer("That number is too large for me.")
            value = Fraction(token)
            self.numbers.append(value)
        else:
            raise _NoSum
        self.end += 1
        while (sign := self._peek()) in ("²", "³"):
            self._take_sign()
            value = _power(value, Fraction(2 if sign == "²" else 3))
        return value

    def _peek(self) -> str:
        return self.tokens[self.end] if self.end < len(self.tokens) else ""

    def _take_sign(self) -> None:
        self.signs.append(self.tokens[self.end])
        self.end += 1


def _quotient(dividend: Fraction, divisor: Fraction) -> Fraction:
    if not divisor:
        raise _NoAnswer("Nothing can be divided by zero.")
    return dividend / divisor


def _share(percent: Fraction, whole: Fraction) -> Fraction:
    return percent * whole / 100


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise _NoAnswer("I can raise to whole powers only.")
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > _LARGEST_BITS or size * abs(exponent) > _LARGEST_BITS:
        raise _NoAnswer("That number is too large for me.")
    if not base and exponent < 0:
        raise _NoAnswer("Nothing can be divided by zero.")
    return Fraction(base ** int(exponent))


def _root(square: Fraction) -> Fraction:
    if square < 0:
        raise _NoAnswer("A negative number has no square root.")
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    return root if root * root == square else Fraction(math.sqrt(square))


_BINARY: dict[str, tuple[int, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": (1, operator.add),
    "-": (1, operator.sub),
    "*": (2, operator.mul),
    "/": (2, _quotient),
    "%": (2, _share),
    "^": (3, _power),
}
"""The signs between two operands: how closely they bind, and what they do."""


def _spoken(value: Fraction) -> str:
    """Write the result of a sum: "is 391", "is minus 2.5", "is about 3.33"."""
    size = abs(value)
    decimals = next((places for places in range(5) if (size * 10**places).denominator == 1), None)
    about = "" if decimals is not None else "about "
    digits = f"{float(size):.{2 if decimals is None else decimals}f}" if decimals != 0 else str(int(size))
    return f"is {about}{'minus ' if value < 0 else ''}{_grouped(digits)}"


def _grouped(number: str) -> str:
    """Write a number of five digits and more with commas."""
    whole, point, decimals = number.partition(".")
    return f"{int(whole):,}{point}{decimals}" if len(whole) > 4 and whole.isdecimal() else number
