"""The file that a command writes at its end."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import UsageError


def check_writable(path: Path) -> None:
    """Refuse a path where no file can be written, before any work is done for it.

    Raises:
        UsageError: it says why.

    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file")
    if not path.parent.is_dir():
        raise UsageError(f"{path} can't be written: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} can't be written: you have no permission")


def write_text(path: Path, text: str, *, private: bool = False) -> int:
    """Write a text in UTF-8; return how many bytes it has. private: a new file is for its owner alone.

    Raises:
        UsageError: it can't be written.

    """
    data = text.encode()
    try:
        if private:
            path.touch(mode=0o600)
        path.write_bytes(data)
    except OSError as refused:
        raise UsageError(f"{path} can't be written: {refused.strerror}") from refused
    return len(data)
