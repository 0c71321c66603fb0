"""Chooses how a conversation is displayed: on a screen, or as plain lines where there is none."""

from __future__ import annotations

from rich.console import Console

from ..display._display import Display
from ._terminal import can_show_screen


def choose_display(console: Console, *, plain: bool) -> Display:
    """Return the screen, if the terminal has one and `plain` does not forbid it."""
    if plain or not can_show_screen(console):
        return Display(console)
    from ._screen_display import ScreenDisplay  # textual takes a while to import, and no other command needs it

    return ScreenDisplay(console)
