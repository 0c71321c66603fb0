"""A server of stream sessions that says what a test scripted, and keeps to the published schemas."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Literal

import anyio

from ..._runtime import clock
from ..._runtime.arguments import check_choice, check_duration, check_instance, check_text, shown
from ...audio._pcm import SILENCE, Pcm, joined
from ...errors import ConnectionLost, UsageError
from ...server._backend import Call
from ...server._connection import Channel
from ...server._items import Event
from ...server._query import Query
from ...server._refusal import Refusal
from ...server._socket import serve_connections
from ...transports._protocol_names import ProtocolName
from .._memory_connection import ClientEnd, MemoryConnection, ServerEnd
from .._script import words
from .._script_arguments import check_number, written
from .._serving import Record, Serving
from ._live_rules import LiveRules
from ._rules import StreamRules
from ._translation_rules import TranslationRules

LIFETIME: Final = 7200.0
"""Seconds after which the service ends a session."""

_RULES: Final[Mapping[str, type[StreamRules]]] = {"live": LiveRules, "translation": TranslationRules}


class FakeLiveServer(Serving):
    """An `Endpoint` for `connect_live` or `connect_translation`, in memory or on loopback.

        server = FakeLiveServer()
        server.say("Hello there.", at=1.0)
        async with server, connect_live(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as live:
            ...

    It is strict, as the published schemas are: it refuses unknown fields and events, an odd number of bytes of PCM, a
    command before the session is open, and a result for work that it has not handed over. Its clock is the audio that
    the client sends; for every 0.1 s of it (0.2 s in a translation) it sends as much of its own.

    protocol: "live" (GPT-Live) or "translation". timed: audio deltas have times, and silence is left out, as on a
    side-band connection; a translation's always are so. echoes: answers name the client event that they answer.
    latency: seconds that a frame is in flight on a connection in memory; jitter: seconds more or less.

    Raises:
        UsageError: an argument is of a wrong kind, here and in its methods, or a translation is asked for what only
            GPT-Live has: work that is handed over, and a client that mutes its audio.
    """

    def __init__(
        self, *, protocol: Literal["live", "translation"] = "live", timed: bool = False, echoes: bool = True,
        latency: float = 0.0, jitter: float = 0.0,
    ) -> None:  # fmt: skip
        check_choice("protocol", protocol, tuple(_RULES))
        rules = _RULES[protocol]
        super().__init__("the fake live server", Record(), rules.CLIENT_EVENTS, latency, jitter)
        self.protocol: ProtocolName = protocol  # as an endpoint has it
        self.models: list[str | None] = []  # that clients asked for in the address
        self._path = f"/v1{rules.PROTOCOL.path}"
        self._make_rules = partial(LiveRules, timed=timed, echoes=echoes) if rules is LiveRules else TranslationRules
        self._script: list[Callable[[StreamRules], None]] = []  # for the next connection
        self._connections: list[_LiveConnection] = []  # all that there ever were
        self._ignored: set[str] = set()  # types of client events that are not answered

    # What the model does

    def say(self, text: str, *, at: float | None = None, text_after: float = 0.0) -> None:
        """Have the model say a text: a word in 0.2 s, each noise that no other word has.

        at: seconds on the timeline of the session, rounded up to 0.2 s; left out, as soon as possible. Before a client
        has connected, it is for the next one. text_after: seconds by which the text of a word is sent after the
        beginning of its sound; negative: before it.
        """
        check_text("text", text)
        if at is not None:
            check_duration("at", at)
        check_number("text_after is a number of seconds", text_after)
        self._perform(lambda rules: rules.voice.say(text, rules.seconds + 0.2 if at is None else at, text_after))

    def user_says(self, text: str) -> None:
        """Recognise words of the user's that end now."""
        check_text("text", text)
        self._current().emit(self._current().rules.user_words(words(text)))

    def delegate(self, *calls: Call, answer: str = "") -> str:
        """Have the model hand work over; return the id of the work.

        calls: function calls of the backend model, made by `call(name, arguments)`. answer: what the model says once
        they are answered. Where the client does the work, both are left out.
        """
        _check_calls(calls, answer)
        connection = self._current()
        rules = _live(connection.rules)
        if rules.delegates_to_backend:
            rules.backend.script(calls, answer)
        elif calls or answer:
            raise UsageError("the client does the work of this session itself: leave the calls and the answer out")
        try:
            delegation_id, events = rules.delegation()
        except Refusal as refusal:  # the script is at fault, and not the client
            raise UsageError(f"the backend model is not done with its last work: {refusal.message}") from None
        connection.emit(events)
        return delegation_id

    def answer(self, *calls: Call, answer: str) -> None:
        """Script what the backend model does about the next text that the client sends it."""
        _check_calls(calls, answer)
        self._perform(lambda rules: _live(rules).backend.script(calls, answer))

    # Faults

    def inject(self, event: Event) -> None:
        """Send an event as it is."""
        check_instance("event", event, dict, 'an event as a dict, such as {"type": "…"}')
        written("event", event)
        self._current().emit([event])

    def ignore(self, *kinds: str) -> None:
        """Leave client events of these types unanswered, on every connection, as if they had not come."""
        for kind in kinds:
            check_text("kinds", kind)
        self._ignored.update(kinds)

    def expire(self, reason: str = "expired") -> None:
        """End the session by itself, as the service does after about two hours."""
        self._current().end(reason)

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection without ending the session, once all that was sent has arrived."""
        self._current().hang_up(code, reason)

    def break_off(self) -> None:
        """Abort the connection without a close: frames in flight are lost."""
        self._current().channel.abort()

    def fall_silent(self) -> None:
        """Read and send nothing more on the connection, which stays open."""
        self._current().channel.stall()

    # Observations

    @property
    def session(self) -> dict[str, Any]:
        """The session of the last connection, as the client configured it."""
        return self._current().rules.session

    @property
    def seconds(self) -> float:
        """Seconds of the session of the last connection so far: of the audio that its client sent."""
        return self._current().rules.seconds

    @property
    def muted(self) -> bool:
        """Whether the client of the last connection has muted its audio."""
        return _live(self._current().rules).muted

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of function calls that the client of the last connection sent, by the ids of the calls."""
        return _live(self._current().rules).backend.outputs

    @property
    def heard(self) -> Pcm:
        """The audio that the client of the last connection sent."""
        return joined(self._current().rules.heard) if self._connections else SILENCE

    # Connections

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        """Open a connection in memory; keys are neither asked for nor kept."""
        tasks = self._tasks()
        self._admit_in_memory(api_key)
        connection = MemoryConnection(self._latency, self._jitter)
        tasks.start_soon(self._accept(ServerEnd(connection), Query(model)).run)
        return ClientEnd(connection)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[str]:
        """Serve it on a free port of this machine, too; yields the address."""
        async with serve_connections(self._accept, path=self._path, admit=self._admit) as url:
            yield url

    def _accept(self, channel: Channel, query: Query) -> _LiveConnection:
        self.models.append(query.model)
        rules = self._make_rules(int(clock.wall() + LIFETIME))
        for step in self._script:
            step(rules)
        self._script.clear()
        connection = _LiveConnection(channel, rules, self._record, self._ignored)
        self._connections.append(connection)
        return connection

    def _perform(self, step: Callable[[StreamRules], None]) -> None:
        if self._connections and not self._connections[-1].is_over:
            step(self._connections[-1].rules)
        else:
            self._script.append(step)

    def _current(self) -> _LiveConnection:
        if not self._connections:
            raise UsageError("no client has connected to the FakeLiveServer yet")
        return self._connections[-1]


class _LiveConnection:
    """Serves one client until it leaves, or until the session has ended."""

    def __init__(self, channel: Channel, rules: StreamRules, record: Record, ignored: Collection[str]) -> None:
        self.channel = channel
        self.rules = rules
        self.is_over = False  # nothing is sent or read any more
        self._record = record
        self._ignored = ignored
        self._close: tuple[int, str] = (1000, "")
        self._unsent: deque[Event] = deque()
        self._changed = anyio.Event()  # set when there is something to send, or it is over

    async def run(self) -> None:
        """Serve the client; return when the connection has ended."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._send_all)
                self.emit(self.rules.opened())
                try:
                    while not self.is_over:
                        self._receive(await self.channel.receive())
                except ConnectionLost:
                    self.is_over = True
                    self._changed.set()
        finally:  # also where the server is left, and cancels this
            with anyio.CancelScope(shield=True):
                await self.channel.close(*self._close)

    def emit(self, events: list[Event]) -> None:
        """Send events, in order."""
        if not self.is_over:
            self._record.sent += events
            self._unsent += events
            self._changed.set()

    def end(self, reason: str) -> None:
        """End the session, and close the connection."""
        self.emit(self.rules.end(reason))
        self.hang_up(1000, "")

    def hang_up(self, code: int, reason: str) -> None:
        """Close the connection once all is sent."""
        self._close = (code, reason)
        self.is_over = True
        self._changed.set()

    def _receive(self, frame: str | bytes) -> None:
        event = json.loads(frame)
        self._record.receive(event)
        if event.get("type") in self._ignored:
            return
        self.emit(self.rules.receive(event))
        if self.rules.closed:
            self.hang_up(1000, "")

    async def _send_all(self) -> None:
        try:
            while not self.is_over or self._unsent:
                while self._unsent:
                    await self.channel.send(json.dumps(self._unsent.popleft()))
                if not self.is_over:
                    self._changed = anyio.Event()
                    await self._changed.wait()
            await self.channel.close(*self._close)
        except ConnectionLost:
            self.is_over = True


def _live(rules: StreamRules) -> LiveRules:
    """The rules of a session of GPT-Live; refuse a translation."""
    if not isinstance(rules, LiveRules):
        raise UsageError("an interpreter hands no work over, and is never muted: use FakeLiveServer(protocol='live')")
    return rules


def _check_calls(calls: Sequence[object], answer: object) -> None:
    """Refuse what is no call of the backend model's, and an answer that can't be said."""
    for each in calls:
        if not isinstance(each, Call):
            raise UsageError(f"calls are made by call(name, arguments), not {shown(each)}")
    check_text("answer", answer)
