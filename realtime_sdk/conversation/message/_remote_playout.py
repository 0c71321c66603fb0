"""The playout of a message in a call that was joined: the server plays it to the caller, and reports that."""

from __future__ import annotations

import math
from typing import Final

LETTERS_PER_SECOND: Final = 15.0
"""A usual pace of speech, by which the place of a cut in the text is estimated: there is no audio to measure."""

END_UNREPORTED: Final = 60.0
"""Seconds after a connection was lost in which the caller has heard what was under way: the report may be lost, too."""


class RemotePlayout:
    """How far the server has played a message; times are wall-clock seconds."""

    def __init__(self, *, reported: bool = False) -> None:
        self.reported: bool = reported  # the server reports the audio of its response, so that its end is to come
        self.started_at: float | None = None  # None: it has not begun
        self.finished_at: float | None = None  # None: it has not ended, or never began
        self.due: float = math.inf  # wall clock at which it counts as ended, although no report of that has come
        self.ended: bool = False  # the caller hears no more of it
        self.cut: bool = False  # and has not heard all of it
        self.position: float = 0.0  # seconds of audio that the caller heard, once it has ended
        self._truncated_at: float | None = None  # the same, as the server says

    def start(self, at: float) -> None:
        """The caller begins to hear it."""
        self.started_at = at if self.started_at is None else self.started_at

    def truncate(self, seconds: float) -> None:
        """The server dropped what lies behind this place."""
        self._truncated_at = seconds

    def disconnected(self, at: float) -> None:
        """The connection over which its end was to be reported is lost."""
        self.due = min(self.due, at + END_UNREPORTED)

    def end(self, at: float, *, cut: bool) -> None:
        """The caller hears no more of it."""
        if self.ended:
            return
        self.ended, self.cut, self.due = True, cut, math.inf
        if self.started_at is not None:
            self.finished_at = at
            self.position = at - self.started_at if self._truncated_at is None else self._truncated_at

    def heard(self, text: str) -> str:
        """The text that the caller heard: all, or the words up to the cut."""
        letters = round(self.position * LETTERS_PER_SECOND)
        if not self.cut or letters >= len(text):
            return text
        return text[: text.rfind(" ", 0, letters + 1) + 1].rstrip()


def end_all(playouts: list[tuple[RemotePlayout, str]], at: float, *, cut: bool) -> None:
    """The caller hears no more of the messages of a response: of each its playout and its text.

    The server reports them together: where one ends and the next begins is estimated by their texts.
    """
    began = playouts[0][0].started_at if playouts else None
    letters = sum(len(text) for _, text in playouts)
    pace = LETTERS_PER_SECOND
    if began is not None and not cut:
        pace = letters / max(at - began, 0.001)
    for number, (playout, text) in enumerate(playouts, 1):
        ended = at
        if began is not None and began < at:
            playout.start(began)
            if number < len(playouts):
                ended = min(at, began + len(text) / pace) if pace else began
        playout.end(ended, cut=cut and ended == at)
        began = ended
