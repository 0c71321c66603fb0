"""Tool servers that a `FakeServer` reaches, and calls of their tools, as a test scripts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio

from .._runtime.arguments import check_duration, check_text, shown
from ..errors import UsageError
from ..server._backend import HostedCall, HostedToolError
from ._script_arguments import arguments_text, check_error, written


@dataclass(frozen=True, slots=True)
class ScriptedMcpCall:
    """A call of a hosted tool; see `mcp_call`."""

    server_label: str
    name: str
    arguments: str
    output: str
    seconds: float
    error: Mapping[str, Any] | None

    def _output(self) -> HostedCall:
        return HostedCall(self.server_label, self.name, self.arguments, partial(_run, self))


def mcp_call(
    server_label: str, name: str, arguments: str | dict[str, Any] | None = None, *, output: str = "",
    seconds: float = 0.1, error: Mapping[str, Any] | None = None,
) -> ScriptedMcpCall:
    """Script a call of a hosted tool, which the server makes by itself, or once the client has approved it.

    output: what the tool returns. seconds: how long it runs; the response may be over before. error: with which it
    fails, an object with a `type` (`"tool_execution_error"`, `"protocol_error"`, `"http_error"`) and a `message`.

    Raises:
        UsageError: an argument is of a wrong kind.
    """
    for field, text in (("server_label", server_label), ("name", name), ("output", output)):
        check_text(field, text)
    check_duration("seconds", seconds)
    if error is not None:
        check_error(error)
    return ScriptedMcpCall(server_label, name, arguments_text(name, arguments), output, seconds, error)


class ToolServers:
    """The tool servers that can be reached, by label."""

    def __init__(self) -> None:
        self._tools: dict[str, tuple[list[dict[str, Any]], float]] = {}  # with the seconds that the listing takes

    def add(self, server_label: str, tools: Sequence[str | Mapping[str, Any]], seconds: float) -> None:
        """Let a tool server list these tools, by name or as its objects."""
        check_text("server_label", server_label)
        check_duration("seconds", seconds)
        self._tools[server_label] = [_described(tool) for tool in tools], seconds

    async def list_tools(self, tool: dict[str, Any]) -> Sequence[dict[str, Any]]:
        """Return the tools of a tool server; see `ToolLister`."""
        tools, seconds = self._tools.get(tool["server_label"], ([], 0.0))
        await anyio.sleep(seconds)
        if tool["server_label"] not in self._tools:
            raise HostedToolError({"type": "http_error", "code": 404, "message": "there is no such tool server"})
        return tools


def _described(tool: object) -> dict[str, Any]:
    if isinstance(tool, str):
        return {"name": tool, "input_schema": {"type": "object", "properties": {}}}
    if isinstance(tool, Mapping) and isinstance(tool.get("name"), str) and isinstance(
        tool.get("input_schema", {}), Mapping
    ):
        written("the tool", tool)
        return dict(tool)
    raise UsageError(f"a tool is a name, or an object with a name and an input_schema, not {shown(tool)}")


async def _run(call: ScriptedMcpCall) -> str:
    await anyio.sleep(call.seconds)
    if call.error is not None:
        raise HostedToolError(dict(call.error))
    return call.output
