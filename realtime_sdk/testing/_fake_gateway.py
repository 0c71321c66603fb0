"""A telephone gateway whose callers are scripted: it plays in real time, on the loop's clock, what it is sent."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Final, Protocol, Self

import anyio
import numpy as np

from .._runtime import clock
from .._runtime.arguments import check_duration
from ..audio._formats import G711_RATE, AudioFormat
from ..audio._pcm import Pcm, check_pcm, from_bytes, joined, to_bytes, to_frames
from ._asgi_socket import AsgiApp, AsgiClientSocket

TICK_SECONDS: Final = 0.02
"""Seconds of audio that a gateway plays, and sends, at a time."""

ACCOUNT: Final = "AC" + 32 * "0"
"""The account whose calls these are."""

_PCMU: Final = AudioFormat("audio/pcmu", G711_RATE)
_TICK_FRAMES: Final = to_frames(TICK_SECONDS, G711_RATE)
_numbers = itertools.count(1)  # of streams


class ClientSocket(Protocol):
    """The client's end of a WebSocket, such as a connection of the package `websockets`."""

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Iterate over the messages; it ends when the socket is closed."""
        ...

    async def send(self, message: str, /) -> None:
        """Send a message."""
        ...

    async def close(self) -> None:
        """Close the socket."""
        ...


class FakeGateway:
    """A gateway that speaks Twilio's media streams, in place of a telephone network, for tests of a bridge.

    ```python
    async with FakeGateway(app).call("/media") as call:
        await call.wait_until_heard(2.0)
        call.say(pcm)
    ```

    app: an ASGI application, such as FastAPI's; it is called in this process, so that it also runs on the virtual
        clock. Its lifespan does not run.
    latency: seconds that a message takes, in either direction.
    marks: whether it returns marks.
    """

    def __init__(self, app: AsgiApp, *, latency: float = 0.0, marks: bool = True) -> None:
        self._app = app
        self._latency = latency
        self._marks = marks

    @asynccontextmanager
    async def call(
        self, path: str = "/media", *, parameters: Mapping[str, str] | None = None
    ) -> AsyncGenerator[FakeCall]:
        """Call the application, and hang up at the end, if nobody has; there may be any number of calls at a time.

        path: of its WebSocket.
        parameters: the `customParameters` of the stream.

        Raises:
            ConnectionFailed: the application refused the call.
            Exception: at its end, what the application raised in this call.
        """
        socket = AsgiClientSocket(self._app, path)
        await socket.connect()
        call = FakeCall(socket, parameters=parameters, latency=self._latency, marks=self._marks)
        try:
            async with call:
                yield call
        finally:
            await socket.close()


class FakeCall:
    """A call of a `FakeGateway`; made by hand, over any socket to a bridge, on the loop's clock.

    Audio is μ-law at 8 kHz, and passes in ticks of 20 ms: each time the caller is sent what is next in the buffer, and
    the bridge is sent what the caller said, or silence. A mark comes back when the audio before it was played, and all
    of them when the buffer is cleared.

    socket: the client's end, such as a connection of the package `websockets`; it stays open.
    """

    def __init__(
        self, socket: ClientSocket, *, parameters: Mapping[str, str] | None = None, latency: float = 0.0,
        marks: bool = True,
    ) -> None:  # fmt: skip
        check_duration("latency", latency)
        self.stream_sid: str = f"MZ{next(_numbers):032x}"
        self.cleared: int = 0  # times the buffer was cleared
        self._socket = socket
        self._parameters = dict(parameters or {})
        self._latency = latency
        self._marks = marks
        self._buffer: deque[bytes | str] = deque()  # μ-law to be played, and names of marks
        self._heard: list[Pcm] = []
        self._heard_frames = 0
        self._said: deque[Pcm] = deque()  # to be sent
        self._on_its_way: asyncio.Queue[tuple[float, Mapping[str, Any]]] = asyncio.Queue()  # to the bridge; due when
        self._received: asyncio.Queue[tuple[float, Mapping[str, Any]]] = asyncio.Queue()  # from it; due when
        self._sequence = itertools.count(1)
        self._hung_up = False  # by the caller: nothing is sent after that
        self._ticked = asyncio.Event()  # replaced at every tick
        self._ended = asyncio.Event()  # set when either side has ended the call
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def heard(self) -> Pcm:
        """What the caller has heard of the bridge, int16 at 8 kHz, without the silences between."""
        return joined(self._heard)

    @property
    def heard_seconds(self) -> float:
        """Seconds of it."""
        return self._heard_frames / G711_RATE

    def say(self, pcm: Pcm) -> None:
        """The caller speaks, now or once the speech so far is over. pcm: int16 mono at 8 kHz.

        Raises:
            UsageError: it is something else.
        """
        check_pcm(pcm)
        self._said.append(pcm)

    def press(self, digits: str) -> None:
        """The caller presses keys, one after the other."""
        for digit in digits:
            self._send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def wait_until_heard(self, seconds: float) -> None:
        """Wait until the caller has heard this much in all, or the call has ended."""
        while self.heard_seconds < seconds and not self._ended.is_set():
            await self._ticked.wait()

    async def wait_closed(self) -> None:
        """Wait until either side has ended the call."""
        await self._ended.wait()

    async def hang_up(self) -> None:
        """The caller hangs up: the bridge is told, and hears nothing more; the socket is left open."""
        if not self._ended.is_set() and not self._hung_up:
            self._hung_up = True
            self._send("stop", stop={"accountSid": ACCOUNT, "callSid": self.stream_sid})
            await self._on_its_way.join()
        self._end()

    async def drop(self) -> None:
        """The socket is lost, without a word."""
        self._hung_up = True
        await self._socket.close()
        self._end()

    async def __aenter__(self) -> Self:
        """Begin the stream."""
        self._send_raw({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": ACCOUNT, "callSid": self.stream_sid, "streamSid": self.stream_sid, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": G711_RATE, "channels": 1},
            "customParameters": self._parameters,
        }  # fmt: skip
        self._send("start", start=start)
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
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _receive(self) -> None:
        try:
            async for text in self._socket:
                self._received.put_nowait((clock.now() + self._latency, json.loads(text)))
        finally:
            self._end()

    async def _obey(self) -> None:
        while True:
            due, message = await self._received.get()
            await anyio.sleep_until(due)
            self._take(message)

    def _take(self, message: Mapping[str, Any]) -> None:
        match message["event"]:
            case "media":
                self._buffer.append(base64.b64decode(message["media"]["payload"], validate=True))
            case "mark":
                self._buffer.append(message["mark"]["name"])
                self._return_marks()
            case "clear":
                self.cleared += 1
                names = [entry for entry in self._buffer if isinstance(entry, str)]
                self._buffer = deque(names)
                self._return_marks()

    async def _tick(self) -> None:
        due = clock.now()
        while not self._hung_up:
            due += TICK_SECONDS
            await anyio.sleep_until(due)
            self._play()
            if not self._hung_up:
                self._capture()
            self._ticked.set()
            self._ticked = asyncio.Event()

    def _play(self) -> None:
        left = _TICK_FRAMES
        while left and self._buffer:
            audio = self._buffer.popleft()
            assert isinstance(audio, bytes)  # marks at the front were returned
            played, rest = audio[:left], audio[left:]
            left -= len(played)
            self._heard_frames += len(played)
            self._heard.append(from_bytes(_PCMU.decode(played)))
            if rest:
                self._buffer.appendleft(rest)
            self._return_marks()

    def _return_marks(self) -> None:
        while self._buffer and isinstance(name := self._buffer[0], str):
            self._buffer.popleft()
            if self._marks:
                self._send("mark", mark={"name": name})

    def _capture(self) -> None:
        said = joined(list(self._said))
        self._said = deque([said[_TICK_FRAMES:]])
        pcm = np.pad(said[:_TICK_FRAMES], (0, max(0, _TICK_FRAMES - len(said))))
        payload = base64.b64encode(_PCMU.encode(to_bytes(pcm))).decode("ascii")
        self._send("media", media={"track": "inbound", "payload": payload})

    def _send(self, event: str, **fields: Any) -> None:
        number = str(next(self._sequence))
        self._send_raw({"event": event, "sequenceNumber": number, "streamSid": self.stream_sid, **fields})

    def _send_raw(self, message: Mapping[str, Any]) -> None:
        self._on_its_way.put_nowait((clock.now() + self._latency, message))

    async def _deliver(self) -> None:
        while True:
            due, message = await self._on_its_way.get()
            await anyio.sleep_until(due)
            with suppress(Exception):  # the bridge has closed the socket: `_receive` ends the call
                await self._socket.send(json.dumps(message))
            self._on_its_way.task_done()

    def _end(self) -> None:
        self._ended.set()
        self._ticked.set()
