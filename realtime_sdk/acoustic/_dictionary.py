"""The pronunciation dictionary of English words that comes with the acoustic model."""

from __future__ import annotations

import re
from bisect import bisect_left
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(rb"(?P<word>[^ (]+)(?:\(\d+\))? (?P<phones>.+)\n?")  # "the(2) DH IY"


class Dictionary:
    """Words and their phones. The file is searched, not parsed, which would block the interpreter for long."""

    def __init__(self, path: str) -> None:
        self._lines = Path(path).read_bytes()  # in the order of their words

    def pronunciations(self, word: str) -> list[str]:
        """Return the phones of each pronunciation of `word`, in lower case; none if it is unknown."""
        wanted = word.encode()
        at = bisect_left(range(len(self._lines)), wanted, key=self._word)
        found = []
        while (line := _LINE.match(self._lines, at)) and line["word"] == wanted:
            found.append(line["phones"].decode())
            at = line.end()
        return found

    def _word(self, at: int) -> bytes:
        """The word of the line that contains the byte at `at`."""
        line = _LINE.match(self._lines, self._lines.rfind(b"\n", 0, at) + 1)
        return line["word"] if line else b""
