"""A recorded session drives a real one: `replay(folder)`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, TypeAlias, get_args

import anyio

from ..._runtime import clock
from ..._runtime.arguments import check_choice, check_instance
from ...audio._formats import AudioFormat, to_wire
from ...captions._aligner import TranscriptAligner
from ...captions._rehearsal import rehearse
from ...conversation._settings import MakeAligner
from ...devices._protocols import OutputDevice
from ...errors import ConnectionLost, UsageError
from ...protocol.dialects._dialect import Dialect
from ...protocol.dialects._table import dialect_of
from ...recording._replay import read
from ...session._session import Session
from ...session.opening._aligner_name import AlignerName
from ...session.opening._connecting import connect
from ...tools._tool import Function, Tool
from ...tools._toolbox import Toolbox
from ..devices._virtual_speaker import VirtualSpeaker
from ._application import RecordedApplication
from ._captions import RecordedCaptions
from ._connections import RecordedConnection, RecordedSession
from ._ids import RecordedIds

ReplayAligner: TypeAlias = AlignerName | Literal["recorded"]
"""How the captions of a replay are timed: as they were in the recording, or as `connect` times them."""

PATIENCE: Final = 0.02
"""Seconds within which the application may ask for what the server is about to answer."""

GRACE: Final = 5.0
"""Seconds from the last frame to the end of the recording: more than a session waits for what does not come."""

SLACK: Final = 0.05
"""Seconds by which a reply may end later than in the recording: its device is read at other moments."""

DEVICE_SLACK: Final = 0.5
"""The same on a device of the caller's: it begins to play later by its latency, and by that of its sound server."""

OVER: Final = 1000
"""The close code with which a recording ends that was not closed by its server."""


class _ReplaySpeaker(VirtualSpeaker):
    """Nothing but the clock moves its count, which is read when something is due."""

    patience: Final = 0.5
    """Seconds after which it is read in any case: it never runs dry."""


class Replay:
    """A recording as the server of a session: an `Endpoint`, and a session that is connected to it. See `replay`."""

    name = "the recording"

    def __init__(
        self, recorded: RecordedSession, captions: RecordedCaptions | None, *, speaker: OutputDevice | None,
        tools: Iterable[Tool | Function], aligner: AlignerName | None,
    ) -> None:  # fmt: skip
        self.dialect: Dialect = recorded.dialect
        self.received: list[dict[str, Any]] = []  # events of the application, in order
        self._recorded = recorded
        self._speaker = speaker
        self._tools = list(tools)
        self._aligner = aligner
        self._next = 0  # place of the connection that is replayed next
        self._playing: ReplayedConnection | None = None  # None: the application has not connected yet
        self._session: AbstractAsyncContextManager[Session] | None = None  # None outside `async with`
        self.make_aligner: MakeAligner = TranscriptAligner if captions is None else captions  # `connect` asks for it
        if recorded.joins_a_call:
            self.call_id = "recorded"  # an attribute that only the endpoints of calls have

    def __repr__(self) -> str:
        return f"<Replay {len(self._recorded.connections)} connections, {self.seconds:.1f} s>"

    @property
    def seconds(self) -> float:
        """Seconds from the first frame of the recording to the last one."""
        return self._recorded.connections[-1].server[-1].at

    @property
    def is_over(self) -> bool:
        """Whether the recording is at its end: a connection that is lost now is followed by no other one."""
        return self._next == len(self._recorded.connections)

    @property
    def position(self) -> float:
        """Seconds of the recording that are replayed."""
        return 0.0 if self._playing is None else self._playing.position

    async def connect(self, model: str | None, api_key: str | None) -> ReplayedConnection:
        """Open the next connection of the recording; the second one not before it was opened there."""
        if self.is_over:
            raise UsageError("the recording is over: it has no further connection")
        if self._aligner is not None and self.make_aligner is TranscriptAligner:
            rehearse()  # here, and not in a thread, whose end would fall between any two frames
        recorded = self._recorded.connections[self._next]
        if self._playing is not None:
            await anyio.sleep(max(0.0, recorded.server[0].at - self._playing.position))
        self._next += 1
        self._playing = ReplayedConnection(recorded, self.received, is_last=self.is_over)
        return self._playing

    async def __aenter__(self) -> Session:
        if self._session is not None or self._playing is not None:
            raise UsageError("a replay is entered once: call replay(…) again for another one")
        self._session = self._open()
        return await self._session.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._session is not None  # set by __aenter__
        return await self._session.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Session, None]:
        """Open a session on the recording, and play the application's part in it."""
        recorded = self._recorded
        options: dict[str, Any] = {"tools": self._tools, "microphone": None, "aligner": self._aligner}
        if not recorded.joins_a_call:
            options["speaker"] = _ReplaySpeaker() if self._speaker is None else self._speaker
        for side in ("input", "output"):
            format = getattr(recorded.formats, side)
            if format != AudioFormat():
                options[f"{side}_format"] = to_wire(format)
        opened = connect(endpoint=self, **options)
        async with opened as session:
            leave = partial(self._leave, session, partial(opened.__aexit__, None, None, None))
            application = RecordedApplication(recorded, session, lambda: self.position, leave)
            playing = asyncio.create_task(application.run(), name="the recorded application")
            try:  # not a task group: it would wrap a failed assertion of the block
                yield session
                if playing.done():
                    playing.result()
            finally:
                playing.cancel()
                await asyncio.wait([playing])


    async def _leave(self, session: Session, end: Callable[[], Awaitable[object]], timed: bool) -> None:
        """Leave the session as the application did, with what the server had sent by then.

        A reply that was heard to its end is not cut. timed: the recording says when; else all is heard.
        """
        if self._playing is not None:
            with anyio.move_on_after(GRACE):
                await self._playing.delivered.wait()
        slack = SLACK if self._speaker is None else DEVICE_SLACK
        with anyio.move_on_after(slack if timed else None):
            await session.drained()
        await end()


class ReplayedConnection:
    """One connection of the recording: a `Transport`. Its frames come when they came, counted from the first."""

    def __init__(self, recorded: RecordedConnection, received: list[dict[str, Any]], *, is_last: bool) -> None:
        self._recorded = recorded
        self._received = received
        self._is_last = is_last  # of the recording
        self._begin = recorded.server[0].at
        self._began_at: float | None = None  # loop time; None: the session is still being loaded, and takes no frame
        self._sent = 0  # frames of the server that the session has been given
        self._ids = RecordedIds(recorded.client)
        self._closed = anyio.Event()
        self.delivered = anyio.Event()  # set when the session has been given all frames

    @property
    def position(self) -> float:
        """Seconds of the recording that are replayed."""
        return self._begin if self._began_at is None else self._begin + clock.now() - self._began_at

    async def send(self, text: str) -> None:
        """Note an event of the application, but its audio: nothing waits for it."""
        if self._closed.is_set():
            raise _end(self._recorded, is_last=self._is_last)
        if '"input_audio_buffer.append"' in text[:100]:
            return
        event = json.loads(text)
        self._received.append(event)
        self._ids.sent(event, self.position)

    async def receive(self) -> str:
        """Wait for the next frame, or the end of the connection."""
        frame: str | None = None
        if self._began_at is None:
            self._began_at = clock.now()
        while frame is None:
            if self._sent == len(self._recorded.server):
                self.delivered.set()
                await self._until_the_end()
                raise _end(self._recorded, is_last=self._is_last)
            moment = self._recorded.server[self._sent]
            await anyio.sleep(max(0.0, moment.at - self.position))
            if (awaited := self._ids.awaited(moment)) is not None:
                with anyio.move_on_after(PATIENCE):
                    await awaited.wait()
            self._sent += 1
            frame = self._ids.frame(moment.record)
        return frame

    async def _until_the_end(self) -> None:
        """Wait until the connection ends, or is closed on this side."""
        end = self._recorded.server[-1].at
        if self._is_last:
            end = max([end, *(moment.at for moment in self._recorded.client[-1:])]) + GRACE
        with anyio.move_on_after(end - self.position):
            await self._closed.wait()

    async def close(self) -> None:
        """Close it."""
        self._closed.set()


def replay(
    path: str | Path, *, speaker: OutputDevice | None = None, tools: Iterable[Tool | Function] = (),
    dialect: Dialect | str | None = None, aligner: ReplayAligner | None = "recorded",
) -> Replay:  # fmt: skip
    """Let a recorded session drive a real one: what the server sent, when it sent it, on the clock of the loop.

        async with replay("talks/monday") as session:
            async for event in session.events():
                ...

    Inside `run_virtual` minutes take seconds, and give the same events every time. The events end with the recording.

    The session of the block is a real one, and the application's part is played as it was recorded: the user's audio,
    what tools returned and when, interruptions by code, and the end. Or let the application play its own part:
    `connect(endpoint=replay("talks/monday"), …)`.

    The recording does not wait for what is sent: its answers come when they came. An event of the application counts as
    the recorded one of its kind that is nearest in time, so that `respond`, `update`, and the history on a second
    connection are answered as they were. Events that have no such counterpart are ignored; `received` has them all, but
    for audio. A session that was renewed is replayed as one that was lost at that moment. Pauses, mutes and volumes are
    not recorded.

    Args:
        path: the folder of a recording, or its `events.jsonl`. Damaged lines are skipped, with a warning in the log.
        speaker: where it is heard; left out, a `VirtualSpeaker`.
        tools: functions to run for the recorded calls; calls of others are answered as they were recorded.
        dialect: that of the server; left out, xAI's where its signs are found, else GA's, which reads the beta's, too.
        aligner: "recorded": each word is shown at the time that the recording has for it, and where it has none, at
            that of "signal", which is the same on every machine. The others are those of `connect`, and place all words
            in time once more; None: words are not timed.

    Raises:
        UsageError: there is no such file, it can't be read, or it holds no session that could be replayed.

    """
    check_instance("path", path, str | Path, "a folder, or a file")  # type: ignore[arg-type]
    if speaker is not None:
        check_instance("speaker", speaker, OutputDevice, "an OutputDevice, such as VirtualSpeaker()")
    if aligner is not None:
        check_choice("aligner", aligner, [*get_args(AlignerName), "recorded"])
    Toolbox().replaced_by(tools)  # refuses what is no list of tools
    recorded = RecordedSession.of(read(path), None if dialect is None else dialect_of(dialect))
    captions = RecordedCaptions.of(Path(path)) if aligner == "recorded" else None
    own = "signal" if aligner == "recorded" else aligner
    return Replay(recorded, captions, speaker=speaker, tools=tools, aligner=own)


def _end(recorded: RecordedConnection, *, is_last: bool) -> ConnectionLost:
    """Return how a connection ends: as it was closed in the recording, or without a close."""
    if recorded.code is not None:
        message = f"the connection was closed in the recording: {recorded.code} {recorded.reason}".rstrip()
        return ConnectionLost(message, code=recorded.code, reason=recorded.reason)
    if is_last:
        return ConnectionLost("the recording is over", code=OVER)
    return ConnectionLost("the connection was lost in the recording")
