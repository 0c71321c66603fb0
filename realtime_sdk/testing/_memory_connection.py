"""A connection without a network: frames in memory, both ways."""

from __future__ import annotations

import asyncio
import random
from collections import deque

import anyio

from .._runtime import clock
from ..errors import ConnectionLost
from ..transports._websocket import PING_INTERVAL, PING_TIMEOUT


class _Direction:
    """Frames in flight in one direction."""

    def __init__(self, latency: float, jitter: float, seed: int) -> None:
        self._latency = latency
        self._jitter = jitter
        self._random = random.Random(seed)
        self._last_arrival = 0.0  # loop time at which the last frame arrives
        self._frames: deque[tuple[float, str | bytes]] = deque()  # each with the loop time at which it arrives
        self._changed = anyio.Event()  # set at the next frame, or at the end
        self._end: ConnectionLost | None = None  # None: it is open
        self._stalled = False  # frames go nowhere

    def put(self, frame: str | bytes) -> None:
        if self._end is not None:
            raise _copy(self._end)
        if self._stalled:
            return
        # A connection keeps the order: a frame that catches up arrives together with the one before it.
        in_flight = max(0.0, self._latency + self._random.uniform(-self._jitter, self._jitter))
        self._last_arrival = max(self._last_arrival, clock.now() + in_flight)
        self._frames.append((self._last_arrival, frame))
        self._changed.set()

    async def get(self) -> str | bytes:
        while True:
            while not self._frames:
                if self._end is not None:
                    raise _copy(self._end)
                self._changed = anyio.Event()
                await self._changed.wait()
            await anyio.sleep(max(0.0, self._frames[0][0] - clock.now()))
            if self._frames:  # else the connection was aborted in the meantime
                return self._frames.popleft()[1]

    def end(self, lost: ConnectionLost, *, abort: bool) -> None:
        """Accept no further frame; frames in flight arrive, unless `abort`."""
        self._end = self._end or lost
        if abort:
            self._frames.clear()
        self._changed.set()

    def stall(self) -> None:
        """Let no further frame arrive, nor those in flight."""
        self._stalled = True
        self._frames.clear()


class MemoryConnection:
    """Both directions of a connection.

    latency: seconds that a frame is in flight. jitter: seconds more or less, random with a fixed seed.
    """

    def __init__(self, latency: float = 0.0, jitter: float = 0.0) -> None:
        self.up = _Direction(latency, jitter, seed=1)  # to the server
        self.down = _Direction(latency, jitter, seed=2)  # to the client
        self._keepalive: asyncio.TimerHandle | None = None  # ends a silent connection; None: it is not silent

    def end(self, message: str, code: int | None = None, reason: str = "", *, abort: bool = False) -> None:
        """End it for both sides; harmless if repeated."""
        lost = ConnectionLost(message, code=code, reason=reason)
        self.up.end(lost, abort=abort)
        self.down.end(lost, abort=abort)
        if self._keepalive is not None:
            self._keepalive.cancel()

    def stall(self) -> None:
        """Fall silent in both directions; the client's keepalive gives the connection up, as that of a WebSocket."""
        if self._keepalive is None:
            self.up.stall()
            self.down.stall()
            patience = PING_INTERVAL + PING_TIMEOUT
            self._keepalive = asyncio.get_running_loop().call_later(patience, self._give_up)

    def _give_up(self) -> None:
        reason = f"the fake server has answered no ping for {PING_TIMEOUT:g} s: it hangs, or the network does"
        self.end(f"this side closed the connection: {reason}", 1011, reason)


class ClientEnd:
    """The client's end of a connection: a `Transport`."""

    def __init__(self, connection: MemoryConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        """Send a frame."""
        self._connection.up.put(text)

    async def receive(self) -> bytes | str:
        """Wait for the next frame."""
        return await self._connection.down.get()

    async def close(self) -> None:
        """Close the connection."""
        self._connection.end("this side closed the connection", 1000)


class ServerEnd:
    """The server's end of a connection: a `Channel`."""

    def __init__(self, connection: MemoryConnection) -> None:
        self._connection = connection

    async def send(self, frame: str | bytes) -> None:
        """Send a frame."""
        self._connection.down.put(frame)

    async def receive(self) -> str | bytes:
        """Wait for the next frame."""
        return await self._connection.up.get()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection."""
        self._connection.end(f"the fake server closed the connection: {code} {reason}".rstrip(), code, reason)

    def abort(self) -> None:
        """Break it: frames in flight are lost."""
        self._connection.end("the connection to the fake server broke off", abort=True)

    def cut(self) -> None:
        """End it without a close: frames in flight arrive."""
        self._connection.end("the connection to the fake server broke off")

    def stall(self) -> None:
        """Fall silent: it stays open, and carries nothing."""
        self._connection.stall()


def _copy(lost: ConnectionLost) -> ConnectionLost:
    """Copy an exception: one that is raised twice would grow its traceback."""
    return ConnectionLost(str(lost), code=lost.code, reason=lost.reason)
