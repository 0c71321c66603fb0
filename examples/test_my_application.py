"""Test an application of yours: no key, no network, no sound card, no waiting.

    pytest examples/test_my_application.py

The server keeps the rules of the service; its clock jumps to the next thing that happens.
"""

import asyncio
from typing import Any

from realtime_sdk import ToolFinished, connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual


async def order(coffees: int) -> str:
    """Order coffee."""
    return f"{coffees} coming"


async def take_order(**options: Any) -> str:
    """Take an order: the application under test. `options` are those of `connect`."""
    async with connect(tools=[order], **options) as session:
        finished = await anext(session.events(ToolFinished))
        return str(finished.call.output)


def devices() -> dict[str, Any]:
    """Return a microphone that is silent, and a speaker that keeps what it plays."""
    return {"microphone": VirtualMicrophone(), "speaker": VirtualSpeaker()}


def test_an_order_is_taken() -> None:
    """What the user says becomes a call of the function."""

    async def main() -> None:
        server = FakeServer()
        server.reply(call("order", {"coffees": 2}))
        async with server, asyncio.TaskGroup() as tasks:
            application = tasks.create_task(take_order(endpoint=server, **devices()))
            await server.wait_for("session.update")
            await server.user_speaks("Two coffees, please.")
            assert await application == "2 coming"

    run_virtual(main)


def test_what_was_not_heard_is_forgotten() -> None:
    """The user interrupts, and the server keeps the part that was heard."""

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five.", seconds=5.0))
        async with server, connect(endpoint=server, **devices()) as session:
            await server.user_speaks("Count to five.")
            response = await anext(session.responses())
            await asyncio.sleep(2.5)
            await server.user_speaks("Stop.")
            [playout] = await response.played()
            assert playout.transcript == "One two three"
            assert server.items[1].seconds == 2.5

    run_virtual(main)
