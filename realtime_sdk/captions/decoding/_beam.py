"""The states of each column of a trellis that are within the beam."""

from __future__ import annotations


class Beam:
    """The range of states that is kept of each column, from the first column on."""

    def __init__(self) -> None:
        self._lows: list[int] = []  # the first state of each column,
        self._stops: list[int] = []  # the one after the last,
        self._likely_stops: list[int] = []  # and after the last one that is likely

    @property
    def columns(self) -> int:
        """How many columns are filled."""
        return len(self._lows)

    def add(self, low: int, stop: int, likely_stop: int) -> None:
        """Add the next column."""
        self._lows.append(low)
        self._stops.append(stop)
        self._likely_stops.append(likely_stop)

    def drop(self, first: int) -> None:
        """Drop the columns from `first` on."""
        for values in (self._lows, self._stops, self._likely_stops):
            del values[first:]

    def last(self, columns: int) -> tuple[int, int]:
        """Return the first state, and the one after the last, of the last columns together."""
        return min(self._lows[-columns:]), max(self._stops[-columns:])

    def first_beyond(self, state: int) -> int:
        """Return the first column with likely states after this one; none: the number of columns."""
        return next((column for column, stop in enumerate(self._likely_stops) if stop > state), self.columns)
