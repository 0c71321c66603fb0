"""Strict models of tools, and of the choice among them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, Tag

from ._strict import WORD_OR_FIELDS, Object, Strict

_ToolName: TypeAlias = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")]


class FunctionTool(Strict):
    """A function that the model may call; `parameters` is a JSON schema."""

    type: Literal["function"]
    name: _ToolName
    description: str | None = None
    parameters: Object | None = None


class ToolFilter(Strict):
    """Some of a tool server's tools."""

    tool_names: list[str] | None = None
    read_only: bool | None = None


class ApprovalFilter(Strict):
    """Which tools are called only with the client's approval."""

    always: ToolFilter | None = None
    never: ToolFilter | None = None


class McpTool(Strict):
    """A tool server whose tools the service lists, and calls by itself."""

    type: Literal["mcp"]
    server_label: str
    server_url: str | None = None
    connector_id: str | None = None
    tunnel_id: str | None = None
    server_description: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    allowed_tools: list[str] | ToolFilter | None = None
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None
    defer_loading: bool | None = None
    require_approval: Annotated[
        Annotated[Literal["always", "never"], Tag("word")] | Annotated[ApprovalFilter, Tag("fields")], WORD_OR_FIELDS
    ] | None = None


class FunctionChoice(Strict):
    """Call this function."""

    type: Literal["function"]
    name: str


class McpChoice(Strict):
    """Call this tool server, or this tool of it."""

    type: Literal["mcp"]
    server_label: str
    name: str | None = None


ToolChoice: TypeAlias = Annotated[
    Annotated[Literal["auto", "none", "required"], Tag("word")]
    | Annotated[Annotated[FunctionChoice | McpChoice, Field(discriminator="type")], Tag("fields")],
    WORD_OR_FIELDS,
]

Tool: TypeAlias = Annotated[FunctionTool | McpTool, Field(discriminator="type")]
