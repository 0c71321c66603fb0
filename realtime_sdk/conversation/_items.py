"""Conversation items, as an application reads them: what all have in common, and those that are not messages.

A session makes them (`_live_items`, `_live_message`); their constructors are not for applications. Each class narrows
`type`, so that `if item.type == "message"` is understood by a type checker.
"""

from __future__ import annotations

from typing import Any, Literal

from ..protocol._objects import WireItem


class Item:
    """What all items of the conversation have in common."""

    type: str  # as on the wire

    def __init__(self, wire: WireItem) -> None:
        self.id: str = wire.id
        self.type = wire.type
        self.status: str | None = wire.status  # "in_progress", "completed", "incomplete"; None: the server does not say

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.type} {self.status}>"

    def export(self) -> dict[str, Any]:
        """The item as JSON, for `Conversation.export`."""
        return {"id": self.id, "type": self.type, "status": self.status}


class OtherItem(Item):
    """An item of a kind without a class of its own: those of MCP, and types that are new on the wire."""

    type: Literal["mcp_list_tools", "mcp_call", "mcp_approval_request", "mcp_approval_response"]

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.wire: WireItem = wire  # with all its fields, as the server last described it


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
