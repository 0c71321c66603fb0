"""Ends a command in good order: by a signal, or by a key."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import anyio

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a command; a platform has some of them."""


class Stop:
    """A wish to end, which cancels what runs under it, once. Closing files is not part of that."""

    def __init__(self) -> None:
        self.requested = False
        self._scope: anyio.CancelScope | None = None  # None: nothing is to be cancelled

    def request(self) -> None:
        """Cancel what runs under it. A second request changes nothing: what runs then closes."""
        if not self.requested:
            self.requested = True
            if self._scope is not None:
                self._scope.cancel()

    @contextmanager
    def cancels(self, scope: anyio.CancelScope) -> Iterator[None]:
        """Run a block in `scope`, which a request cancels; what follows the block is not cancelled."""
        self._scope = scope
        if self.requested:
            scope.cancel()
        try:
            with scope:
                yield
        finally:
            self._scope = None

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let the signals that end a program request it. One that is ignored, as by `nohup`, stays ignored."""
        known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in known}
        handled = [number for number in known if before[number] is not signal.SIG_IGN]
        handler = _Handler(self, loop)
        for number in handled:
            signal.signal(number, handler.on_signal)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, before[number])


class _Handler:
    """Passes a signal on to the event loop, which a handler wakes between any two instructions."""

    def __init__(self, stop: Stop, loop: asyncio.AbstractEventLoop) -> None:
        self._stop = stop
        self._loop = loop

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.request)
