"""Names as words."""

from __future__ import annotations

import re


def plain_words(name: str) -> str:
    """Write a name in snake_case or camelCase as words in lower case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
