"""How the entries of a talk look: as rich renderables in a terminal, as plain lines elsewhere."""

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

from ._view import Called, Entry, Heard, Note, Progress, Said, Status, Tally, View

WIDTH = 96
"""Columns of a talk, where the terminal has as many: longer lines are hard to read."""

COMMENTARY = "commentary"
"""The phase of a message that only leads up to the answer."""

_METER_CELLS = 10
_QUIET_DBFS, _LOUD_DBFS = -60.0, -10.0
"""Between these the meter rises."""

_STATUS_STYLES = {
    Status.LISTENING: "green",
    Status.HEARING: "cyan",
    Status.THINKING: "yellow",
    Status.SPEAKING: "magenta",
}


_HARMLESS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}") | dict.fromkeys(b"\n\t", " ")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry laid out: who, what, and a figure at the margin."""

    who: str
    what: Text
    margin: str = ""


def row(entry: Entry) -> RenderableType:
    """One entry as it stands, for a terminal."""
    layout = _LAYOUTS[type(entry)](entry)
    layout.what.plain = printable(layout.what.plain)
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(width=5, no_wrap=True, style="cyan" if layout.who == "you" else "magenta")
    grid.add_column(ratio=1)
    grid.add_column(width=7, justify="right", no_wrap=True, style="dim")
    grid.add_row(layout.who, layout.what, layout.margin)
    return Constrain(grid, WIDTH)


def line(entry: Entry) -> str:
    """One settled entry as a plain line: what a terminal sets in italics or strikes out is said in words."""
    layout = _LAYOUTS[type(entry)](entry)
    who, what = layout.who, layout.what.plain
    if isinstance(entry, Heard):
        who += " (commentary)" if entry.item.phase == COMMENTARY else ""
        what = entry.shown.strip() + (f" [{entry.unheard.strip()}]" if entry.unheard.strip() else "") + _verdict(entry)
    return printable(f"{who}: {what.strip()}") + (f" ({layout.margin})" if layout.margin else "")


def printable(text: str) -> str:
    """Make text of a server's harmless: what would steer the terminal is shown as a mark, a line break as a space."""
    return text.translate(_HARMLESS)


def live(view: View) -> RenderableType:
    """Show what still changes, over a line that says what goes on."""
    return Tail(Group(*(row(entry) for entry in view.open), _status_line(view)))


def summary(tally: Tally) -> str:
    """Say in one line what the talk came to."""
    parts = [_count(tally.turns, "turn"), f"{_count(tally.items, 'message')} heard"]
    if tally.interruptions:
        cuts = ", ".join(f"{cut:.2f} s" for cut in tally.cuts)
        parts.append(_count(tally.interruptions, "interruption") + (f" (cut at {cuts})" if cuts else ""))
    if tally.delays:
        parts.append(f"first sound after {median(tally.delays):.2f} s" + (", median" if len(tally.delays) > 1 else ""))
    return " · ".join(parts)


class Tail:
    """The last lines of something that may be taller than the terminal."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        for rendered in lines[-max(1, console.height - 1) :]:
            yield from rendered
            yield Segment.line()


def _said(said: Said) -> Row:
    if said.text or said.progress is not Progress.SETTLED:
        return Row("you", Text(said.text.strip() or "…", style="" if said.progress is Progress.SETTLED else "dim"))
    return Row("you", Text("(not recognised)", style="dim"))


def _heard(heard: Heard) -> Row:
    what = Text(heard.shown.lstrip(), style="italic bright_black" if heard.item.phase == COMMENTARY else "")
    what.append(heard.unheard if heard.shown else heard.unheard.lstrip(), style="strike dim")
    what.append(_verdict(heard), style="not strike red")
    return Row("voice", what if what else Text("…", style="dim"), "" if heard.delay is None else f"{heard.delay:.2f} s")


def _verdict(heard: Heard) -> str:
    """Say where a message was cut; "" for one that was not."""
    if heard.playout is None or not heard.playout.interrupted:
        return ""
    return " — never heard" if heard.playout.started_at is None else f" — cut at {heard.playout.position:.2f} s"


def _called(called: Called) -> Row:
    what = Text(f"→ {called.call.name}({_arguments(called.call.arguments)}) ", style="yellow")
    if called.error is not None:
        what.append(f"✗ {_brief(called.error)}", style="red")
    elif called.progress is Progress.SETTLED:
        what.append(f"✓ {_brief(called.call.output or '')}", style="green")
    else:
        what.append("…")
    return Row("tool", what)


def _note(note: Note) -> Row:
    return Row("note", Text(note.text, style="red"))


_LAYOUTS: dict[type, Callable[[Any], Row]] = {Said: _said, Heard: _heard, Called: _called, Note: _note}


def _arguments(text: str) -> str:
    """Show a call's arguments as Python would write them, where they are what they should be."""
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        return _brief(text)
    if not isinstance(arguments, dict):
        return _brief(text)
    return _brief(", ".join(f"{name}={value!r}" for name, value in arguments.items()))


def _brief(text: str) -> str:
    return shorten(text, 80, placeholder=" …")


def _status_line(view: View) -> Text:
    text = Text("  ● ", style=_STATUS_STYLES[view.status])
    text.append(f"{view.status.value:<12}")
    if view.level is not None:
        share = (view.level - _QUIET_DBFS) / (_LOUD_DBFS - _QUIET_DBFS)
        cells = round(min(max(share, 0.0), 1.0) * _METER_CELLS)
        text.append("▮" * cells + "▯" * (_METER_CELLS - cells) + "  ", style="dim")
    return text.append("Ctrl-C ends", style="dim")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
