"""A line: a speaker and a microphone at the other end of a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self, assert_never

from .._runtime import clock
from .._runtime.arguments import check_seconds, shown
from .._runtime.text import describe
from ..audio._formats import AudioFormat
from ..conversation._sdk_events import Disconnected
from ..devices._protocols import InputDevice, OutputDevice
from ..errors import DeviceError, UsageError
from ._dialect import (
    Audio,
    DigitPressed,
    FramesPlayed,
    LineDialect,
    LineEvent,
    MalformedMessage,
    MarkReached,
    Message,
    Started,
    Stopped,
)
from ._dialect_names import DialectName, dialect_of
from ._ignored import IgnoredMessages
from ._ordering import Ordering
from ._outbox import Outbox
from ._playback import LineTiming
from ._socket import LineSocket, as_message_socket
from ._stream import LineStream

START_LIMIT: Final = 10.0
"""Seconds within which the far side says that the stream starts."""

SEND_LIMIT: Final = 10.0
"""Seconds within which the socket takes a message; a line on which it does not has ended."""

LARGEST_MESSAGE: Final = 1 << 18
"""Characters or bytes of the largest message that is read: more than a second of audio at any rate."""

KEYS: Final = frozenset("0123456789*#ABCD")
"""The keys of a telephone: a stranger's gateway may name others, and an application may hand a key to its model."""

UNREAD_DIGITS: Final = 100
"""Keys that wait for `digits`."""


class EventSource(Protocol):
    """A session, as far as its end goes."""

    def events(self, kind: type[Disconnected], /) -> AsyncIterator[Disconnected]:
        """Iterate over its events of a kind; they end with it."""
        ...


class MediaStreamLine:
    """A telephone call as a microphone and a speaker, or any other far side that acknowledges what it has played.

    ```python
    async with MediaStreamLine(websocket, "twilio") as line:
        async with connect(microphone=line.microphone, speaker=line.speaker) as session:
            await line.carry(session)
    ```

    Entered, it waits for the far side's start. Left, it sends no more; the socket is the application's to close. Audio
    is converted between the session's rate and the line's. A message that can't be read, of a wrong size or too many
    at once, is logged (`realtime_sdk.lines`, a warning for the first of its kind), and the call goes on.

    socket: an accepted `WebSocket` of FastAPI or Starlette, a connection of the package `websockets`, or an object with
        `async for message in socket` and `await socket.send(message)`. The line is its only reader.
    dialect: what the far side speaks: a name, or an object of your own.
    packet: seconds of audio in a message. Where marks are asked for, one follows each, so that positions are exact to
        this, and a barge-in cuts to it.
    ahead: seconds of audio that the far side is sent before it has played them.
    patience: seconds by which a mark may be overdue; its audio counts as heard then, and the mark as lost.

    Raises:
        UsageError: an argument is none of these.
        DeviceError: on entering, the far side does not start within 10 s, or closes the socket before.
    """

    def __init__(
        self,
        socket: LineSocket,
        dialect: DialectName | LineDialect,
        *,
        packet: float = 0.02,
        ahead: float = 1.0,
        patience: float = 2.0,
    ) -> None:
        check_seconds("packet", packet)
        check_seconds("ahead", ahead)
        check_seconds("patience", patience)
        if ahead < 2 * packet:
            raise UsageError(f"ahead ({ahead:g} s) is at least twice as long as packet ({packet:g} s)")
        self._socket = as_message_socket(socket)
        self._dialect = dialect_of(dialect)
        self._timing = LineTiming(packet, ahead, patience)
        self._wake = asyncio.Event()  # set when there is something to send
        self._outbox = Outbox(self._wake.set)
        self._stream: LineStream | None = None  # None until the far side has started it
        self._ordering = Ordering()  # of the audio that comes in
        self._digits: asyncio.Queue[str | None] = asyncio.Queue()
        self._ignored = IgnoredMessages()
        self._started = asyncio.Event()
        self._closed = asyncio.Event()
        self._reason = ""  # why it has ended
        self._came = 0  # messages
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def speaker(self) -> OutputDevice:
        """The far side's loudspeaker: `connect(speaker=…)` takes it."""
        return self._started_stream.speaker

    @property
    def microphone(self) -> InputDevice:
        """The far side's microphone: `connect(microphone=…)` takes it."""
        return self._started_stream.microphone

    @property
    def call(self) -> Mapping[str, Any]:
        """What the far side said of the call when it started: its ids and parameters, named as it names them."""
        return self._started_stream.start.call

    @property
    def formats(self) -> tuple[AudioFormat, AudioFormat]:
        """The formats on the line: of what the far side sends, and of what it plays."""
        start = self._started_stream.start
        return start.input, start.output

    async def carry(self, session: EventSource) -> str:
        """Wait until the call ends, or the session does and was heard to its end; return which, in words.

        session: of `connect`, or any that has `events()`.
        """
        session_ended = asyncio.create_task(_read_all(session.events(Disconnected)), name="the end of a session")
        closed = asyncio.create_task(self._closed.wait(), name="the end of a line")
        try:
            await asyncio.wait([session_ended, closed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            session_ended.cancel()
            closed.cancel()
        return self._reason or "the session has ended"

    async def wait_closed(self) -> str:
        """Wait until the far side has hung up or the socket is lost; return which, in words."""
        await self._closed.wait()
        return self._reason

    async def digits(self) -> AsyncIterator[str]:
        """Iterate over the keys that the caller presses, each one of `0123456789*#ABCD`; it ends with the call."""
        while (digit := await self._digits.get()) is not None:
            yield digit
        self._digits.put_nowait(None)  # for the next iteration

    async def __aenter__(self) -> Self:
        """Wait for the far side's start."""
        if self._tasks:
            raise UsageError("a line is entered once: make another MediaStreamLine for another socket")
        self._tasks = [
            asyncio.create_task(self._receive(), name="receive from a line"),
            asyncio.create_task(self._send(), name="send to a line"),
        ]
        try:
            async with asyncio.timeout(START_LIMIT):
                await self._started.wait()
        except TimeoutError:
            self._end(
                f"the far side did not start the stream within {START_LIMIT:g} s. Of its {self._came} messages none is "
                f"a start for {type(self._dialect).__name__}: check the dialect, and that nothing else reads the socket"
            )
        except BaseException:
            await self._stop()
            raise
        if self._stream is None:
            await self._stop()
            raise DeviceError(f"there is no line: {self._reason}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Send no more."""
        self._end("it was left on this side")
        await self._stop()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._ignored.log_counts()

    async def _receive(self) -> None:
        try:
            async for message in self._socket:
                self._take(message)
                if self._closed.is_set():
                    return
        except Exception as error:
            self._end(f"the socket was lost: {describe(error)}")
        else:
            self._end("the far side closed the socket")

    async def _send(self) -> None:
        try:
            while not self._closed.is_set():
                await self._wake.wait()
                self._wake.clear()
                while (outgoing := self._outbox.take()) is not None:
                    async with asyncio.timeout(SEND_LIMIT):
                        await self._socket.send(outgoing.message)
                    self._outbox.sent(outgoing, clock.now())
        except TimeoutError:
            self._end(f"the socket took nothing for {SEND_LIMIT:g} s")
        except Exception as error:
            self._end(f"the socket was lost: {describe(error)}")

    def _take(self, message: Message) -> None:
        """Handle a message; one that can't be read is logged."""
        self._came += 1
        if len(message) > LARGEST_MESSAGE:
            detail = f"it has {len(message)} bytes, and at most {LARGEST_MESSAGE} are read"
            self._ignored.add("it was too large", detail)
            return
        try:
            if (event := self._dialect.decode(message)) is not None:
                self._on_event(event)
        except MalformedMessage as error:
            self._ignored.add("it could not be read", str(error))
        except Exception as error:  # of a dialect of the application's, or a bug here
            self._ignored.add("it could not be handled", describe(error))

    def _on_event(self, event: LineEvent) -> None:
        match event:
            case Started():
                self._begin(event)
            case Stopped():
                self._end("the far side hung up")
            case DigitPressed(digit):
                self._press(digit)
            case Audio(payload, number):
                for piece in self._ordering.push(number, payload):
                    self._capture(piece)
            case MarkReached(name):
                if self._stream is not None:
                    self._stream.mark_reached(name)
            case FramesPlayed(clear, frames):
                if self._stream is not None:
                    self._stream.frames_played(clear, frames)
            case _:
                assert_never(event)

    def _begin(self, start: Started) -> None:
        if self._stream is not None:
            self._ignored.add("it started the stream again", "a line has one stream")
            return
        self._stream = LineStream(
            self._dialect, start, outbox=self._outbox, timing=self._timing, ignored=self._ignored
        )
        self._started.set()

    def _press(self, digit: str) -> None:
        if digit not in KEYS:
            self._ignored.add("it named no key", f"a key is one of 0 to 9, * and #, and A to D, not {shown(digit)}")
        elif self._digits.qsize() < UNREAD_DIGITS:
            self._digits.put_nowait(digit)
        else:
            self._ignored.add("it came too fast", f"{UNREAD_DIGITS} keys wait to be read")

    def _capture(self, payload: bytes) -> None:
        if self._stream is None:
            self._ignored.add("it came before the start", "audio without a stream")
        else:
            self._stream.capture(payload)

    @property
    def _started_stream(self) -> LineStream:
        if self._stream is None:
            raise UsageError("a line has no call yet: use it within `async with MediaStreamLine(…) as line`")
        return self._stream

    def _end(self, reason: str) -> None:
        if self._closed.is_set():
            return
        self._reason = reason
        if self._stream is not None:
            self._stream.end(reason)
        self._digits.put_nowait(None)
        self._closed.set()
        self._started.set()
        self._wake.set()


async def _read_all(events: AsyncIterator[Any]) -> None:
    async for _ in events:
        pass
