"""A server that says what a test scripted, and keeps to the rules of the real one."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, get_args

import anyio
import numpy as np
import pybase64

from .._runtime import arguments, clock
from ..audio._formats import AudioFormat
from ..audio._pcm import Pcm, from_bytes, joined, to_frames
from ..audio._session_formats import SERVICE_FORMATS, Formats, formats_of
from ..errors import ConnectionFailed, UsageError
from ..protocol._models import REALTIME_MODEL
from ..protocol.dialects._dialect import Dialect
from ..protocol.dialects._table import DIALECTS
from ..server._backend import Audio, Call, Message, Part, SpeechInput, Text
from ..server._client_events import CLIENT_EVENTS
from ..server._connection import LIFETIME, Channel, Frame
from ..server._ids import CountedIds, SessionIds
from ..server._query import Query
from ..server._rules import ServerSession
from ..server._socket import serve_connections
from ..transports._protocol_names import ProtocolName
from ..transports._websocket import OPEN_TIMEOUT
from ._call_audio import CallAudio
from ._connection_faults import ABNORMAL, INVALID_MODEL, Close, ConnectionFault, Expire, Phase, Reset, Silence
from ._fake_connection import FakeConnection, FakeItem, ScriptedConnection, Traffic
from ._faults import DoneOrder, Tamper, check_tamper
from ._memory_connection import ClientEnd, MemoryConnection, ServerEnd
from ._script import (
    Ending,
    Pause,
    Raw,
    Replies,
    Reply,
    ScriptedMessage,
    ScriptedTranscript,
    ScriptItem,
    SpokenSegment,
    check_frame,
    check_transcript,
)  # fmt: skip
from ._script_arguments import check_at_least, check_details, check_server_event
from ._serving import Serving
from ._tool_servers import ScriptedMcpCall, ToolServers
from .dialects._table import SERVER_SIDES

CLIENT_TIMEOUT: Final = 60.0
"""Seconds for which the user waits for a client that hears what is said."""

_ITEMS: Final = (ScriptedMessage, ScriptedMcpCall, Message, Part, Text, Audio, Call, Pause, Raw)
"""The items that `reply` takes."""

_ITEM_NAMES: Final = "message(…), call(…), mcp_call(…), Pause and Raw"


class FakeServer(Serving):
    """An `Endpoint` in memory, and a server on loopback: the real server's rules with a scripted backend.

        server = FakeServer()
        server.reply(message("I'll check.", phase="commentary"), message("It is noon.", phase="final_answer"))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            ...

    done: when the `*.done` events of a response come. lifetime: seconds until a session expires.
    latency: seconds that a frame is in flight on a connection in memory; jitter: seconds more or less.
    ears: makes the turn detection of each connection; left out, `user_speaks` begins and ends the user's turns.
    dialect: the name of the one that it speaks: it reads and writes that dialect's events, and refuses others.
    intent: its sessions only transcribe. call_id: its connections join this call, whose audio goes another way. On the
    socket of `listen`, a client may ask for either in its address.
    responds_after_tools: it goes on by itself once its hosted tools have returned, instead of waiting for the client's
    `response.create` as the service does.
    `received` has a client's events as they came, `sent` those of the current protocol, before they are translated.

    Raises:
        UsageError: an argument is of a wrong kind, here and in its methods.
    """

    def __init__(
        self, *, done: DoneOrder = "batched", lifetime: float = LIFETIME, latency: float = 0.0,
        jitter: float = 0.0, ears: Callable[[], SpeechInput] | None = None, dialect: str = "ga",
        intent: Literal["transcription"] | None = None, call_id: str | None = None, responds_after_tools: bool = False,
    ) -> None:  # fmt: skip
        arguments.check_choice("done", done, get_args(DoneOrder))
        arguments.check_seconds("lifetime", lifetime)
        if ears is not None and not callable(ears):
            raise UsageError("ears makes the SpeechInput of a new connection: pass its class or a function")
        arguments.check_choice("dialect", dialect, tuple(SERVER_SIDES))
        if intent is not None:
            arguments.check_choice("intent", intent, ("transcription",))
        if call_id is not None:
            arguments.check_text("call_id", call_id)
        arguments.check_instance("responds_after_tools", responds_after_tools, bool, "True or False")
        self._traffic = Traffic(done, SERVER_SIDES[dialect])
        super().__init__("the fake server", self._traffic, CLIENT_EVENTS, latency, jitter)
        self._responds_after_tools = responds_after_tools
        self._query = Query(intent=intent, call_id=call_id)  # of connections in memory
        self.call_id: str | None = call_id  # as an endpoint has it
        self.dialect: Dialect = DIALECTS[dialect]
        self.protocol: ProtocolName = "realtime"  # likewise
        self.connections: list[FakeConnection] = []  # all that there ever were; the last one is the current one
        self._running: list[ScriptedConnection] = []  # the same ones
        self._connected = anyio.Event()  # set by the next one
        self._done: DoneOrder = done
        self._lifetime = lifetime
        self._ears = ears
        self._replies = Replies()
        self._tool_servers = ToolServers()
        self._ids = CountedIds()  # one for all connections: ids of the last one mean nothing in the next
        self._issued: set[str] = set()  # ids of items on all connections
        self._url: str | None = None  # None outside `listen`

    # Server side

    def reply(
        self, *items: ScriptItem, pace: float = math.inf, thinking: float = 0.0, status: Ending = "completed",
        **details: Any,
    ) -> None:
        """Script the next response: one call for each, in order; may be called at any time.

        items: of `message`, `call`, `mcp_call`, `Pause`, `Raw`, or the outputs of a `Backend`: `Message`, `Part`, ….
        pace: seconds of audio sent per second. thinking: seconds before the first item. status: how it ends,
        "incomplete" with `reason=…` or "failed" with `error={…}`.
        """
        for item in items:
            if not isinstance(item, _ITEMS):
                raise UsageError(f"a reply is made of {_ITEM_NAMES}, not {arguments.shown(item)}")
        check_at_least("pace is seconds of audio per second", pace, 0, open=True)
        arguments.check_duration("thinking", thinking)
        arguments.check_choice("status", status, get_args(Ending))
        check_details(status, details)
        self._replies.add(Reply(items, pace, thinking, status, details))

    def offer_tools(self, server_label: str, *tools: str | Mapping[str, Any], seconds: float = 0.1) -> None:
        """Let the tool server of a label be reached; one that is not offered does not list its tools.

        tools: names, or objects with `name`, `description` and `input_schema`. seconds: how long their listing takes.
        """
        self._tool_servers.add(server_label, tools, seconds)

    def tamper(self, pattern: str, tamper: Tamper) -> None:
        """Put every event whose type fits `pattern` (as in a shell: `*.delta`) through a fault before it is sent."""
        arguments.check_text("pattern", pattern)
        check_server_event(pattern)
        check_tamper(tamper)
        self._traffic.tampers.append((pattern, tamper))

    def inject(self, frame: Frame) -> None:
        """Send an event, or a frame as it is, after everything sent so far."""
        check_frame("frame", frame)
        self._current().inject(frame)

    async def user_speaks(
        self, text: str | None = "", seconds: float = 1.0, *, cancel_after: float = 0.0, transcript_after: float = 0.3,
        segments: Sequence[SpokenSegment] = (), languages: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Begin a turn of the user now, and return after `seconds`, when it is committed; wait for a client before.

        cancel_after: seconds from the start of speech until the response is cancelled (where the session is set so);
        its deltas go on until then. transcript_after: seconds from the commit until the transcript `text` comes, in
        the middle of the reply; a text of None can't be transcribed. segments: stretches of the transcript, with their
        speakers. languages: codes of those that are detected.

        Raises:
            TimeoutError: no client was connected within 60 seconds.
        """
        __tracebackhide__ = True
        if text is not None:
            arguments.check_text("text", text)
        arguments.check_seconds("seconds", seconds)
        arguments.check_duration("transcript_after", transcript_after)
        arguments.check_duration("cancel_after", cancel_after)
        check_transcript(segments, languages)
        if cancel_after > seconds:
            raise UsageError(f"cancel_after is within the turn: {cancel_after} s is more than its {seconds} s")
        connection = await self._client()
        session = connection.session
        if session.turn_detection is None:
            raise UsageError("the client has switched turn detection off: no turn would begin or end")
        start = session.input.end
        connection.emit(session.speech_started(start))
        await anyio.sleep(cancel_after)
        connection.emit(session.interrupt())
        await anyio.sleep(seconds - cancel_after)
        if session.input.end == start:  # the client sends no audio
            session.input.append(np.zeros(to_frames(seconds), np.int16))
        connection.emit(session.speech_stopped(session.input.end))
        connection.transcribe_later(ScriptedTranscript(text, segments, languages), transcript_after)

    # Faults of a connection

    def fail(self, fault: ConnectionFault, *, at: Phase, nth: int = 1, after: float = 0.0) -> None:
        """Let a fault strike a connection when the phase `at` begins for the `nth` time from now on, on any of them.

        fault: `Close(code)`, `Reset()`, `Silence()` or `Expire()`. after: seconds from then.
        """
        self._traffic.faults.add(fault, at, nth, after)

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection with a WebSocket close code, once all that was sent has arrived.

        Nothing has to be awaited: from now on the connection is over, and `user_speaks` waits for the next one. The
        client finds out in its own time, as it does of the faults below: wait for its event `Disconnected`.
        """
        if code == ABNORMAL:
            raise UsageError(f"no close frame has the code {code}: use break_off(), or fail(Close({code}), at=…)")
        fault = Close(code, reason)
        self._current().hang_up(fault.code, fault.reason)

    def break_off(self) -> None:
        """Abort the connection without a close: frames in flight are lost."""
        self._current().strike(Reset())

    def fall_silent(self) -> None:
        """Read and send nothing more on the connection, which stays open."""
        self._current().strike(Silence())

    def expire(self) -> None:
        """End the session as the service does after an hour."""
        self._current().strike(Expire())

    # Observations

    @property
    def items(self) -> list[FakeItem]:
        """The conversation as the server holds it: what the model believes was said."""
        return [FakeItem(item) for item in self._current().session.conversation]

    @property
    def sounds(self) -> dict[str, Pcm]:
        """The audio of each item that has any, by the item's id, as it was sent: at the rate of its format."""
        pieces: dict[str, list[Pcm]] = {}
        for event in self.sent:
            if event["type"] == "response.output_audio.delta":
                pieces.setdefault(event["item_id"], []).append(_decoded(event["delta"], self._formats.output))
        return {item_id: np.concatenate(audio) for item_id, audio in pieces.items()}

    @property
    def heard(self) -> Pcm:
        """All the audio that clients appended, at the rate of its format."""
        format, kind = self._formats.input, "input_audio_buffer.append"
        return joined([_decoded(event["audio"], format) for event in self._received(kind)])

    # Connections

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        """Open a connection in memory; keys are neither asked for nor kept."""
        here = "" if self._url is None else f"; while it only listens, connect to its address, {self._url}"
        tasks = self._tasks(here)
        self._admit_in_memory(api_key)
        for strike in self._traffic.faults.enter(Phase.CONNECTING):
            if isinstance(strike.fault, Silence):
                await anyio.sleep(OPEN_TIMEOUT)
                raise ConnectionFailed(f"{self.name} did not answer within {OPEN_TIMEOUT:g} s")
            raise ConnectionFailed(f"{self.name} broke the connection off during the handshake")
        connection = MemoryConnection(self._latency, self._jitter)
        await tasks.start(self._accept(ServerEnd(connection), Query(model)).run)
        return ClientEnd(connection)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        """Serve it on a free port of this machine, too; yields the address."""
        async with serve_connections(self._accept, admit=self._admit) as url:
            self._url = url
            try:
                yield url
            finally:
                self._url = None

    async def _admit(self, channel: Channel) -> tuple[int, str] | None:
        """Answer a handshake on a socket; None: it is accepted."""
        if (refusal := await super()._admit(channel)) is not None:
            return refusal
        for strike in self._traffic.faults.enter(Phase.CONNECTING):
            if isinstance(strike.fault, Silence):
                await anyio.sleep_forever()  # the handshake ends, for both sides, by its timeout
            channel.abort()
        return None

    def _accept(self, channel: Channel, query: Query) -> ScriptedConnection:
        ids = SessionIds(self._ids, self._issued)
        transcribes = (query.intent or self._query.intent) == "transcription"
        joins_a_call = (query.call_id or self._query.call_id) is not None
        session = ServerSession(
            model=query.model or REALTIME_MODEL, new_id=ids, expires_at=int(clock.wall() + self._lifetime),
            transcribes=transcribes, is_side_band=joins_a_call,
            done_per_item=self._done == "per_item", is_foreign=ids.is_foreign,
        )
        if self._traffic.side.defaults:
            session.receive({"type": "session.update", "session": {"type": "realtime", **self._traffic.side.defaults}})
        speech_input = self._ears() if self._ears is not None else None
        connection = ScriptedConnection(
            channel, session, self._replies, speech_input, self._traffic, call=CallAudio() if joins_a_call else None,
            list_tools=self._tool_servers.list_tools, lifetime=self._lifetime,
            responds_after_tools=self._responds_after_tools,
        )
        if transcribes and query.model is not None:
            connection.strike_first(INVALID_MODEL)
        self._running.append(connection)
        self._connected.set()
        self.connections.append(FakeConnection(connection))
        return connection

    @property
    def _formats(self) -> Formats:
        return formats_of(self._current().session.settings) if self._running else SERVICE_FORMATS

    async def _client(self) -> ScriptedConnection:
        """Wait until a client is connected."""
        with anyio.move_on_after(CLIENT_TIMEOUT):
            while not self._running or self._running[-1].over:
                self._connected = anyio.Event()
                await self._connected.wait()
            return self._running[-1]
        raise TimeoutError(f"no client was connected to the FakeServer within {CLIENT_TIMEOUT:g} s")

    def _current(self) -> ScriptedConnection:
        if not self._running:
            raise UsageError("no client has connected to the FakeServer yet")
        return self._running[-1]


def _decoded(base64: str, format: AudioFormat) -> Pcm:
    return from_bytes(format.decode(pybase64.b64decode(base64)))
