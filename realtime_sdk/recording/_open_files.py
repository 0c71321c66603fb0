"""The files of a recording while it is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._runtime.private_files import make_private_folder
from ..errors import UsageError
from ._caption_file import CaptionFile
from ._disk_file import DiskFile, Refused
from ._event_log import EventLog
from ._files import AUDIO, CAPTIONS, EVENTS, FILES, SDK_EVENTS
from ._sdk_event_log import SdkEventLog
from ._sound_file import SoundFile
from ._stereo import Channel


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """All files of a recording. They belong to its writer's thread."""

    events: EventLog
    sdk_events: SdkEventLog
    sound: SoundFile
    captions: CaptionFile

    @property
    def sound_missing(self) -> float:
        """Seconds of sound that are not on the disk."""
        return self.sound.missing


@contextmanager
def open_files(folder: Path, epoch: float, rates: Mapping[Channel, int], refused: Refused) -> Iterator[OpenFiles]:
    """Make the files all at once, so that no other process can put a link in the place of a later one; close them.

    epoch, rates, refused: as `SdkEventLog`, `SoundFile` and `DiskFile` take them.

    Raises:
        UsageError: they can't be made, and what was made of them is removed; or the folder holds a recording, is a
            link, or belongs to another user.

    """
    with ExitStack() as stack:
        try:
            files = _make(folder, epoch, rates, refused, stack)
        except UsageError:
            raise
        except (OSError, ValueError) as error:  # a ValueError: of a name with a zero in it
            reason = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"can't record into {folder}: {reason}") from error
        yield files


def _make(
    folder: Path, epoch: float, rates: Mapping[Channel, int], refused: Refused, stack: ExitStack
) -> OpenFiles:
    make_private_folder(folder)
    if any(os.path.lexists(folder / name) for name in FILES):
        raise UsageError(f"{folder} already holds a recording: name another folder")
    with ExitStack() as made:  # what is to be removed if a later one can't be made
        files: dict[str, DiskFile] = {}
        for name in FILES:
            files[name] = stack.enter_context(closing(DiskFile(folder / name, refused)))
            made.callback((folder / name).unlink, missing_ok=True)
        opened = OpenFiles(
            EventLog(files[EVENTS]), SdkEventLog(files[SDK_EVENTS], epoch), SoundFile(files[AUDIO], rates),
            CaptionFile(files[CAPTIONS]),
        )  # fmt: skip
        made.pop_all()
    return opened
