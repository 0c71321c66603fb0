"""Whoever waits for a thread that is in PortAudio, and may leave at any moment."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import DeviceError


class Caller:
    """Waits for a thread that is in PortAudio, and has the process's standard error back soon after it leaves.

    There is no other way to silence ALSA and JACK than to discard all that the process writes there, and sounddevice
    does so by itself while PortAudio starts. The caller that leaves may be ending the program: its last words are seen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of the next
        self._stderr: int | None = None  # a descriptor of the process's true standard error, while the thread runs
        self._has_left = False

    @property
    def has_left(self) -> bool:
        """Whether it waits no more; for any thread."""
        return self._has_left

    def leave(self) -> None:
        """Wait no more; for any thread."""
        self._has_left = True

    def check(self) -> None:
        """For the thread: go on only if it still waits, else raise `DeviceError`."""
        if self._has_left:
            raise DeviceError("the device is not waited for any more")

    def restore_stderr(self) -> None:
        """Discard nothing from now on; for any thread, once the caller has left."""
        with self._lock:
            self._restore()

    @contextmanager
    def served(self) -> Iterator[None]:
        """For the thread: be in PortAudio during this block."""
        with self._lock:
            try:
                self._stderr = os.dup(2)
            except OSError:  # there is no standard error
                self._stderr = None
        try:
            yield
        finally:
            with self._lock:
                if self._stderr is not None:
                    os.close(self._stderr)
                    self._stderr = None

    @contextmanager
    def silence(self) -> Iterator[None]:
        """For the thread, within `served`: discard what is written to standard error, until it is restored."""
        with self._lock:
            if self._stderr is not None and not self._has_left:
                with open(os.devnull, "wb") as null:
                    os.dup2(null.fileno(), 2)
        try:
            yield
        finally:
            with self._lock:
                self._restore()

    def _restore(self) -> None:
        if self._stderr is not None:
            os.dup2(self._stderr, 2)
