"""What every kind of session has: one event loop, and playback that the application pauses."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .._runtime.event_loop import assert_own_loop
from ..errors import UsageError
from ..playback._pause_reason import PauseReason
from ._sink import Sink


class Runtime(Protocol):
    """The part of a session's runtime that this needs."""

    loop: asyncio.AbstractEventLoop
    sink: Sink | None  # None: the application plays

    def wake(self) -> None:
        """Audio or text may have arrived."""
        ...


class SessionBase:
    """The methods that a `Session` and the stream sessions share."""

    _runtime: Runtime

    def pause(self) -> None:
        """Pause playback at the exact frame, and the captions with it; a `UsageError` without a speaker."""
        self._assert_own_loop("pause")
        if self._runtime.sink is None:
            raise UsageError("there is no speaker to pause: the application plays the audio itself")
        self._runtime.sink.pause(PauseReason.APPLICATION)
        self._runtime.wake()

    def resume(self) -> None:
        """Continue with the frame after the last one heard."""
        self._assert_own_loop("resume")
        if self._runtime.sink is not None:
            self._runtime.sink.resume(PauseReason.APPLICATION)
            self._runtime.wake()

    def _assert_own_loop(self, name: str) -> None:
        assert_own_loop(self._runtime.loop, name)
