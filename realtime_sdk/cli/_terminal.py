"""The terminal while a screen is drawn on it: nothing else may write there."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

_WITHOUT_CURSOR: Final = ("", "dumb", "unknown")
"""Values of TERM for terminals, such as that of an editor, in which the cursor can't be moved."""


def can_show_screen(console: Console) -> bool:
    """Whether a screen can be drawn, and keys can be read: else the conversation is printed line by line."""
    if not console.is_terminal or console.is_dumb_terminal:
        return False
    if os.name != "nt" and os.environ.get("TERM", "").lower() in _WITHOUT_CURSOR:
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))


class TerminalWriter(io.TextIOBase):
    """Writes to a terminal. One that has gone away is no error, and `busy` says that it has yet to take a write."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        self.busy = False
        self._descriptor = descriptor
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute of the base class
        """The encoding of the terminal."""
        return self._encoding

    def write(self, text: str) -> int:
        """Write text; characters that the terminal lacks become question marks."""
        rest = memoryview(text.encode(self._encoding, "replace"))
        self.busy = True
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            pass  # the window was closed: SIGHUP ends the conversation
        finally:
            self.busy = False
        return len(text)

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal: always."""
        return True


@contextmanager
def screen_terminal() -> Iterator[TerminalWriter]:
    """Keep the terminal for a screen, which draws on what this yields, and write the rest to it afterwards.

    C libraries of the sound system write to the standard error as well; so its file descriptor is redirected, too.
    """
    assert sys.__stdout__ is not None
    sys.__stdout__.flush()
    kept, terminal = sys.__stdout__, os.dup(1)
    errors_shown = os.name != "nt" and os.isatty(2)  # Windows draws by handles, which would be redirected as well
    saved = os.dup(2)
    writer = TerminalWriter(terminal, kept.encoding or "utf-8")
    streams = sys.__stdout__, sys.__stderr__
    with tempfile.TemporaryFile() as held:  # has no name: nothing stays on the disk
        sys.__stdout__ = sys.__stderr__ = writer  # type: ignore[assignment,misc]  # textual draws on one of them
        if errors_shown:
            os.dup2(held.fileno(), 2)
        try:
            yield writer
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
            os.close(terminal)
            held.seek(0)
            if sys.stderr is not None:
                sys.stderr.write(held.read().decode(errors="replace"))
                sys.stderr.flush()
