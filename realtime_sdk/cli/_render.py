"""Renders the entries of a conversation: for rich in a terminal, as plain lines elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from textwrap import shorten
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ..conversation._message import COMMENTARY
from ._conversation_view import (
    ConversationView,
    Entry,
    MessageEntry,
    NoteEntry,
    Progress,
    Statistics,
    Status,
    ToolEntry,
    UserEntry,
)

MAX_WIDTH = 96
"""Columns of the transcript at most: longer lines are hard to read."""

_METER_CELLS = 10
_QUIET_DBFS, _LOUD_DBFS = -60.0, -10.0
"""The range of the level meter."""

_STATUS_STYLES = {
    Status.LISTENING: "green",
    Status.HEARING: "cyan",
    Status.THINKING: "yellow",
    Status.SPEAKING: "magenta",
}

_CONTROL_CHARACTERS = [*range(0x20), *range(0x7F, 0xA0)]
_REPLACEMENTS = dict.fromkeys(_CONTROL_CHARACTERS, "\N{REPLACEMENT CHARACTER}") | {ord("\n"): " ", ord("\t"): " "}


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells of an entry: the speaker, the text, a figure in the right margin."""

    speaker: str
    text: Text
    margin: str = ""


def render_entry(entry: Entry) -> RenderableType:
    """Render the present state of an entry for a terminal."""
    layout = _LAYOUTS[type(entry)](entry)
    layout.text.plain = sanitize(layout.text.plain)
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(width=5, no_wrap=True, style="cyan" if layout.speaker == "you" else "magenta")
    grid.add_column(ratio=1)
    grid.add_column(width=7, justify="right", no_wrap=True, style="dim")
    grid.add_row(layout.speaker, layout.text, layout.margin)
    return Constrain(grid, MAX_WIDTH)


def format_entry(entry: Entry) -> str:
    """Format a final entry as a plain line; words and brackets replace italics and strikethrough."""
    layout = _LAYOUTS[type(entry)](entry)
    speaker, text = layout.speaker, layout.text.plain
    if isinstance(entry, MessageEntry):
        speaker += " (commentary)" if entry.item.phase == COMMENTARY else ""
        text = entry.shown.strip() + (f" [{entry.unheard.strip()}]" if entry.unheard.strip() else "") + _cut_text(entry)
    return sanitize(f"{speaker}: {text.strip()}") + (f" ({layout.margin})" if layout.margin else "")


def sanitize(text: str) -> str:
    """Replace control characters, which would control the terminal; line breaks and tabs become spaces."""
    return text.translate(_REPLACEMENTS)


def render_live(view: ConversationView) -> RenderableType:
    """Render the entries that may still change, above the status line."""
    return Tail(Group(*(render_entry(entry) for entry in view.open), _status_line(view)))


def format_statistics(figures: Statistics) -> str:
    """Format the figures of a conversation as one line."""
    parts = [_count(figures.turns, "turn"), f"{_count(figures.items, 'message')} heard"]
    if figures.interruptions:
        cuts = ", ".join(f"{position:.2f} s" for position in figures.cut_positions)
        parts.append(_count(figures.interruptions, "interruption") + (f" (cut at {cuts})" if cuts else ""))
    if figures.latencies:
        several = ", median" if len(figures.latencies) > 1 else ""
        parts.append(f"first audio after {median(figures.latencies):.2f} s{several}")
    return " · ".join(parts)


class Tail:
    """The last lines of content that may be taller than the terminal."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        for rendered in lines[-max(1, console.height - 1) :]:
            yield from rendered
            yield Segment.line()


def _user_layout(entry: UserEntry) -> Layout:
    if entry.text or entry.progress is not Progress.FINAL:
        return Layout("you", Text(entry.text.strip() or "…", style="" if entry.progress is Progress.FINAL else "dim"))
    return Layout("you", Text("(not recognised)", style="dim"))


def _message_layout(entry: MessageEntry) -> Layout:
    text = Text(entry.shown.lstrip(), style="italic bright_black" if entry.item.phase == COMMENTARY else "")
    text.append(entry.unheard if entry.shown else entry.unheard.lstrip(), style="strike dim")
    text.append(_cut_text(entry), style="not strike red")
    latency = "" if entry.latency is None else f"{entry.latency:.2f} s"
    return Layout("voice", text if text else Text("…", style="dim"), latency)


def _cut_text(entry: MessageEntry) -> str:
    """Return the position at which a message was cut, as text; "" for one that was not."""
    if entry.playout is None or not entry.playout.interrupted:
        return ""
    return " — never heard" if entry.playout.started_at is None else f" — cut at {entry.playout.position:.2f} s"


def _tool_layout(entry: ToolEntry) -> Layout:
    text = Text(f"→ {entry.call.name}({_call_arguments(entry.call.arguments)}) ", style="yellow")
    if entry.error is not None:
        text.append(f"✗ {_shortened(entry.error)}", style="red")
    elif entry.progress is Progress.FINAL:
        text.append(f"✓ {_shortened(entry.call.output or '')}", style="green")
    else:
        text.append("…")
    return Layout("tool", text)


def _note_layout(note: NoteEntry) -> Layout:
    return Layout("note", Text(note.text, style="red"))


_LAYOUTS: dict[type, Callable[[Any], Layout]] = {
    UserEntry: _user_layout,
    MessageEntry: _message_layout,
    ToolEntry: _tool_layout,
    NoteEntry: _note_layout,
}


def _call_arguments(text: str) -> str:
    """Format a call's arguments in Python's syntax; arguments that are no JSON object stay as they are."""
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        return _shortened(text)
    if not isinstance(arguments, dict):
        return _shortened(text)
    return _shortened(", ".join(f"{name}={value!r}" for name, value in arguments.items()))


def _shortened(text: str) -> str:
    return shorten(text, 80, placeholder=" …")


def _status_line(view: ConversationView) -> Text:
    text = Text("  ● ", style=_STATUS_STYLES[view.status])
    text.append(f"{view.status.value:<12}")
    if view.level is not None:
        share = (view.level - _QUIET_DBFS) / (_LOUD_DBFS - _QUIET_DBFS)
        cells = round(min(max(share, 0.0), 1.0) * _METER_CELLS)
        text.append("▮" * cells + "▯" * (_METER_CELLS - cells) + "  ", style="dim")
    return text.append("Ctrl-C ends", style="dim")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
