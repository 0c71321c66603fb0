"""Draws what a terminal shows as an SVG that refers to no other file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from .._output_file import write_text
from ._conversation_view import Entry
from ._render import MAX_WIDTH, render_entry

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
"""A web font. It is removed: the viewer's own monospaced font does, and the file needs no network."""


def save_svg(printed: Iterable[Entry | str], path: Path) -> None:
    """Draw the output of a conversation; raise `UsageError` if the file can't be written."""
    lines = [Text(entry, "dim") if isinstance(entry, str) else render_entry(entry, MAX_WIDTH) for entry in printed]
    write_text(path, svg(lines, MAX_WIDTH), private=True)  # it holds what was said


def svg(lines: Iterable[RenderableType], width: int) -> str:
    """Draw lines of at most `width` columns in the window of a terminal."""
    console = Console(record=True, file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(line, highlight=False)
    return _FONT_FACE.sub("", console.export_svg(title="realtime-sdk talk"))
