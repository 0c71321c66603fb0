"""The terminal while a screen is drawn on it: nothing else may write there."""

from __future__ import annotations

import io
import math
import os
import select
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TextIO

from rich.console import Console

_WITHOUT_CURSOR: Final = ("", "dumb", "unknown")
"""Values of TERM for terminals, such as that of an editor, in which the cursor can't be moved."""

_PATIENCE_STEP: Final = 0.1
"""Seconds after which a thread that waits for the terminal looks whether it is to give up."""


_JOB_SIGNALS: Final = ("SIGTSTP", "SIGCONT", "SIGWINCH")
"""Signals whose handlers textual leaves behind: Ctrl-Z would then draw on a screen that is closed."""


def can_show_screen(console: Console) -> bool:
    """Whether a screen can be drawn, and keys can be read: else the conversation is printed line by line."""
    if not console.is_terminal or console.is_dumb_terminal:
        return False
    if os.name != "nt" and os.environ.get("TERM", "").lower() in _WITHOUT_CURSOR:
        return False
    shown = all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))
    return shown and sys.__stderr__ is not None


class TerminalWriter(io.TextIOBase):
    """Writes to a terminal, in the thread that draws. A terminal that has gone away is no error.

    descriptor: of the terminal; if it does not block, `patience` holds.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        self.busy = False  # it has yet to take a write
        self.patience = math.inf  # seconds; a terminal that has taken nothing for so long is given up
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
                try:
                    rest = rest[os.write(self._descriptor, rest) :]
                except BlockingIOError:
                    if not self._wait():
                        break
        except OSError:
            pass  # the window was closed: SIGHUP ends the conversation
        finally:
            self.busy = False
        return len(text)

    def _wait(self) -> bool:
        """Wait until the terminal takes more; return whether it does."""
        waited = 0.0
        while waited < self.patience:
            if select.select([], [self._descriptor], [], _PATIENCE_STEP)[1]:
                return True
            waited += _PATIENCE_STEP
        self.patience = 0.0  # what is still to be written is not waited for, either
        return False

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal: always."""
        return True


@dataclass(slots=True)
class ScreenStreams:
    """Where a screen is drawn, and where all else is written meanwhile."""

    terminal: TerminalWriter
    held: TextIO
    printed: str = ""  # what was written there, once the screen is closed


@contextmanager
def screen_terminal() -> Iterator[ScreenStreams]:
    """Keep the terminal for a screen, and what else is written there meanwhile for afterwards.

    C libraries of the sound system write to the standard error as well; so its file descriptor is redirected, too.
    """
    kept = sys.__stdout__, sys.__stderr__
    assert kept[0] is not None
    terminal, errors = _open_terminal(), os.dup(2)
    writer = TerminalWriter(terminal, kept[0].encoding)
    handlers = {number: signal.getsignal(number) for name in _JOB_SIGNALS if (number := getattr(signal, name, None))}
    with tempfile.TemporaryFile("w+", buffering=1, encoding="utf-8", errors="replace") as held:  # it has no name
        streams = ScreenStreams(writer, held)
        sys.__stdout__ = sys.__stderr__ = writer  # type: ignore[assignment,misc]  # textual draws on one of them
        if os.name != "nt" and os.isatty(2):  # on Windows, handles are drawn on, which would be redirected as well
            os.dup2(held.fileno(), 2)
        try:
            yield streams
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            os.dup2(errors, 2)
            os.close(errors)
            os.close(terminal)
            sys.__stdout__, sys.__stderr__ = kept  # type: ignore[misc]
            held.seek(0)
            streams.printed = held.read()


def _open_terminal() -> int:
    """Open the terminal of the standard output once more, so that it need not block; where it has no name, share it."""
    if os.name != "nt":
        with suppress(OSError):
            return os.open(os.ttyname(1), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    return os.dup(1)
