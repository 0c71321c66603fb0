"""A talk with a server whose connections fail, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from realtime_sdk import MessageItem, Response, Session, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, run_virtual


class Talk:
    """A session with a server whose connections fail."""

    def __init__(self, server: FakeServer | None = None, **given: Any) -> None:
        self.server = server or FakeServer()
        self.speaker = VirtualSpeaker()
        self.events: list[Any] = []
        self._given: dict[str, Any] = {"speaker": self.speaker, "microphone": None, **given}

    def hold(self, going_on: Callable[[Session], Awaitable[object]]) -> Talk:
        """Hold the talk, and keep its events."""

        async def main() -> None:
            async with self.server, connect(endpoint=self.server, **self._given) as session:
                await going_on(session)
            self.events = [event async for event in session.events()]

        run_virtual(main)
        return self

    @property
    def history(self) -> list[tuple[str, str]]:
        """What the last server holds: who says what, and calls with their outputs."""
        return [entry(item) for item in self.server.items if item.wire.get("role") != "system"]

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def connections(self) -> int:
        """How many connections there were."""
        return len(self.server.connections)

    def requested(self) -> int:
        """How many responses were requested on the last connection."""
        return sum(event["type"] == "response.create" for event in self.server.connections[-1].received)


def entry(item: Any) -> tuple[str, str]:
    """One line of the history: the role and the text, or a call's arguments, or its output."""
    match item.wire["type"]:
        case "message":
            return item.wire["role"], item.text
        case "function_call":
            return "call", item.wire["arguments"]
    return "output", item.wire["output"]


async def heard(session: Session) -> MessageItem:
    """The first message of the next response, once all of it was heard."""
    item = await first_message(await anext(session.responses()))
    await item.played()
    return item


async def first_message(response: Response) -> MessageItem:
    return await anext(aiter(item async for item in response if isinstance(item, MessageItem)))
