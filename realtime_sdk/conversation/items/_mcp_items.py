"""Items of hosted tools, as an application reads them: the server calls these tools by itself, over MCP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...protocol._mcp import McpItemFields
from ...protocol._objects import WireItem
from ._items import Item


class McpItem(Item):
    """The base of the items of hosted tools."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._fields = McpItemFields.of(wire)  # those of hosted tools

    @property
    def server_label(self) -> str:
        """The label that the session gave the tool server."""
        return self._fields.server_label or ""

    @property
    def wire(self) -> WireItem:
        """The item with all its fields, as the server last described it."""
        return self._wire

    def export(self) -> dict[str, Any]:
        """The item as JSON; `item` is the wire's object."""
        return super().export() | {"item": self._wire.model_dump(mode="json", exclude_unset=True)}

    @property
    def _error_text(self) -> str | None:
        error = self._fields.error
        return None if error is None else error.message or error.code or error.type or "the server gives no reason"


class McpCallItem(McpItem, public=True):
    """The server calls a hosted tool."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._arguments = wire.arguments or ""

    def __repr__(self) -> str:
        return f"<McpCallItem {self.id} {self.server_label}.{self.name}({self.arguments})>"

    @property
    def type(self) -> Literal["mcp_call"]:
        """What kind of item it is: a call of a hosted tool."""
        return "mcp_call"

    @property
    def name(self) -> str:
        """The name of the tool."""
        return self._wire.name or ""

    @property
    def arguments(self) -> str:
        """The arguments so far: a JSON object as text, unchecked."""
        return self._arguments

    @property
    def output(self) -> str | None:
        """What the tool returned; None: nothing yet, or it failed."""
        return self._wire.output

    @property
    def error(self) -> str | None:
        """Why the call failed; None: it did not."""
        return self._error_text


class McpListToolsItem(McpItem, public=True):
    """The tools of a tool server, as the server has listed them."""

    @property
    def type(self) -> Literal["mcp_list_tools"]:
        """What kind of item it is: a list of hosted tools."""
        return "mcp_list_tools"

    @property
    def tools(self) -> tuple[Mapping[str, Any], ...]:
        """The tools, each an object with `name`, `description` and `input_schema`; empty until they are listed."""
        return self._fields.tools

    @property
    def error(self) -> str | None:
        """Why they could not be listed, where the server says so."""
        return self._error_text


class McpApprovalRequestItem(McpItem, public=True):
    """The server asks for the approval of a call of a hosted tool; see `Approval`."""

    @property
    def type(self) -> Literal["mcp_approval_request"]:
        """What kind of item it is: a request to approve a call."""
        return "mcp_approval_request"

    @property
    def name(self) -> str:
        """The name of the tool."""
        return self._wire.name or ""

    @property
    def arguments(self) -> str:
        """The arguments: a JSON object as text, unchecked."""
        return self._wire.arguments or ""
