"""The runtime of a stream session: one place that applies effects, and the tasks that produce them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, nullcontext
from functools import partial
from typing import Final

import anyio
import pybase64
from anyio.abc import TaskGroup

from .._runtime import clock
from .._runtime.event_loop import own_event
from ..audio._pcm import Pcm, to_seconds
from ..audio._session_formats import Formats
from ..capture._capture import Capture
from ..capture._events import Append, CaptureEvent, InputReport
from ..capture._turns import Turns
from ..conversation._completion import Completion
from ..conversation._sdk_events import ToolStarted
from ..conversation._streams import ReplayableStream
from ..conversation.items._items import FunctionCallItem
from ..errors import ConnectionLost
from ..playback._segment import Segment
from ..playback._timeline import Timeline
from ..recording._recorder import Recorder
from ..session._audio_runtime import AudioRuntime
from ..session._guard import Guard
from ..session._operation import Operation, completed, failed
from ..session._timeouts import DeadlineTimer, HasDeadline
from ..session.audio._device_exchange import DeviceExchange
from ..session.audio._device_user import DeviceUser
from ..session.audio._session_audio import PlaybackReport, SessionAudio
from ..session.audio._sink import Sink
from ..session.audio._taken_audio import TakenAudio
from ..session.connection._connection import Connection
from ..session.connection._opening import wait_for_session
from ..session.connection._reconnect import explained
from ..session.input._capture_handler import report_of
from ..session.observers._log import SessionLog
from ..session.observers._tap import emit_reports, follow_reports
from ..session.tools._asking import asking
from ..tools._call_run import CallRun
from ..tools._result import failure
from ._effects import NOTHING, ClientEvent, StreamEffects, emitting
from ._engine import StreamEngine
from ._events import LiveCaption, LiveCaptionShown, LiveEvent
from ._lifecycle import LiveState
from ._plan import StreamPlan
from ._silence_filler import SilenceFiller
from ._transcript import LiveTranscript
from ._wire import parse

KEPT: Final = 10_000
"""Events and captions kept for a late or slow reader."""


class StreamRuntime(AudioRuntime):
    """The engine and the shells around it. All methods belong to the session's event loop."""

    def __init__(
        self, connection: Connection, tasks: TaskGroup, plan: StreamPlan, recorder: Recorder | None, log: SessionLog,
        device_user: DeviceUser,
    ) -> None:  # fmt: skip
        super().__init__()
        rate, events = plan.format.rate, own_event()
        timeline = Timeline(rate) if plan.speaker is not None else None
        self.connection = connection
        self.format = plan.format
        self.loop = asyncio.get_running_loop()
        self.tools = plan.tools
        self.has_backend: bool = (plan.fields.get("delegation") or {}).get("type") == "responses"
        self.engine = StreamEngine(
            plan.protocol, plan.fields, plan.format, timeline=timeline, event_factory=events, timeout=plan.timeout
        )
        formats = Formats(plan.format, plan.format)
        capture = Capture(
            plan.microphone, formats, turns=Turns.by_server(), canceller=plan.canceller,
            report_rendered=self._poll_rendered,
        )
        sink = None if plan.speaker is None or timeline is None else Sink(plan.speaker, timeline)
        self.audio = SessionAudio(formats, capture, sink, recorder)
        self.devices = DeviceExchange(self.audio, tasks, device_user, lambda: self.events.ended)
        self.events: ReplayableStream[LiveEvent] = ReplayableStream(events, limit=KEPT)
        self.captions: ReplayableStream[LiveCaption] = ReplayableStream(events, limit=KEPT)
        self.transcript = LiveTranscript(clock.wall())
        self.underruns = 0  # of the loudspeaker so far
        self.audio_is_taken = False  # by the application
        self._tasks = tasks
        self._recorder = recorder
        self._taken = TakenAudio(recorder, rate)  # where there is no speaker
        self._log = log
        self._guard: Guard[StreamEffects] = Guard(log, NOTHING, emitting)
        self._reception = anyio.CancelScope(shield=True)
        self._filler = SilenceFiller(rate, clock.now())
        self._timer = DeadlineTimer[StreamEffects]([self.engine], self._expire)

    async def open(self) -> None:
        """Wait until the server has opened the session, and start the tasks.

        Raises:
            ConnectionFailed: it did not in time, or the connection was lost.
            ServerRefused: it refused the configuration.

        """
        self.apply(self.engine.start(clock.wall()))
        await wait_for_session(self.engine.lifecycle.opened, f"opened no {self.engine.protocol.name} session")
        self._filler = SilenceFiller(self.format.rate, clock.now())
        follows_reports = partial(follow_reports, self._recorder, self.emit)
        for task in (self._show, self._play, self._capture, self._fill, follows_reports):
            self._tasks.start_soon(task)

    # What the application does

    def command(self, event: ClientEvent, name: str) -> Operation[None]:
        """Send an event that the server answers; the operation is done with the answer."""
        if not self.engine.lifecycle.is_open:
            self._log.not_sent(str(event["type"]))
            return failed(self._not_open(), name)
        command, effects = self.engine.command(event, clock.wall())
        self.apply(effects)
        return Operation(command.answer, name)

    def send(self, kind: str, name: str, step: Callable[[], StreamEffects]) -> Operation[None]:
        """Send the events of a step, the first of which is of this type; the operation is done when that is sent."""
        if not self.engine.lifecycle.is_open:
            self._log.not_sent(kind)
            return failed(self._not_open(), name)
        sent = self.apply(step())
        return Operation(sent[0], name) if sent else completed(None, name)

    def close(self, name: str) -> Operation[None]:
        """Ask the server to close the session; done once it has."""
        self.apply(self.engine.close(clock.wall()))
        return Operation(self.engine.lifecycle.closed, name)

    def send_audio(self, pcm: Pcm, data: bytes, at: float) -> Completion[None]:
        """Send the user's audio, whose first frame was captured at wall-clock time `at`; none where it is closed."""
        if not self.engine.lifecycle.is_open:
            refused: Completion[None] = Completion(own_event())
            refused.set_exception(self._not_open())
            return refused
        self._filler.sent(pcm, clock.now())
        return self._append(data, at)

    def _append(self, data: bytes, at: float) -> Completion[None]:
        if self.engine.began_at is None:
            self.engine.began_at = at
        return self.connection.send({"type": self.engine.protocol.append, "audio": pybase64.b64encode_as_string(data)})

    def interrupt(self) -> float:
        """Silence what has come; return the seconds that will not be heard."""
        self.audio.silence()
        dropped, effects = self.engine.interrupt(clock.wall())
        self.apply(effects)
        self.wake()
        return dropped

    def count_as_heard(self, segment: Segment, pcm: Pcm) -> None:
        """The application took audio to play it: that counts as heard."""
        at = clock.wall()
        segment.take(pcm.size)
        segment.mark_heard(pcm.size, at, at)
        self._taken.heard(at, pcm)
        self._pacer.wake()

    # The one place that applies effects

    def apply(self, effects: StreamEffects) -> list[Completion[None]]:
        """Send, emit and run, in this order; what was heard so far is reported before the events.

        Returns a completion for each event to send, which is set once it is on its way.
        """
        sent = [self.connection.send(event) for event in effects.send]
        self.report_playback()
        for emitted in effects.emit:
            self.emit(emitted)
        for call in effects.calls:
            if not self.tools.is_manual(call.name):
                self._tasks.start_soon(self._run_call, call)
        self._timer.set()
        if self.engine.lifecycle.end_reason is not None and self.connection.end_reason is None:
            self.connection.finish(self.engine.lifecycle.end_reason)  # the server may leave the connection open
            self.wake()
        return sent

    def emit(self, event: LiveEvent) -> None:
        """Pass an event to the log, the application and the recorder."""
        if self.events.ended:
            return
        self._log.event(event)
        self.events.put(event)
        self.transcript.on_event(event)
        if isinstance(event, LiveCaptionShown):
            self.captions.put(event.caption)
        if self._recorder is not None:
            self._recorder.emitted(event)
            emit_reports(self._recorder, self.emit)

    def _emit_played(self, report: PlaybackReport) -> None:
        for event in report.events:
            self.emit(event)
        self.underruns += len(report.underruns)

    # The server's side

    async def receive(self) -> None:
        """Handle what the server sends, until the connection ends, or `leave`: a session is closed before that."""
        with self._reception:
            try:
                while True:
                    self._handle_frame(await self.connection.receive())
            except ConnectionLost as lost:
                self._disconnect(explained(lost))

    def _handle_frame(self, frame: bytes | str) -> None:
        """Handle one frame of the server, completely."""
        event = parse(frame)
        self._log.received(event, frame)
        effects = self._guard.run(self.engine.receive, event, clock.wall())
        if effects is not NOTHING:
            self.apply(effects)
        self.wake()

    def _disconnect(self, lost: ConnectionLost) -> None:
        """The connection has ended, and the session with it: what came is still heard."""
        self.connection.end(lost)
        self.apply(self.engine.disconnect(clock.wall(), lost))
        self.wake()

    def leave(self, lost: ConnectionLost | None) -> None:
        """Nothing more is heard, sent or received. lost: why the session ends without being left; None: it was left."""
        self._reception.cancel()
        self.audio.end()
        end_reason = self.connection.end_reason or ConnectionLost("the session has ended")
        self.connection.finish(end_reason)
        self.apply(self.engine.leave(clock.wall(), end_reason))
        self._end_streams(lost)

    def _end_streams(self, failure: ConnectionLost | None) -> None:
        self._timer.end()
        self.events.end()
        self.captions.end(failure)

    def _not_open(self) -> ConnectionLost:
        return self.connection.end_reason or ConnectionLost(f"the session is {self.engine.lifecycle.state.value}")

    # The tasks

    async def _show(self) -> None:
        """Show captions as they become audible, and end once all that will be heard was."""
        while not self._is_over:
            await self._pacer.changed()
            self.apply(self._guard.run(self.engine.advance, clock.wall()))
        self._end_streams(self.engine.lifecycle.failure)

    @property
    def _is_over(self) -> bool:
        if self.audio.sink is None and not self.audio_is_taken:
            return self.engine.lifecycle.state is LiveState.CLOSED  # the rest will never be heard
        return self.engine.is_over

    async def _capture(self) -> None:
        async with aclosing(self.audio.capture.run()) as batches:
            async for events in batches:
                for event in events:
                    self._on_captured(event)
                await self.connection.wait_for_room()

    def _on_captured(self, event: CaptureEvent) -> None:
        if isinstance(event, Append):
            if self._recorder is not None:
                self._recorder.captured(event.at, event.pcm)
            self.send_audio(event.pcm, event.data, event.at)
        elif isinstance(event, InputReport):
            self.emit(report_of(event))

    async def _fill(self) -> None:
        """Send silence where no audio is sent."""
        while self.engine.lifecycle.is_open:
            await anyio.sleep(max(0.0, self._filler.due - clock.now()))
            if clock.now() >= self._filler.due:
                pcm = self._filler.fill()
                self._append(self.audio.capture.encode(pcm), clock.wall() - to_seconds(pcm.size, self.format.rate))

    async def _run_call(self, call: FunctionCallItem) -> None:
        self.emit(ToolStarted(clock.wall(), call))
        tool = self.tools.get(call.name)
        if tool is None:
            result = failure(self.tools.unknown(call.name))
        else:
            with asking(call, self.loop, self.emit) if tool.approve else nullcontext() as approval:
                result = await CallRun(self._tasks, tool, call.arguments, approval).result()
        self.apply(self.engine.finish_call(call, result, clock.wall()))

    # Timeouts

    def _expire(self, engine: HasDeadline[StreamEffects]) -> None:
        """Give up what the server does not answer."""
        self.apply(self._guard.run(engine.expire, clock.wall()))
