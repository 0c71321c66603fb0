"""Tools that the server calls by itself, over MCP: their listing, their calls, and the client's approvals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ._actions import CallTool, ListTools
from ._backend import HostedCall
from ._ids import NewId
from ._items import Event, HeldItem
from ._refusal import Refusal
from ._response import ActiveResponse
from ._state import SessionState

SECRET: Final = ("authorization", "headers")
"""Fields of a tool that the service keeps, and never repeats."""

NOT_APPROVED: Final = {"type": "tool_execution_error", "message": "The call was not approved."}
"""The error of a call that the client rejected; no recording shows the service's."""


@dataclass(frozen=True, slots=True, eq=False)
class _OpenCall:
    """A call that waits for its approval, or runs."""

    response_id: str
    output_index: int
    item: HeldItem
    requested: HostedCall

    @property
    def place(self) -> dict[str, Any]:
        return {"item_id": self.item.id, "output_index": self.output_index}


class HostedTools(SessionState):
    """The rules of hosted tools. A call belongs to the session: it goes on when its response is over."""

    def __init__(self, settings: dict[str, Any], new_id: NewId) -> None:
        super().__init__(settings, new_id)
        self._tools: dict[str, dict[str, Any]] = {}  # the tool objects that were listed last, by label
        self._listings: dict[str, tuple[HeldItem, dict[str, Any]]] = {}  # that run, with their tools, by item id
        self._calls: dict[str, _OpenCall] = {}  # by item id
        self._approvals: dict[str, _OpenCall] = {}  # calls that wait for an approval, by the id of its request

    @property
    def calls_tools(self) -> bool:
        """Whether a call has not ended."""
        return bool(self._calls)

    def tools_listed(self, item_id: str, tools: Sequence[dict[str, Any]]) -> list[Event]:
        """Report the tools of a tool server."""
        item, tool = self._listings.pop(item_id)
        allowed = _names(tool.get("allowed_tools"))
        item.wire["tools"] = [tool for tool in tools if allowed is None or tool["name"] in allowed]
        return self._stamp([{"type": "mcp_list_tools.completed", "item_id": item_id}, *self.conversation.done(item)])

    def listing_failed(self, item_id: str) -> list[Event]:
        """Report that a tool server did not list its tools."""
        item, _ = self._listings.pop(item_id)
        return self._stamp([{"type": "mcp_list_tools.failed", "item_id": item_id}, *self.conversation.done(item)])

    def call_completed(self, item_id: str, output: str) -> list[Event]:
        """Report what a call returned."""
        return self._stamp(self._end_call(self._calls[item_id], output=output))

    def call_failed(self, item_id: str, error: dict[str, Any]) -> list[Event]:
        """Report that a call failed; `error` has a `type` and a `message`."""
        return self._stamp(self._end_call(self._calls[item_id], error=error))

    def _adopt_tools(self, tools: Sequence[dict[str, Any]]) -> list[Event]:
        """List the tools of tool servers that are new, or were given otherwise before."""
        events: list[Event] = []
        for tool in tools:
            if tool["type"] == "mcp" and self._tools.get(tool["server_label"]) != tool:
                self._tools[tool["server_label"]] = tool
                events += self._begin_listing(tool)
        return events

    def _begin_listing(self, tool: dict[str, Any]) -> list[Event]:
        label = tool["server_label"]
        item = HeldItem({"id": self._new_id("item"), "type": "mcp_list_tools", "server_label": label, "tools": []})
        self._listings[item.id] = item, tool
        self._actions.append(ListTools(item.id, tool))
        return [self.conversation.add(item), {"type": "mcp_list_tools.in_progress", "item_id": item.id}]

    def _begin_call(self, response: ActiveResponse, requested: HostedCall) -> list[Event]:
        """Run a call of the model's, or ask the client to approve it."""
        events, item = response.hosted_call(requested.server_label, requested.name, requested.arguments)
        call = self._calls[item.id] = _OpenCall(response.id, len(response.items) - 1, item, requested)
        return [*events, *(self._request_approval(call) if self._needs_approval(requested) else self._run(call))]

    def _request_approval(self, call: _OpenCall) -> list[Event]:
        fields = {key: call.item.wire[key] for key in ("server_label", "name", "arguments")}
        request = HeldItem({"id": self._new_id("item"), "type": "mcp_approval_request", **fields})
        self._approvals[request.id] = call
        return self._add(request)

    def _answered(self, item: dict[str, Any]) -> list[Event]:
        """Run or end the call that the client's `mcp_approval_response` is about."""
        call = self._approvals.pop(item["approval_request_id"], None)
        if call is None:
            message = f"Approval request '{item['approval_request_id']}' not found, or answered before."
            raise Refusal("invalid_value", message, param="item.approval_request_id")
        call.item.wire["approval_request_id"] = item["approval_request_id"]
        return self._run(call) if item["approve"] else self._end_call(call, error=NOT_APPROVED)

    def _run(self, call: _OpenCall) -> list[Event]:
        self._actions.append(CallTool(call.item.id, call.requested.run))
        return [{"type": "response.mcp_call.in_progress", **call.place}]

    def _end_call(self, call: _OpenCall, output: str | None = None, error: dict[str, Any] | None = None) -> list[Event]:
        del self._calls[call.item.id]
        call.item.wire |= {"output": output, "error": error}
        kind = "response.mcp_call.completed" if error is None else "response.mcp_call.failed"
        place = {"response_id": call.response_id, "output_index": call.output_index}
        done = {"type": "response.output_item.done", **place, "item": call.item.snapshot()}
        return [{"type": kind, **call.place}, *self.conversation.done(call.item), done]

    def _needs_approval(self, requested: HostedCall) -> bool:
        given = self._tools.get(requested.server_label, {}).get("require_approval") or "always"
        if isinstance(given, str):
            return given == "always"
        always, never = (_names(given.get(word)) for word in ("always", "never"))
        return requested.name in always if always is not None else never is None or requested.name not in never


def without_secrets(tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Copy tools without the fields that are never repeated to a client."""
    return [{key: value for key, value in tool.items() if key not in SECRET} for tool in tools]


def _names(tools: list[str] | dict[str, Any] | None) -> list[str] | None:
    """The names in a filter of tools; None: it names none."""
    return tools.get("tool_names") if isinstance(tools, dict) else tools
