"""How far the user's audio has come: a place in it as seconds on the clock, and on the server's count of samples."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

GAP: Final = 0.2
"""Seconds between two blocks of a microphone from which there is a gap between them: they come in bursts."""

GAPS_KEPT: Final = 1000
"""Gaps that are known of; the times of earlier audio are no longer asked for."""


class InputPosition:
    """Counts the user's audio. A *position* is seconds of the audio that was given; a *time* includes its gaps.

    Gaps are times of which no audio is sent: between the turns of a local detector or a key, or in a hard mute.
    """

    def __init__(self) -> None:
        self.seconds: float = 0.0  # of audio given so far
        self._began_at: float | None = None  # wall clock of time 0; None: there is no microphone
        self._times: deque[tuple[float, float]] = deque([(0.0, 0.0)], GAPS_KEPT)  # position and time behind each gap
        self._pieces: list[tuple[float, float]] = [(0.0, 0.0)]  # of the audio the server was sent: its count, position

    def begin(self, at: float) -> None:
        """The microphone's audio begins: that is time 0."""
        self._began_at = at

    def capture(self, at: float) -> None:
        """The audio that is given next was captured from wall-clock time `at` on."""
        if self._began_at is not None:
            time = at - self._began_at
            if abs(time - self.time(self.seconds)) > GAP:
                self._times.append((self.seconds, time))

    def add(self, seconds: float) -> None:
        """Audio was given."""
        self.seconds += seconds

    def time(self, position: float) -> float:
        """The time at a position."""
        begin, time = next((each for each in reversed(self._times) if each[0] <= position), self._times[0])
        return time + position - begin

    def on_server(self, seconds: float) -> float:
        """The position at which the present server has counted this many seconds of audio."""
        begin, position = next((each for each in reversed(self._pieces) if each[0] <= seconds), self._pieces[0])
        return position + seconds - begin

    def time_on_server(self, seconds: float) -> float:
        """The time at which the present server has counted this many seconds of audio."""
        return self.time(self.on_server(seconds))

    def switch(self, pieces: Sequence[tuple[float, float]], held: float) -> None:
        """Another server was sent these pieces of earlier audio, each by position and length, and the last `held` s."""
        self._pieces, count = [], 0.0
        for position, seconds in [*pieces, (self.seconds - held, held)]:
            self._pieces.append((count, position))
            count += seconds
