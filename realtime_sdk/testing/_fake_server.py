"""A server that says what a test scripted, and keeps to the rules of the real one."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self, TypeGuard

import anyio
import numpy as np
import pybase64
from anyio.abc import TaskGroup

from .._runtime import clock
from ..audio._formats import AudioFormat
from ..audio._pcm import SILENCE, Pcm, from_bytes, to_frames
from ..audio._session_formats import SERVICE_FORMATS, Formats, formats_of
from ..errors import ConnectionFailed, UsageError
from ..server._backend import SpeechInput
from ..server._connection import LIFETIME, Channel, Connection, Frame
from ..server._ids import CountedIds
from ..server._items import Event, HeldItem
from ..server._rules import ServerSession
from ..server._socket import serve_connections
from ._faults import DoneOrder, Tamper, arrange
from ._memory_connection import ClientEnd, MemoryConnection, ServerEnd
from ._script import Ending, Pause, Reply, ScriptedBackend, ScriptItem, words


class FakeServer:
    """An `Endpoint` in memory, and a server on loopback: the real server's rules with a scripted voice.

        server = FakeServer()
        server.reply(message("I'll check.", phase="commentary"), message("It is noon.", phase="final_answer"))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            ...

    done: when the `*.done` events of a response come. lifetime: seconds until a session expires.
    latency: seconds that a frame takes each way on a connection in memory; jitter: by how many more or less.
    speech_input: gives each connection somebody who hears its sound; left out, `user_speaks` says when the user speaks.
    """

    def __init__(
        self, *, done: DoneOrder = "batched", lifetime: float = LIFETIME, latency: float = 0.0,
        jitter: float = 0.0, speech_input: Callable[[], SpeechInput] | None = None,
    ) -> None:  # fmt: skip
        self.name = "the fake server"  # what messages call this endpoint
        self.received: list[Event] = []  # what clients sent, in order, but for frames that are no JSON objects
        self.sent: list[Event] = []  # what it decided to send, whatever `tamper` made of it
        self.connections: list[FakeConnection] = []  # all that there ever were; the last one is the current one
        self._done: DoneOrder = done
        self._lifetime = lifetime
        self._latency = latency
        self._jitter = jitter
        self._speech_input = speech_input
        self._replies: list[Reply] = []  # not given yet
        self._seeds = itertools.count(1)
        self._ids = CountedIds()  # one for all connections: ids of the last one mean nothing in the next
        self._tampers: list[tuple[str, Tamper]] = []
        self._refusals = 0  # connections still to refuse
        self._news = anyio.Event()  # set when a client event comes, or a connection
        self._tasks: TaskGroup | None = None  # None outside `async with`

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._tasks is not None  # set by __aenter__
        tasks, self._tasks = self._tasks, None
        tasks.cancel_scope.cancel()
        # A task group would wrap what the block raised; a cancellation alone is its business.
        if isinstance(error, anyio.get_cancelled_exc_class()):
            return await tasks.__aexit__(kind, error, trace)
        await tasks.__aexit__(None, None, None)
        return False

    # What it does

    def reply(
        self, *items: ScriptItem, pace: float = math.inf, thinking: float = 0.0, status: Ending = "completed",
        **details: Any,
    ) -> None:
        """Script the next response: one call for each, in order; may be called at any time.

        items: of `message`, `call`, `Pause`, `Raw`, or the pieces that a `Backend` gives: `Message`, `Part`, `Text`, ….
        pace: seconds of sound sent in a second. thinking: seconds before the first item. status: "incomplete" with
        `reason=…`, "failed" with `error={…}`: how it ends.
        """
        self._replies.append(Reply(items, pace, thinking, status, details))

    def tamper(self, pattern: str, tamper: Tamper) -> None:
        """Do something to every event whose type fits `pattern` (as in a shell: `*.delta`) before it is sent."""
        self._tampers.append((pattern, tamper))

    def inject(self, frame: Frame) -> None:
        """Send an event, or a frame as it is, behind all that was sent so far."""
        self._current().emit([frame])

    async def user_speaks(
        self, text: str | None = "", seconds: float = 1.0, *, cancel_after: float = 0.0, transcript_after: float = 0.3
    ) -> None:
        """Let turn detection hear the user speak from now on for `seconds`; return when the turn is committed.

        cancel_after: seconds from the start of speech until the response is cancelled (where the session is set so):
        its deltas go on so long. transcript_after: seconds from the commit until the transcript `text` comes, in the
        middle of the reply; a text of None can't be transcribed.
        """
        connection = self._current()
        session = connection.session
        if session.turn_detection is None:
            raise UsageError("the client has switched turn detection off: nobody would hear the user")
        start = session.input.end
        connection.emit(session.speech_started(start))
        await anyio.sleep(cancel_after)
        connection.emit(session.interrupt())
        await anyio.sleep(seconds - cancel_after)
        if session.input.end == start:  # the client sends no sound
            session.input.append(np.zeros(to_frames(seconds), np.int16))
        connection.emit(session.speech_stopped(session.input.end))
        connection.transcribe_later(text, transcript_after)

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, once all that was sent has arrived."""
        self._current().hang_up(code, reason)

    def break_off(self) -> None:
        """Let the connection break: what is on its way is lost, and nobody says why."""
        self._current().break_off()

    def expire(self) -> None:
        """End the session as the service does after an hour."""
        self._current().expire()

    def refuse_connections(self, count: int = 1) -> None:
        """Refuse the next `count` connections."""
        self._refusals = count

    # What it saw

    @property
    def items(self) -> list[HeldItem]:
        """What the server holds of the current conversation: what the model believes was said."""
        return list(self._current().session.conversation)

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The error objects that it sent."""
        return [event["error"] for event in self.sent if event["type"] == "error"]

    @property
    def sounds(self) -> dict[str, Pcm]:
        """The whole sound of each item that has one, by the item's id, as it was sent: at the rate of its format."""
        pieces: dict[str, list[Pcm]] = {}
        for event in self.sent:
            if event["type"] == "response.output_audio.delta":
                pieces.setdefault(event["item_id"], []).append(_sound(event["delta"], self._formats.output))
        return {item_id: np.concatenate(sound) for item_id, sound in pieces.items()}

    @property
    def heard(self) -> Pcm:
        """All the sound that clients appended, at the rate of its format."""
        format, kind = self._formats.input, "input_audio_buffer.append"
        appended = [_sound(event["audio"], format) for event in self.received if event.get("type") == kind]
        return np.concatenate([SILENCE, *appended])

    async def wait_for(self, kind: str, count: int = 1) -> Event:
        """Wait until `count` client events of a type have come since the server was made; give the last of them."""
        while len(events := [event for event in self.received if event.get("type") == kind]) < count:
            self._news = anyio.Event()
            await self._news.wait()
        return events[count - 1]

    # How it is reached

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        """Open a connection in memory; keys are neither asked for nor kept."""
        if self._tasks is None:
            raise UsageError("the FakeServer is not running: enter it first (async with server: …)")
        if self._refusals:
            self._refusals -= 1
            raise ConnectionFailed(f"{self.name} refused the connection")
        line = MemoryConnection(self._latency, self._jitter)
        await self._tasks.start(self._serve(ServerEnd(line), model).run)
        return ClientEnd(line)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        """Serve it on a free port of this machine, too; gives the address."""
        async with serve_connections(self._serve) as url:
            yield url

    def _serve(self, channel: Channel, model: str | None) -> FakeConnection:
        session = ServerSession(
            model=model or "gpt-realtime-2", new_id=self._ids, expires_at=int(clock.wall() + self._lifetime),
            done_per_item=self._done == "per_item",
        )
        connection = FakeConnection(self, channel, session)
        self.connections.append(connection)
        self._news.set()
        return connection

    @property
    def _formats(self) -> Formats:
        return formats_of(self._current().session.settings) if self.connections else SERVICE_FORMATS

    def _current(self) -> FakeConnection:
        if not self.connections:
            raise UsageError("nobody has connected to the FakeServer yet")
        return self.connections[-1]


class FakeConnection(Connection):
    """A connection that keeps what passes, and sends what the server's faults make of it."""

    def __init__(self, server: FakeServer, channel: Channel, session: ServerSession) -> None:
        voice = ScriptedBackend(server._replies, server._seeds, self._inject)
        speech_input = server._speech_input() if server._speech_input is not None else None
        super().__init__(channel, session, voice, speech_input, lifetime=server._lifetime)
        self._server = server

    def receive(self, frame: str | bytes) -> None:
        """Keep what the client sent."""
        event = _parsed(frame)
        if event is not None:
            self._server.received.append(event)
            self._server._news.set()
        super().receive(frame)

    def emit(self, events: Iterable[Frame]) -> None:
        """Keep what the server decided to send."""
        batch = list(events)
        self._server.sent += [frame for frame in batch if isinstance(frame, dict)]
        super().emit(batch)

    async def deliver(self, batch: list[Frame]) -> None:
        """Send what the faults make of it."""
        for frame in arrange(self._server._done, batch):
            for piece in self._tampered(frame):
                if isinstance(piece, Pause):
                    await anyio.sleep(piece.seconds)
                else:
                    await super().deliver([piece])

    def transcribe_later(self, text: str | None, after: float) -> None:
        """Tell in some seconds what the user said in the item that was committed last."""
        committed = [event for event in self._server.sent if event["type"] == "input_audio_buffer.committed"]
        if not self.over:
            self._tasks.start_soon(self._tell, committed[-1]["item_id"], text, after)

    def break_off(self) -> None:
        """End it without a word."""
        self._channel.abort()

    async def _tell(self, item_id: str, text: str | None, after: float) -> None:
        await anyio.sleep(after)
        if text is None:
            self.emit(self.session.transcript_failed(item_id))
            return
        for word in words(text):
            self.emit(self.session.transcript_delta(item_id, word))
        self.emit(self.session.transcript_done(item_id, text))

    def _inject(self, frame: Frame) -> None:
        self.emit([frame])

    def _tampered(self, frame: Frame) -> list[Frame | Pause]:
        """Send an event through every fault that fits its type, one after the other."""
        pieces: list[Frame | Pause] = [frame]
        for pattern, tamper in self._server._tampers:
            pieces = [
                result for piece in pieces
                for result in (tamper(piece) if _fits(piece, pattern) else (piece,))
            ]
        return pieces


def _fits(piece: Frame | Pause, pattern: str) -> TypeGuard[Event]:
    return isinstance(piece, dict) and fnmatchcase(str(piece.get("type")), pattern)


def _parsed(frame: str | bytes) -> Event | None:
    try:
        event = json.loads(frame)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _sound(base64: str, format: AudioFormat) -> Pcm:
    return from_bytes(format.decode(pybase64.b64decode(base64)))
