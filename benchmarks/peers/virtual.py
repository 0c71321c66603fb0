"""A clock that jumps to the next timer, and the frame in which a way to show captions runs; needs nothing but Python.

Standard input: `[{"seconds": …, "arrivals": [[seconds after the first sound, {"text": …} or {"audio": base64}], …]},
…]`; standard output: for each the `[position, text]` that were shown. A device begins with the first sound and never
stops.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import selectors
import sys
import time
from collections.abc import Callable
from typing import Any

RATE = 24_000
FRAME_BYTES = 2
AFTERMATH = 1.0
"""Seconds after the end in which text may still be shown."""


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type,unused-ignore]
    """Moves the clock instead of waiting; only where another thread is waited for, time passes."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0.2 if timeout is None else 0)
        if not ready and timeout:
            self.now += max(0.0, timeout)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _Selector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class Device:
    """Plays by the clock from the first sound on."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.pushed = 0.0  # seconds

    def push(self, seconds: float) -> None:
        """Play so much more."""
        if self.began is None:
            self.began = time.monotonic()
        self.pushed += seconds


class Captions:
    """What a way to show captions offers: `show` is to be called with what is shown next."""

    def __init__(self, show: Callable[[str], None], device: Device) -> None:
        self.show, self.device = show, device

    async def start(self) -> None:
        """Get ready."""

    async def text(self, delta: str) -> None:
        """Take text."""

    async def audio(self, pcm: bytes) -> None:
        """Take sound, and have the device play it."""

    async def end(self) -> None:
        """All has come."""

    async def played(self) -> None:
        """All was played."""

    async def close(self) -> None:
        """Let go."""


async def _show(way: type[Captions], clip: dict[str, Any]) -> list[tuple[float, str]]:
    device, shown = Device(), []
    captions = way(lambda text: shown.append((time.monotonic(), text)), device)
    await captions.start()
    began = time.monotonic()
    for at, piece in clip["arrivals"]:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        if "text" in piece:
            await captions.text(piece["text"])
        else:
            await captions.audio(base64.b64decode(piece["audio"]))
        await asyncio.sleep(0)
    await captions.end()
    while device.began is None:  # noqa: ASYNC110  # the clock alone is waited for
        await asyncio.sleep(0.01)
    await asyncio.sleep(max(0.0, device.began + clip["seconds"] - time.monotonic()))
    await captions.played()
    await asyncio.sleep(AFTERMATH)
    await captions.close()
    return [(at - device.began, text) for at, text in shown]


def run(way: type[Captions]) -> None:
    """Show the clips of standard input."""
    told = []
    with contextlib.redirect_stdout(sys.stderr):  # what is used may print; standard output is for the benchmark
        for clip in json.load(sys.stdin):
            loop = _Loop()
            asyncio.set_event_loop(loop)
            wall = time.time()
            real = time.time, time.monotonic, time.perf_counter
            time.monotonic = time.perf_counter = loop.time
            time.time = lambda loop=loop, wall=wall: wall + loop.time()  # type: ignore[misc]
            try:
                told.append(loop.run_until_complete(_show(way, clip)))
            finally:
                time.time, time.monotonic, time.perf_counter = real
                for task in asyncio.all_tasks(loop):
                    task.cancel()
                loop.run_until_complete(asyncio.sleep(0))
    print(json.dumps(told))
