"""What an application sees of the objects of a conversation: the documented names, and no others."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from realtime_sdk import (
    Conversation,
    FunctionCallItem,
    FunctionCallOutputItem,
    MessageItem,
    OtherItem,
    Playout,
    Response,
)
from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation._settings import MessageSettings
from realtime_sdk.protocol import ClientEvent, WireItem, WireResponse

from .wire import Wire

SETTINGS = MessageSettings(anyio.Event, 24_000)

ITEM = {"id", "type", "status", "export"}


async def cancel(done: Completion[Response]) -> Response:
    raise AssertionError("nothing is cancelled here")


def send(event: ClientEvent) -> None:
    raise AssertionError("nothing is sent here")


def wire_item(type: str) -> WireItem:
    return WireItem(id="item_1", type=type)


SURFACES: list[tuple[object, set[str]]] = [
    (
        MessageItem(wire_item("message"), SETTINGS),
        ITEM | {
            "role", "phase", "transcript", "heard", "server_text", "playout", "interrupted", "captions", "deltas",
            "audio", "played",
        },
    ),
    (FunctionCallItem(wire_item("function_call")), ITEM | {"name", "call_id", "arguments", "output"}),
    (FunctionCallOutputItem(wire_item("function_call_output")), ITEM | {"call_id", "output"}),
    (OtherItem(wire_item("mcp_call")), ITEM | {"wire"}),
    (
        Response(WireResponse(id="resp_1"), anyio.Event, [], cancel),
        {"id", "status", "status_details", "items", "usage", "metadata", "done", "played", "cancel"},
    ),
    (Conversation(send, {}, []), {"items", "get", "export", "restore"}),
    (
        Playout("item_1", None, None, 0.0, 0.0, False, ""),
        {
            "item_id", "started_at", "finished_at", "position", "duration", "interrupted", "transcript", "latency",
            "underruns",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "names"), SURFACES, ids=[type(shown).__name__ for shown, _ in SURFACES])
def test_a_public_class_shows_what_is_documented_and_no_more(shown: object, names: set[str]) -> None:
    assert {name for name in dir(shown) if not name.startswith("_")} == names


def test_a_session_gives_objects_of_the_public_classes() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "Good morning.", 1000)
    wire.call("item_2")
    assert isinstance(message, MessageItem)
    assert isinstance(wire.response("resp_1"), Response)
    assert isinstance(wire.response("resp_1").items[1], FunctionCallItem)
    assert isinstance(wire.engine.conversation, Conversation)


@pytest.mark.parametrize("read", ["captions", "lines", "deltas", "audio", "items"])
def test_what_an_application_iterates_over_shows_nothing_but_iterating(read: str) -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "Good morning.", 1000)
    readers: dict[str, Callable[[], object]] = {
        "captions": message.captions, "lines": lambda: message.captions("line"), "deltas": message.deltas,
        "audio": message.audio, "items": lambda: aiter(wire.response("resp_1")),
    }  # fmt: skip
    assert [name for name in dir(readers[read]()) if not name.startswith("_")] == []
