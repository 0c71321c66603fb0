"""The runtime of a session: one place that applies effects, and the tasks that produce them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeVar

from anyio.abc import TaskGroup

from .._runtime import clock
from .._runtime.event_loop import own_event
from ..captions._making import make_aligner
from ..capture._capture import Capture
from ..capture._events import Append, CaptureEvent
from ..conversation._completion import Completion
from ..conversation._effects import NOTHING, Effects, emitting
from ..conversation._engine import Engine
from ..conversation._live_conversation import LiveConversation
from ..conversation._sdk_events import Disconnected, SdkEvent, Underrun
from ..conversation._session_kind import SessionKind
from ..conversation._settings import MessageSettings
from ..conversation._streams import ReplayableStream
from ..conversation.message._message import MessageItem
from ..conversation.requests._requests import UpdateRequest
from ..conversation.usage._budget_watch import BudgetWatch
from ..errors import ConnectionLost
from ..playback._timeline import Timeline
from ..protocol._codec import ClientEvent, ServerEvent, parse
from ..protocol._input_audio import InputAudioBufferAppend
from ..tools._active import ActiveTools
from ..tools._toolbox import Toolbox
from ..turns._controller import TurnController
from ..turns._idle_detector import IdleDetector
from ._audio_runtime import AudioRuntime
from ._conversation_server import SessionServer
from ._guard import Guard
from ._rest import Rest
from ._runtime_base import RuntimeBase
from ._timeouts import DeadlineTimer, HasDeadline
from .audio._device_exchange import DeviceExchange
from .audio._device_user import DeviceUser
from .audio._session_audio import PlaybackReport, SessionAudio
from .audio._sink import Sink
from .audio._taken_audio import TakenSegments
from .audio._unread_audio import UnreadAudio
from .captions._alignment import AcousticAlignment, acoustic_alignment
from .captions._placer import WordPlacer
from .connection._confirmation import Confirmation
from .connection._connection import Connection, event_type
from .connection._link import Link
from .connection._opening import Opening, configure
from .input._capture_handler import CaptureHandler
from .input._turn_reports import TurnReports
from .observers._log import SessionLog
from .observers._observers import Observers
from .observers._tap import Tap, follow_reports, reads_captions, reads_levels
from .opening._setup import Setup
from .tools._tool_calls import ToolCalls

T = TypeVar("T")

EVENTS_KEPT: Final = 10_000
"""SDK events kept for a late or slow reader of `Session.events`: some minutes of conversation."""


class SessionRuntime(RuntimeBase, AudioRuntime):
    """The engine and the shells around it. All methods belong to the session's event loop."""

    def __init__(
        self, connection: Connection, tasks: TaskGroup, setup: Setup, tap: Tap | None, log: SessionLog,
        device_user: DeviceUser,
    ) -> None:  # fmt: skip
        super().__init__()
        formats = setup.formats
        self.loop = asyncio.get_running_loop()
        self.log = log
        self.tasks = tasks
        self.tools = ActiveTools(setup.tools)
        self._clock = clock.wall_clock()
        self._guard = Guard(log, NOTHING, emitting)
        self.conversation_server = SessionServer(self)

        alignment = acoustic_alignment(setup.aligner, formats.output.rate)
        timeline = None if setup.speaker is None else Timeline(formats.output.rate)
        settings = _message_settings(setup, alignment, tap)
        conversation = LiveConversation(self.conversation_server)
        self.link = Link(
            connection, formats.input, setup.hold_audio, conversation, log,
            only_transcribes=setup.kind is SessionKind.TRANSCRIPTION,
        )  # fmt: skip
        self.engine = Engine(
            settings, conversation, audio_format=formats.output, timeline=timeline, cancel=self.cancel,
            timeout=setup.timeout, response_timeout=setup.response_timeout, runs_tools=len(setup.tools) > 0,
            kind=setup.kind, position=self.link.position,
        )  # fmt: skip
        self.engine.abilities.capabilities = connection.dialect.capabilities
        self._placer = WordPlacer(self.engine.words)
        self.calls = ToolCalls(self)

        self.audio = self._make_audio(setup, timeline, tap)
        if reads_levels(tap):
            self.audio.measure_levels()
        has_devices = setup.kind is not SessionKind.SIDE_BAND
        self.devices = DeviceExchange(
            self.audio, tasks, device_user, lambda: self.events.ended, has_devices=has_devices
        )  # fmt: skip
        self.input_ended = asyncio.Event()  # set when the microphone has no more

        turn_source = setup.turns.source
        self.controller = TurnController(setup.turns, setup.barge_in, self.engine, self.audio.sink)
        self.rest = Rest(self.engine, self.controller, self.link, settings.on_awaited)
        self.confirmation = Confirmation(self.engine, self.link, formats)
        self.turn_reports = TurnReports(self.engine, self.link, turn_source)
        self._capture_handler = CaptureHandler(self.controller, self.engine, self.link.position, tap, turn_source)
        for table in (self.confirmation.table, self.turn_reports.table, self.controller.table):
            self.engine.add_handlers(table)

        self.events: ReplayableStream[SdkEvent] = ReplayableStream(settings.event_factory, limit=EVENTS_KEPT)
        self.raw_events: ReplayableStream[ServerEvent] = ReplayableStream(settings.event_factory, limit=EVENTS_KEPT)
        idle = None if setup.idle is None else IdleDetector(setup.idle, self.engine, clock.wall())
        budget = None if setup.budget is None else BudgetWatch(setup.budget, lambda: self.engine.usage)
        self.emit = Observers(log, self.events, self.turn_reports.timer, tap=tap, idle=idle, budget=budget).emit
        self._run_when_open: list[Callable[[], Coroutine[Any, Any, None]]] = [  # the tasks of the session
            self._show, self._place, self._play, self._capture, partial(follow_reports, tap, self.emit),
            *([] if alignment is None else [alignment.run]),
        ]  # fmt: skip
        self._timer = DeadlineTimer[Effects]([self.engine, self.controller, *([idle] if idle else [])], self._expire)

    def _make_audio(self, setup: Setup, timeline: Timeline | None, tap: Tap | None) -> SessionAudio:
        """Make what captures and plays; the messages are given what counts their audio as heard."""
        formats, settings = setup.formats, self.engine.settings
        sink, unread = None, None
        if setup.speaker is not None and timeline is not None:
            sink = Sink(setup.speaker, timeline, self.engine.words.until_next_caption)
            settings.count_heard = sink.poll
        else:  # the application plays
            settings.on_heard = TakenSegments(tap, formats.output.rate, self._pacer.wake).count
            unread = UnreadAudio(self.engine.conversation, self.log)
            settings.on_awaited = unread.awaited
        capture = Capture(
            setup.microphone, formats, turns=setup.turns, canceller=setup.canceller,
            report_rendered=self._poll_rendered,
        )  # fmt: skip
        return SessionAudio(formats, capture, sink, tap, unread)

    async def open(self, session_fields: Mapping[str, Any], *, may_be_over: bool) -> None:
        """Wait until the server has opened the session and confirmed its configuration, and start the tasks.

        `may_be_over`: a connection that is lost at that moment is no error: what it brought is played.
        """
        if not self.engine.joins_a_call:  # else the session has been open for long
            await Opening(self.engine).wait()
        if (session_fields or self.engine.joins_a_call) and self.link.end_reason is None:
            await configure(self, session_fields)
        if self.link.end_reason is not None and not may_be_over:
            raise self.link.end_reason
        for run in self._run_when_open:
            self.tasks.start_soon(run)

    # Requests of the application

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Completion[None]:
        """Send an event of the application; the completion is set once it is on its way."""
        self.link.connection.require_room()
        begin = self.link.position.seconds
        sent = self._send(event)
        kind = event_type(event)
        if self.link.end_reason is not None:
            self.log.not_sent(kind)
        self.apply(self.engine.on_sent(event, clock.wall()))
        self.turn_reports.sent(kind, begin)
        return sent

    def _send(self, event: ClientEvent | Mapping[str, Any]) -> Completion[None]:
        if not isinstance(event, InputAudioBufferAppend):  # the user's audio enters no conversation
            self.conversation_server.finish_restoring()
        return self.link.send(event, server_detects=self.engine.session.turn_detection is not None)

    # The one place that applies effects

    def apply(self, effects: Effects) -> list[Completion[None]]:
        """Send, emit and run, in this order; what was heard so far is reported before the events.

        Returns a completion for each event to send, which is set once it is on its way.
        """
        self.tools.apply_updates()
        sent = [self._send(event) for event in effects.send]
        self.report_playback()
        for event in effects.emit:
            self.emit(event)
        for call in effects.calls:
            if not self.tools.current.is_manual(call.name):
                self.tasks.start_soon(self.calls.run, call)
        for request in effects.approvals:
            self.tasks.start_soon(self.calls.approve, request)
        for request in effects.lapsed:
            self.calls.lapse(request)
        for call in effects.interrupted:
            self.calls.interrupt(call)
        self._timer.set()
        self.rest.changed()
        return sent

    def update_tools(self, tools: Toolbox, update: UpdateRequest) -> None:
        """Run function calls also with these tools, and only with them once the server has confirmed them."""
        self.tools.update(tools, update)
        self.engine.calls.runs_tools |= len(tools) > 0  # a response may call one that is gone: it is answered

    def apply_captured(self, events: Iterable[CaptureEvent]) -> None:
        """Act on the events of the capture."""
        for event in events:
            self.turn_reports.captured(event)
            if isinstance(event, Append):
                self._send(self._capture_handler.append(event))
            else:
                self.apply(self._capture_handler.effects(event, clock.wall()))

    # The end

    def leave(self, failure: ConnectionLost | None) -> None:
        """Complete everything that is awaited, and accept no more events to send; those queued are still sent.

        failure: why the session ends without being left: queued events are dropped.
        """
        at = clock.wall()
        self.conversation_server.finish_restoring()
        self.audio.end()
        if self.link.end_reason is None:
            end_reason = failure or ConnectionLost("the session has ended")
            if failure is None:
                self.link.finish(end_reason)
            else:
                self.link.end(end_reason)
            self._disconnect(end_reason, failure)
        self.apply(self.engine.leave(at))
        self._end_events()

    async def wait_until_over(self) -> None:
        """Wait until the queued events are sent, and the audio that counts as heard has been heard."""
        await self.link.connection.wait_until_delivered()
        await self.audio.wait_until_silent()

    def end(self, lost: ConnectionLost, failure: ConnectionLost | None) -> None:
        """The connection was lost, or closed by the server, and the session with it.

        failure: what readers of the responses raise; None: they end quietly.
        """
        self.emit(Disconnected(clock.wall(), lost.code, lost.reason or str(lost)))
        self.log.not_answered(request.kind for request in self.engine.requests if request.unawaited)
        self.link.end(lost)
        self._disconnect(lost, failure)
        self.wake()

    def _disconnect(self, end_reason: ConnectionLost, failure: ConnectionLost | None) -> None:
        self.raw_events.end()
        self.apply(self.engine.disconnect(clock.wall(), end_reason, failure))

    def _end_events(self) -> None:
        self._timer.end()
        self.events.end()

    # The tasks

    async def _show(self) -> None:
        while True:
            await self._pacer.changed()
            if (effects := self._guard.run(self.engine.advance, clock.wall())) is not NOTHING:
                self.apply(effects)
            self._placer.wake()
            if self.engine.words.captions_followed:
                self._placer.hurry()
            if self.link.end_reason is not None and not self.engine.speaking:
                self._end_events()  # all that was received has been heard

    async def _place(self) -> None:
        if self.audio.sink is not None and self.engine.settings.make_aligner is make_aligner:
            await self._placer.prepare()
        while True:
            await self._placer.placed()
            self.apply(self._guard.run(self.engine.advance, clock.wall()))
            if self.audio.sink is not None:
                self.audio.sink.wake()  # which did not know when the next caption is due

    async def _capture(self) -> None:
        self.link.position.begin(clock.wall())
        async with aclosing(self.audio.capture.run()) as batches:
            async for events in batches:
                self.apply_captured(events)
                await self.link.connection.wait_for_room()
        self.input_ended.set()

    # Frames

    def handle_frame(self, frame: bytes | str) -> ServerEvent:
        """Handle one frame of the server, completely; return its event."""
        event = parse(frame, self.link.connection.dialect)
        self.observe(event, frame)
        if (translated := self.link.connection.ids.incoming(event)) is not None:
            self.handle(translated)
        return event

    def observe(self, event: ServerEvent, frame: bytes | str) -> None:
        """Show an event as it came."""
        self.log.received(event, frame)
        if self.raw_events.followed and not self.raw_events.ended:
            self.raw_events.put(event)

    def handle(self, event: ServerEvent) -> None:
        """Handle one event of the server, completely; once the session is left, what had arrived changes nothing."""
        if self.link.end_reason is not None:
            return
        at = self._clock()
        self.link.unconfirmed.receive(event, at)
        effects = self._guard.run(self.engine.receive, event, at)
        if effects is not NOTHING or not event.type.endswith(".delta"):
            self.apply(effects)
        self._placer.received()
        self.wake()

    # Audio

    def _emit_played(self, report: PlaybackReport) -> None:
        for event in report.events:
            self.emit(event)
        for segment in report.underruns:
            if isinstance(item := self.engine.conversation.get(segment.item_id), MessageItem):
                self.emit(Underrun(clock.wall(), item))

    # Timeouts

    def _expire(self, part: HasDeadline[Effects]) -> None:
        self.apply(self._guard.run(part.expire, clock.wall()))
        self.wake()


def _message_settings(setup: Setup, alignment: AcousticAlignment | None, tap: Tap | None) -> MessageSettings:
    """Return the settings of all messages; who plays them is added once that is known."""
    return MessageSettings(
        own_event(),
        setup.formats.output.rate,
        make_aligner=setup.make_aligner,
        make_word_finder=None if alignment is None else alignment.word_finder,
        played_remotely=setup.kind is SessionKind.SIDE_BAND,
        writes_only=setup.writes_only,
        captions_requested=reads_captions(tap) or (alignment is not None and alignment.always),
    )
