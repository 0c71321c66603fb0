"""What an application sees of the objects of a conversation: the documented names, and no others."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from realtime_sdk import (
    Conversation,
    FunctionCallItem,
    FunctionCallOutputItem,
    McpApprovalRequestItem,
    McpCallItem,
    McpListToolsItem,
    MessageItem,
    OtherItem,
    Playout,
    Response,
    UsageError,
)

from .wire import Wire

ITEM = {"id", "type", "status", "export"}

PUBLIC: dict[type, set[str]] = {
    MessageItem: ITEM | {
        "role", "phase", "transcript", "transcription_usage", "heard", "server_text", "playout", "interrupted",
        "captions", "deltas", "audio", "report_heard", "heard_at", "played",
    },
    FunctionCallItem: ITEM | {"name", "call_id", "arguments", "output"},
    FunctionCallOutputItem: ITEM | {"call_id", "output"},
    OtherItem: ITEM | {"wire"},
    McpCallItem: ITEM | {"wire", "server_label", "name", "arguments", "output", "error"},
    McpListToolsItem: ITEM | {"wire", "server_label", "tools", "error"},
    McpApprovalRequestItem: ITEM | {"wire", "server_label", "name", "arguments"},
    Response: {"id", "status", "status_details", "items", "usage", "metadata", "done", "played", "cancel", "text"},
    Conversation: {"items", "get", "export", "restore", "delete", "retrieve"},
    Playout: {
        "item_id", "started_at", "finished_at", "position", "duration", "interrupted", "transcript", "latency",
        "underruns",
    },
}  # fmt: skip

MADE_BY_A_SESSION = [public for public in PUBLIC if public is not Playout]


def shown(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def from_an_engine(public: type) -> object:
    """An object of this class as a session gives it."""
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "Good morning.", 1000)
    wire.call("item_2")
    for type in ("function_call_output", "mcp_call", "mcp_list_tools", "mcp_approval_request", "new"):
        wire.receive("conversation.item.added", item={"id": f"item_{type}", "type": type})
    conversation = wire.engine.conversation
    given = [message.playout, wire.response("resp_1"), conversation, *conversation]
    return next(each for each in given if isinstance(each, public))


@pytest.mark.parametrize("public", PUBLIC)
def test_a_public_class_shows_what_is_documented_and_no_more(public: type) -> None:
    assert shown(public) == PUBLIC[public]


@pytest.mark.parametrize("public", PUBLIC)
def test_an_object_of_an_engine_shows_what_its_public_class_documents_and_no_more(public: type) -> None:
    assert shown(from_an_engine(public)) == PUBLIC[public]


@pytest.mark.parametrize("public", MADE_BY_A_SESSION)
def test_each_public_attribute_has_a_docstring(public: type) -> None:
    assert [name for name in PUBLIC[public] if not inspect.getdoc(getattr(public, name))] == []


@pytest.mark.parametrize("public", MADE_BY_A_SESSION)
def test_what_is_read_is_not_assigned(public: type) -> None:
    given = from_an_engine(public)
    for name in PUBLIC[public]:
        if isinstance(getattr(public, name), property):
            with pytest.raises(AttributeError):
                setattr(given, name, None)


@pytest.mark.parametrize("public", MADE_BY_A_SESSION)
def test_only_a_session_creates_public_objects(public: type) -> None:
    with pytest.raises(UsageError, match=f"a session makes every {public.__name__}"):
        public()


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
