"""Files that only the user of this process can read."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final

from ..errors import UsageError

_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)  # Windows has none; there, as everywhere, mode "x" refuses what exists


def create_private(path: Path) -> io.FileIO:
    """Create a file that its owner alone can read, and open it for writing, unbuffered; no link is followed.

    Raises:
        OSError: it can't be made, or there is something of this name.

    """
    return open(path, "xb", buffering=0, opener=_open)


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_LINKS, 0o600)


def make_private_folder(folder: Path) -> None:
    """Make a folder that its owner alone can enter; one that exists is taken as it is.

    Raises:
        UsageError: it is a link, or belongs to another user, who could read and replace what is put into it.
        OSError: it can't be made.

    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link: name the folder itself")
    if hasattr(os, "geteuid") and os.geteuid() not in (0, folder.stat().st_uid):
        raise UsageError(f"{folder} belongs to another user, who could read what is put into it: name another folder")
