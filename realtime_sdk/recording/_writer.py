"""The thread that writes a recording: no disk, however slow or full, holds the event loop."""

from __future__ import annotations

import atexit
import errno
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar

from .._runtime import clock
from .._runtime.threads import run_in_thread
from ..errors import UsageError
from ._backlog import Backlog
from ._content import Content
from ._disk_file import FileDeletedError


class Files(Protocol):
    """The files that a `Writer` opens."""

    @property
    def sound_missing(self) -> float:
        """Seconds of the sound that was given to them, and is not on the disk."""
        ...


F = TypeVar("F", bound=Files)

log = logging.getLogger(__name__)

STALL_SECONDS: Final = 2.0
"""How long the disk may take nothing before that is reported; a working one takes milliseconds."""

RETRY_SECONDS: Final = 1.0
"""Between two tries to write what the disk refuses."""

CLOSE_SECONDS: Final = 3.0
"""How long the end of a session, and then that of the program, waits for a stalled disk."""

MEGABYTE: Final = 1_000_000

LIMIT: Final = 64 * MEGABYTE
"""Frames and audio that may wait for the disk: about four minutes of a talk."""

LIMIT_OF_WORDS: Final = 80 * MEGABYTE
"""With captions and events, which are small, and so outlast a long stall."""

_KEPT: Final = f"up to {LIMIT // MEGABYTE} MB wait for it, and what comes then is dropped"

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class Disk(Enum):
    """What a disk does."""

    WRITES = "writes"
    FAILS = "fails"  # for now: it is tried again
    REFUSES = "refuses"  # the files can't be opened, or were deleted: it is not tried again


class Writer(Generic[F]):
    """Opens files and runs jobs that write into them, in a thread of its own, in order.

    Its methods are called on the event loop, and return at once.

    name: of the recording, for the log. files: opens them on entering, and closes them on leaving; both in the thread.
    """

    def __init__(self, name: str, files: Callable[[Callable[[OSError], None]], AbstractContextManager[F]]) -> None:
        self._name = name
        self._files = files(self._refused)
        self._backlog = Backlog[F](waits=clock.is_virtual())
        self._started_at = clock.machine()
        self._opened = threading.Event()  # the files are open, or will never be
        self._closing = threading.Event()
        self._dropped = Content()  # because too much waited for the disk
        self._refusal: Exception | None = None  # why the present job can't be done; None: it can, or is not tried yet
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        atexit.register(self._thread.join, CLOSE_SECONDS)
        self._thread.start()

    def put(self, run: Callable[[F], None], content: Content, size: int, *, words: bool = False) -> None:
        """Have a job done that holds `size` bytes, or drop it if too much waits for the disk.

        content: what is lost if it is not done. words: it writes captions or events, for which there is more room.
        """
        taken = self._backlog.put(run, content, size, LIMIT_OF_WORDS if words else LIMIT)
        if not taken and not self._closing.is_set():
            self._dropped += content

    def take_dropped(self) -> Content:
        """Return what was dropped since the last call."""
        dropped, self._dropped = self._dropped, Content()
        return dropped

    async def wait_opened(self) -> None:
        """Wait until the files are open, for at most 2 seconds; a disk that takes longer fails until then.

        Raises:
            UsageError: they can't be opened.

        """
        if clock.is_virtual():
            self._opened.wait()  # so that it is over at the same point of every run of a test
        else:
            await run_in_thread(self._opened.wait, STALL_SECONDS, abandon_on_cancel=True)
        if isinstance(self._refusal, UsageError):
            raise self._refusal

    @property
    def disk(self) -> tuple[Disk, str]:
        """What the disk does, and what is wrong with it and what to do, if anything is."""
        if isinstance(refusal := self._refusal, UsageError):
            return Disk.REFUSES, f"{refusal}; nothing is recorded"
        if isinstance(refusal, FileDeletedError):
            return Disk.REFUSES, f"{refusal}; nothing more is recorded"
        if refusal is not None:
            advice = "free some space there" if getattr(refusal, "errno", None) in _FULL else "see to that disk"
            return Disk.FAILS, f"{type(refusal).__name__}: {refusal}: {advice}; {_KEPT}"
        if not clock.is_virtual() and (late := self._lateness) > STALL_SECONDS:
            return Disk.FAILS, f"the disk has taken nothing for {late:.0f} s: see to that disk; {_KEPT}"
        return Disk.WRITES, ""

    def close(self) -> None:
        """Take no more jobs; what waits is written."""
        self._closing.set()
        self._backlog.end()

    async def wait_closed(self) -> None:
        """Wait until all is written, for at most 3 seconds; what a stalled disk takes later is written later."""
        if self._thread.is_alive():
            await run_in_thread(self._thread.join, CLOSE_SECONDS)
        if self._thread.is_alive():
            log.warning("the disk has stalled: the recording in %s is incomplete unless it goes on", self._name)

    @property
    def _lateness(self) -> float:
        """Seconds since the disk is waited for."""
        return self._backlog.lateness if self._opened.is_set() else clock.machine() - self._started_at

    def _refused(self, error: OSError) -> None:
        """The disk refuses a write: wait before it is tried again. In the thread.

        Raises:
            OSError: `error`, because the recording is closing, or was only just begun, and waits no more.

        """
        if self._closing.is_set() or not self._opened.is_set():
            raise error
        self._refusal = error
        self._closing.wait(RETRY_SECONDS)

    def _run(self) -> None:
        try:
            self._write()
        except (UsageError, FileDeletedError) as error:  # of the opening, of a write
            self._refusal = error
            self._backlog.end()
        finally:
            self._opened.set()
            atexit.unregister(self._thread.join)

    def _write(self) -> None:
        """Open the files and do the jobs; raises what opening them does."""
        lost = Content()
        with self._files as files:
            self._opened.set()
            for job in self._backlog:
                try:
                    job.run(files)
                    self._refusal = None
                except FileDeletedError as error:
                    if self._closing.is_set():  # no event reports it any more
                        log.error("the recording in %s is incomplete: %s", self._name, error)
                    raise
                except Exception as error:  # no failure of a recording ends the session
                    log.debug("not recorded", exc_info=True)
                    lost, self._refusal = lost + job.content, error
            if lost:  # what could not be written once may be, as the file goes on
                lost = replace(lost, audio=files.sound_missing)
        if lost := lost + self._dropped:
            reason = self._refusal or "the disk took nothing for too long"
            log.error("the recording in %s lacks %s: %s", self._name, lost, reason)
