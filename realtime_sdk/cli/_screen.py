"""Where a talk is shown: a terminal that is redrawn, or plain lines for a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.live import Live

from ..conversation._sdk_events import SdkEvent
from ._render import line, live, row
from ._view import Entry, View

FRAMES_PER_SECOND = 15
"""How often a terminal is redrawn."""


class Screen:
    """Shows a talk as it goes along, inside a `with` block.

    Entries that are settled are printed for good, above those that still change; what is left at the end is settled
    then. rich redraws in a thread of its own, so it is handed a picture of the view, not the view.
    """

    def __init__(self, console: Console) -> None:
        self.view = View()
        self.printed: list[Entry | str] = []  # all that stays on the screen
        self._console = console
        self._live: Live | None = None  # None: there is nothing to redraw on
        if console.is_terminal:
            self._live = Live(
                console=console, refresh_per_second=FRAMES_PER_SECOND, transient=True, vertical_overflow="visible"
            )

    def __enter__(self) -> Screen:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        self._print(self.view.finish())

    def remark(self, text: str) -> None:
        """Print a line that belongs to nobody's turn."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        self.printed.append(text)

    @contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that something takes a while, and the steps that are told to the callable it gives."""
        if self._live is None:
            self.remark(f"{what} …")
            yield _unseen
        else:
            with self._console.status(f"{what} …") as status:
                yield lambda step: status.update(f"{what}: {step} …")

    def show(self, event: SdkEvent) -> None:
        """Show what is new."""
        self.view.notice(event)
        self._print(self.view.settled())
        if self._live is not None:
            self._live.update(live(self.view))

    def _print(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if self._console.is_terminal:
                self._console.print(row(entry))
            else:
                self._console.print(line(entry), markup=False, highlight=False, soft_wrap=True)
        self.printed += entries


def _unseen(_step: str) -> None:
    """Show nothing."""
