"""Keeps the C libraries' messages off the terminal: there is no other way to silence ALSA and JACK."""

from __future__ import annotations

import os
import threading
from types import TracebackType


class SilencedStandardError:
    """A block of code, all of whose output to the process's standard error is discarded.

    That is so for every thread, whatever it writes. Whoever stops waiting for the block therefore calls `restore`: what
    is written next may be the reason why the program ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of the next two
        self._saved: int | None = None  # the descriptor of the true one, in the block
        self._is_restored = False  # for good

    def __enter__(self) -> None:
        with self._lock:
            if self._is_restored:
                return
            try:
                self._saved = os.dup(2)
            except OSError:  # there is no standard error
                return
            with open(os.devnull, "wb") as null:
                os.dup2(null.fileno(), 2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._end()

    def restore(self) -> None:
        """Discard nothing from now on, in the block or before it; callable in any thread."""
        with self._lock:
            self._is_restored = True
            self._end()

    def _end(self) -> None:
        if self._saved is not None:
            os.dup2(self._saved, 2)
            os.close(self._saved)
            self._saved = None
