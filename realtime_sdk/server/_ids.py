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
