"""One client's connection: the rules, a backend and a speech input joined over a channel, whatever carries it."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, Protocol, TypeAlias

import anyio
from anyio.abc import TaskGroup, TaskStatus
from anyio.lowlevel import checkpoint_if_cancelled

from ..audio._pcm import Pcm
from ..errors import ConnectionLost
from ._actions import Action, AwaitUser, CallTool, Configure, Listen, ListTools, Respond, Stop, Transcribe
from ._backend import Backend, HostedToolError, SpeechInput, SpeechStarted, SpeechStopped, ToolLister
from ._generation import generate_response
from ._items import Event
from ._rules import ServerSession

LIFETIME: Final = 3600.0
"""Seconds after which the service ends a session."""

MAX_UNSENT: Final = 16_384
"""Batches of events that may wait for a client that does not read: half an hour of audio."""

Frame: TypeAlias = Event | str | bytes
"""What can be sent: an event, or a frame as it is."""

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """Carries frames to one client and back."""

    async def send(self, frame: str | bytes) -> None:
        """Send a frame; raise `ConnectionLost` if the client is gone."""
        ...

    async def receive(self) -> str | bytes:
        """Wait for the next frame; raise `ConnectionLost` if the client is gone."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it, after the frames in flight; harmless if repeated."""
        ...

    def abort(self) -> None:
        """Break it without a close: frames in flight are lost; harmless if repeated."""
        ...

    def cut(self) -> None:
        """End it without a close, after the frames in flight; harmless if repeated."""
        ...

    def stall(self) -> None:
        """Fall silent: it stays open, and carries nothing more."""
        ...


class Connection:
    """Serves one client until it leaves. Its methods are called from the loop that runs `run`.

    speech_input: None: the client commits its turns itself, and nothing is transcribed.
    list_tools: None: no tool server can be reached. lifetime: seconds until the session expires.
    """

    def __init__(
        self, channel: Channel, session: ServerSession, backend: Backend, speech_input: SpeechInput | None = None, *,
        list_tools: ToolLister | None = None, lifetime: float = LIFETIME,
    ) -> None:
        self.session = session
        self._channel = channel
        self._backend = backend
        self._speech_input = speech_input
        self._list_tools = list_tools
        self._lifetime = lifetime
        self._tasks: TaskGroup = anyio.create_task_group()
        self._unsent, self._to_send = anyio.create_memory_object_stream[list[Frame]](MAX_UNSENT)
        self._generating: dict[str, anyio.CancelScope] = {}  # by response id
        self._transcribing: dict[str, anyio.Event] = {}  # by item id: set once it is over
        self._waiting: anyio.CancelScope | None = None  # for a user who has been silent; None: it never did
        self._close: tuple[int, str] | None = None  # code and reason; None until it is decided

    @property
    def over(self) -> bool:
        """Whether it is closed, or will be once all frames are sent: nothing more is emitted."""
        return self._close is not None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve the client; return when the connection has ended. It has started when the session is open."""
        try:
            async with self._tasks:
                self._tasks.start_soon(self._send_all)
                self.emit(self.session.opened())
                task_status.started()
                with anyio.move_on_after(self._lifetime) as life:
                    await self._receive_all()
                if life.cancelled_caught:
                    self.expire()
                else:
                    self._tasks.cancel_scope.cancel()
        finally:
            code, reason = self._close = self._close or (1000, "")
            self._to_send.close()
            self._unsent.close()
            with anyio.CancelScope(shield=True):
                await self._channel.close(code, reason)

    def receive(self, frame: str | bytes) -> None:
        """Process a frame from the client."""
        self.emit(self.session.receive(frame))

    def emit(self, events: Iterable[Frame]) -> None:
        """Send events, in order, and begin the actions that the rules have decided on."""
        batch = list(events)
        if self.over:
            _log.debug("%d events are dropped: the connection has ended", len(batch))
            return
        try:
            if batch:
                self._unsent.send_nowait(batch)
        except anyio.WouldBlock:
            self.hang_up(1008, "the client does not read")
            self._tasks.cancel_scope.cancel()  # the client would never read the rest
        for action in self.session.take_actions():
            self._begin(action)

    def expire(self) -> None:
        """End the session as the service does after an hour."""
        self.emit(self.session.expired())
        self.hang_up(1001, "session expired")

    def hang_up(self, code: int, reason: str) -> None:
        """Close the connection once all emitted frames are sent."""
        self._close = (code, reason)
        self._unsent.close()

    async def deliver(self, batch: list[Frame]) -> None:
        """Send the frames that one decision of the server gave."""
        for frame in batch:
            await self._channel.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def _send_all(self) -> None:
        try:
            async for batch in self._to_send:
                await self.deliver(batch)
        except ConnectionLost:
            _log.debug("the client left before all was sent")
            return  # what it sent before it left is still received
        self._tasks.cancel_scope.cancel()

    async def _receive_all(self) -> None:
        try:
            while True:
                self.receive(await self._channel.receive())
        except ConnectionLost as lost:
            _log.debug("the client left: %s", lost)

    def _begin(self, action: Action) -> None:
        match action:
            case Respond(response_id):
                self._generating[response_id] = scope = anyio.CancelScope()
                self._tasks.start_soon(self._respond, response_id, scope)
            case Stop(response_id):
                self._generating.pop(response_id).cancel()
            case Transcribe(item_id, pcm) if self._speech_input is not None:
                self._transcribing[item_id] = anyio.Event()
                self._tasks.start_soon(self._transcribe, self._speech_input, item_id, pcm)
            case AwaitUser(seconds):
                if self._waiting is not None:
                    self._waiting.cancel()
                if seconds is not None:
                    self._waiting = anyio.CancelScope()
                    self._tasks.start_soon(self._await_user, seconds, self._waiting)
            case ListTools(item_id, tool):
                self._tasks.start_soon(self._show_tools, item_id, tool)
            case CallTool(item_id, run):
                self._tasks.start_soon(self._call_tool, item_id, run)
            case Listen() | Configure() if self._speech_input is not None:
                self._detect_turns(self._speech_input, action)

    def _detect_turns(self, speech_input: SpeechInput, action: Listen | Configure) -> None:
        boundaries: Sequence[SpeechStarted | SpeechStopped] = ()
        try:
            match action:
                case Listen(pcm):
                    boundaries = speech_input.listen(pcm)
                case Configure(turn_detection):
                    speech_input.configure(turn_detection)
        except Exception:  # a speech input is the application's code, and without it no turn would end
            _log.exception("the turn detection failed")
            self.hang_up(1011, "the turn detection failed")
            return
        for boundary in boundaries:
            self._emit_boundary(boundary)

    def _emit_boundary(self, boundary: SpeechStarted | SpeechStopped) -> None:
        match boundary:
            case SpeechStarted(frame):
                self.emit(self.session.speech_started(frame))
                self.emit(self.session.interrupt())
            case SpeechStopped(frame):
                self.emit(self.session.speech_stopped(frame))

    async def _respond(self, response_id: str, scope: anyio.CancelScope) -> None:
        with scope:
            await checkpoint_if_cancelled()  # it may have been cancelled before it began
            for transcript in list(self._transcribing.values()):  # the backend responds to the transcripts
                await transcript.wait()
            await generate_response(self.session, response_id, self._backend, self.emit)

    async def _await_user(self, seconds: float, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(seconds)
        if not scope.cancel_called:
            self.emit(self.session.idle_timed_out())

    async def _show_tools(self, item_id: str, tool: dict[str, Any]) -> None:
        try:
            if self._list_tools is None:
                raise HostedToolError({"type": "protocol_error", "message": "no tool server can be reached"})
            tools = await self._list_tools(tool)
        except HostedToolError as error:
            _log.debug("the tools of %s are not listed: %s", tool["server_label"], error)
            self.emit(self.session.listing_failed(item_id))
        else:
            self.emit(self.session.tools_listed(item_id, tools))

    async def _call_tool(self, item_id: str, run: Callable[[], Awaitable[str]]) -> None:
        try:
            output = await run()
        except HostedToolError as failed:
            self.emit(self.session.call_failed(item_id, failed.error))
        else:
            self.emit(self.session.call_completed(item_id, output))

    async def _transcribe(self, speech_input: SpeechInput, item_id: str, pcm: Pcm) -> None:
        transcript = ""
        try:
            async for piece in speech_input.transcribe(pcm):
                transcript += piece
                self.emit(self.session.transcript_delta(item_id, piece))
            self.emit(self.session.transcript_done(item_id, transcript))
        except Exception:  # a speech input is the application's code: its fault costs a transcript, not the session
            _log.exception("the transcription of %s failed", item_id)
            self.emit(self.session.transcript_failed(item_id))
        finally:
            self._transcribing.pop(item_id).set()
