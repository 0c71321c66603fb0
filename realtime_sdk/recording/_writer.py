"""The thread that writes a recording: no disk, however slow or full, holds the event loop."""

from __future__ import annotations

import atexit
import errno
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from .._runtime import clock
from .._runtime.threads import run_in_thread
from ._backlog import Backlog

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


class Writer:
    """Runs jobs in a thread of its own, in order. Its methods are called on the event loop, and return at once.

    name: of the recording, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._backlog = Backlog(waits=clock.is_virtual())
        self._closing = threading.Event()
        self._refusal: Exception | None = None  # why the present job can't be done; None: it can, or is not tried yet
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self, files: AbstractContextManager[object]) -> None:
        """Start the thread, which closes `files` in the end."""
        self._files = files
        atexit.register(self._thread.join, CLOSE_SECONDS)
        self._thread.start()

    def put(self, run: Callable[[], None], size: int, *, words: bool = False) -> bool:
        """Have a job done that holds `size` bytes; False: too much waits for the disk, and it is dropped.

        words: it writes captions or events, for which there is more room.
        """
        return self._backlog.put(run, size, LIMIT_OF_WORDS if words else LIMIT)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk, and what to do; None: nothing is."""
        if (refusal := self._refusal) is not None:
            advice = "free some space there" if getattr(refusal, "errno", None) in _FULL else "see to that disk"
            return f"{type(refusal).__name__}: {refusal}: {advice}; {_KEPT}"
        if not clock.is_virtual() and (late := self._backlog.lateness) > STALL_SECONDS:
            return f"the disk has taken nothing for {late:.0f} s: see to that disk; {_KEPT}"
        return None

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

    def refused(self, error: OSError) -> None:
        """The disk refuses a write: wait before it is tried again. In the thread.

        Raises:
            OSError: `error`, because the recording is closing, or was only just begun, and waits no more.

        """
        self._refusal = error
        if self._closing.is_set() or not self._thread.is_alive():
            raise error
        self._closing.wait(RETRY_SECONDS)

    def _run(self) -> None:
        failed = 0
        with self._files:
            for job in self._backlog:
                try:
                    job()
                    self._refusal = None
                except Exception as error:  # no failure of a recording ends the session
                    log.debug("not recorded", exc_info=True)
                    failed, self._refusal = failed + 1, error
        atexit.unregister(self._thread.join)
        if failed:
            log.error("the recording in %s lacks %d pieces: %s", self._name, failed, self._refusal)
