"""Displays a conversation as plain lines: in a file, a pipe, or a terminal that has no screen."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType

from ...conversation._sdk_events import SdkEvent
from ._bill import Bill
from ._controls import Controls
from ._conversation_view import ConversationView, Entry
from ._render import format_entry

_BRIEF_SECONDS: Final = 1.0
"""Seconds after which a brief task has taken long."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a display says of a conversation, beside its events."""

    greeting: str  # what the user may do
    recording: Path | None = None  # its folder; None: there is none
    bill: Bill | None = None  # None: there are no prices


class Display:
    """Prints each entry of a conversation as a line, once it is final."""

    takes_keys = False
    """Whether the user can press keys."""

    def __init__(self, console: Console) -> None:
        self.view = ConversationView()
        self.printed: list[Entry | str] = []  # all that was printed
        self._console = console

    @asynccontextmanager
    async def showing(self, controls: Controls, details: Details) -> AsyncIterator[None]:
        """Display a conversation while it runs."""
        self.view.turns = controls.session.turns
        self.print_line(f"{details.greeting} Each utterance is printed once it is over.")
        yield

    def finish(self) -> None:
        """Print what has not become final as it stands, once the conversation has ended."""
        self._print(self.view.finish())

    def print_line(self, text: str) -> None:
        """Print a line that is no entry of the conversation."""
        self._write(text)
        self.printed.append(text)

    @contextmanager
    def progress(self, task: str, *, brief: bool = False) -> Iterator[Callable[[str], None]]:
        """Show a task that takes a while; yields a function that shows its present step.

        brief: it seldom takes long; where lines stay, it has one only if it does. Needs an event loop.
        """
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            with self._console.status(f"{task} …") as status:
                yield lambda step: status.update(f"{task}: {step} …")
        elif brief:
            line = asyncio.get_running_loop().call_later(_BRIEF_SECONDS, self.print_line, f"{task} …")
            try:
                yield _ignore
            finally:
                line.cancel()
        else:
            self.print_line(f"{task} …")
            yield _ignore

    def on_event(self, event: SdkEvent) -> None:
        """Display the changes of an event."""
        self.view.on_event(event)
        self._print(self.view.pop_final())

    def redraw(self) -> None:
        """Show what changes without an event, such as the time; called several times a second."""

    def _print(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._write(format_entry(entry))
        self.printed += entries

    def _write(self, content: RenderableType) -> None:
        """Print something, or nothing once the window of the terminal is closed: the files still have to be closed.

        Raises:
            OSError: what the output is redirected to takes nothing more, such as a full disk.

        """
        try:
            self._console.print(content, markup=False, highlight=False, soft_wrap=isinstance(content, str))
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            _discard_output()


def _discard_output() -> None:
    """Let the standard output lead nowhere: Python flushes it when it exits, which would fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _ignore(_step: str) -> None:
    """Without a terminal, steps are not shown."""
