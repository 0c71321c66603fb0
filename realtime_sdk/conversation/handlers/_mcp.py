"""Handlers of hosted tools: their listing, their calls, and the approvals that the server asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...protocol._mcp import (
    McpListToolsCompleted,
    McpListToolsFailed,
    McpListToolsInProgress,
    ResponseMcpCallArgumentsDelta,
    ResponseMcpCallArgumentsDone,
)
from .._effects import NOTHING, Effects, Handler, emitting
from .._engine_state import EngineState
from .._sdk_events import ToolsListed, ToolStarted
from ..items._items import ServerCopy
from ..items._live_items import LiveItem
from ..items._live_mcp import LiveMcpApprovalRequest, LiveMcpCall, LiveMcpListTools, McpCallEvent
from ..tools._calls import Calls

NOT_LISTED = "the tool server did not list its tools"
"""The error of a listing of which the server says only that it failed."""


class McpHandlers:
    """Handles the server's events about hosted tools; those about items come after the handlers of items."""

    def __init__(self, state: EngineState, calls: Calls) -> None:
        self._state = state
        self._calls = calls
        self._hosted = state.hosted

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "mcp_list_tools.in_progress": self._listing_began,
            "mcp_list_tools.completed": self._listing_completed,
            "mcp_list_tools.failed": self._listing_failed,
            "response.mcp_call_arguments.delta": self._arguments_delta,
            "response.mcp_call_arguments.done": self._arguments_done,
            "response.mcp_call.in_progress": self._call_runs,
            "response.mcp_call.completed": self._call_returned,
            "response.mcp_call.failed": self._call_returned,
            "conversation.item.added": self._item,
            "conversation.item.done": self._item,
            "response.output_item.added": self._item,
            "response.output_item.done": self._item,
        }

    # Listings

    def _listing_began(self, event: McpListToolsInProgress, at: float) -> Effects:
        item = self._state.conversation.get(event.item_id or "")
        label = item.server_label if isinstance(item, LiveMcpListTools) else ""
        self._hosted.listing_began(event.item_id or "", label, at)
        return NOTHING

    def _listing_completed(self, event: McpListToolsCompleted, at: float) -> Effects:
        self._hosted.listing_ended(event.item_id or "")
        return self._state.advance_requests(at)

    def _listing_failed(self, event: McpListToolsFailed, at: float) -> Effects:
        self._hosted.listing_ended(event.item_id or "")
        item = self._state.conversation.get(event.item_id or "")
        failed = NOTHING
        if isinstance(item, LiveMcpListTools):
            failed = emitting(ToolsListed(at, item, item.error or NOT_LISTED))
        return failed + self._state.advance_requests(at)

    # Calls

    def _arguments_delta(self, event: ResponseMcpCallArgumentsDelta, at: float) -> Effects:
        if isinstance(call := self._state.find(event.item_id), LiveMcpCall):
            call.add_arguments(event.delta)
        return NOTHING

    def _arguments_done(self, event: ResponseMcpCallArgumentsDone, at: float) -> Effects:
        if isinstance(call := self._state.find(event.item_id), LiveMcpCall):
            call.end_arguments(event.arguments)
        return NOTHING

    def _call_runs(self, event: Any, at: float) -> Effects:
        call = self._state.find(event.item_id)
        if not isinstance(call, LiveMcpCall) or not call.step(McpCallEvent.RUN):
            return NOTHING
        self._hosted.called(call, at)
        return emitting(ToolStarted(at, call))

    def _call_returned(self, event: Any, at: float) -> Effects:
        call = self._state.find(event.item_id)
        if not isinstance(call, LiveMcpCall) or not call.step(McpCallEvent.RETURN):
            return NOTHING
        self._state.rounds.hosted_returned(call)
        return self._calls.finish_hosted(call, at) if call.has_result else NOTHING

    # Items

    def _item(self, event: Any, at: float) -> Effects:
        if not event.item.type.startswith("mcp_"):
            return NOTHING
        item = self._state.find(event.item.id)
        done = event.type.endswith(".done")
        if isinstance(item, LiveItem) and item.server_copy is ServerCopy.RESTORED:
            return NOTHING  # it is what this side has given
        match item:
            case LiveMcpCall():
                item.update(event.item)
                return self._call_item(item, at, done=done)
            case LiveMcpListTools() if done:
                item.update(event.item)
                return emitting(ToolsListed(at, item, None)) if item.tools else NOTHING
            case LiveMcpApprovalRequest() if not item.answering:
                item.answering = True
                return Effects(approvals=(item,))
        return NOTHING

    def _call_item(self, call: LiveMcpCall, at: float, *, done: bool) -> Effects:
        if call.has_result and done:
            return self._calls.finish_hosted(call, at)
        if call.response is not None and not self._state.rounds.is_running(call.id) and not call.is_finished:
            self._state.rounds.start(call)
            self._hosted.called(call, at)
        return NOTHING
