"""A file of a recording: it holds whole records at any time, and a disk that refuses one is asked again."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from .._runtime.private_files import create_private

Refused: TypeAlias = Callable[[OSError], None]
"""Called when the disk refuses a write; it returns to have the write tried again, or raises."""


class FileDeletedError(Exception):
    """A file was deleted while it was written: what is written into it is lost, though the system takes it."""


class DiskFile:
    """A new file, which the user of this process alone can read. What was written is with the operating system.

    Not thread-safe. refused: is called when a write fails, after what it left behind was removed.

    Raises:
        OSError: the file can't be made, or exists.

    """

    def __init__(self, path: Path, refused: Refused) -> None:
        self._file = create_private(path)  # unbuffered: a crash of this process loses nothing
        self._path = path
        self._is_linked = self._links > 0  # False: this file system does not count links
        self._refused = refused
        self._size = 0  # bytes that belong to it

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    def append_line(self, line: str) -> None:
        """Write a line of JSON behind its end; raises what `write` does."""
        # backslashreplace: half of a surrogate pair has no UTF-8, and its escape is JSON's notation anyway.
        self.write(self._size, f"{line}\n".encode("utf-8", "backslashreplace"))

    def write(self, position: int, data: bytes) -> None:
        """Overwrite from `position` on, and beyond the end; raises what `refused` raises.

        Raises:
            FileDeletedError: it was deleted.

        """
        if self._is_linked and not self._links:
            raise FileDeletedError(f"{self._path} was deleted while it was written")
        while True:
            try:
                self._file.seek(position)
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
                break
            except OSError as error:
                self._remove_rest()
                self._refused(error)
        self._size = max(self._size, position + len(data))

    def cut(self, size: int) -> None:
        """Let it end here."""
        self._size = min(size, self._size)
        self._remove_rest()

    def close(self) -> None:
        """Close it; a second call does nothing."""
        self._file.close()

    @property
    def _links(self) -> int:
        """The names that it has."""
        return os.fstat(self._file.fileno()).st_nlink

    def _remove_rest(self) -> None:
        with suppress(OSError):  # the next write goes over it
            self._file.truncate(self._size)
