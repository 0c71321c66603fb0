"""One connection of a `FakeServer`: it records the traffic, and applies the server's faults to it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any, TypeGuard
from weakref import WeakMethod

import anyio

from ..audio._session_formats import formats_of
from ..server._backend import SpeechInput, ToolLister
from ..server._connection import Channel, Connection, Frame
from ..server._items import Event, HeldItem
from ..server._refusal import Refusal
from ..server._rules import ServerSession
from ._call_audio import CallAudio
from ._connection_faults import ABNORMAL, Close, ConnectionFault, Expire, FaultPlan, Phase, Reset, Silence, Strike
from ._faults import DoneOrder, Tamper, arrange
from ._script import Pause, Replies, ScriptedBackend, ScriptedTranscript, words
from ._serving import Record
from .dialects._server_side import ServerSide


class FakeSession:
    """A session as the server holds it."""

    def __init__(self, rules: ServerSession) -> None:
        self._rules = rules

    @property
    def settings(self) -> dict[str, Any]:
        """The session object of the wire; a test may change it to settings that the service would refuse."""
        return self._rules.settings

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """Its turn detection; None: the client commits the turns itself."""
        return self._rules.turn_detection


class FakeItem:
    """An item of the conversation as the server holds it now."""

    def __init__(self, item: HeldItem) -> None:
        self._item = item

    def __repr__(self) -> str:
        return repr(self._item).replace("HeldItem", "FakeItem", 1)

    @property
    def id(self) -> str:
        """Its id."""
        return self._item.id

    @property
    def wire(self) -> dict[str, Any]:
        """The item object of the wire; audio is left out."""
        return self._item.wire

    @property
    def text(self) -> str:
        """Its texts and transcripts, joined."""
        return self._item.text

    @property
    def frames(self) -> int:
        """Frames of its audio, at 24 000 Hz."""
        return self._item.frames

    @property
    def seconds(self) -> float:
        """Seconds of its audio."""
        return self._item.seconds

    @property
    def voiced(self) -> bool:
        """Whether it is audio of the model, or was before it was truncated."""
        return self._item.voiced


class FakeConnection:
    """A connection that a client of a `FakeServer` opened."""

    def __init__(self, connection: ScriptedConnection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return f"<FakeConnection {'over' if self.over else 'open'}>"

    @property
    def session(self) -> FakeSession:
        """Its session, also when it is over."""
        return FakeSession(self._connection.session)

    @property
    def over(self) -> bool:
        """Whether it is closed, or will be once all that was sent has arrived."""
        return self._connection.over

    @property
    def received(self) -> list[Event]:
        """The events that the client sent on it, in order, but frames that are no objects."""
        return self._connection.received

    @property
    def items(self) -> list[FakeItem]:
        """Its conversation as the server holds it, also when it is over: what the model believes was said."""
        return [FakeItem(item) for item in self._connection.session.conversation]


class Traffic(Record):
    """The events on all connections of a server, as its rules made them, and the faults that they are put through."""

    def __init__(self, done: DoneOrder, side: ServerSide) -> None:
        super().__init__()
        self.done = done
        self.side = side  # how it reads and writes
        self.faults: FaultPlan = FaultPlan()  # of connections
        self.tampers: list[tuple[str, Tamper]] = []

    def tampered(self, frame: Frame) -> list[Frame | Pause]:
        """Put an event through every fault that fits its type, one after the other."""
        pieces: list[Frame | Pause] = [frame]
        for pattern, tamper in self.tampers:
            pieces = [
                result for piece in pieces for result in (tamper(piece) if _fits(piece, pattern) else (piece,))
            ]
        return pieces


class ScriptedConnection(Connection):
    """A connection with a scripted backend, whose traffic is recorded and tampered with."""

    def __init__(
        self, channel: Channel, session: ServerSession, replies: Replies, speech_input: SpeechInput | None,
        traffic: Traffic, *, call: CallAudio | None = None, list_tools: ToolLister, lifetime: float,
        responds_after_tools: bool = False,
    ) -> None:
        backend = ScriptedBackend(replies, WeakMethod(self.inject))
        super().__init__(channel, session, backend, speech_input, list_tools=list_tools, lifetime=lifetime)
        self.received: list[Event] = []  # from its client, in order, but frames that are no objects
        self._traffic = traffic
        self._responds_after_tools = responds_after_tools
        self._call = call  # whose side-band it is; None: it carries the audio itself
        self._opening = list(traffic.faults.enter(Phase.OPENED))  # faults that strike before the first frame
        self._fault: ConnectionFault | None = None  # that struck: nothing is sent or processed any more

    def receive(self, frame: str | bytes) -> None:
        """Record a frame from the client, and process it, unless a fault strikes."""
        if self._fault is not None:
            return
        event = _parsed(frame)
        if event is not None:
            self.received.append(event)
            self._traffic.receive(event)
            for strike in self._traffic.faults.pass_event(event):
                self._begin_strike(strike)
        if self._fault is None:
            self._pass_on(frame, event)

    def _pass_on(self, frame: str | bytes, event: Event | None) -> None:
        """Give a frame to the rules, which holds `event` in the server's dialect."""
        try:
            read = None if event is None else self._traffic.side.read(event)
        except Refusal as refusal:
            error = refusal.error(event.get("event_id") if event is not None else None)
            self.emit([{"type": "error", "event_id": "event_refused", "error": error}])
        else:
            if self._call is not None and read is not None and read.get("type") == "output_audio_buffer.clear":
                self.emit(self._call.cleared())
            else:
                super().receive(frame if read is event else json.dumps(read))

    def emit(self, events: Iterable[Frame]) -> None:
        """Record the server's events, and send them."""
        batch = list(events) if self._call is None else self._without_audio(self._call, events)
        self._traffic.sent += [frame for frame in batch if isinstance(frame, dict)]
        super().emit(batch)

    def _without_audio(self, call: CallAudio, events: Iterable[Frame]) -> list[Frame]:
        format = formats_of(self.session.settings).output
        batch: list[Frame] = []
        for event in events:
            batch += call.replaced(event, format) if isinstance(event, dict) else [event]
            ended = event["response"]["id"] if isinstance(event, dict) and event["type"] == "response.done" else None
            if ended is not None and (left := call.left(ended)) is not None:
                self._tasks.start_soon(self._stop_after, call, ended, left)
        return batch

    async def _stop_after(self, call: CallAudio, response_id: str, seconds: float) -> None:
        await anyio.sleep(seconds)
        self.emit(call.stopped(response_id))

    def inject(self, frame: Frame) -> None:
        """Send one frame as it is."""
        self.emit([frame])

    async def deliver(self, batch: list[Frame]) -> None:
        """Send the frames with the faults applied."""
        while self._opening:
            self._begin_strike(self._opening.pop(0))
        for frame in arrange(self._traffic.done, batch):
            for piece in self._traffic.tampered(frame):
                if isinstance(piece, Pause):
                    await anyio.sleep(piece.seconds)
                elif self._fault is None:
                    await super().deliver([*self._traffic.side.write(piece)] if isinstance(piece, dict) else [piece])
            if isinstance(frame, dict) and self._fault is None:
                for strike in self._traffic.faults.pass_event(frame):
                    self._begin_strike(strike)

    def strike_first(self, fault: ConnectionFault) -> None:
        """Let a fault strike before the first frame is sent."""
        self._opening.append(Strike(fault, 0.0))

    def strike(self, fault: ConnectionFault) -> None:
        """Let a fault strike now."""
        if self._fault is not None or self.over:
            return
        match fault:
            case Expire():
                self.expire()
                return
            case Close(code, reason):
                self._close = (code, reason)
                self._tasks.start_soon(self._end, code, reason)
            case Reset():
                self._close = (ABNORMAL, "")
                self._channel.abort()
            case Silence():
                self._channel.stall()
        self._fault = fault

    def transcribe_later(self, transcript: ScriptedTranscript, after: float) -> None:
        """Transcribe the item that was committed last, in some seconds."""
        committed = [event for event in self._traffic.sent if event["type"] == "input_audio_buffer.committed"]
        if not self.over:
            self._tasks.start_soon(self._transcribe_after, committed[-1]["item_id"], transcript, after)

    def _begin_strike(self, strike: Strike) -> None:
        if strike.after:
            self._tasks.start_soon(self._strike_after, strike)
        else:
            self.strike(strike.fault)

    async def _strike_after(self, strike: Strike) -> None:
        await anyio.sleep(strike.after)
        self.strike(strike.fault)

    async def _end(self, code: int, reason: str) -> None:
        if code == ABNORMAL:
            self._channel.cut()
        else:
            await self._channel.close(code, reason)

    async def _call_tool(self, item_id: str, run: Callable[[], Awaitable[str]]) -> None:
        await super()._call_tool(item_id, run)
        if self._responds_after_tools and not self.session.calls_tools and self.session.active is None:
            self.emit(self.session.receive({"type": "response.create"}))

    async def _transcribe_after(self, item_id: str, transcript: ScriptedTranscript, after: float) -> None:
        await anyio.sleep(after)
        if transcript.text is None:
            self.emit(self.session.transcript_failed(item_id))
            return
        for word in words(transcript.text):
            self.emit(self.session.transcript_delta(item_id, word))
        for segment in transcript.segments:
            self.emit(self.session.transcript_segment(item_id, asdict(segment)))
        self.emit(self.session.transcript_done(item_id, transcript.text, transcript.languages))


def _fits(piece: Frame | Pause, pattern: str) -> TypeGuard[Event]:
    return isinstance(piece, dict) and fnmatchcase(str(piece.get("type")), pattern)


def _parsed(frame: str | bytes) -> Event | None:
    try:
        event = json.loads(frame)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
