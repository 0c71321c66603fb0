"""What a scenario asks of the server and of the speaker when the talk is over, or in the middle of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

import anyio

from realtime_sdk import MessageItem, Response, ServerError, Session, connect
from realtime_sdk.audio._pcm import to_seconds
from realtime_sdk.testing import FakeServer, ScriptItem, VirtualSpeaker, message

E = TypeVar("E")

Wire = dict[str, Any]
"""An event of the wire."""

PATIENCE: Final = 120.0
"""Virtual seconds within which anything is over: more than any request may take to fail."""


def talk(
    server: FakeServer, speaker: VirtualSpeaker | None = None, **parameters: Any
) -> AbstractAsyncContextManager[Session, None]:
    """Connect to a server, with a speaker and without a microphone unless the parameters say otherwise."""
    return connect(endpoint=server, speaker=speaker or VirtualSpeaker(), **{"microphone": None, **parameters})


def scripted(*replies: Sequence[ScriptItem], **behaviour: Any) -> FakeServer:
    """A server whose model replies with these, one after the other."""
    server = FakeServer(**behaviour)
    for items in replies:
        server.reply(*items)
    return server


def sent(server: FakeServer, kind: str) -> list[Wire]:
    """The client events of a type that the server received, in order."""
    return [event for event in server.received if event["type"] == kind]


def count(server: FakeServer, kind: str) -> int:
    """How many client events of a type the server received."""
    return len(sent(server, kind))


def remembered(server: FakeServer) -> list[str]:
    """What the server holds of the conversation: each item's role or type, and the text of the assistant's."""
    wires = [item.wire for item in server.items]
    texts = ["".join(part.get("transcript") or part.get("text") or "" for part in w.get("content", ())) for w in wires]
    roles = [str(wire.get("role", wire["type"])) for wire in wires]
    return [f"{role}: {text}" if text else role for role, text in zip(roles, texts, strict=True)]


def detection(server: FakeServer) -> Wire:
    """The turn detection of the server as it is set now."""
    fields = server.connections[-1].session.turn_detection
    assert fields is not None
    return fields


def seconds(speaker: VirtualSpeaker) -> float:
    """Seconds of sound that were heard."""
    return to_seconds(len(speaker.heard))


async def sentence(response: Response) -> MessageItem:
    """The first message of a response, as soon as there is one."""
    async for item in response:
        if isinstance(item, MessageItem):
            return item
    raise AssertionError(f"{response} has no message")


async def is_answered(server: FakeServer, session: Session) -> bool:
    """Whether a request that is made now is answered and heard: what a session must be able to do at any time."""
    server.reply(message("All is well.", seconds=0.5))
    with anyio.fail_after(PATIENCE):
        playouts = await (await session.respond()).played()
    return [(playout.transcript, playout.interrupted) for playout in playouts] == [("All is well.", False)]


async def after(session: Session, *kinds: type[E]) -> Sequence[E]:
    """The events of these kinds, once the session has ended."""
    return [event async for event in session.events(*kinds)]


async def errors(session: Session) -> list[str | None]:
    """The codes of the errors that were emitted, once the session has ended."""
    return [event.code for event in await after(session, ServerError)]
