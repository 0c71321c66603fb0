"""One client's connection: the rules, a voice and ears joined over a channel, whatever carries it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Final, Protocol, TypeAlias

import anyio
from anyio.abc import TaskGroup, TaskStatus
from anyio.lowlevel import checkpoint_if_cancelled

from ..audio._pcm import Pcm
from ..errors import ConnectionLost
from ._items import Event
from ._responder import answer
from ._rules import ServerSession
from ._voice import Ears, SpeechStarted, SpeechStopped, Voice
from ._work import Configure, Listen, Respond, Stop, Transcribe, Work

LIFETIME: Final = 3600.0
"""Seconds after which the service ends a session."""

MAX_UNSENT: Final = 16_384
"""Batches of events that may wait for a client that does not read: half an hour of sound."""

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
        """End it; harmless if repeated."""
        ...


class Connection:
    """Serves one client until it leaves. Its methods are called from the loop that runs `run`.

    ears: None: nobody listens; the client commits its turns, and nothing is transcribed.
    lifetime: seconds until the session expires.
    """

    def __init__(
        self, channel: Channel, session: ServerSession, voice: Voice, ears: Ears | None = None, *,
        lifetime: float = LIFETIME,
    ) -> None:
        self.session = session
        self._channel = channel
        self._voice = voice
        self._ears = ears
        self._lifetime = lifetime
        self._tasks: TaskGroup = anyio.create_task_group()
        self._unsent, self._to_send = anyio.create_memory_object_stream[list[Frame]](MAX_UNSENT)
        self._writing: dict[str, anyio.CancelScope] = {}  # by response id: a voice at work
        self._transcribing: dict[str, anyio.Event] = {}  # by item id: set once it is over
        self._goodbye: tuple[int, str] | None = None  # code and reason of the close; None until it is decided

    @property
    def over(self) -> bool:
        """Whether it is closed, or will be once all is sent: nothing more is emitted."""
        return self._goodbye is not None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve the client; return when it has left, or was told to. It has started when the session is open."""
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
            code, reason = self._goodbye = self._goodbye or (1000, "")
            self._to_send.close()
            self._unsent.close()
            with anyio.CancelScope(shield=True):
                await self._channel.close(code, reason)

    def receive(self, frame: str | bytes) -> None:
        """Take a frame of the client's."""
        self.emit(self.session.receive(frame))

    def emit(self, events: Iterable[Frame]) -> None:
        """Send events, in order, and start the work that the rules have left."""
        batch = list(events)
        if self.over:
            _log.debug("%d events came after the connection's end", len(batch))
            return
        try:
            if batch:
                self._unsent.send_nowait(batch)
        except anyio.WouldBlock:
            self.hang_up(1008, "the client does not read")
            self._tasks.cancel_scope.cancel()  # what waits will never be sent
        for work in self.session.take_work():
            self._begin(work)

    def expire(self) -> None:
        """End the session as the service does after an hour."""
        self.emit(self.session.expired())
        self.hang_up(1001, "session expired")

    def hang_up(self, code: int, reason: str) -> None:
        """Close the connection once all that was emitted is sent."""
        self._goodbye = (code, reason)
        self._unsent.close()

    async def deliver(self, batch: list[Frame]) -> None:
        """Send what one decision of the server gave."""
        for frame in batch:
            await self._channel.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def _send_all(self) -> None:
        try:
            async for batch in self._to_send:
                await self.deliver(batch)
        except ConnectionLost:
            _log.debug("the client left before all was sent")
        self._tasks.cancel_scope.cancel()

    async def _receive_all(self) -> None:
        try:
            while True:
                self.receive(await self._channel.receive())
        except ConnectionLost as lost:
            _log.debug("the client left: %s", lost)

    def _begin(self, work: Work) -> None:
        match work:
            case Respond(response_id):
                self._writing[response_id] = scope = anyio.CancelScope()
                self._tasks.start_soon(self._respond, response_id, scope)
            case Stop(response_id):
                self._writing.pop(response_id).cancel()
            case Transcribe(item_id, pcm) if self._ears is not None:
                self._transcribing[item_id] = anyio.Event()
                self._tasks.start_soon(self._transcribe, self._ears, item_id, pcm)
            case Listen(pcm) if self._ears is not None:
                for boundary in self._ears.listen(pcm):
                    self._turn(boundary)
            case Configure(turn_detection) if self._ears is not None:
                self._ears.configure(turn_detection)

    def _turn(self, boundary: SpeechStarted | SpeechStopped) -> None:
        match boundary:
            case SpeechStarted(frame):
                self.emit(self.session.speech_started(frame))
                self.emit(self.session.interrupt())
            case SpeechStopped(frame):
                self.emit(self.session.speech_stopped(frame))

    async def _respond(self, response_id: str, scope: anyio.CancelScope) -> None:
        with scope:
            await checkpoint_if_cancelled()  # it may be over before it began
            for transcript in list(self._transcribing.values()):  # the voice answers what was understood
                await transcript.wait()
            await answer(self.session, response_id, self._voice, self.emit)

    async def _transcribe(self, ears: Ears, item_id: str, pcm: Pcm) -> None:
        transcript = ""
        try:
            async for piece in ears.transcribe(pcm):
                transcript += piece
                self.emit(self.session.transcript_delta(item_id, piece))
            self.emit(self.session.transcript_done(item_id, transcript))
        except Exception:  # recognition is other people's code: its fault costs a transcript, not the session
            _log.exception("the transcription of %s failed", item_id)
            self.emit(self.session.transcript_failed(item_id))
        finally:
            self._transcribing.pop(item_id).set()
