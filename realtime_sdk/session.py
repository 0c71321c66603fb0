"""A session: the shells wired to the core, and what an application can ask of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from . import clock
from .acoustics import Acoustics
from .audio import Pcm
from .captioner import Captioner
from .capture import (
    Append,
    CancellerFailed,
    Capture,
    CaptureEvent,
    InputLost,
    InputRestored,
    Level,
    LevelMeter,
    Mute,
    SpeechBegan,
    SpeechEnded,
    TurnBegan,
    TurnEnded,
)
from .configuration import Configuration
from .conversation import (
    Conversation,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    Feed,
    FunctionCallItem,
    InputLevel,
    MessageItem,
    Outcome,
    OutputLevel,
    Playout,
    Response,
    Router,
    SdkEvent,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
)
from .devices.protocols import InputDevice, OutputDevice
from .echo import EchoCanceller
from .errors import ConnectionFailed, ConnectionLost, UsageError
from .events import (
    ClientEvent,
    ConversationItemCreate,
    InputAudioBufferAppend,
    InputAudioBufferClear,
    InputAudioBufferCommit,
    ResponseCancel,
    parse,
)
from .formats import Formats
from .idle import IdleWatch, WhenIdle
from .images import data_url
from .link import Link
from .moderator import Moderator
from .playout import Segment, Timeline
from .sink import Hold, Sink
from .tap import Tap
from .tool_runner import ToolRunner
from .tools import Toolbox
from .transports import Transport
from .turns import BargeIn, Teller, Turns

READY_TIMEOUT: Final = 15.0
"""Seconds that a server has to open the session once it is connected."""

EVENTS_KEPT: Final = 10_000
"""SDK events kept for a late or slow reader of `Session.events`: some minutes of talk."""


class Session:
    """One conversation with a realtime voice model. `connect` opens it; all methods belong to its event loop.

    Methods that send (`send_text`, `send_audio`, …) queue at once. Awaiting what they return waits until the frame is
    on its way, which slows down an application that sends faster than the network takes.
    """

    def __init__(
        self, transport: Transport, tasks: TaskGroup, *, speaker: OutputDevice | None, microphone: InputDevice | None,
        tools: Toolbox, tap: Tap | None, formats: Formats, turns: Turns, barge_in: BargeIn,
        canceller: EchoCanceller | None, idle: WhenIdle | None, acoustics: Acoustics | None,
    ) -> None:  # fmt: skip
        self.formats = formats  # of the sound on the wire, each way; here it is PCM at their rates
        self._link = Link(transport, take=self._take, lost=self._lose, tap=tap)
        self._tasks = tasks
        self._tap = tap
        self._events: Feed[SdkEvent] = Feed(asyncio.Event, limit=EVENTS_KEPT)
        self._output_level = LevelMeter(formats.output.rate)
        timeline = Timeline(formats.output.rate) if speaker is not None else None
        self._listeners: list[Callable[[SdkEvent], None]] = [tap.noticed] if tap is not None else []
        self._tools = ToolRunner(toolbox=tools, tasks=tasks, send=self.send, ask=self._ask, tell=self._tell)
        self._router = Router(
            new_event=asyncio.Event, rate=formats.output.rate, decode=formats.output.decode, timeline=timeline,
            taken=self._taken if speaker is None else None, cancel=self._cancel, send=self.send, tell=self._tell,
            called=self._tools.start if len(tools) else _leave_to_application,
            watched=lambda: self._events.followed or tap is not None or (acoustics is not None and acoustics.always),
            follow=acoustics.follow if acoustics else None,
        )  # fmt: skip
        self._configuration = Configuration(self._router, self._link, formats, tell=self._tell)
        self._captioner = Captioner(self._router)
        self._acoustics = acoustics  # None: captions are placed by the signal alone
        self._sink: Sink | None = None  # None: the application plays
        if speaker is not None and timeline is not None:
            self._sink = Sink(
                speaker, timeline, moved=self._captioner.wake, heard=self._heard, reported=self._reported,
                underrun=self._underrun, tell=self._tell_of_speaker,
            )  # fmt: skip
        self._moderator = Moderator(
            turns, barge_in, tasks, self._router, self._sink, self._tools, send=self.send, answer=self._ask
        )
        self._turns_by = turns.told_by
        self._capture = Capture(microphone, formats, turns=turns, canceller=canceller)
        self._idle: IdleWatch | None = None  # None: nobody wants to know
        if idle is not None:
            self._idle = IdleWatch(idle, self._router, tell=self._tell, ask=self._ask)
            self._listeners.append(self._idle.notice)

    def __repr__(self) -> str:
        return f"<Session {self.settings.get('id', '')} {len(self.conversation)} items>"

    # What comes

    @property
    def settings(self) -> Mapping[str, Any]:
        """The wire's session object as the server last told of it."""
        return self._router.session

    @property
    def conversation(self) -> Conversation:
        """The items as they stand, in order, told from what was heard."""
        return self._router.conversation

    def responses(self) -> AsyncIterator[Response]:
        """The responses in the order the server created them, from the first that nobody has read yet.

        Raises:
            ConnectionLost: the connection ended before the session was left.

        """
        return self._router.responses.follow()

    def events(self) -> AsyncIterator[SdkEvent]:
        """Every SDK event, from the first that nobody has read yet; the last 10 000 are kept.

        Only `CaptionShown` events start with the first call: until somebody looks, no words are placed in time.
        """
        return self._events.follow()

    # What the application says

    def send_text(self, text: str, *, respond: bool = True, interrupt: bool = False) -> Outcome[None]:
        """Say something in writing, and have it answered unless `respond` is False.

        interrupt: stop a reply that is playing, as the user's voice would; otherwise the answer comes after it.
        """
        if interrupt:
            self._moderator.interrupt()
        content = [{"type": "input_text", "text": text}]
        return self._send_message(content, respond=respond)

    def send_image(self, image: Any, *, respond: bool = False) -> Outcome[None]:
        """Show an image: encoded bytes, a path, or a PIL image.

        Raises:
            UsageError: not a PNG, JPEG, GIF or WebP image, or larger than 8 MiB.

        """
        content = [{"type": "input_image", "image_url": data_url(image)}]
        return self._send_message(content, respond=respond)

    def send_audio(self, pcm: Pcm | bytes) -> Outcome[None]:
        """Add sound to the server's input buffer: int16 mono at the rate of `formats.input`.

        pcm: an array of shape (frames,), or its bytes.

        Raises:
            UsageError: another dtype or shape, or half a frame.

        """
        return self.send(InputAudioBufferAppend(audio=self._capture.encode(pcm)))

    def commit_audio(self) -> Outcome[None]:
        """Make the input buffer a user's message. A server that detects turns does so by itself."""
        return self.send(InputAudioBufferCommit())

    def clear_audio(self) -> Outcome[None]:
        """Drop what is in the input buffer."""
        return self.send(InputAudioBufferClear())

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Outcome[None]:
        """Send any client event, a model or a dict.

        Raises:
            UsageError: it has no `type`, or holds what JSON can't.

        """
        return self._link.send(event)

    async def respond(self, **overrides: Any) -> Response:
        """Ask for a response, and wait until the server has begun it; never collides with one in progress.

        `overrides` are the fields of the wire's `response.create.response`, for this response alone.

        Raises:
            ServerRefused: the server refused.
            ConnectionLost: the connection has ended.

        """
        return await self._ask(**overrides)

    async def update(self, **session_fields: Any) -> Mapping[str, Any]:
        """Change the session, and wait until the server confirmed it; returns the session object as it is now.

        Raises:
            UsageError: another format of sound: devices and positions go by those that the session was opened with.
            ServerRefused: the server refused.
            ConnectionLost: the connection has ended.

        """
        return await self._configuration.change(session_fields)

    # The sound

    async def interrupt(self) -> list[Playout]:
        """Silence now; then the server cancels, truncates and forgets what was not heard.

        Running tools finish, but the model is not asked to continue with their results. Returns the playouts of the
        messages that were cut.
        """
        return self._moderator.call_off()

    def press(self) -> list[Playout]:
        """Push to talk: stop the reply as `interrupt` does, and listen; returns the playouts that were cut.

        Raises:
            UsageError: the session was not opened with `turns=Turns.push_to_talk()`.

        """
        self._apply(self._capture.press(clock.wall()))
        return self._moderator.call_off()

    def release(self) -> bool:
        """Push to talk: have the turn answered; False if the press was under 100 ms, of which nothing is sent."""
        meant, events = self._capture.release(clock.wall())
        self._apply(events)
        return meant

    def pause(self) -> None:
        """Hold the sound at the exact frame, and the captions with it."""
        if self._sink is None:
            raise UsageError("there is no speaker to pause: the application plays the sound itself")
        self._sink.pause(Hold.APPLICATION)

    def resume(self) -> None:
        """Go on with the frame after the last one heard."""
        if self._sink is not None:
            self._sink.resume(Hold.APPLICATION)

    def mute(self, *, hard: bool = False) -> None:
        """Send silence in place of what the microphone hears, so that the server's turn detection keeps running.

        hard: send nothing at all; a turn that the server has heard begin stays open meanwhile.
        """
        self._capture.mute(Mute.HARD if hard else Mute.SOFT, clock.wall())

    def unmute(self) -> None:
        """Send what the microphone hears."""
        self._capture.mute(Mute.NONE, clock.wall())

    # How it runs

    async def start(self, session_fields: Mapping[str, Any]) -> None:
        """Wait until the server opened the session, send the configuration, and let everything run.

        Raises:
            ConnectionFailed: the server did not open it.

        """
        self._tasks.start_soon(self._link.receive)
        self._tasks.start_soon(self._link.deliver)
        with anyio.move_on_after(READY_TIMEOUT) as waiting:
            await self._router.ready
        if waiting.cancelled_caught:
            raise ConnectionFailed(f"the server is connected, but sent no session.created in {READY_TIMEOUT:g} s")
        if session_fields:
            self._tasks.start_soon(self._configuration.tell_refusal, self._configuration.open(session_fields))
        for shell in (self._captioner, self._acoustics, self._sink, self._idle):
            if shell is not None:
                self._tasks.start_soon(shell.run)
        self._tasks.start_soon(self._run_capture)

    def leave(self, failure: ConnectionLost | None = None) -> None:
        """Settle everything anybody may be waiting for; nothing is sent any more.

        failure: what readers of the responses raise at their end; None: they end quietly.
        """
        at = clock.wall()
        if self._sink is not None:
            self._sink.flush()
        if self._link.ended is None:
            self._disconnect(failure or ConnectionLost("the session has ended"), failure)
        self._router.leave(at)
        self._events.end()

    async def fall_silent(self) -> None:
        """Wait until no sound comes any more: what was counted as heard when the session was left is heard."""
        if self._sink is not None:
            await self._sink.fall_silent()

    def _lose(self, lost: ConnectionLost) -> None:
        """The connection has ended, and nobody here wanted it to."""
        self._tell(Disconnected(clock.wall(), lost.code, lost.reason or str(lost)))
        self._disconnect(lost, lost)
        self._captioner.wake()

    def _disconnect(self, ended: ConnectionLost, failure: ConnectionLost | None) -> None:
        """Nothing can be sent any more; readers of the responses raise `failure`, if there is one."""
        self._link.end(ended)
        self._router.disconnect(clock.wall(), ended, failure)

    def _take(self, frame: bytes | str) -> None:
        """Act on one frame, at once and completely."""
        event = parse(frame)
        if event.type == "response.created":
            self._configuration.check()
        for answer in self._router.receive(event, clock.wall()):
            self.send(answer)
        self._moderator.notice(event.type)
        self._captioner.wake()
        if self._sink is not None:
            self._sink.wake()

    def _send_all(self, events: Sequence[ClientEvent]) -> None:
        for event in events:
            self.send(event)

    def _send_message(self, content: list[dict[str, Any]], *, respond: bool) -> Outcome[None]:
        item = {"type": "message", "role": "user", "content": content}
        sent = self.send(ConversationItemCreate(item=item))
        if respond:
            self._ask()
        return sent

    def _ask(self, **overrides: Any) -> Outcome[Response]:
        ask, events = self._router.queue.ask(overrides)
        if self._link.ended is not None:
            ask.response.fail(self._link.ended)
        self._send_all(events)
        return ask.response

    async def _cancel(self, response: Response) -> None:
        if response.out_of_band:
            self.send(ResponseCancel(response_id=response.id))
        else:
            self._moderator.interrupt()

    def _tell(self, event: SdkEvent) -> None:
        if not self._events.ended:
            self._events.put(event)
            for notice in self._listeners:
                notice(event)

    def _taken(self, segment: Segment, pcm: Pcm) -> None:
        """The application took sound to play it: that counts as heard."""
        at = clock.wall()
        segment.take(pcm.size)
        segment.hear(pcm.size, at, at)
        if self._tap is not None:
            self._tap.heard(at, pcm)
        self._captioner.wake()

    async def _run_capture(self) -> None:
        async with aclosing(self._capture.run()) as batches:
            async for events in batches:
                self._apply(events)

    def _apply(self, events: Iterable[CaptureEvent]) -> None:
        """Act on what the capture of the user's voice found: the one place that does."""
        for event in events:
            match event:
                case Append(at, pcm, data):
                    if self._tap is not None:
                        self._tap.captured(at, pcm)
                    self.send(InputAudioBufferAppend(audio=data))
                case Level(at, dbfs):
                    self._tell(InputLevel(at, dbfs))
                case TurnBegan(at):
                    self._tell(UserSpeechStarted(at, None))
                case TurnEnded(at):
                    self._tell(UserSpeechStopped(at, None))
                    self._end_turn(event)
                case SpeechBegan() if self._turns_by is Teller.SERVER:
                    self._moderator.suspect()
                case SpeechBegan():
                    self._moderator.speech_started()
                case SpeechEnded() if self._turns_by is Teller.VOICE:
                    self._moderator.speech_stopped()
                case CancellerFailed(at, reason):
                    self._tell(EchoCancellerFailed(at, reason))
                case InputLost(at, reason):
                    self._tell(DeviceLost(at, "input", reason))
                case InputRestored(at):
                    self._tell(DeviceRestored(at, "input"))

    def _end_turn(self, turn: TurnEnded) -> None:
        if turn.clear:
            self.clear_audio()
        if turn.commit:
            self.commit_audio()
            if self._turns_by is Teller.VOICE:
                self._moderator.committed()
            else:
                self._ask()

    def _tell_of_speaker(self, event: SdkEvent) -> None:
        if isinstance(event, DeviceRestored):
            self._capture.reset_echo_path()
        self._tell(event)

    def _reported(self, until: float) -> None:
        self._capture.rendered_until(until)

    def _heard(self, at: float, pcm: Pcm) -> None:
        self._capture.rendered(at, pcm)
        if (level := self._output_level.push(at, pcm)) is not None:
            self._tell(OutputLevel(level.at, level.dbfs))
        if self._tap is not None:
            self._tap.heard(at, pcm)

    def _underrun(self, segment: Segment) -> None:
        if isinstance(item := self.conversation.get(segment.item_id), MessageItem):
            self._tell(Underrun(clock.wall(), item))


def _leave_to_application(response: Response, call: FunctionCallItem) -> None:
    """Without tools of the session's own, calls are the application's business."""
