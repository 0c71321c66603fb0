"""Puts numbered audio in order again."""

from __future__ import annotations

from typing import Final

DISORDER_LIMIT: Final = 5
"""Pieces that wait for an earlier one: 100 ms of a telephone's."""


class Ordering:
    """Gives pieces in the order of their numbers; one that is too late, or comes twice, is left out."""

    def __init__(self) -> None:
        self._next: int | None = None  # the number that is due; None until the first
        self._waiting: dict[int, bytes] = {}

    def push(self, number: int | None, piece: bytes) -> list[bytes]:
        """Take a piece, and return those that are due; one without a number is due at once."""
        if number is None:
            return [piece]
        self._next = number if self._next is None else self._next
        if number >= self._next:
            self._waiting[number] = piece
        if len(self._waiting) > DISORDER_LIMIT:
            self._next = min(self._waiting)  # the missing ones are lost
        due = []
        while self._next in self._waiting:
            due.append(self._waiting.pop(self._next))
            self._next += 1
        return due
