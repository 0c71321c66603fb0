"""Conversation items, as objects: what all have in common, and those that are not messages.

Each class narrows `type`, so that `if item.type == "message"` is understood by a type checker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..protocol._objects import WireItem

if TYPE_CHECKING:
    from ._response import Response


class Item:
    """What all items of the conversation have in common."""

    type: str  # as on the wire

    def __init__(self, wire: WireItem) -> None:
        self.id: str = wire.id
        self.type = wire.type
        self.status = wire.status  # "in_progress", "completed", "incomplete"; None: the server does not say
        self.wire: WireItem = wire  # the item as the server last described it
        self.response: Response | None = None  # which made it; None: none of this session
        self.closed = False  # the server has ended it

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.type} {self.status}>"

    def update(self, wire: WireItem) -> None:
        """The server describes the item again; what it leaves out stays as it was."""
        self.wire = wire
        self.status = wire.status or self.status

    def export(self) -> dict[str, Any]:
        """The item as JSON, for `Conversation.export`."""
        return {"id": self.id, "type": self.type, "status": self.status}


class OtherItem(Item):
    """An item of a kind that has no class of its own: those of MCP, and whatever a server invents."""

    type: Literal["mcp_list_tools", "mcp_call", "mcp_approval_request", "mcp_approval_response"]


class FunctionCallItem(Item):
    """The model calls a function of the application's."""

    type: Literal["function_call"]

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.name: str = wire.name or ""
        self.call_id: str = wire.call_id or ""
        self.arguments: str = wire.arguments or ""  # a JSON object as text; whole once the item is done
        self.output: str | None = None  # what the call was answered with; None: not answered yet

    def __repr__(self) -> str:
        return f"<FunctionCallItem {self.id} {self.name}({self.arguments}) {self.status}>"

    def add_arguments(self, delta: str) -> None:
        """Take the next piece of the arguments."""
        self.arguments += delta

    def end_arguments(self, arguments: str | None, name: str | None) -> None:
        """The arguments are complete; `arguments` and `name` repeat them where the server does."""
        self.arguments = arguments or self.arguments
        self.name = name or self.name

    def update(self, wire: WireItem) -> None:
        """The server describes the call again; one that is complete is run, and answered, as it was."""
        super().update(wire)
        if self.closed:
            return
        self.name = wire.name or self.name
        self.call_id = wire.call_id or self.call_id
        self.arguments = wire.arguments or self.arguments

    def export(self) -> dict[str, Any]:
        """The call as JSON, with its output."""
        call = {"name": self.name, "call_id": self.call_id, "arguments": self.arguments, "output": self.output}
        return super().export() | call


class FunctionCallOutputItem(Item):
    """The answer to a function call, as the conversation holds it."""

    type: Literal["function_call_output"]

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.call_id: str = wire.call_id or ""
        self.output: str = wire.output or ""

    def export(self) -> dict[str, Any]:
        """The answer as JSON."""
        return super().export() | {"call_id": self.call_id, "output": self.output}
