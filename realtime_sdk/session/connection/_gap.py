"""Stands in for the connection while there is none: holds the events to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ._unconfirmed import APPEND, Unsent


class Gap:
    """Holds events in order; of the user's audio the latest `limit` seconds."""

    def __init__(
        self, held: Iterable[Unsent], limit: float, seconds: Callable[[Iterable[Unsent]], float]
    ) -> None:
        self.dropped = 0.0  # seconds of audio that were too old
        self._held = list(held)
        self._limit = limit
        self._seconds = seconds  # of audio in events
        self._audio = seconds(self._held)

    def hold(self, unsent: Unsent) -> None:
        """Hold an event; audio that is too old is dropped."""
        self._held.append(unsent)
        self._audio += self._seconds([unsent])
        while self._audio > self._limit and (oldest := self._oldest_audio()) is not None:
            self._held.remove(oldest)
            seconds = self._seconds([oldest])
            self._audio -= seconds
            self.dropped += seconds
            oldest.sent.set_result(None)

    def take(self) -> list[Unsent]:
        """Return the events that are held."""
        held, self._held = self._held, []
        return held

    def _oldest_audio(self) -> Unsent | None:
        return next((unsent for unsent in self._held if unsent.kind == APPEND), None)
