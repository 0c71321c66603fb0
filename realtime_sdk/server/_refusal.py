"""A refused client event, and the wire's `error` object for it."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # never leaves the server: it becomes an `error` event
    """A client event that the server refuses; raised inside the rules, sent as an `error` event.

    code: a name of the service's, e.g. `invalid_value`. param: the path of the field at fault, where there is one.
    echo: whether the error names the client event it answers.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None, echo: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.echo = echo

    def error(self, event_id: str | None) -> dict[str, Any]:
        """Build the wire's error object; `event_id` is that of the client event."""
        return {
            "type": "invalid_request_error",
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": event_id if self.echo else None,
        }
