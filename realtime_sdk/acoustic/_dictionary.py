"""How English words are said: the dictionary that comes with the acoustic model."""

from __future__ import annotations

import re
from bisect import bisect_left
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(rb"(?P<word>[^ (]+)(?:\(\d+\))? (?P<phones>.+)\n?")  # "the(2) DH IY"


class Dictionary:
    """Words and their phones. The file is read in place: to load it would hold the interpreter for long."""

    def __init__(self, path: str) -> None:
        self._lines = Path(path).read_bytes()  # in the order of their words

    def ways(self, word: str) -> list[str]:
        """The phones of each way to say `word`, in small letters; none if it is not there."""
        wanted = word.encode()
        at = bisect_left(range(len(self._lines)), wanted, key=self._word)
        found = []
        while (line := _LINE.match(self._lines, at)) and line["word"] == wanted:
            found.append(line["phones"].decode())
            at = line.end()
        return found

    def _word(self, at: int) -> bytes:
        """The word of the line in which the byte at `at` stands."""
        line = _LINE.match(self._lines, self._lines.rfind(b"\n", 0, at) + 1)
        return line["word"] if line else b""
