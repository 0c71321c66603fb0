"""A talk as a picture of its terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from .render import WIDTH, row
from .view import Entry


def save_picture(printed: Iterable[Entry | str], path: Path) -> None:
    """Draw what a talk printed as an SVG."""
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor")
    console.print("[bold]$[/] realtime-sdk talk", highlight=False)
    for entry in printed:
        if isinstance(entry, str):
            console.print(entry, style="dim", markup=False, highlight=False)
        else:
            console.print(row(entry))
    console.save_svg(str(path), title="realtime-sdk talk")
