"""The pending work of hosted tools: listings of the tools of tool servers, and calls that the server makes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..items._live_mcp import LiveMcpCall

if TYPE_CHECKING:
    from .._live_response import LiveResponse

LISTING_BEGINS: Final = 2.0
"""Seconds after a change of the session's tools within which the server begins to list those of a new tool server."""

LISTING_TIMEOUT: Final = 15.0
"""Seconds that a response waits for a tool server to list its tools."""

CALL_TIMEOUT: Final = 180.0
"""Seconds without a word about a call after which it counts as lost: it may wait for an approval, and take long."""


class HostedTools:
    """The open listings and calls, each with the wall clock at which it is given up."""

    def __init__(self) -> None:
        self._servers: dict[str, Mapping[str, Any]] = {}  # the tool objects that were sent last, by label
        self._expected: dict[str, float] = {}  # labels whose listing is to begin
        self._listings: dict[str, float] = {}  # that run, by item id
        self._calls: dict[LiveMcpCall, float] = {}

    @property
    def listing(self) -> bool:
        """Whether tools are being listed: a response that begins now lacks them."""
        return bool(self._expected or self._listings)

    @property
    def calls(self) -> tuple[LiveMcpCall, ...]:
        """The calls that have no result."""
        return tuple(self._calls)

    def awaits(self, response: LiveResponse) -> bool:
        """Whether a call of this response has no result."""
        return bool(self._calls) and any(call.response is response for call in self._calls)

    @property
    def deadline(self) -> float:
        """The wall clock at which the first of them is given up; infinity: never."""
        if not (self._expected or self._listings or self._calls):  # as after nearly every event
            return math.inf
        return min([*self._expected.values(), *self._listings.values(), *self._calls.values()])

    def requested(self, tools: Iterable[Mapping[str, Any]], at: float) -> None:
        """The session's tools are about to change: the server will list those of tool servers that it does not know."""
        servers = {str(tool.get("server_label")): tool for tool in tools if tool.get("type") == "mcp"}
        new = [label for label, tool in servers.items() if self._servers.get(label) != tool]
        self._expected |= dict.fromkeys(new, at + LISTING_BEGINS)
        self._servers = servers

    def listing_began(self, item_id: str, label: str, at: float) -> None:
        """The server lists the tools of a tool server; `label` may be empty."""
        self._expected.pop(label or next(iter(self._expected), ""), None)
        self._listings[item_id] = at + LISTING_TIMEOUT

    def listing_ended(self, item_id: str) -> None:
        """The listing is over."""
        self._listings.pop(item_id, None)

    def called(self, call: LiveMcpCall, at: float) -> None:
        """The server has said something about a call that has no result."""
        self._calls[call] = at + CALL_TIMEOUT

    def finished(self, call: LiveMcpCall) -> None:
        """A call has a result, or none will come."""
        self._calls.pop(call, None)

    def expire(self, at: float) -> list[LiveMcpCall]:
        """Give up the listings that are due; return the calls that are."""
        self._expected = {label: due for label, due in self._expected.items() if due > at}
        self._listings = {item: due for item, due in self._listings.items() if due > at}
        return [call for call, due in self._calls.items() if due <= at]

    def forget_server(self) -> None:
        """The connection was lost: the next server has listed no tools."""
        self._servers.clear()
        self._expected.clear()
        self._listings.clear()
