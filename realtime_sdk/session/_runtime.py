"""What runs a session: one place that applies effects, and the tasks that ask for them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, Final, Protocol

import anyio
from anyio.abc import TaskGroup

from .._runtime import clock
from ..audio._pcm import Pcm
from ..audio._session_formats import Formats, format_difference
from ..capture._capture import Capture
from ..capture._events import (
    Append,
    CancellerFailed,
    CaptureEvent,
    InputLost,
    InputRestored,
    SpeechBegan,
    SpeechEnded,
    TurnBegan,
    TurnEnded,
)
from ..capture._levels import Level, LevelMeter
from ..capture._turns import TurnSource
from ..conversation._effects import NOTHING, Effects, emitting
from ..conversation._engine import Engine
from ..conversation._items import FunctionCallItem
from ..conversation._message import MessageItem
from ..conversation._sdk_events import (
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    InputLevel,
    OutputLevel,
    SdkEvent,
    ToolStarted,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
)
from ..conversation._streams import ReplayableStream
from ..errors import ConnectionFailed, ConnectionLost
from ..playback._segment import Segment
from ..protocol._codec import ProtocolViolation, ServerEvent, parse
from ..protocol._input_audio import InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from ..protocol._session import SessionUpdate
from ..tools._functions import Toolbox
from ..turns._controller import TurnController
from ..turns._idle import IdleWatch
from ._acoustics import Acoustics
from ._captioner import Captioner
from ._connection import Connection
from ._log import REGULAR_CLOSE, log, log_received
from ._sink import Sink
from ._tap import Tap

GUARDED = True
"""Whether an exception of the engine costs no more than the event that raised it; tests switch the guard off."""

READY_TIMEOUT: Final = 15.0
"""Seconds that a server has to open the session once it is connected."""

CONFIGURE_TIMEOUT: Final = 2.0
"""Seconds that opening a session waits for a server to confirm its configuration: some never do."""

EVENTS_KEPT: Final = 10_000
"""SDK events kept for a late or slow reader of `Session.events`: some minutes of talk."""

_AGAIN: Final = 0.1
"""Seconds until an exit by time is tried once more that could not be taken."""

_log = logging.getLogger("realtime_sdk.session")


class _Timed(Protocol):
    """What has an exit by time."""

    @property
    def deadline(self) -> float: ...

    def expire(self, at: float) -> Effects: ...


class SessionRuntime:
    """The engine and the shells around it. All methods belong to the session's event loop."""

    def __init__(
        self, connection: Connection, engine: Engine, controller: TurnController, capture: Capture, *,
        sink: Sink | None, tools: Toolbox, tasks: TaskGroup, tap: Tap | None, formats: Formats, turns_by: TurnSource,
        acoustics: Acoustics | None, idle: IdleWatch | None,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.engine = engine
        self.controller = controller
        self.capture = capture
        self.sink = sink  # None: the application plays
        self.tools = tools
        self.events: ReplayableStream[SdkEvent] = ReplayableStream(engine.settings.new_event, limit=EVENTS_KEPT)
        self.raw_events: ReplayableStream[ServerEvent] = ReplayableStream(engine.settings.new_event, limit=EVENTS_KEPT)
        self._tasks = tasks
        self._tap = tap
        self._formats = formats
        self._turns_by = turns_by
        self._acoustics = acoustics
        self._captioner = Captioner()
        self._output_level = LevelMeter(formats.output.rate)
        self._idle = idle
        self._timed: list[_Timed] = [engine, controller, *([idle] if idle is not None else [])]
        self._faults: set[str] = set()  # mistakes of ours that were reported
        self._timer: asyncio.TimerHandle | None = None  # None: nothing has an exit by time
        self._due = math.inf  # wall clock at which the timer fires
        engine.handle("response.created", self._check_formats)
        for kind, handler in controller.table.items():
            engine.handle(kind, handler)

    async def open(self, session_fields: Mapping[str, Any]) -> None:
        """Wait until the server opened the session and confirmed the configuration, and let everything run."""
        self._tasks.start_soon(self._receive)
        self._tasks.start_soon(self.connection.deliver)
        with anyio.move_on_after(READY_TIMEOUT) as waiting:
            await self.engine.ready
        if waiting.cancelled_caught:
            raise ConnectionFailed(f"the server is connected, but sent no session.created in {READY_TIMEOUT:g} s")
        if session_fields:
            await self._configure(session_fields)
        for task in (self._show, self._play, self._capture):
            self._tasks.start_soon(task)
        if self._acoustics is not None:
            self._tasks.start_soon(self._acoustics.run)

    async def _configure(self, session_fields: Mapping[str, Any]) -> None:
        request, effects = self.engine.update(SessionUpdate.of(session_fields), clock.wall())
        request.must_be_answered = False  # some servers confirm nothing
        self.apply(effects)
        with anyio.move_on_after(CONFIGURE_TIMEOUT) as waiting:
            await request.answer
        if waiting.cancelled_caught:
            _log.warning("the server has not confirmed the configuration in %g s: going on", CONFIGURE_TIMEOUT)

    # The one place that applies effects

    def apply(self, effects: Effects) -> None:
        """Send, emit and run, in this order; what has sounded until now is reported before what is emitted."""
        for sent in effects.send:
            self.connection.send(sent)
        self._report_sound()
        for event in effects.emit:
            self.emit(event)
        for call in effects.calls:
            if not self.tools.leaves(call.name):
                self._tasks.start_soon(self._run_call, call)
        self._set_timer()

    def emit(self, event: SdkEvent) -> None:
        """Show an event to the log, the application, the tap and whatever observes it."""
        if self.events.ended:
            return
        log(event)
        self.events.put(event)
        if self._tap is not None:
            self._tap.noticed(event)
        if self._idle is not None:
            self._idle.on_event(event)

    def use_tools(self, tools: Toolbox) -> None:
        """Run function calls with these tools from now on."""
        self.tools = tools
        self.engine.runs_tools = len(tools) > 0

    def wake(self) -> None:
        """Sound or text may have come."""
        self._captioner.wake()
        if self.sink is not None:
            self.sink.wake()

    def apply_captured(self, events: Iterable[CaptureEvent]) -> None:
        """Act on what the capture of the user's voice found."""
        for event in events:
            self.apply(self._on_captured(event))

    # How it ends

    def leave(self, failure: ConnectionLost | None) -> None:
        """Settle everything that is awaited; nothing is sent any more."""
        at = clock.wall()
        if self.sink is not None:
            self.sink.flush()
        if self.connection.ended is None:
            self._disconnect(failure or ConnectionLost("the session has ended"), failure)
        self.apply(self.engine.leave(at))
        self._end_events()

    def _lose(self, lost: ConnectionLost) -> None:
        """The connection has ended, and not from this side."""
        self.emit(Disconnected(clock.wall(), lost.code, lost.reason or str(lost)))
        self._disconnect(lost, None if lost.code == REGULAR_CLOSE else lost)
        self.wake()

    def _disconnect(self, ended: ConnectionLost, failure: ConnectionLost | None) -> None:
        self.connection.end(ended)
        self.raw_events.end()
        self.apply(self.engine.disconnect(clock.wall(), ended, failure))

    def _end_events(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.events.end()

    # The tasks

    async def _receive(self) -> None:
        try:
            while True:
                self._take(await self.connection.receive())
        except ConnectionLost as lost:
            self._lose(lost)
            await self.connection.close()

    async def _show(self) -> None:
        while True:
            await self._captioner.changed()
            self.apply(self._guard(self.engine.advance, clock.wall()))
            if self.connection.ended is not None and not self.engine.speaking:
                self._end_events()  # all that was received has been heard

    async def _play(self) -> None:
        while self.sink is not None:
            await self.sink.play()
            self._report_sound()

    async def _capture(self) -> None:
        async with aclosing(self.capture.run()) as batches:
            async for events in batches:
                self.apply_captured(events)

    async def _run_call(self, call: FunctionCallItem) -> None:
        self.emit(ToolStarted(clock.wall(), call))
        result = await self.tools.call(call.name, call.arguments)
        at = clock.wall()
        self.apply(self.engine.finish_call(call, result.output, at, error=result.error, respond=result.respond))

    # What comes

    def _take(self, frame: bytes | str) -> None:
        """Act on one frame, at once and completely."""
        event = parse(frame)
        log_received(event, frame)
        if self.raw_events.followed:
            self.raw_events.put(event)
        effects = self._guard(self.engine.receive, event, clock.wall())
        if effects is not NOTHING or not event.type.endswith(".delta"):
            self.apply(effects)
        self.wake()

    def _guard(self, step: Callable[..., Effects], *arguments: object) -> Effects:
        """Take a step of the engine. One that raises is a mistake of ours: it costs an event, and not the talk."""
        try:
            return step(*arguments)
        except ConnectionLost:
            raise
        except Exception as error:
            if not GUARDED:
                raise
            name = getattr(arguments[0], "type", step.__name__)
            reason = f"{name} could not be handled: {error!r}"[:500]
            if reason in self._faults:
                return NOTHING  # what fails again and again is reported once
            self._faults.add(reason)
            _log.exception("%s could not be handled; the session goes on", name)
            return emitting(ProtocolViolation(reason, "", clock.wall()))

    def _check_formats(self, event: ServerEvent, at: float) -> Effects:
        """End the connection before any sound comes in a format that was not agreed on: it would be noise."""
        other = format_difference(self._formats, self.engine.session)
        if other and not self.engine.requests.updating:
            raise ConnectionLost(f"the server does not take the session's formats of sound: {other}")
        return NOTHING

    def _on_captured(self, event: CaptureEvent) -> Effects:
        at = clock.wall()
        match event:
            case Append():
                if self._tap is not None:
                    self._tap.captured(event.at, event.pcm)
                return Effects(send=(InputAudioBufferAppend(audio=event.data),))
            case Level():
                return emitting(InputLevel(event.at, event.dbfs))
            case TurnBegan():
                return emitting(UserSpeechStarted(event.at, None))
            case TurnEnded():
                return emitting(UserSpeechStopped(event.at, None)) + self._end_turn(event, at)
            case SpeechBegan():
                by_server = self._turns_by is TurnSource.SERVER
                return self.controller.suspect(at) if by_server else self.controller.speech_started(at)
            case SpeechEnded():
                return self.controller.speech_stopped(at) if self._turns_by is TurnSource.DETECTOR else NOTHING
            case CancellerFailed():
                return emitting(EchoCancellerFailed(event.at, event.reason))
            case InputLost():
                return emitting(DeviceLost(event.at, "input", event.reason))
            case InputRestored():
                return emitting(DeviceRestored(event.at, "input"))

    def _end_turn(self, turn: TurnEnded, at: float) -> Effects:
        if turn.commit:
            return Effects(send=(InputAudioBufferCommit(),)) + self.controller.committed(at)
        cleared = self.controller.cleared(at)
        return Effects(send=(InputAudioBufferClear(),)) + cleared if turn.clear else cleared

    # The sound

    def take(self, segment: Segment, pcm: Pcm) -> None:
        """The application took audio to play it: that counts as heard."""
        at = clock.wall()
        segment.take(pcm.size)
        segment.hear(pcm.size, at, at)
        if self._tap is not None:
            self._tap.heard(at, pcm)
        self._captioner.wake()

    def _report_sound(self) -> None:
        """Pass on what has become of the sound since the last time."""
        if self.sink is None:
            return
        progress = self.sink.report()
        for at, pcm in progress.heard:
            self.capture.rendered(at, pcm)
            if (level := self._output_level.push(at, pcm)) is not None:
                self.emit(OutputLevel(level.at, level.dbfs))
            if self._tap is not None:
                self._tap.heard(at, pcm)
        self.capture.rendered_until(self.sink.reported_until)
        for event in progress.devices:
            if isinstance(event, DeviceRestored):
                self.capture.reset_echo_path()
            self.emit(event)
        for segment in progress.underruns:
            if isinstance(item := self.engine.conversation.get(segment.item_id), MessageItem):
                self.emit(Underrun(clock.wall(), item))
        if progress.heard:
            self._captioner.wake()

    # Exits by time

    @property
    def _deadline(self) -> float:
        """The wall-clock time of the next exit by time; infinity: nothing has one."""
        return min(timed.deadline for timed in self._timed)

    def _set_timer(self, *, after: float = 0.0) -> None:
        """Have the next exit by time taken, if it comes earlier than the one that is awaited; not before `after` s."""
        due = self._deadline
        if self.events.ended or not due < self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + max(after, due - clock.wall()), self._expire)

    def _expire(self) -> None:
        at = clock.wall()
        self._timer, self._due = None, math.inf
        for timed in self._timed:
            self.apply(self._guard(timed.expire, at))
        self._due = math.inf  # what was applied has set the timer for what could not be taken, too
        self._set_timer(after=_AGAIN if self._deadline <= at else 0.0)
        self.wake()
