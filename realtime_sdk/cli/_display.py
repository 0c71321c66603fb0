"""Displays a conversation: live in a terminal, as plain lines in a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.live import Live

from ..conversation._sdk_events import SdkEvent
from ._conversation_view import ConversationView, Entry
from ._render import format_entry, render_entry, render_live

REDRAWS_PER_SECOND = 15
"""How often the terminal is redrawn."""


class Display:
    """Displays a conversation while it runs, inside a `with` block.

    Final entries are printed once, above those that still change; at the end of the block the rest becomes final.
    rich redraws in its own thread, so it is given a rendering of the view, not the view.
    """

    def __init__(self, console: Console) -> None:
        self.view = ConversationView()
        self.printed: list[Entry | str] = []  # everything that stays in the terminal
        self._console = console
        self._live: Live | None = None  # None: the output is no terminal
        if console.is_terminal:
            self._live = Live(
                console=console, refresh_per_second=REDRAWS_PER_SECOND, transient=True, vertical_overflow="visible"
            )

    def __enter__(self) -> Display:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        self._print(self.view.finish())

    def print_line(self, text: str) -> None:
        """Print a line that is no entry of the conversation."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        self.printed.append(text)

    @contextmanager
    def progress(self, task: str) -> Iterator[Callable[[str], None]]:
        """Show a task that takes a while; yields a function that shows its present step."""
        if self._live is None:
            self.print_line(f"{task} …")
            yield _ignore
        else:
            with self._console.status(f"{task} …") as status:
                yield lambda step: status.update(f"{task}: {step} …")

    def on_event(self, event: SdkEvent) -> None:
        """Display the changes of an event."""
        self.view.on_event(event)
        self._print(self.view.pop_final())
        if self._live is not None:
            self._live.update(render_live(self.view))

    def _print(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if self._console.is_terminal:
                self._console.print(render_entry(entry))
            else:
                self._console.print(format_entry(entry), markup=False, highlight=False, soft_wrap=True)
        self.printed += entries


def _ignore(_step: str) -> None:
    """Without a terminal, steps are not shown."""
