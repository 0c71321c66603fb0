"""The lines of the screen of `talk`: the conversation, and the panel around it. Pure: state in, lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from ..display._conversation_view import ConversationView, Entry, MessageEntry, Progress, UserEntry
from ..display._render import NARROW, entry_lines, heard_lines, wrapped
from ._panel import Panel, hint_line, meter_line, status_line, title_line

_LOOKAHEAD: Final = 3
"""Lines of text that has yet to be heard that stay in view below the word that is heard."""

_REWRAPPED: Final = 500
"""Entries that are wrapped again for a new width, in some 50 ms: more of them would hold up the sound."""

_FULL_HEIGHT, _LOW_HEIGHT, _LEAST_HEIGHT = 12, 7, 4
"""Rows from which the screen has everything; the meters and the keys; the status."""


class Transcript:
    """The lines of the conversation. Those of final entries are made once for each width."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []  # the final ones
        self._width = 0
        self._lines: list[Text] = []  # of the first `_wrapped` entries
        self._wrapped = 0
        self._drawn: dict[str, _Drawn] = {}  # messages that are not final, by id

    def lines(self, view: ConversationView, width: int) -> tuple[list[Text], int]:
        """Return all lines, and the number of them up to the word that is heard, or to the end."""
        self.entries += view.pop_final()
        if width != self._width:
            self._width, self._lines, self._wrapped = width, [], max(0, len(self.entries) - _REWRAPPED)
        for number in range(self._wrapped, len(self.entries)):
            self._lines += _spaced(self.entries[number], self.entries[number - 1] if self._lines else None, width)
        self._wrapped = len(self.entries)
        lines, heard, before = list(self._lines), None, self.entries[-1] if self._lines else None
        drawings: dict[str, _Drawn] = {}
        for entry in view.open:
            if isinstance(entry, MessageEntry):
                drawn = drawings[entry.item.id] = self._draw(entry, width)
                if heard is None and entry.progress is Progress.ACTIVE:
                    heard = len(lines) + drawn.heard
                lines += drawn.lines
            else:
                lines += _spaced(entry, before, width)
            before = entry
        self._drawn = drawings
        return lines, len(lines) if heard is None else heard

    def _draw(self, entry: MessageEntry, width: int) -> _Drawn:
        """Draw a message, if it has changed: a long one takes 10 ms, and the meters move all the time."""
        state = (width, entry.progress, entry.latency, entry.latest, entry.shown, entry.item.transcript)
        drawn = self._drawn.get(entry.item.id)
        if drawn is None or drawn.state != state:
            return _Drawn(state, entry_lines(entry, width), heard_lines(entry, width))
        return drawn


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A message as it was drawn last."""

    state: tuple[object, ...]  # what its lines follow from
    lines: list[Text]
    heard: int  # of the lines


def _spaced(entry: Entry, before: Entry | None, width: int) -> list[Text]:
    """Return the lines of an entry; where there is room, a turn of the user's stands apart from the reply before it."""
    begins_turn = isinstance(entry, UserEntry) and not isinstance(before, UserEntry | None)
    return [Text()] * (begins_turn and width >= NARROW) + entry_lines(entry, width)


@dataclass(slots=True)
class Scroll:
    """Which part of the conversation is in view: it follows what is heard, unless the user scrolled up."""

    top: int = 0  # the first line in view
    following: bool = True
    _height: int = 1  # lines in view
    _total: int = 0

    def place(self, total: int, heard: int, height: int) -> int:
        """Return the first line in view, of `total` lines of which `heard` were heard."""
        self._height, self._total = height, total
        if self.following:
            self.top = heard + min(_LOOKAHEAD, height // 4) - height
        self.top = max(0, min(self.top, total - height))
        return self.top

    def by(self, lines: int) -> None:
        """Scroll down by this many lines, or up; at the end it follows again."""
        self.top = max(0, min(self.top + lines, self._total - self._height))
        self.following = self.top >= self._total - self._height

    def page(self, pages: int) -> None:
        """Scroll by what is in view."""
        self.by(pages * max(1, self._height - 1))

    def home(self) -> None:
        """Scroll to the beginning."""
        self.by(-self._total)

    def end(self) -> None:
        """Follow what is heard."""
        self.following = True


def screen_lines(
    view: ConversationView, transcript: Transcript, panel: Panel, scroll: Scroll, *, width: int, height: int
) -> list[Text]:
    """Return the lines of a screen of this size, `height` of them."""
    above, below = _surroundings(panel, width, height)
    room = max(0, height - len(above) - len(below))
    lines, heard = transcript.lines(view, width - 2)
    if panel.greeting:
        greeting = wrapped(Text(panel.greeting, "dim"), width - 2) + [Text()] * (bool(lines) and width > NARROW)
        lines, heard = [*greeting, *lines], heard + len(greeting)
    top = scroll.place(len(lines), heard, room)
    shown = [Text.assemble(" ", line) for line in lines[top : top + room]]
    if below and height >= _FULL_HEIGHT:
        below[0] = _rule(len(lines) - top - len(shown), width)
    return [*above, *shown, *[Text()] * (room - len(shown)), *below][:height]


def _surroundings(panel: Panel, width: int, height: int) -> tuple[Sequence[Text], list[Text]]:
    """Return the lines above the conversation and below it, as many as there is room for."""
    if height < _LEAST_HEIGHT:
        return [], []
    status = status_line(panel, width)
    if height < _LOW_HEIGHT:
        return [], [status]
    lines = [meter_line(panel, width), status, hint_line(panel.hints, width)]
    if height < _FULL_HEIGHT:
        return [], lines
    return [title_line(panel, width), _rule(0, width)], [_rule(0, width), *lines]


def _rule(below: int, width: int) -> Text:
    """Return a line across the screen, which says how many lines are out of view below it."""
    text = f" {below} more below ──" if below > 0 else ""
    return Text(text[:width].rjust(width, "─"), "dim")
