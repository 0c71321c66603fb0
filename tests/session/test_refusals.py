"""What the methods of a session refuse, each with what is wanted; nothing is sent then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio.to_thread
import numpy as np
import pytest

from realtime_sdk import FunctionCallItem, Session, UsageError, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, run_virtual


def weather(city: str) -> str:
    """Report the weather."""
    return city


def first_call(session: Session) -> FunctionCallItem:
    return next(item for item in session.conversation if isinstance(item, FunctionCallItem))


REFUSED: list[tuple[Callable[[Any], object], str]] = [
    (lambda s: s.respond(timout=3.0), r"respond() has no field 'timout': did you mean 'timeout'?"),
    (lambda s: s.respond(interruptable=False), "respond() has no field 'interruptable': did you mean 'interruptible'?"),
    (lambda s: s.update(timout=3.0), "update() has no field 'timout': did you mean 'timeout'?"),
    (
        lambda s: s.respond(metadata="greeting"),
        "metadata is a mapping of strings, such as {\"purpose\": \"greeting\"}, not 'greeting'",
    ),
    (
        lambda s: s.respond(tools=[weather]),
        "respond(tools=…) is a list of the wire's objects, not the function weather: "
        "pass functions to connect(tools=…) or update(tools=…)",
    ),
    (
        lambda s: s.respond(tools={"type": "mcp"}),
        "respond(tools=…) is a list of the wire's objects, not a dict: "
        "pass functions to connect(tools=…) or update(tools=…)",
    ),
    (
        lambda s: s.update(tools=weather),
        "tools is a list of functions, not the function weather: pass a list: tools=[weather]",
    ),
    (
        lambda s: s.send_tool_output(first_call(s), {"sky": "blue"}),
        "output is a string, such as json.dumps(…), not a dict",
    ),
    (lambda s: s.send_tool_output(first_call(s), "blue", respond="no"), "respond is True or False, not 'no'"),
    (
        lambda s: s.send_tool_output(s.conversation, "blue"),
        "call is a FunctionCallItem, from `response.items`, not a Conversation",
    ),
    (
        lambda s: s.send_image("https://example.org/sky.png?signature=abc"),
        "an image is bytes, a path, a data: URL or an image of Pillow, not a URL: fetch it, and pass its bytes",
    ),
    (lambda s: s.send_image("sky\0.png"), "the image 'sky .png' can't be read: ValueError: embedded null byte"),
    (lambda s: s.send_image(7), "an image is bytes, a path, a data: URL or an image of Pillow, not 7"),
    (lambda s: s.send_image("/"), "the image '/' can't be read: Is a directory"),
]


@pytest.mark.parametrize(("method", "refusal"), REFUSED, ids=[refusal for _, refusal in REFUSED])
def test_a_wrong_argument_is_refused_with_what_is_wanted(method: Callable[[Session], object], refusal: str) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(call("lookup"))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await (await session.respond()).done()
            before = len(server.received)
            with pytest.raises(UsageError) as error:
                method(session)
            assert str(error.value) == refusal
            await anyio.sleep(1.0)
            assert len(server.received) == before

    run_virtual(main)


@pytest.mark.parametrize(
    ("name", "arguments"), [("send_audio", [np.zeros(240, np.int16)]), ("commit_audio", []), ("clear_audio", [])]
)
def test_a_call_from_another_thread_is_refused_under_the_name_of_the_method(name: str, arguments: list[Any]) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            with pytest.raises(UsageError, match=rf"^call {name}\(\) from the session's own event loop"):
                await anyio.to_thread.run_sync(getattr(session, name), *arguments)

    run_virtual(main)
