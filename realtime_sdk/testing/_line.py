"""A connection without a network: frames in memory, both ways."""

from __future__ import annotations

import random
from collections import deque

import anyio

from .._runtime import clock
from ..errors import ConnectionLost


class _Way:
    """Frames on their way in one direction."""

    def __init__(self, latency: float, jitter: float, seed: int) -> None:
        self._latency = latency
        self._jitter = jitter
        self._dice = random.Random(seed)
        self._last = 0.0  # loop time at which the last frame arrives
        self._frames: deque[tuple[float, str | bytes]] = deque()  # each with the loop time at which it arrives
        self._news = anyio.Event()  # set at the next frame, or at the end
        self._end: ConnectionLost | None = None  # None: it is open

    def put(self, frame: str | bytes) -> None:
        if self._end is not None:
            raise _again(self._end)
        # A connection keeps the order: what is fast arrives with what it has caught up with.
        on_its_way = max(0.0, self._latency + self._dice.uniform(-self._jitter, self._jitter))
        self._last = max(self._last, clock.now() + on_its_way)
        self._frames.append((self._last, frame))
        self._news.set()

    async def get(self) -> str | bytes:
        while True:
            while not self._frames:
                if self._end is not None:
                    raise _again(self._end)
                self._news = anyio.Event()
                await self._news.wait()
            await anyio.sleep(max(0.0, self._frames[0][0] - clock.now()))
            if self._frames:  # else the line broke in the meantime
                return self._frames.popleft()[1]

    def end(self, lost: ConnectionLost, *, at_once: bool) -> None:
        """Let nothing more in; what is on its way arrives, unless `at_once`."""
        self._end = self._end or lost
        if at_once:
            self._frames.clear()
        self._news.set()


class Line:
    """Both ways, and their end. latency: seconds that a frame takes; jitter: how many more or less, by a fixed dice."""

    def __init__(self, latency: float = 0.0, jitter: float = 0.0) -> None:
        self.up = _Way(latency, jitter, seed=1)  # to the server
        self.down = _Way(latency, jitter, seed=2)  # to the client

    def end(self, message: str, code: int | None = None, reason: str = "", *, at_once: bool = False) -> None:
        """End it for both sides; harmless if repeated."""
        lost = ConnectionLost(message, code=code, reason=reason)
        self.up.end(lost, at_once=at_once)
        self.down.end(lost, at_once=at_once)


class ClientEnd:
    """The client's end of a line: a `Transport`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, text: str) -> None:
        """Send a frame."""
        self._line.up.put(text)

    async def receive(self) -> bytes | str:
        """Wait for the next frame."""
        return await self._line.down.get()

    async def close(self) -> None:
        """Hang up."""
        self._line.end("this side closed the connection", 1000)


class ServerEnd:
    """The server's end of a line: a `Channel`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, frame: str | bytes) -> None:
        """Send a frame."""
        self._line.down.put(frame)

    async def receive(self) -> str | bytes:
        """Wait for the next frame."""
        return await self._line.up.get()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Hang up."""
        self._line.end(f"the fake server closed the connection: {code} {reason}".rstrip(), code, reason)

    def break_off(self) -> None:
        """Let it break: what is on its way is lost."""
        self._line.end("the connection to the fake server broke off", at_once=True)


def _again(lost: ConnectionLost) -> ConnectionLost:
    """Give a new exception of the same meaning: one that is raised twice would grow its traceback."""
    return ConnectionLost(str(lost), code=lost.code, reason=lost.reason)
