"""`error` and `rate_limits.updated`: the service's reports on itself."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ._base import Event, Listed
from ._objects import Error, ErrorDetails, RateLimit

__all__ = [
    "ErrorEvent",
    "RateLimitsUpdated",
]


class ErrorEvent(Event):
    """The server could not do something, mostly what a client event asked for; the session lives on."""

    type: Literal["error"] = "error"
    error: Error = ErrorDetails()


class RateLimitsUpdated(Event):
    """The rest of the account's limits after a response."""

    type: Literal["rate_limits.updated"] = "rate_limits.updated"
    rate_limits: Listed[RateLimit] = ()


FromServer: TypeAlias = ErrorEvent | RateLimitsUpdated
