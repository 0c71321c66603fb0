"""The audio of a user whose speech is transcribed: how far it was given, committed, and made items."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

from ._input_position import InputPosition

SHORTEST_TURN: Final = 0.1
"""Seconds of audio that a server takes for a turn."""


class AudioEnd(NamedTuple):
    """The end of the audio so far."""

    position: float
    time: float


class SpokenAudio:
    """Counts the audio that becomes turns; positions and times are those of `InputPosition`."""

    def __init__(self, position: InputPosition) -> None:
        self._position = position
        self._taken_until = 0.0  # position up to which it was made items
        self._commits: deque[AudioEnd] = deque()  # of the commits of this side that the server has not answered
        self._last = math.inf  # time of the last audio; infinity: more comes
        self.commit_due = False  # the next server is sent audio behind which nothing ends its last turn

    @property
    def now(self) -> float:
        """The time of the audio that was given last."""
        return min(self._position.time(self._position.seconds), self._last)

    @property
    def end(self) -> AudioEnd:
        """The end of the audio that was given so far."""
        return AudioEnd(self._position.seconds, self.now)

    @property
    def begin(self) -> float:
        """The time of the first audio that was not made an item."""
        return self._position.time(self._taken_until)

    @property
    def is_committed(self) -> bool:
        """Whether the server has yet to answer a commit of this side."""
        return bool(self._commits)

    @property
    def is_over(self) -> bool:
        """Whether no more audio comes, and every commit has its answer."""
        return self._last < math.inf and not self._commits

    @property
    def has_uncommitted(self) -> bool:
        """Whether there is audio of which no turn was or will be made, long enough for one."""
        until = self._commits[-1].position if self._commits else self._taken_until
        return self._position.seconds - until >= SHORTEST_TURN

    def commit(self) -> None:
        """A commit of this side is on its way."""
        self._commits.append(self.end)
        self.commit_due = False

    def answered(self) -> AudioEnd:
        """The server has answered the oldest commit; return the end of the audio that it was of."""
        return self._commits.popleft()

    def take(self, until: float) -> None:
        """The audio up to a position was made items."""
        self._taken_until = max(self._taken_until, until)

    def take_all(self) -> None:
        """All audio so far was made items, or dropped."""
        self._taken_until = self._position.seconds

    def finish(self) -> None:
        """No more audio comes that could be speech."""
        self._last = self.now

    def send_again(self) -> None:
        """The next server is sent audio of the lost one: after the last audio, it has to be committed once more."""
        self.commit_due = self.is_over
