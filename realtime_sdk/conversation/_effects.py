"""The engine's decisions, returned to its caller: only the caller sends, emits and runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from ..protocol._codec import ClientEvent
    from ._sdk_events import SdkEvent
    from .items._items import FunctionCallItem
    from .items._mcp_items import McpApprovalRequestItem


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of one step, which the caller applies in this order."""

    send: tuple[ClientEvent, ...] = ()  # to the server, in order
    emit: tuple[SdkEvent, ...] = ()  # to the application, in order
    calls: tuple[FunctionCallItem, ...] = ()  # complete function calls, to be run
    approvals: tuple[McpApprovalRequestItem, ...] = ()  # calls of hosted tools, for the application to approve
    lapsed: tuple[McpApprovalRequestItem, ...] = ()  # of these, those whose server is gone
    interrupted: tuple[FunctionCallItem, ...] = ()  # calls that run, during which the user has interrupted

    def __add__(self, later: Effects) -> Effects:
        """These, then those of a later step."""
        if self is NOTHING or later is NOTHING:
            return later if self is NOTHING else self
        return Effects(
            self.send + later.send, self.emit + later.emit, self.calls + later.calls,
            self.approvals + later.approvals, self.lapsed + later.lapsed, self.interrupted + later.interrupted,
        )  # fmt: skip


Handler: TypeAlias = Callable[[Any, float], Effects]
"""Handles an event of the server, which came at this wall-clock time in seconds."""

NOTHING: Final = Effects()
"""The one value for a step without effects: most deltas have none, and cost no allocation."""


def sending(*events: ClientEvent) -> Effects:
    """Effects that only send."""
    return Effects(send=events) if events else NOTHING


def emitting(*events: SdkEvent) -> Effects:
    """Effects that only emit."""
    return Effects(emit=events) if events else NOTHING
