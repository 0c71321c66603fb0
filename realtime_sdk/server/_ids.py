"""Ids that a server assigns."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

NewId: TypeAlias = Callable[[str], str]
"""Returns a new id for a prefix: `item`, `resp`, `event`, `call`, `sess`, `conv`."""


def random_id(prefix: str) -> str:
    """Return a random id: `item_5f0c…`."""
    return f"{prefix}_{secrets.token_hex(10)}"


class CountedIds:
    """Ids that are the same every time: `item_1`, `item_2`, `resp_1`."""

    def __init__(self) -> None:
        self._counters: Counter[str] = Counter()

    def __call__(self, prefix: str) -> str:
        """Return the next id."""
        self._counters[prefix] += 1
        return f"{prefix}_{self._counters[prefix]}"


class SessionIds:
    """Ids of one of several sessions, which knows those of the others.

    new_id: makes the ids. issued: those of items, on all sessions.
    """

    def __init__(self, new_id: NewId, issued: set[str]) -> None:
        self._new_id = new_id
        self._issued = issued
        self._own: set[str] = set()  # those of this session

    def __call__(self, prefix: str) -> str:
        """Return the next id."""
        made = self._new_id(prefix)
        if prefix == "item":
            self._own.add(made)
            self._issued.add(made)
        return made

    def is_foreign(self, item_id: str) -> bool:
        """Whether another session issued this id."""
        return item_id in self._issued and item_id not in self._own
