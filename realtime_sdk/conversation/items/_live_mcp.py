"""Items of hosted tools as the engine makes and changes them."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from ...protocol._mcp import McpItemFields
from ...protocol._objects import WireItem
from ._live_items import LiveFunctionCall, LiveItem, LiveOtherItem
from ._mcp_items import McpApprovalRequestItem, McpCallItem, McpItem, McpListToolsItem


class McpCallState(Enum):
    """How far the call of a hosted tool has come."""

    CALLED = "called"  # by the model; it may have to be approved
    RUNNING = "running"
    RETURNED = "returned"  # the server says that it has ended; the item with its result may follow
    FINISHED = "finished"


class McpCallEvent(Enum):
    """What can happen to the call of a hosted tool."""

    RUN = "run"
    RETURN = "return"
    FINISH = "finish"  # its result is there, or none will come


# A missing entry is a step that changes nothing: a server may repeat an event, or leave one out.
TRANSITIONS: Final[dict[tuple[McpCallState, McpCallEvent], McpCallState]] = {
    (McpCallState.CALLED, McpCallEvent.RUN): McpCallState.RUNNING,
    (McpCallState.CALLED, McpCallEvent.RETURN): McpCallState.RETURNED,  # it was not approved
    (McpCallState.CALLED, McpCallEvent.FINISH): McpCallState.FINISHED,
    (McpCallState.RUNNING, McpCallEvent.RETURN): McpCallState.RETURNED,
    (McpCallState.RUNNING, McpCallEvent.FINISH): McpCallState.FINISHED,
    (McpCallState.RETURNED, McpCallEvent.FINISH): McpCallState.FINISHED,
}


class LiveMcpItem(McpItem, LiveItem):
    """An item of hosted tools that the server's events change."""

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description."""
        super().update(wire)
        self._fields = McpItemFields.of(wire)


class LiveMcpCall(McpCallItem, LiveMcpItem):
    """A call of a hosted tool."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.state: McpCallState = McpCallState.CALLED

    def step(self, event: McpCallEvent) -> bool:
        """Change state; return whether that changed anything."""
        before, self.state = self.state, TRANSITIONS.get((self.state, event), self.state)
        return self.state is not before

    @property
    def is_finished(self) -> bool:
        """Whether no more comes of it."""
        return self.state is McpCallState.FINISHED

    def settle(self) -> None:
        """Leave its response, once it is finished."""
        if self.is_finished:
            super().settle()

    @property
    def has_result(self) -> bool:
        """Whether the item has its output, or the reason why there is none."""
        return self.output is not None or self.error is not None

    def add_arguments(self, delta: str) -> None:
        """Add the next piece of the arguments."""
        self._arguments += delta

    def end_arguments(self, arguments: str | None) -> None:
        """The arguments are complete; `arguments` repeats them where the server does."""
        self._arguments = arguments or self._arguments

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description."""
        super().update(wire)
        self._arguments = wire.arguments or self._arguments


class LiveMcpListTools(McpListToolsItem, LiveMcpItem):
    """A list of hosted tools."""


class LiveMcpApprovalRequest(McpApprovalRequestItem, LiveMcpItem):
    """A request to approve a call of a hosted tool."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.answering = False  # the application was asked


LiveToolItem: TypeAlias = LiveFunctionCall | LiveMcpCall | LiveMcpListTools | LiveMcpApprovalRequest | LiveOtherItem
"""An item of a response that is no message."""


def tool_item(wire: WireItem) -> LiveToolItem:
    """Make an item that is no message, of the kind that the wire names."""
    match wire.type:
        case "function_call":
            return LiveFunctionCall(wire)
        case "mcp_call":
            return LiveMcpCall(wire)
        case "mcp_list_tools":
            return LiveMcpListTools(wire)
        case "mcp_approval_request":
            return LiveMcpApprovalRequest(wire)
    return LiveOtherItem(wire)
