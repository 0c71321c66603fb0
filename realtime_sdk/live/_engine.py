"""The engine of a stream session: events in, effects out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from ..audio._formats import AudioFormat
from ..audio._pcm import Pcm, to_seconds
from ..conversation._completion import EventFactory
from ..conversation._sdk_events import Disconnected, ServerError, ServerMessage, SessionReady, ToolFinished
from ..conversation._streams import Queue
from ..conversation.items._items import FunctionCallItem
from ..errors import ConnectionLost, ServerRefused, UsageError
from ..playback._segment import Segment
from ..playback._timeline import Timeline
from ..protocol._codec import ProtocolViolation, UnknownEvent, dump
from ..tools._result import ToolResult
from . import _wire as wire
from ._backend import BACKEND_SILENCE, FAILURES, Backend, backend_error, with_tokens
from ._captions import CaptionTrack, Fragment
from ._commands import Command, Commands, refusal
from ._effects import NOTHING, ClientEvent, StreamEffects, emitting
from ._events import (
    BackendMessage,
    Delegation,
    DelegationStarted,
    LiveCaptionShown,
    LiveInterrupted,
    LiveUsage,
    LiveUsageUpdated,
)
from ._lifecycle import LiveLifecycle, LiveState
from ._output import OutputStream
from ._protocols import StreamProtocol

TimedEventT = TypeVar("TimedEventT", bound=wire.TimedEvent)

LEAD: Final = 10.0
"""Seconds by which a time may lie beyond the audio that came and the time that has passed: clocks differ by less."""


class StreamEngine:
    """Decides what a stream session sends, emits and runs; `at` is wall-clock seconds.

    timeline: of the device that plays; None: the application takes the audio from `audio`, and that counts as heard.
    """

    def __init__(
        self, protocol: StreamProtocol, fields: Mapping[str, Any], audio_format: AudioFormat, *,
        timeline: Timeline | None, event_factory: EventFactory, timeout: float,
    ) -> None:  # fmt: skip
        self.protocol = protocol
        self.lifecycle = LiveLifecycle(event_factory)
        self.usage = LiveUsage()
        self.session_id: str | None = None  # None: the server has not sent it
        self.expires_at: float | None = None  # wall clock; None: the server does not say
        self.began_at: float | None = None  # wall clock of the first frame of the user's audio; None: none was sent
        self.stream = OutputStream(audio_format.rate, timeline)
        self.audio: Queue[tuple[Segment, Pcm]] | None = Queue(event_factory) if timeline is None else None
        self._started_at = -math.inf  # wall clock; minus infinity: the connection is not open yet
        self._fields = fields
        self._format = audio_format
        self._commands = Commands(event_factory, timeout)
        self._user = CaptionTrack("user")
        self._assistant = CaptionTrack("assistant")
        self._backend = Backend()

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        if self.lifecycle.state is LiveState.OPENING:
            return math.inf  # `StreamRuntime.open` limits that
        return min(self._commands.deadline, self._backend.deadline if self.lifecycle.is_open else math.inf)

    @property
    def is_over(self) -> bool:
        """Whether the session has ended, and all of it that will be heard was."""
        return self.lifecycle.state is LiveState.CLOSED and self.stream.finished

    @property
    def input(self) -> Sequence[Mapping[str, Any]]:
        """The messages that the session began with."""
        return self._fields.get("input") or ()

    # What the application does

    def start(self, at: float) -> StreamEffects:
        """The connection is open."""
        self._started_at = at
        return self._configure(at) if self.protocol.after is None else NOTHING

    def command(self, event: ClientEvent, at: float) -> tuple[Command, StreamEffects]:
        """Send an event that the server is to answer; a `UsageError` if JSON has no form for it."""
        command, event = self._commands.begin(event, at)
        return command, StreamEffects(send=(event,))

    def close(self, at: float) -> StreamEffects:
        """Ask the server, once, to finish its speech and close the session: then `lifecycle.closed` is set."""
        if not self.lifecycle.is_open:
            return NOTHING
        self.lifecycle.close()
        _, event = self._commands.begin({"type": "session.close"}, at, self.lifecycle.closed)
        return StreamEffects(send=(event,))

    def interrupt(self, at: float) -> tuple[float, StreamEffects]:
        """The device was flushed: what came so far is not heard. Return the seconds that were dropped."""
        dropped = self.stream.interrupt()
        if self.audio is not None:
            self.audio.clear()
        lost = self._assistant.lost
        shown = self.advance(at)
        cut_off = self._assistant.lost > lost or self._assistant.shown_until > self.stream.position
        return dropped, shown + emitting(LiveInterrupted(at, dropped, cut_off))

    def ask(self, item: Mapping[str, Any]) -> StreamEffects:
        """Give the backend model an item, and have it respond.

        Raises:
            UsageError: JSON has no form for it.

        """
        dump(created := {"type": "response.item.create", "item": item})
        self._backend.ask()
        return StreamEffects(send=(created, *self._backend.take()))

    def finish_call(self, call: FunctionCallItem, result: ToolResult, at: float) -> StreamEffects:
        """A function has returned."""
        call._answer(result.output)
        return self.answer(call.call_id, result) + emitting(ToolFinished(at, call, result.error, result.exception))

    def answer(self, call_id: str, result: ToolResult) -> StreamEffects:
        """Give the backend model the output of a call.

        Raises:
            UsageError: it made no such call, or JSON has no form for the output.

        """
        if not self._backend.has_made(call_id):
            raise UsageError(f"the backend model made no call {call_id!r}: pass the call, or its call_id")
        dump({"type": "response.item.create", "output": result.output})
        self._backend.answer(call_id, result.output, respond=result.respond)
        return StreamEffects(send=tuple(self._backend.take()))

    # What time brings

    def advance(self, at: float) -> StreamEffects:
        """Return the captions that are audible by now."""
        return emitting(*(LiveCaptionShown(at, caption) for caption in self._assistant.due(self.stream)))

    def expire(self, at: float) -> StreamEffects:
        """Give up the commands whose deadline has passed, and silent responses of the backend model."""
        effects = NOTHING
        if self.lifecycle.is_open and (silent := self._backend.expire(at)):
            reason = f"the backend model did not end {silent} of its responses: {BACKEND_SILENCE:g} s of silence"
            effects = StreamEffects(send=tuple(self._backend.take()), emit=(ProtocolViolation(reason, "", at),))
        for late in self._commands.expire(at):
            message = f"the server did not answer {late.type} in time"
            effects += self._failed(late, ServerError(at, "timeout", None, message, None))
        return effects

    def disconnect(self, at: float, lost: ConnectionLost) -> StreamEffects:
        """The connection has ended, and the session with it; what came is still played."""
        return self._end(lost, at)

    def leave(self, at: float, end_reason: ConnectionLost) -> StreamEffects:
        """The session was left: the device is flushed, and nothing more is awaited."""
        self.stream.interrupt()
        shown = self.advance(at)
        self._end(end_reason, at)
        return shown

    # What the server sends

    def receive(self, event: wire.StreamEvent, at: float) -> StreamEffects:
        """Handle one event of the server, completely; a wrong value in it counts as absent, and is reported."""
        if isinstance(event, wire.TimedEvent):
            event = self._possible(event, at)
        handle = _HANDLERS.get(type(event))
        effects = NOTHING if handle is None else handle(self, event, at)
        if event.invalid_fields:
            reason = f"{event.type}: {'; '.join(event.invalid_fields)}"
            effects = emitting(ProtocolViolation(reason, "", at, event.type)) + effects
        return effects

    def _created(self, event: wire.SessionCreated, at: float) -> StreamEffects:
        return self._configure(at) if self.protocol.after == event.type else NOTHING

    def _configured(self, event: wire.SessionStarted | wire.SessionUpdated, at: float) -> StreamEffects:
        self._commands.answer(event.type, event.client_event_id)
        if self.lifecycle.state is not LiveState.OPENING:
            return NOTHING
        if (other := self._other_format(event.session)) is not None:
            refused = ServerRefused(f"the server would use {other}, not {self._format} as asked")
            self.lifecycle.opened.set_exception(refused)
            return NOTHING
        self.session_id, self.expires_at = event.session.id, event.session.expires_at
        self.lifecycle.open()
        return emitting(SessionReady(at, dict(event.session.model_dump(exclude_unset=True))))

    def _closed(self, event: wire.SessionClosed, at: float) -> StreamEffects:
        if self.lifecycle.state is LiveState.CLOSED:
            return NOTHING
        reason = event.reason or "no reason given"
        ended = ConnectionLost(f"the server closed the session: {reason}", reason=reason)
        seconds = self.usage.seconds if event.usage.seconds is None else event.usage.seconds
        confirmed = event.usage.seconds is not None
        usage = self._count(replace(self.usage, seconds=seconds, final=confirmed), at)
        self.lifecycle.closed.set_result(None)
        return usage + self._end(ended, at)

    def _audio(self, event: wire.OutputAudioDelta, at: float) -> StreamEffects:
        if event.sample_rate not in (None, self._format.rate):
            reason = f"{event.type}: its audio has {event.sample_rate} Hz, and the session has {self._format.rate}"
            return emitting(ProtocolViolation(reason, "", at, event.type))
        pcm = self.stream.receive(self._format.decode(event.delta), event.starts_at_ms, at)
        if self.audio is not None and pcm.size:
            self.audio.put((self.stream.segment, pcm))
        return NOTHING

    def _input_transcript(self, event: wire.InputTranscriptDelta, at: float) -> StreamEffects:
        if not event.delta:
            return NOTHING
        self._user.push(self._fragment(event))
        return emitting(*(LiveCaptionShown(self._said_at(it.start, at), it) for it in self._user.all()))

    def _output_transcript(self, event: wire.OutputTranscriptDelta, at: float) -> StreamEffects:
        if event.delta:
            fragment = self._fragment(event)
            self.stream.expect(fragment.start)
            self._assistant.push(fragment)
        return NOTHING

    def _acknowledged(self, event: wire.Acknowledgment, at: float) -> StreamEffects:
        self._commands.answer(event.type, event.client_event_id)
        return NOTHING

    def _delegated(self, event: wire.DelegationCreated, at: float) -> StreamEffects:
        offset = None if event.offset_ms is None else event.offset_ms / 1000
        delegation = Delegation(event.delegation.id, event.delegation.target or "client", offset)
        return emitting(DelegationStarted(at, delegation))

    def _backend_event(self, event: wire.BackendEvent, at: float) -> StreamEffects:
        call = self._backend.receive(event, at)
        effects = StreamEffects(
            send=tuple(self._backend.take()), emit=(BackendMessage(at, event.delegation_id, event.event),),
            # A session that is closing takes no output any more.
            calls=() if call is None or not self.lifecycle.is_open else (call,),
        )  # fmt: skip
        response = event.event.get("response")
        match event.kind:
            case "response.completed" if isinstance(response, Mapping):
                return effects + self._count(with_tokens(self.usage, response.get("usage")), at)
            case kind if kind in FAILURES:
                failed = response if isinstance(response, Mapping) else event.event
                return effects + emitting(backend_error(failed, at))
        return effects

    def _usage(self, event: wire.UsageUpdated, at: float) -> StreamEffects:
        usage = self.usage
        if event.usage.seconds is not None:
            usage = replace(usage, seconds=event.usage.seconds)
        if event.context_window is not None and event.context_window.usage_ratio is not None:
            usage = replace(usage, context=event.context_window.usage_ratio)
        return self._count(usage, at)

    def _error(self, event: wire.ErrorEvent, at: float) -> StreamEffects:
        error = event.error
        if self.lifecycle.state is LiveState.OPENING:
            self.lifecycle.opened.set_exception(refusal(error))
        reported = ServerError(at, error.type or "", error.code, error.text, error.about)
        refused = self._commands.refuse(error)
        return emitting(reported) if refused is None else self._failed(refused, reported)

    def _unknown(self, event: UnknownEvent, at: float) -> StreamEffects:
        return emitting(ServerMessage(at, event))

    def _violation(self, event: ProtocolViolation, at: float) -> StreamEffects:
        return emitting(replace(event, at=at))

    # Steps that these share

    def _configure(self, at: float) -> StreamEffects:
        return self.command({"type": self.protocol.configure, "session": self._fields}, at)[1]

    def _other_format(self, session: wire.WireSession) -> AudioFormat | None:
        """The format of the server's session, if it is another: the audio would be noise."""
        if session.audio is None or not session.audio.format:
            return None
        try:
            given = AudioFormat.of(session.audio.format)
        except UsageError:  # an unknown name may be a new one of the same format
            return None
        return None if given == self._format else given

    def _failed(self, command: Command, error: ServerError) -> StreamEffects:
        """Report a failure that no caller awaits. Where the server does not close a session, it has ended here."""
        effects = NOTHING if command.answer.waiters else emitting(error)
        if command.answer is self.lifecycle.closed:
            effects += self._end(ConnectionLost(f"the session was not closed properly: {error.message}"), error.at)
        return effects

    def _end(self, reason: ConnectionLost, at: float) -> StreamEffects:
        """The session has ended: events that still come change nothing, and audio that came is heard."""
        if self.lifecycle.state is LiveState.CLOSED:
            return NOTHING
        was_confirmed = self.lifecycle.end(reason)
        self._commands.end(reason)
        self.stream.finish()
        if self.audio is not None:
            self.audio.end()
        return NOTHING if was_confirmed else emitting(Disconnected(at, reason.code, reason.reason or str(reason)))

    def _count(self, usage: LiveUsage, at: float) -> StreamEffects:
        self.usage = usage
        return emitting(LiveUsageUpdated(at, usage))

    def _fragment(self, event: wire.TimedEvent) -> Fragment:
        if (start := event.starts_at_ms) is None:  # no time at all: it belongs to what comes next
            latest = to_seconds(self.stream.end, self.stream.rate)
            return Fragment(event.delta, latest, latest, estimated=True)
        return Fragment(event.delta, start / 1000, max(start, event.end_ms or start) / 1000)

    def _possible(self, event: TimedEventT, at: float) -> TimedEventT:
        """Take times that lie in the future for none: what comes later would count as later still."""
        passed = max(at - self._started_at, to_seconds(self.stream.end, self.stream.rate))
        if not (late := [name for name in _TIMES if (getattr(event, name) or 0) / 1000 > passed + LEAD]):
            return event
        described = (f"`{name}` is {getattr(event, name)}, {passed:.0f} s into the session" for name in late)
        possible = event.model_copy(update=dict.fromkeys(late))
        return possible.with_invalid_fields((*event.invalid_fields, *described))

    def _said_at(self, start: float, at: float) -> float:
        """The wall-clock time at which the user said what lies at `start` seconds of the session."""
        return at if self.began_at is None else min(at, self.began_at + start)


_TIMES: Final = ("start_ms", "end_ms", "elapsed_ms")
"""The fields of a `TimedEvent` that are times of the session."""

_HANDLERS: Final[dict[type, Callable[[StreamEngine, Any, float], StreamEffects]]] = {
    wire.SessionCreated: StreamEngine._created,
    wire.SessionStarted: StreamEngine._configured,
    wire.SessionUpdated: StreamEngine._configured,
    wire.SessionClosed: StreamEngine._closed,
    wire.OutputAudioDelta: StreamEngine._audio,
    wire.InputTranscriptDelta: StreamEngine._input_transcript,
    wire.OutputTranscriptDelta: StreamEngine._output_transcript,
    wire.Acknowledgment: StreamEngine._acknowledged,
    wire.DelegationCreated: StreamEngine._delegated,
    wire.BackendEvent: StreamEngine._backend_event,
    wire.UsageUpdated: StreamEngine._usage,
    wire.ErrorEvent: StreamEngine._error,
    UnknownEvent: StreamEngine._unknown,
    ProtocolViolation: StreamEngine._violation,
}
"""The handler of each class of event."""
