"""Conversation items, as an application reads them: their base class, and those that are not messages.

A session makes them (`_live_items`, `_live_message`); their constructors are not for applications. Each class narrows
`type`, so that `if item.type == "message"` is understood by a type checker.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, TypeAlias, cast

from ...protocol._objects import WireItem
from .._session_object import SessionObject

OtherType: TypeAlias = Literal["mcp_approval_response"]
"""The types of an `OtherItem` that are known; a type that is new on the wire is another string."""


class ServerCopy(Enum):
    """How the server of the present connection holds an item."""

    ORIGINAL = "original"  # as it was made there
    RESTORED = "restored"  # as this side has given it: a message as text
    NONE = "none"  # not at all


class Item(SessionObject):
    """The base of all items of the conversation."""

    def __init__(self, wire: WireItem) -> None:
        self._wire = wire  # as the server last described it
        self._id = wire.id
        self._type = wire.type
        self._status = wire.status
        self._server_copy = ServerCopy.ORIGINAL

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.type} {self.status}>"

    @property
    def id(self) -> str:
        """Its id on the server."""
        return self._id

    @property
    def type(self) -> str:
        """What kind of item it is, in the word of the wire."""
        return self._type

    @property
    def status(self) -> str | None:
        """`"in_progress"`, `"completed"` or `"incomplete"`; None: the server does not say."""
        return self._status

    def export(self) -> dict[str, Any]:
        """The item as JSON, for `Conversation.export`."""
        return {"id": self.id, "type": self.type, "status": self.status}


class OtherItem(Item, public=True):
    """An item of a type that has no class here, such as one that is new on the wire."""

    @property
    def type(self) -> OtherType:
        """What kind of item it is, which may be a word that is new on the wire."""
        return cast("OtherType", self._type)

    @property
    def wire(self) -> WireItem:
        """The item with all its fields, as the server last described it."""
        return self._wire

    def export(self) -> dict[str, Any]:
        """The item as JSON; `item` is the wire's object."""
        return super().export() | {"item": self._wire.model_dump(mode="json", exclude_unset=True)}


class FunctionCallItem(Item, public=True):
    """The model calls a function of the application's."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._name = wire.name or ""
        self._call_id = wire.call_id or ""
        self._arguments = wire.arguments or ""
        self._output: str | None = None

    def __repr__(self) -> str:
        return f"<FunctionCallItem {self.id} {self.name}({self.arguments}) {self.status}>"

    @property
    def type(self) -> Literal["function_call"]:
        """What kind of item it is: a function call."""
        return "function_call"

    @property
    def name(self) -> str:
        """The function's name; `""` until the server says it."""
        return self._name

    @property
    def call_id(self) -> str:
        """The id that the call's output names; `""` until the server says it."""
        return self._call_id

    @property
    def arguments(self) -> str:
        """The arguments so far: a JSON object as text, unchecked, whole once the item is done."""
        return self._arguments

    @property
    def output(self) -> str | None:
        """The answer to the call; None: it is not answered yet."""
        return self._output

    def _answer(self, output: str) -> None:
        self._output = output

    def export(self) -> dict[str, Any]:
        """The call as JSON, with its output."""
        call = {"name": self.name, "call_id": self.call_id, "arguments": self.arguments, "output": self.output}
        return super().export() | call


class FunctionCallOutputItem(Item, public=True):
    """The answer to a function call, as the conversation holds it."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._call_id = wire.call_id or ""
        self._output = wire.output or ""

    @property
    def type(self) -> Literal["function_call_output"]:
        """What kind of item it is: the output of a function call."""
        return "function_call_output"

    @property
    def call_id(self) -> str:
        """The `call_id` of the call that it answers."""
        return self._call_id

    @property
    def output(self) -> str:
        """The answer to the call."""
        return self._output

    def export(self) -> dict[str, Any]:
        """The answer as JSON."""
        return super().export() | {"call_id": self.call_id, "output": self.output}
