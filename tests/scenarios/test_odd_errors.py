"""Errors without an event id, and of any shape: the request ends, one error is reported, the session continues."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from realtime_sdk import ProtocolViolation, ServerError, ServerRefused, Session, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from .odd_talk import PATIENCE, rewritten

Event = dict[str, Any]

REFUSED: Any = {"output_modalities": ["smell"]}
"""What no server takes."""


async def refused(session: Session, server: FakeServer) -> None:
    with pytest.raises((ServerRefused, TimeoutError)):
        async with asyncio.timeout(PATIENCE):
            await session.respond(**REFUSED)


async def refused_update(session: Session, server: FakeServer) -> None:
    with pytest.raises((ServerRefused, TimeoutError)):
        async with asyncio.timeout(PATIENCE):
            await session.update(**REFUSED)
    async with asyncio.timeout(PATIENCE):
        assert (await session.update(instructions="Be brief."))["instructions"] == "Be brief."


async def collided(session: Session, server: FakeServer) -> None:
    server.reply(message("You were heard.", seconds=1.0), pace=1.0)
    speaking = asyncio.create_task(server.user_speaks("Hi.", seconds=1.0))
    await anyio.sleep(1.0)
    session.send_text("And this.", respond=False)
    await speaking
    await anyio.sleep(PATIENCE)


@pytest.mark.parametrize("before", [refused, refused_update, collided])
@pytest.mark.parametrize("nameless", [{"event_id": None}, {"event_id": None, "code": None}, {"event_id": 7}], ids=repr)
def test_a_session_continues_after_an_error_without_an_event_id(before: Any, nameless: Event) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.tamper("error", rewritten(lambda event: {**event, "error": {**event["error"], **nameless}}))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await before(session, server)
            server.reply(message("Hello.", seconds=1.0))
            async with asyncio.timeout(PATIENCE):
                (playout,) = await (await session.respond()).played()
            assert (playout.transcript, playout.position) == ("Hello.", 1.0)

    run_virtual(main)


ERRORS: dict[str, Any] = {
    "nothing": {},
    "null": {"error": None},
    "a word": {"error": "overloaded"},
    "a list": {"error": ["overloaded"]},
    "an empty object": {"error": {}},
    "numbers": {"error": {"type": 1, "code": 2, "message": 3, "param": 4, "event_id": 5}},
    "nulls": {"error": {"type": None, "code": None, "message": None, "param": None, "event_id": None}},
    "objects": {"error": {"type": {}, "code": [], "message": {"text": "overloaded"}, "event_id": {}}},
    "other names": {"error": {"detail": "overloaded"}},
    "a message beside it": {"message": "overloaded", "code": "overloaded"},
}


@pytest.mark.parametrize("shape", ERRORS.values(), ids=ERRORS)
def test_an_error_of_any_shape_is_reported_once(shape: Event) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=1.0))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            server.inject({"type": "error", **shape})
            await anyio.sleep(1.0)
            async with asyncio.timeout(PATIENCE):
                (playout,) = await (await session.respond()).played()
            assert playout.transcript == "Hello."
        reported = [e async for e in session.events() if isinstance(e, ServerError | ProtocolViolation)]
        assert len(reported) == 1
        if "overloaded" in str(shape):
            assert isinstance(reported[0], ServerError) and "overloaded" in reported[0].message

    run_virtual(main)
