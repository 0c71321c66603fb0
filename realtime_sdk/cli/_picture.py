"""A talk as a picture of its terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from ._render import WIDTH, row
from ._view import Entry

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
"""A font that a viewer would fetch from somewhere; its own monospaced one will do."""


def save_picture(printed: Iterable[Entry | str], path: Path) -> None:
    """Draw what a talk printed as an SVG that needs no other file."""
    console = Console(record=True, file=io.StringIO(), width=WIDTH + 2, force_terminal=True, color_system="truecolor")
    for entry in printed:
        if isinstance(entry, str):
            console.print(entry, style="dim", markup=False, highlight=False)
        else:
            console.print(row(entry))
    path.write_text(_FONT_FACE.sub("", console.export_svg(title="realtime-sdk talk")), encoding="utf-8")
