"""A talk of some turns with a server that is odd in one way, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import anyio

from realtime_sdk import MessageItem, ProtocolViolation, Response, ServerError, Session, connect
from realtime_sdk.testing import FakeServer, Tamper, VirtualSpeaker, message, run_virtual, stretches

PATIENCE: Final = 120.0
"""Virtual seconds within which a turn is over: more than any request may take to fail."""

RATE: Final = 24_000


class Turn:
    """One response that was asked for: its first message, as the application saw it."""

    def __init__(self, response: Response, item: MessageItem, captions: str) -> None:
        self.response = response
        self.item = item
        self.captions = captions


class OddTalk:
    """A session in which each text is answered with a message of one second, once it was asked for."""

    def __init__(
        self, server: FakeServer, *, texts: Sequence[str] = ("One.", "Two."), by_voice: bool = False,
        tools: Sequence[Callable[..., Any]] = (), **fields: Any,
    ) -> None:  # fmt: skip
        self.server = server
        self.speaker = VirtualSpeaker()
        self.turns: list[Turn] = []
        self.events: list[Any] = []
        self.history: list[dict[str, Any]] = []  # items of the conversation in the end
        self._texts = texts
        self._by_voice = by_voice  # the user speaks instead of the application asking
        self._fields = {**fields, "tools": tools} if tools else fields
        for text in texts:
            server.reply(message(text, seconds=1.0))

    async def __call__(self) -> None:
        """Hold the talk to its end."""
        connecting = connect(endpoint=self.server, speaker=self.speaker, microphone=None, **self._fields)
        async with self.server, connecting as session, anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, session)
            for _ in self._texts:
                async with asyncio.timeout(PATIENCE):
                    self.turns.append(await self._turn(session))
            await anyio.sleep(1.0)
            self.history = session.conversation.export()["items"]
            tasks.cancel_scope.cancel()

    async def _turn(self, session: Session) -> Turn:
        if self._by_voice:
            await self.server.user_speaks("Well?", 0.5)
            response = await anext(session.responses())
        else:
            response = await session.respond()
        async for item in response:
            if isinstance(item, MessageItem):
                captions = "".join([caption.text async for caption in item.captions()])
                await item.played()
                return Turn(response, item, captions)
        raise AssertionError(f"{response} has no message")

    async def _listen(self, session: Session) -> None:
        async for event in session.events():
            self.events.append(event)

    @property
    def heard(self) -> list[tuple[str | None, float]]:
        """What came out of the speaker: the text that goes with the sound, and its seconds."""
        said = dict(zip(self.server.sounds, self._texts, strict=False))
        runs = stretches(self.speaker.heard, self.server.sounds)
        return [(said.get(run.item_id or ""), run.frames / RATE) for run in runs]

    def emitted(self, *kinds: type[Any]) -> list[Any]:
        """The events of these kinds."""
        return [event for event in self.events if isinstance(event, kinds)]

    def goes_on(self, *, oddities: int = 1) -> None:
        """Assert that all was heard and captioned, and that each oddity was reported once at most."""
        texts = list(self._texts)
        captions, playouts = [turn.captions for turn in self.turns], [turn.item.playout for turn in self.turns]
        assert captions == texts, f"captions {captions}"
        assert [playout.transcript for playout in playouts] == texts, f"{playouts}"
        assert not any(playout.interrupted for playout in playouts), f"{playouts}"
        assert self.heard == [(text, 1.0) for text in texts], f"heard {self.heard}"
        reports = self.emitted(ProtocolViolation, ServerError)
        assert len(reports) <= oddities, f"{len(reports)} reports of {oddities}: {reports}"


def hold(*faults: tuple[str, Tamper], server: FakeServer | None = None, **how: Any) -> OddTalk:
    """Hold a talk with a server that is odd in these ways: what it does to events whose type fits a pattern."""
    server = server or FakeServer()
    for pattern, tamper in faults:
        server.tamper(pattern, tamper)
    talk = OddTalk(server, **how)
    run_virtual(talk)
    return talk


def rewritten(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Tamper:
    """Send what `change` makes of an event."""
    return _Rewritten(change)


class _Rewritten:
    def __init__(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._change = change

    def __call__(self, event: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return (self._change(event),)


def of_response(**fields: Any) -> Tamper:
    """Send a response with other values in these fields."""
    return rewritten(lambda event: {**event, "response": {**event["response"], **fields}})
