"""`mcp_list_tools.*`, `response.mcp_call*`: tools that the server calls by itself, over the Model Context Protocol."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

from ._base import Event, Listed, Loose, Object, WireModel
from ._objects import ErrorDetails, WireItem

__all__ = [
    "McpItemFields",
    "McpListToolsCompleted",
    "McpListToolsFailed",
    "McpListToolsInProgress",
    "ResponseMcpCallArgumentsDelta",
    "ResponseMcpCallArgumentsDone",
    "ResponseMcpCallCompleted",
    "ResponseMcpCallFailed",
    "ResponseMcpCallInProgress",
]


class McpItemFields(WireModel):
    """The fields that items of hosted tools have beside those of a `WireItem`."""

    server_label: Loose[str] = None
    tools: Listed[Object] = ()  # of mcp_list_tools: objects with name, description, input_schema
    error: Loose[ErrorDetails] = None  # of mcp_list_tools and mcp_call

    @classmethod
    def of(cls, item: WireItem) -> Self:
        """Read those of an item."""
        return cls.model_validate(item.model_extra or {})


class McpListToolsInProgress(Event):
    """The server asks a tool server for its tools."""

    type: Literal["mcp_list_tools.in_progress"] = "mcp_list_tools.in_progress"
    item_id: Loose[str] = None


class McpListToolsCompleted(Event):
    """The tools are known; the item `item_id` lists them."""

    type: Literal["mcp_list_tools.completed"] = "mcp_list_tools.completed"
    item_id: Loose[str] = None


class McpListToolsFailed(Event):
    """The tool server did not answer."""

    type: Literal["mcp_list_tools.failed"] = "mcp_list_tools.failed"
    item_id: Loose[str] = None


class ResponseMcpCallArgumentsDelta(Event):
    """More of the arguments' JSON text."""

    type: Literal["response.mcp_call_arguments.delta"] = "response.mcp_call_arguments.delta"
    response_id: Loose[str] = None
    item_id: str
    output_index: Loose[int] = None
    delta: str


class ResponseMcpCallArgumentsDone(Event):
    """The arguments are complete."""

    type: Literal["response.mcp_call_arguments.done"] = "response.mcp_call_arguments.done"
    response_id: Loose[str] = None
    item_id: str
    output_index: Loose[int] = None
    arguments: Loose[str] = None


class ResponseMcpCallInProgress(Event):
    """The server called the tool."""

    type: Literal["response.mcp_call.in_progress"] = "response.mcp_call.in_progress"
    item_id: str
    output_index: Loose[int] = None


class ResponseMcpCallCompleted(Event):
    """The tool answered."""

    type: Literal["response.mcp_call.completed"] = "response.mcp_call.completed"
    item_id: str
    output_index: Loose[int] = None


class ResponseMcpCallFailed(Event):
    """The tool failed."""

    type: Literal["response.mcp_call.failed"] = "response.mcp_call.failed"
    item_id: str
    output_index: Loose[int] = None


FromServer: TypeAlias = (
    McpListToolsInProgress | McpListToolsCompleted | McpListToolsFailed | ResponseMcpCallArgumentsDelta
    | ResponseMcpCallArgumentsDone | ResponseMcpCallInProgress | ResponseMcpCallCompleted | ResponseMcpCallFailed
)
