"""Asks the application to approve a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ..._runtime import clock
from ..._runtime.event_loop import assert_own_loop, own_event
from ...conversation._sdk_events import ApprovalRequested
from ...conversation.items._items import FunctionCallItem
from ...conversation.items._mcp_items import McpApprovalRequestItem
from ...conversation.tools._approval import Approval, NewApproval


@contextmanager
def asking(
    call: FunctionCallItem | McpApprovalRequestItem, loop: asyncio.AbstractEventLoop,
    emit: Callable[[ApprovalRequested], None],
) -> Iterator[Approval]:  # fmt: skip
    """Ask the application to approve a call; an approval that has no answer at the end is refused."""
    approval = NewApproval(call, own_event(), partial(assert_own_loop, loop))
    emit(ApprovalRequested(clock.wall(), approval))
    try:
        yield approval
    finally:
        approval.refuse("the session has ended")  # unless it has its answer
