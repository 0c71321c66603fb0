"""The device that knows the truth, and the frame in which a client runs; needs nothing but Python.

A client runs in a process of its own: `python CLIENT.py URL SECONDS`. It talks to the server at URL and plays what
comes. Once its device has played SECONDS of sound, it prints a line; when its input ends, it prints what was heard.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version

RATE = 24_000
"""Frames a second; a frame is one int16 sample."""

FRAME_BYTES = 2

LOOK = 0.002
"""Seconds between two looks at the device."""


class Device:
    """Plays 24 kHz sound by the clock, without a gap while there is some, and keeps every frame that it has played."""

    def __init__(self) -> None:
        self._began_at = time.monotonic()
        self._elapsed = 0  # frames that the clock has moved on by since then
        self._queue = bytearray()
        self._heard = bytearray()

    @property
    def heard(self) -> bytes:
        """What it has played, silences left out."""
        self._advance()
        return bytes(self._heard)

    @property
    def played(self) -> int:
        """Frames that it has played."""
        self._advance()
        return len(self._heard) // FRAME_BYTES

    @property
    def queued(self) -> int:
        """Frames that it is going to play."""
        self._advance()
        return len(self._queue) // FRAME_BYTES

    @property
    def end(self) -> int:
        """How many frames it will have played once it has played all."""
        return self.played + self.queued

    def play(self, pcm: bytes) -> None:
        """Play this behind all that waits."""
        self._advance()
        self._queue += pcm

    def clear(self) -> None:
        """Fall silent at once, and drop what waits."""
        self._advance()
        self._queue.clear()

    async def has_played(self, frames: int) -> None:
        """Wait until so many frames were played."""
        while self.played < frames:  # noqa: ASYNC110  # the clock alone moves the count
            await asyncio.sleep(LOOK)

    def _advance(self) -> None:
        now = int((time.monotonic() - self._began_at) * RATE)
        due = (now - self._elapsed) * FRAME_BYTES
        self._elapsed = now
        self._heard += self._queue[:due]
        del self._queue[:due]


def run(package: str, talk: Callable[[str, Device], Awaitable[None]]) -> None:
    """Let a client of `package` talk to the server at the address on the command line until the input ends."""
    with contextlib.redirect_stdout(sys.stderr):  # a client may print; standard output is for the benchmark
        asyncio.run(_talk(package, talk, sys.argv[1], round(float(sys.argv[2]) * RATE)))


async def _talk(package: str, talk: Callable[[str, Device], Awaitable[None]], url: str, frames: int) -> None:
    device = Device()
    tasks = [asyncio.ensure_future(talk(url, device)), asyncio.ensure_future(_tell(device, frames))]
    over = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
    while not over.done():
        await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in tasks if task.done()]:
            tasks.remove(task)
            await task  # a client that has failed fails the process
    _print({"version": version(package), "heard": base64.b64encode(device.heard).decode()})
    os._exit(0)  # how a client cleans up is not measured here


async def _tell(device: Device, frames: int) -> None:
    await device.has_played(frames)
    _print({"played": frames})


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line), file=sys.__stdout__, flush=True)
