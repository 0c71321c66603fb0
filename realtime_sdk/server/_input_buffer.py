"""The user's audio between two commits."""

from __future__ import annotations

from ..audio._pcm import Pcm, joined


class InputBuffer:
    """Audio appended and not yet committed. Positions are frames since the session's first appended one."""

    def __init__(self) -> None:
        self.begin: int = 0  # position of the first frame held
        self.end: int = 0  # position after the last one: all frames ever appended
        self._pieces: list[Pcm] = []

    def __len__(self) -> int:
        return self.end - self.begin

    def append(self, pcm: Pcm) -> None:
        """Append audio."""
        self._pieces.append(pcm)
        self.end += len(pcm)

    def take(self, start: int, end: int) -> Pcm:
        """Return the audio from `start` to `end`, as far as it is held, and drop all of it up to `end`."""
        held = joined(self._pieces)
        cut = min(max(end, self.begin), self.end)
        taken = held[max(start, self.begin) - self.begin : cut - self.begin]
        self._pieces = [held[cut - self.begin :]]
        self.begin = cut
        return taken

    def clear(self) -> None:
        """Drop all audio."""
        self._pieces, self.begin = [], self.end

    def drop_before(self, position: int) -> None:
        """Drop pieces that lie wholly before `position`."""
        while self._pieces and self.begin + len(self._pieces[0]) <= position:
            self.begin += len(self._pieces.pop(0))
