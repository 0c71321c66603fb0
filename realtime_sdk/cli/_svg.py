"""Saves the transcript of a conversation, as the terminal showed it, in an SVG file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from ._conversation_view import Entry
from ._render import MAX_WIDTH, render_entry

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
"""A web font. It is removed: the viewer's own monospaced font does, and the file needs no network."""


def save_svg(printed: Iterable[Entry | str], path: Path) -> None:
    """Draw the output of a conversation as an SVG that refers to no other file."""
    width = MAX_WIDTH + 2
    console = Console(record=True, file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    for entry in printed:
        if isinstance(entry, str):
            console.print(entry, style="dim", markup=False, highlight=False)
        else:
            console.print(render_entry(entry, width))
    path.write_text(_FONT_FACE.sub("", console.export_svg(title="realtime-sdk talk")), encoding="utf-8")
