"""What all talks of schedules have: the model's answers, and an application that keeps what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import anyio

from realtime_sdk import ItemAdded, Playout, Response, Session
from realtime_sdk.conversation._sdk_events import SdkEvent
from realtime_sdk.conversation.message._content import Content
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.server._backend import Audio, Message, Part, Text
from realtime_sdk.testing import FakeServer, Pause, VirtualSpeaker, noise
from realtime_sdk.testing._script import ScriptItem

from . import schedule as s

DELTA: Final = 0.1
"""Seconds of sound in one delta."""

PATIENCE: Final = 3.0
"""Seconds that a step waits for the event behind which it comes."""


class ScheduledTalk:
    """The server's answers to a session, the steps in it, and what its application sees of it."""

    def __init__(self, server: FakeServer, device: s.Device) -> None:
        self.server = server
        self.speaker = VirtualSpeaker(
            latency=device.latency, capacity=device.capacity, drift=device.drift, tail=device.tail
        )
        self.events: list[SdkEvent] = []
        self.contents: dict[str, Content] = {}  # of each message that a response made
        self.responses: list[Response] = []
        self.played: dict[str, list[Playout]] = {}  # what `Response.played` gave, by response
        self.tasks_left: list[str] = []  # names of those that outlived the session
        self._session: Session | None = None  # None until it is open
        self._emitted = anyio.Event()  # set at the next SDK event

    @property
    def session(self) -> Session:
        """The session, which may be over."""
        assert self._session is not None
        return self._session

    def _reply(
        self, answers: Iterable[s.Answer], seeds: Iterator[int], call_of: Callable[[s.Called], ScriptItem]
    ) -> None:
        """Script the server's answers, each sound a noise of its own."""
        for answer in answers:
            details = {"reason": "max_output_tokens"} if answer.status == "incomplete" else {}
            items = [
                piece for item in answer.items
                for piece in ([call_of(item)] if isinstance(item, s.Called) else _script(item, seeds))
            ]  # fmt: skip
            self.server.reply(*items, pace=answer.pace, thinking=answer.thinking, status=answer.status, **details)

    async def _reach(self, step: s.Step[Any]) -> None:
        """Wait until a step is due."""
        if step.after:
            with anyio.move_on_after(PATIENCE):
                await self._next_event(step.after)
        await anyio.sleep(step.wait)

    async def _next_event(self, kind: str) -> None:
        seen = len(self.events)
        while kind not in (type(event).__name__ for event in self.events[seen:]):
            self._emitted = anyio.Event()
            await self._emitted.wait()

    async def _listen(self) -> None:
        async for event in self.session.events():
            self.events.append(event)
            if isinstance(event, ItemAdded) and isinstance(event.item, LiveMessage):
                self.contents[event.item.id] = event.item.content  # a settled message has no parts
            self._emitted.set()

    async def _follow(self, on_response: Callable[[Response], object]) -> None:
        async for response in self.session.responses():
            self.responses.append(response)
            on_response(response)

    async def _wait_for(self, response: Response) -> None:
        self.played[response.id] = await response.played()


def messages(talk: ScheduledTalk) -> Iterator[LiveMessage]:
    """The messages of all responses, in the order in which they were made."""
    for response in talk.responses:
        yield from (item for item in response.items if isinstance(item, LiveMessage))


def _script(message: s.Spoken, seeds: Iterator[int]) -> Iterator[ScriptItem]:
    """One message of the fake server's reply."""
    yield Message()
    for piece in message.pieces:
        match piece:
            case s.Words(text):
                yield Text(text)
            case s.NewPart():
                yield Part()
            case s.Lull(seconds):
                yield Pause(seconds)
            case s.Sound(seconds, whole):
                deltas = 1 if whole else max(1, round(seconds / DELTA))
                yield from (Audio(noise(seconds / deltas, next(seeds))) for _ in range(deltas))
