"""Renders the entries of a conversation: as styled lines for a terminal, as plain lines elsewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from textwrap import shorten
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.text import Text

from ...conversation.message._message import COMMENTARY
from ._conversation_view import Entry, MessageEntry, NoteEntry, Progress, Statistics, ToolEntry, UserEntry

MAX_WIDTH: Final = 96
"""Columns of the transcript at most: longer lines are hard to read."""

SEPARATOR: Final = " · "
"""Between the figures of a line."""

_SPEAKER_CELLS: Final = 10
"""The column of the speaker: the longest name, and a gap."""

_MARGIN_CELLS: Final = 8
"""The column of the figure on the right, and a gap."""

NARROW: Final = 48
"""Columns below which a line has neither of the two columns: the speaker's name stands before the text."""

_WRAPPER: Final = Console(file=io.StringIO())
"""rich wraps text on behalf of a console; the width is given apart."""

_CONTROL_CHARACTERS = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""With those that turn the direction of a line: what follows the text would be turned, too."""

_REPLACEMENTS = dict.fromkeys(_CONTROL_CHARACTERS, "\N{REPLACEMENT CHARACTER}") | {ord("\n"): " ", ord("\t"): " "}


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells of an entry: the speaker, the text, a figure in the right margin."""

    speaker: str
    style: str  # of the speaker
    text: Text
    margin: str = ""


def render_entry(entry: Entry, width: int) -> RenderableType:
    """Render the present state of an entry for a terminal of `width` columns."""
    return Group(*entry_lines(entry, width))


def entry_lines(entry: Entry, width: int) -> list[Text]:
    """Return the present state of an entry as lines of at most `width` columns."""
    layout = _LAYOUTS[type(entry)](entry)
    layout.text.plain = sanitize(layout.text.plain)
    width = min(width, MAX_WIDTH)
    if width < NARROW:
        return wrapped(Text.assemble((f"{layout.speaker} ", layout.style), layout.text), width)
    lines = wrapped(layout.text, width - _SPEAKER_CELLS - _MARGIN_CELLS)
    heads = [Text(layout.speaker.ljust(_SPEAKER_CELLS), layout.style)]
    heads += [Text(" " * _SPEAKER_CELLS) for _ in lines[1:]]
    drawn = [Text.assemble(head, text) for head, text in zip(heads, lines, strict=True)]
    if layout.margin:
        drawn[0].append(layout.margin.rjust(width - drawn[0].cell_len), "dim")
    return drawn


def heard_lines(entry: MessageEntry, width: int) -> int:
    """Return how many lines of a message have been heard, at least in part."""
    return len(entry_lines(MessageEntry(entry.item, Progress.FINAL, entry.shown), width))


def format_entry(entry: Entry) -> str:
    """Format a final entry as a plain line; words replace italics, strikethrough and columns."""
    layout = _LAYOUTS[type(entry)](entry)
    speaker, text = layout.speaker, layout.text.plain
    if isinstance(entry, MessageEntry):
        speaker = "voice (preamble)" if entry.item.phase == COMMENTARY else "voice"
        unheard = f" [not heard: {entry.unheard.strip()}]" if entry.unheard.strip() else ""
        text = entry.shown.strip() + unheard + _cut_text(entry)
    return sanitize(f"{speaker}: {text.strip()}") + (f" (answered in {layout.margin})" if layout.margin else "")


def sanitize(text: str) -> str:
    """Replace control characters, which would control the terminal; line breaks and tabs become spaces."""
    return text.translate(_REPLACEMENTS)


def format_statistics(figures: Statistics, tokens: int = 0) -> str:
    """Format the figures of a conversation as one line."""
    parts = [count(figures.turns, "turn"), f"{count(figures.items, 'message')} heard"]
    if figures.interruptions:
        cuts = ", ".join(f"{position:.2f} s" for position in figures.cut_positions)
        parts.append(count(figures.interruptions, "interruption") + (f" (cut at {cuts})" if cuts else ""))
    if figures.latencies:
        several = ", median" if len(figures.latencies) > 1 else ""
        parts.append(f"first audio after {median(figures.latencies):.2f} s{several}")
    if figures.underruns:
        parts.append(count(figures.underruns, "underrun"))
    if tokens:
        parts.append(f"{tokens:,} tokens")
    return SEPARATOR.join(parts)


def count(number: int, thing: str) -> str:
    """Return a number of things in words: `1 turn`, `2 turns`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def wrapped(text: Text, width: int) -> list[Text]:
    """Break text into lines of at most `width` columns."""
    lines = list(text.wrap(_WRAPPER, max(1, width), overflow="fold"))
    for line in lines:
        line.rstrip()  # a space at the end would be struck through, too
    return lines or [Text()]


def _user_layout(entry: UserEntry) -> Layout:
    if entry.text or entry.progress is not Progress.FINAL:
        text = Text(entry.text.strip() or "…", "" if entry.progress is Progress.FINAL else "dim")
        return Layout("you", "bold green", text)
    return Layout("you", "bold green", Text("(not recognised)", "dim"))


def _message_layout(entry: MessageEntry) -> Layout:
    """Lay out a message: what was heard, its latest word in bold; what is to come, dim; what never came, struck."""
    commentary = entry.item.phase == COMMENTARY
    text = Text(style="italic" if commentary else "")
    text.append(entry.shown.removesuffix(entry.latest)).append(entry.latest, "bold")
    text.append(entry.coming, "dim")
    text.append(" " * entry.unheard.startswith(" ")).append(entry.unheard.removeprefix(" "), "strike dim")
    text = _without_leading_space(text)
    text.rstrip()
    text.append(_cut_text(entry), "not italic red")
    latency = "" if entry.latency is None else f"{entry.latency:.2f} s"
    return Layout(
        "preamble" if commentary else "voice", "magenta" if commentary else "bold magenta",
        text if text else Text("…", "dim"), latency,
    )  # fmt: skip


def _without_leading_space(text: Text) -> Text:
    return text[len(text.plain) - len(text.plain.lstrip()) :] if text else text


def _cut_text(entry: MessageEntry) -> str:
    """Return the position at which a message was cut, as text; "" for one that was not."""
    if entry.playout is None or not entry.playout.interrupted:
        return ""
    return " — never heard" if entry.playout.started_at is None else f" — cut at {entry.playout.position:.2f} s"


def _tool_layout(entry: ToolEntry) -> Layout:
    text = Text.assemble((f"→ {entry.call.name}({_call_arguments(entry.call.arguments)}) ", "yellow"))
    if entry.error is not None:
        text.append(f"✗ {_shortened(entry.error)}", "red")
    elif entry.progress is Progress.FINAL:
        text.append(f"✓ {_shortened(entry.call.output or '')}", "green")
    else:
        text.append("…", "yellow")
    return Layout("tool", "yellow", text)


def _note_layout(note: NoteEntry) -> Layout:
    style = "green" if note.recovery else "red"
    return Layout("note", style, Text(note.text, style))


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
