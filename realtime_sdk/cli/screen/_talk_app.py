"""The screen of `talk`, in textual. It reads keys, and draws the lines of `_screen_lines.py`; it decides nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import ClassVar, Protocol, TextIO

from rich.console import Console
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ._screen_lines import Scroll

_KEYS = {
    **{key: key for key in ("space", "m", "i", "p", "q")},
    "minus": "-", "plus": "+", "equals_sign": "+",
    "escape": "i", "ctrl+c": "q", "ctrl+q": "q",
}  # fmt: skip
"""The keys by textual's names, and which key of `Controls` each is."""

_SCROLLING: dict[str, Callable[[Scroll], None]] = {
    "up": lambda scroll: scroll.by(-1),
    "down": lambda scroll: scroll.by(1),
    "pageup": lambda scroll: scroll.page(-1),
    "pagedown": lambda scroll: scroll.page(1),
    "home": Scroll.home,
    "end": Scroll.end,
}

_STYLES = Console(color_system="truecolor", force_terminal=True, no_color=False)
"""Resolves the names of styles; textual writes what the terminal can show."""


class Drawing(Protocol):
    """What the screen shows, and what acts on the keys."""

    scroll: Scroll

    def lines(self, width: int, height: int) -> list[Text]:
        """Return the lines to show now."""
        ...

    def press(self, key: str) -> None:
        """Act on a key."""
        ...


class Canvas(Widget):
    """Lines of text that fill the screen; only those that changed are drawn again."""

    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; background: ansi_default; color: ansi_default; }"

    def __init__(self, drawing: Drawing) -> None:
        super().__init__()
        self._talk_drawing = drawing
        self._talk_lines: list[Text] = []

    def on_mount(self) -> None:
        """Draw all lines when the program, which Ctrl-Z has suspended, goes on."""
        self.app.app_resume_signal.subscribe(self, self._draw_all)

    def update(self) -> None:
        """Draw what has changed."""
        width, height = self.size
        lines, before = self._talk_drawing.lines(width, height), self._talk_lines
        self._talk_lines = lines
        if len(lines) != len(before):
            self.refresh()
            return
        changed = [Region(0, y, width, 1) for y in range(len(lines)) if lines[y] != before[y]]
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Draw all lines in their new width."""
        self._draw_all()

    def _draw_all(self, _resumed: App[object] | None = None) -> None:
        self._talk_lines = []
        self.update()

    def render_line(self, y: int) -> Strip:
        """Render one line."""
        text = self._talk_lines[y] if y < len(self._talk_lines) else Text()
        spans = Text.assemble(text)  # rich leaves out the style of a text as a whole where it has no spans
        return Strip(spans.render(_STYLES)).adjust_cell_length(self.size.width)


class TalkApp(App[None]):
    """The application: one widget, and the keys.

    held: takes what is printed while the screen is shown; None: textual drops it.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: ansi_default; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(name, f"press({key!r})", show=False, priority=True) for name, key in _KEYS.items()),
        *(Binding(name, f"scroll_by({name!r})", show=False, priority=True) for name in _SCROLLING),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, drawing: Drawing, held: TextIO | None = None) -> None:
        super().__init__(ansi_color=True)
        self._talk_held = held
        self._talk_drawing = drawing
        self.canvas = Canvas(drawing)
        self.started = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Return the one widget."""
        yield self.canvas

    def on_mount(self) -> None:
        """Undo what textual does to a program that is more than a screen."""
        asyncio.get_running_loop().set_task_factory(None)  # tasks of the session would begin before they are awaited
        if self._talk_held is not None:
            sys.stdout = sys.stderr = self._talk_held  # textual restores them when it ends
        self.started.set()

    def redraw(self) -> None:
        """Draw what has changed, if it is on the screen yet."""
        if self.is_running and self.canvas.is_attached:
            self.canvas.update()

    def action_press(self, key: str) -> None:
        """Act on a key."""
        self._talk_drawing.press(key)
        self.redraw()

    def action_scroll_by(self, name: str) -> None:
        """Scroll the conversation."""
        _SCROLLING[name](self._talk_drawing.scroll)
        self.redraw()
