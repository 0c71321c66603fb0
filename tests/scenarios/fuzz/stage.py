"""Plays a case: the wire on which a tape is replayed, and an application that uses the session over it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from realtime_sdk import ConnectionFailed, ConnectionLost, MessageItem, RealtimeError, Response, Session, connect
from realtime_sdk.testing import VirtualSpeaker

from .case import Act, Case
from .mutations import Frame, Tape
from .transcripts import Event, Pcm, named

BOUND: Final = 600.0
"""Virtual seconds after the end of the connection, and of the session, within which every await is over."""

PATIENCE: Final = 0.2
"""Virtual seconds after which an application withdraws what it asked for briefly."""


class Wire:
    """An `Endpoint` that connects once, and the `Transport` on which a tape is replayed."""

    name = "the replayed server"

    def __init__(self, tape: Tape, case: Case) -> None:
        self.sent: list[Event] = []  # by the client
        self.over = asyncio.Event()  # set when the connection has ended
        self._case = case
        self._frames = [Frame(frame.wait, frame.event, frame.raw, frame.binary) for frame in tape.frames]
        self._frames.reverse()  # the next one is the last
        self._due = 0.0  # loop time of the last frame that was received
        self._configured = asyncio.Event()  # set when the client has sent its configuration, or sends none
        self._metadata: list[Any] = []  # of requests for responses that were not answered
        self._connected = False
        self._opened = False  # the frame that opens the session was given

    async def connect(self, model: str | None, api_key: str | None) -> Wire:
        """Open the only connection that there is."""
        if self._connected:
            raise ConnectionFailed("the replayed server takes no second connection")
        self._connected, self._due = True, anyio.current_time()
        return self

    async def send(self, text: str) -> None:
        """Keep what the client sends."""
        if self.over.is_set():
            raise self._lost()
        event = json.loads(text)
        self.sent.append(event)
        if event.get("type") == "session.update" and not self._configured.is_set():
            self._frames.append(Frame(0.0, {"type": "session.updated", "session": event["session"]}))
            self._configured.set()
        if event.get("type") == "response.create":
            request = event.get("response") or {}
            if request.get("conversation") != "none":
                self._metadata.append(request.get("metadata"))

    async def receive(self) -> bytes | str:
        """Give the next frame when it is due; the talk begins once the session is configured."""
        if self._case.tools and self._opened:
            with anyio.move_on_after(PATIENCE):
                await self._configured.wait()
        await self._wait_until(self._due + (self._frames[-1].wait * self._case.tempo if self._frames else 0.0))
        if not self._frames:
            await self._wait_until(self._due + self._case.linger)
            self.over.set()
            raise self._lost()
        frame = self._frames.pop()
        self._due += frame.wait * self._case.tempo
        self._opened = self._opened or frame.type == "session.created"
        return self._answering(frame).wire

    async def end(self) -> None:
        """Wait until the connection has ended."""
        await self.over.wait()

    async def close(self) -> None:
        """End the connection."""
        self.over.set()

    async def _wait_until(self, due: float) -> None:
        if due > anyio.current_time() or not self._case.burst:
            await anyio.sleep_until(due)

    def _answering(self, frame: Frame) -> Frame:
        """Have a response echo the metadata of the request that it answers, and none that was recorded."""
        event = frame.event
        response = event.get("response") if event is not None and frame.type == "response.created" else None
        if event is None or not isinstance(response, dict) or not isinstance(response.get("metadata"), dict | None):
            return frame
        answers = self._case.echo and response.get("conversation_id", "") is not None and self._metadata
        answering = {**event, "response": {**response, "metadata": self._metadata.pop(0) if answers else None}}
        return Frame(0.0, answering, binary=frame.binary)

    def _lost(self) -> ConnectionLost:
        return ConnectionLost("the replay is over", code=self._case.code)


@dataclass(eq=False)
class Watched:
    """A message, and what the application read of it."""

    item: MessageItem
    captions: list[str] | None = None  # None: they are not read
    deltas: list[str] | None = None
    audio: list[Pcm] | None = None


@dataclass(eq=False)
class Seen:
    """All that can be known of a session once it is over."""

    case: Case
    tape: Tape
    wire: Wire
    speaker: VirtualSpeaker | None
    opened: bool = False
    left: bool = False  # before the connection ended
    ended: BaseException | None = None  # what came out of `connect`; None: nothing
    events: list[Any] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    messages: list[Watched] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)  # ids of responses that the application cancelled
    failures: list[BaseException] = field(default_factory=list)  # what application and event loop were surprised by
    pending: list[str] = field(default_factory=list)  # awaits of the application that did not end
    tasks_left: list[str] = field(default_factory=list)  # names of the session's tasks that outlived it
    export: str = ""  # the conversation in the end


async def _awaited(awaitable: Awaitable[object]) -> None:
    await awaitable


def divide(dividend: float, divisor: float) -> float:
    """Divide one number by another."""
    return dividend / divisor


class Stage:
    """An application in a session on a damaged wire."""

    def __init__(self, case: Case) -> None:
        tape = Tape.of(named(case.transcript), case.mutations)
        speaker = VirtualSpeaker(latency=case.latency) if case.speaker else None
        self.seen = Seen(case, tape, Wire(tape, case), speaker)
        self._case = case
        self._tasks: dict[asyncio.Task[None], str] = {}  # of the application, and what they wait for

    async def __call__(self) -> None:
        """Let it all happen; what goes wrong is kept in `seen`."""
        asyncio.get_running_loop().set_exception_handler(self._unhandled)
        fields: dict[str, Any] = {"tools": [divide]} if self._case.tools else {}
        connecting = connect(
            endpoint=self.seen.wire, speaker=self.seen.speaker, microphone=None, aligner="signal", reconnect=None,
            **fields,
        )  # fmt: skip
        try:
            async with connecting as session:
                self.seen.opened = True
                await self._use(session)
                self.seen.export = json.dumps(session.conversation.export())
        except Exception as error:
            self.seen.ended = error
        await self._settle(list(self._tasks))
        mine = {asyncio.current_task(), *self._tasks}
        self.seen.tasks_left = [task.get_name() for task in asyncio.all_tasks() if task not in mine]

    async def _use(self, session: Session) -> None:
        """Read and act until the connection has ended, or the application leaves."""
        if "events" in self._case.reads:
            self._start("events()", self._read_events(session))
        responses = self._start("responses()", self._read_responses(session))
        begin = anyio.current_time()
        for act in self._case.acts:
            await anyio.sleep_until(begin + act.at)
            if act.do == "leave":
                self.seen.left = not self.seen.wire.over.is_set()
                break
            with suppress(RealtimeError):  # the connection may have ended
                self._do(session, act)
        if not self.seen.left:
            # A session may end its connection by itself.
            over = self._start("the end of the wire", self.seen.wire.end())
            await asyncio.wait({over, responses}, return_when=asyncio.FIRST_COMPLETED)
            await self.seen.wire.close()
            if self._case.speaker:
                session.resume()
            # `events()` may go on until the session is left.
            while others := [task for task, name in self._tasks.items() if not task.done() and name != "events()"]:
                await self._settle(others)
        if "events" not in self._case.reads:
            self._start("events()", self._read_events(session))

    async def _settle(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait until these are over, and give up those that do not come to an end."""
        _, pending = await asyncio.wait(tasks, timeout=BOUND) if tasks else (set(), set())
        for task in pending:
            self.seen.pending.append(self._tasks[task])
            task.cancel()

    def _unhandled(self, _loop: object, context: dict[str, Any]) -> None:
        self.seen.failures.append(context.get("exception") or RuntimeError(context["message"]))

    def _start(self, name: str, awaiting: Coroutine[Any, Any, Any]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._wait_for(awaiting), name=name)
        self._tasks[task] = name
        return task

    async def _wait_for(self, awaiting: Coroutine[Any, Any, Any]) -> None:
        """Await what may be refused, or end with the connection; anything else is a failure."""
        try:
            await awaiting
        except (RealtimeError, TimeoutError):
            return
        except Exception as error:
            self.seen.failures.append(error)

    # What it reads

    async def _read_events(self, session: Session) -> None:
        async for event in session.events():
            self.seen.events.append(event)

    async def _read_responses(self, session: Session) -> None:
        async for response in session.responses():
            self.seen.responses.append(response)
            self._start(f"the items of {response.id}", self._read_items(response))
            self._start(f"{response.id}.done()", response.done())
            self._start(f"{response.id}.played()", response.played())

    async def _read_items(self, response: Response) -> None:
        async for item in response:
            if isinstance(item, MessageItem):
                watched = Watched(item)
                self.seen.messages.append(watched)
                self._read_message(watched)

    def _read_message(self, watched: Watched) -> None:
        item, reads = watched.item, self._case.reads
        self._start(f"{item.id}.played()", item.played())
        if "captions" in reads or "late captions" in reads:
            watched.captions = []
            late = "captions" not in reads
            self._start(f"{item.id}.captions()", self._read_captions(item, watched.captions, late=late))
        if "deltas" in reads:
            watched.deltas = []
            self._start(f"{item.id}.deltas()", self._read_deltas(item, watched.deltas))
        if "audio" in reads or not self._case.speaker:
            watched.audio = []
            self._start(f"{item.id}.audio()", self._read_audio(item, watched.audio))

    async def _read_captions(self, item: MessageItem, texts: list[str], *, late: bool) -> None:
        if late:
            await item.played()
        async for caption in item.captions():
            texts.append(caption.text)  # noqa: PERF401  # what has come has to be known before the end

    async def _read_deltas(self, item: MessageItem, texts: list[str]) -> None:
        async for delta in item.deltas():
            texts.append(delta)  # noqa: PERF401

    async def _read_audio(self, item: MessageItem, pieces: list[Pcm]) -> None:
        async for pcm in item.audio():
            pieces.append(pcm)  # noqa: PERF401

    # What it does

    def _do(self, session: Session, act: Act) -> None:
        match act.do:
            case "respond":
                self._start("respond()", session.respond())
            case "respond briefly":
                self._start("respond() withdrawn", self._respond_briefly(session))
            case "aside":
                self._start("respond() aside", session.respond(conversation="none"))
            case "interrupt":
                self._start("interrupt()", session.interrupt())
            case "update":
                self._start("update()", session.update(instructions="Be brief."))
            case "cancel":
                if self.seen.responses:
                    self.seen.cancelled.add(self.seen.responses[-1].id)
                    self._start("cancel()", self.seen.responses[-1].cancel())
            case "text" | "note" | "text over":
                sent = session.send_text("Go on.", respond=act.do != "note", interrupt=act.do == "text over")
                self._start("send_text()", _awaited(sent))
            case "pause" | "resume":
                if self._case.speaker:
                    session.pause() if act.do == "pause" else session.resume()

    async def _respond_briefly(self, session: Session) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await session.respond()
