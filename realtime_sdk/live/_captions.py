"""The words of both sides, and when they are due. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ._events import LiveCaption, Role
from ._output import Hearing, OutputStream


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a transcript as it came; times are seconds of the session."""

    text: str
    start: float
    end: float
    estimated: bool = False


class CaptionTrack:
    """The words of one side, in the order in which the server sent them."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self.lost = 0  # fragments so far whose audio was silenced
        self.shown_until = 0.0  # the end of the last one shown, in seconds of the session
        self._shown = 0  # captions so far
        self._pending: deque[tuple[float, Fragment]] = deque()  # each with the time at which it is due
        self._latest = 0.0  # the time of the last one: a fragment is never due before those that came before it

    def push(self, fragment: Fragment) -> None:
        """Add a fragment."""
        self._latest = max(self._latest, fragment.start)
        self._pending.append((self._latest, fragment))

    def due(self, stream: OutputStream) -> list[LiveCaption]:
        """Return the captions whose audio was heard since the last call; those of lost audio are left out for good."""
        due: list[LiveCaption] = []
        while self._pending:
            time, fragment = self._pending[0]
            hearing = stream.find(time)
            if hearing is Hearing.WAITING:
                break
            self._pending.popleft()
            if hearing is Hearing.HEARD:
                due.append(self._caption(fragment))
            else:
                self.lost += 1
        return due

    def all(self) -> list[LiveCaption]:
        """Return all captions that are pending: the user's words have been said."""
        captions = [self._caption(fragment) for _, fragment in self._pending]
        self._pending.clear()
        return captions

    def _caption(self, fragment: Fragment) -> LiveCaption:
        self._shown += 1
        self.shown_until = fragment.end
        return LiveCaption(
            "", self._shown - 1, fragment.text, fragment.start, fragment.end, fragment.estimated, role=self._role
        )
