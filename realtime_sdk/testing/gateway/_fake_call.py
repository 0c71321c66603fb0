"""A call of a telephone gateway: it plays in real time, on the loop's clock, what it is sent."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self

import anyio
import numpy as np

from ..._runtime import clock
from ..._runtime.arguments import check_duration, shown
from ...audio._pcm import SILENCE, Pcm, check_pcm, joined, to_bytes, to_frames
from ...errors import UsageError
from ._buffer import GatewayBuffer
from ._sides import SIDES, GatewayName, Mark, Message

TICK_SECONDS: Final = 0.02
"""Seconds of audio that a gateway plays, and sends, at a time."""

KEYS: Final = "0123456789*#ABCD"
"""The keys of a telephone, with those that few have."""

_numbers = itertools.count(1)  # of streams


class ClientSocket(Protocol):
    """The client's end of a WebSocket, such as a connection of the package `websockets`."""

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Iterate over the messages; it ends when the socket is closed."""
        ...

    async def send(self, message: str | bytes, /) -> None:
        """Send a message."""
        ...

    async def close(self) -> None:
        """Close the socket."""
        ...


class InFlight:
    """Messages on their way in one direction, each for `latency` seconds."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._messages: asyncio.Queue[tuple[float, Message]] = asyncio.Queue()  # each with the time of its arrival

    def put(self, message: Message) -> None:
        """Send a message."""
        self._messages.put_nowait((clock.now() + self._latency, message))

    async def get(self) -> Message:
        """Wait until the next message arrives."""
        due, message = await self._messages.get()
        await anyio.sleep_until(due)
        return message

    def delivered(self) -> None:
        """The far side has taken the last message that arrived."""
        self._messages.task_done()

    async def wait_until_delivered(self) -> None:
        """Wait until the far side has taken all messages."""
        await self._messages.join()


class FakeCall:
    """A call of a `FakeGateway`; made by hand, over any socket to a bridge, on the loop's clock.

    Audio passes in ticks of 20 ms: each time the caller is sent what is next in the buffer, and the bridge is sent what
    the caller said, or silence. A mark comes back when the audio before it was played; Twilio's and Telnyx's also when
    the buffer is cleared.

    socket: the client's end, such as a connection of the package `websockets`; it stays open.

    Raises:
        UsageError: an unknown dialect, or a negative latency.
    """

    def __init__(
        self, socket: ClientSocket, dialect: GatewayName = "twilio", *, parameters: Mapping[str, str] | None = None,
        latency: float = 0.0, marks: bool = True,
    ) -> None:  # fmt: skip
        check_options(dialect, latency)
        self._side = SIDES[dialect](f"MZ{next(_numbers):032x}")
        self._format = self._side.format
        self.rate: int = self._format.rate  # Hz, of `say` and `heard`
        self._socket = socket
        self._parameters = dict(parameters or {})
        self._marks = marks
        self._buffer = GatewayBuffer(self._format, returns_cleared_marks=self._side.returns_cleared_marks)
        self._said = SILENCE  # to be sent
        self._to_bridge = InFlight(latency)
        self._from_bridge = InFlight(latency)
        self._hung_up = False  # by the caller: nothing is sent after that
        self._ticked = asyncio.Event()  # replaced at every tick
        self._ended = asyncio.Event()  # set when either side has ended the call
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def heard(self) -> Pcm:
        """What the caller has heard of the bridge, int16 mono at `rate`, without the silences between."""
        return self._buffer.heard

    @property
    def heard_seconds(self) -> float:
        """Seconds of it."""
        return self._buffer.heard_seconds

    @property
    def cleared(self) -> int:
        """Times that the bridge has cleared the buffer."""
        return self._buffer.cleared

    def say(self, pcm: Pcm) -> None:
        """The caller speaks, now or once the speech so far is over. pcm: int16 mono at `rate`.

        Raises:
            UsageError: it is something else.
        """
        check_pcm(pcm)
        self._said = joined([self._said, pcm])

    def press(self, digits: str) -> None:
        """The caller presses keys, one after the other.

        Raises:
            UsageError: there is no such key.
        """
        if not isinstance(digits, str) or not set(digits) <= set(KEYS):
            raise UsageError(f"a telephone's keys are {KEYS}, not {shown(digits)}")
        for digit in digits:
            self._send(self._side.digit(digit))

    async def wait_until_heard(self, seconds: float, *, timeout: float = 60.0) -> None:
        """Wait until the caller has heard this much in all.

        Raises:
            AssertionError: the call ended before.
            TimeoutError: nothing more was heard for `timeout` seconds.
        """
        check_duration("seconds", seconds)
        while self.heard_seconds < seconds:
            so_far = f"the caller has heard {self.heard_seconds:.2f} of {seconds:g} s"
            await self._until(partial(self._has_heard_more_than, self._buffer.heard_frames), timeout, so_far)

    async def wait_until_cleared(self, times: int = 1, *, timeout: float = 60.0) -> None:
        """Wait until the buffer was cleared this often in all.

        Raises:
            AssertionError: the call ended before.
            TimeoutError: it was not within `timeout` seconds.
        """
        await self._until(lambda: self.cleared >= times, timeout, f"the buffer was not cleared {times} times in all")

    async def wait_closed(self, *, timeout: float = 60.0) -> None:
        """Wait until either side has ended the call.

        Raises:
            TimeoutError: neither has within `timeout` seconds.
        """
        await self._until(self._ended.is_set, timeout, "neither side has ended the call")

    async def hang_up(self) -> None:
        """The caller hangs up: the gateway reports it, and sends nothing more; the socket is left open."""
        if not self._ended.is_set() and not self._hung_up:
            self._hung_up = True
            if (stop := self._side.stop()) is not None:
                self._send(stop)
            await self._to_bridge.wait_until_delivered()
        self._end()

    async def drop(self) -> None:
        """The socket is lost, without a word."""
        self._hung_up = True
        await self._socket.close()
        self._end()

    async def __aenter__(self) -> Self:
        """Begin the stream."""
        for message in self._side.begin(self._parameters):
            self._send(message)
        steps = {"receive": self._receive, "obey": self._obey, "deliver": self._deliver, "tick": self._tick}
        self._tasks = [asyncio.create_task(step(), name=f"{name} of a fake call") for name, step in steps.items()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hang up."""
        await self.hang_up()
        for task in self._tasks:
            task.cancel()
        for end in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(end, AssertionError):  # a message that the gateway would not take
                raise end

    async def _until(self, is_reached: Callable[[], bool], timeout: float, so_far: str) -> None:
        check_duration("timeout", timeout)
        try:
            async with asyncio.timeout(timeout):
                while not is_reached():
                    if self._ended.is_set():
                        raise AssertionError(f"the call has ended: {so_far}")
                    await self._ticked.wait()
        except TimeoutError:
            raise TimeoutError(f"after {timeout:g} s: {so_far}") from None

    def _has_heard_more_than(self, frames: int) -> bool:
        return self._buffer.heard_frames > frames

    async def _receive(self) -> None:
        try:
            async for message in self._socket:
                self._from_bridge.put(message)
        finally:
            self._end()

    async def _obey(self) -> None:
        try:
            while True:
                self._return_marks(self._buffer.follow(self._side.read(await self._from_bridge.get())))
        finally:
            self._end()

    async def _tick(self) -> None:
        due = clock.now()
        while not self._hung_up:
            due += TICK_SECONDS
            await anyio.sleep_until(due)
            self._return_marks(self._buffer.play(self._tick_frames))
            if not self._hung_up:
                self._capture()
            self._ticked.set()
            self._ticked = asyncio.Event()

    def _return_marks(self, marks: list[Mark]) -> None:
        if self._marks:
            for mark in marks:
                self._send(self._side.mark(mark.name))

    def _capture(self) -> None:
        frames = self._tick_frames
        said, self._said = self._said[:frames], self._said[frames:]
        pcm = np.pad(said, (0, frames - len(said)))
        self._send(self._side.audio(self._format.encode(to_bytes(pcm))))

    @property
    def _tick_frames(self) -> int:
        return to_frames(TICK_SECONDS, self.rate)

    def _send(self, message: Message) -> None:
        self._to_bridge.put(message)

    async def _deliver(self) -> None:
        while True:
            message = await self._to_bridge.get()
            with suppress(Exception):  # the bridge has closed the socket: `_receive` ends the call
                await self._socket.send(message)
            self._to_bridge.delivered()

    def _end(self) -> None:
        self._ended.set()
        self._ticked.set()


def check_options(dialect: object, latency: float) -> None:
    """Refuse an unknown dialect, or a latency that is none.

    Raises:
        UsageError: it is one of these.

    """
    check_duration("latency", latency)
    if dialect not in SIDES:
        raise UsageError(f"a fake gateway's dialect is one of {', '.join(SIDES)}, not {shown(dialect)}")
