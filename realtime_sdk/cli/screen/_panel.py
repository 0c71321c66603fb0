"""What the screen of `talk` shows around the conversation: title, meters, figures and keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import Final

from rich.text import Text

from ..display._controls import Hint
from ..display._conversation_view import Statistics
from ..display._render import SEPARATOR, count

_QUIET_DBFS, _LOUD_DBFS = -60.0, -6.0
"""The range of the meters."""

_MIDDLE, _HIGH = 0.70, 0.90
"""The shares of a meter from which it is yellow and red."""

_METER_CELLS: Final = 20
"""Columns of a meter, where there is room."""

_VOLUME_WIDTH: Final = 40
"""Columns from which the volume is shown beside the meters."""

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


class Status(Enum):
    """What goes on, in a word."""

    LISTENING = "listening"
    HEARING = "hearing you"
    THINKING = "thinking"
    SPEAKING = "speaking"
    PAUSED = "paused"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


_STATUS_STYLES: Final = {
    Status.LISTENING: "green",
    Status.HEARING: "cyan",
    Status.THINKING: "yellow",
    Status.SPEAKING: "magenta",
    Status.PAUSED: "bold yellow",
    Status.RECONNECTING: "bold red",
    Status.CLOSED: "bold red",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """The state that surrounds the conversation on the screen."""

    status: Status = Status.LISTENING
    model: str = ""
    recording: str = ""  # the folder; "" where nothing is recorded
    elapsed: float = 0.0  # seconds
    microphone: float | None = None  # dBFS; None: silent, or not known
    speaker: float | None = None  # dBFS; None: silent
    muted: bool = False
    volume: float = 1.0
    tokens: int = 0
    cost: str = ""  # with its currency; "" without prices
    statistics: Statistics = field(default_factory=Statistics)
    hints: Sequence[Hint] = ()
    greeting: str = ""  # what is shown above the conversation


def title_line(panel: Panel, width: int) -> Text:
    """Return the program, the model, the folder of the recording and the time, as far as they fit."""
    left = [("realtime-sdk talk", "bold"), (panel.model, "")]
    recording = ("● " + panel.recording, "red") if panel.recording else ("not recorded", "dim")
    right = [recording, (f"{int(panel.elapsed) // 60}:{int(panel.elapsed) % 60:02}", "")]
    start = _joined([part for part in left if part[0]])
    for end in (_joined(right), _joined(right[1:])):
        gap = width - start.cell_len - end.cell_len - 2
        if gap > 0:
            return Text.assemble(" ", start, " " * gap, end, " ")
    return _cropped(Text.assemble(" ", start), width)


def meter_line(panel: Panel, width: int) -> Text:
    """Return the meters of both sides, and the volume."""
    volume = f"  volume {panel.volume:.0%}" if width >= _VOLUME_WIDTH else ""
    cells = max(3, min(_METER_CELLS, (width - len(" you   voice ") - len(volume)) // 2))
    line = Text(" ").append("you ", "bold green")
    if panel.muted:
        line.append("muted".center(cells)[:cells], "bold yellow reverse")
    else:
        line.append_text(meter(panel.microphone, cells))
    line.append("  ").append("voice ", "bold magenta").append_text(meter(panel.speaker, cells))
    return _cropped(line.append(volume, "" if panel.volume else "bold yellow"), width)


def meter(dbfs: float | None, cells: int) -> Text:
    """Return a bar for a level; None: silence."""
    share = 0.0 if dbfs is None else min(max((dbfs - _QUIET_DBFS) / (_LOUD_DBFS - _QUIET_DBFS), 0.0), 1.0)
    eighths = round(share * cells * 8)
    drawn: list[tuple[str, str]] = []  # each cell and its style
    for cell in range(cells):
        filled = min(max(eighths - cell * 8, 0), 8)
        place = cell / cells
        style = "red" if place >= _HIGH else "yellow" if place >= _MIDDLE else "green"
        drawn.append((_EIGHTHS[filled], style) if filled else ("·", "dim"))
    runs = groupby(drawn, key=itemgetter(1))
    return Text.assemble(*(("".join(character for character, _ in run), style) for style, run in runs))


def status_line(panel: Panel, width: int) -> Text:
    """Return the status, the latency and the figures, as far as they fit."""
    figures, style = panel.statistics, _STATUS_STYLES[panel.status]
    parts = [(f"● {panel.status.value}", style)]
    if figures.latencies:
        parts.append((f"answered in {figures.latencies[-1]:.2f} s", ""))
    parts.append((count(figures.turns, "turn"), ""))
    if panel.cost:
        parts.append((panel.cost, ""))
    if panel.tokens:
        parts.append((f"{panel.tokens:,} tokens", ""))
    if figures.interruptions:
        parts.append((count(figures.interruptions, "interruption"), ""))
    if figures.underruns:
        parts.append((count(figures.underruns, "underrun"), "yellow"))
    while len(parts) > 1 and _joined(parts).cell_len + 1 > width:
        parts.pop()
    return _cropped(Text.assemble(" ", _joined(parts)), width)


def hint_line(hints: Sequence[Hint], width: int) -> Text:
    """Return as many of the keys as fit; those that are switched on come first, so that they can be switched off."""
    shown = list(hints)
    while shown and (line := _hints(shown)).cell_len > width:
        shown.remove(max(shown, key=lambda hint: (not hint.on, hint.rank)))
    return line if shown else Text()


def _hints(hints: Sequence[Hint]) -> Text:
    line = Text()
    for hint in hints:
        line.append(" ").append(f" {hint.key} ", "reverse").append(f" {hint.label}", "bold yellow" if hint.on else "")
    return line


def _joined(parts: Sequence[tuple[str, str]]) -> Text:
    line = Text()
    for text, style in parts:
        line.append(SEPARATOR if line else "", "dim").append(text, style)
    return line


def _cropped(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line
