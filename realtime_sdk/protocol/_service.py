"""`error` and `rate_limits.updated`: the service's reports on itself."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import model_validator

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

    @model_validator(mode="before")
    @classmethod
    def _with_details(cls, event: object) -> object:
        """Take the details of some servers, which stand in the event itself."""
        if not isinstance(event, dict):
            return event
        error = event.get("error")
        if not (error is None or error == {} or isinstance(error, str)):
            return event
        beside = {name: value for name, value in event.items() if name not in ("type", "event_id", "error")}
        return {**event, "error": {**beside, "message": error} if isinstance(error, str) else beside}


class RateLimitsUpdated(Event):
    """The rest of the account's limits after a response."""

    type: Literal["rate_limits.updated"] = "rate_limits.updated"
    rate_limits: Listed[RateLimit] = ()


FromServer: TypeAlias = ErrorEvent | RateLimitsUpdated
