"""Test an application of yours: no key, no network, no sound card, no waiting.

    pytest examples/test_my_application.py

The fixtures come with the package; the server keeps the rules of the service, and the clock jumps to what happens next.
"""

import asyncio
from typing import Any

import pytest

from realtime_sdk import MessageItem, Session, connect
from realtime_sdk.testing import (
    FakeServer,
    VirtualSpeaker,
    assert_heard,
    assert_interrupted,
    assert_tool_called,
    assert_truncated,
    call,
    message,
)


async def order(coffees: int) -> str:
    """Order coffee."""
    return f"{coffees} coming"


async def take_order(**options: Any) -> list[str]:
    """Take one order: the application under test. `options` are those of `connect`."""
    async with connect(tools=[order], **options) as session:
        await session.respond(instructions="Ask for the order.")
        await session.drained()
        return [item.heard for item in session.conversation if isinstance(item, MessageItem)]


@pytest.fixture
def realtime_options() -> dict[str, Any]:
    """Connect `realtime_session` as the application does."""
    return {"tools": [order]}


async def test_the_guest_is_asked(realtime_server: FakeServer, realtime_speaker: VirtualSpeaker) -> None:
    """The application runs as it is, on the server and the speaker of the test."""
    realtime_server.reply(message("What would you like?"))
    heard = await take_order(endpoint=realtime_server, speaker=realtime_speaker, microphone=None)
    assert heard == ["What would you like?"]


async def test_an_order_is_taken(realtime_server: FakeServer, realtime_session: Session) -> None:
    """What the guest says becomes a call of the function, and the model says what came of it."""
    realtime_server.reply(call("order", {"coffees": 2}))
    realtime_server.reply(message("Two coffees are coming."))
    await realtime_server.user_speaks("Two coffees, please.")
    await realtime_session.drained()
    assert assert_tool_called(realtime_session, "order", coffees=2).output == "2 coming"
    assert_heard(realtime_session, "Two coffees are coming.")


async def test_what_was_not_heard_is_forgotten(realtime_server: FakeServer, realtime_session: Session) -> None:
    """The guest interrupts, and the server keeps the part that was heard."""
    realtime_server.reply(message("One two three four five.", seconds=5.0))
    await realtime_server.user_speaks("Count to five.")
    response = await anext(realtime_session.responses())
    await asyncio.sleep(2.5)
    await realtime_server.user_speaks("Stop.")
    [playout] = await response.played()
    assert_interrupted(playout, at=2.5)
    assert_heard(realtime_session, "One two three")
    assert_truncated(realtime_server, playout, at=2.5)
