"""A server that refuses what it is asked for, or does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from realtime_sdk.testing import FakeServer
from realtime_sdk.testing._script import ScriptItem

from .observing import Wire

QUOTA = "insufficient_quota"


class Refusing:
    """Refuses the nth request for a response (all: every one), naming it, as a server out of quota does."""

    def __init__(self, nth: int | None = None) -> None:
        self._nth = nth
        self._seen = 0
        self._refused: set[str] = set()  # ids of responses of which nothing is sent

    def __call__(self, event: Wire) -> Iterable[Wire]:
        response = event.get("response") or {}
        response_id = str(event.get("response_id") or response.get("id"))
        if event["type"] == "response.created":
            self._seen += 1
            if self._nth in (None, self._seen):
                self._refused.add(response_id)
                return (quota(response),)
        return () if response_id in self._refused else (event,)


def quota(response: Wire) -> Wire:
    """The error by which a request is refused; its response carries its name."""
    asked = (response.get("metadata") or {}).get("realtime_sdk")
    message = "You exceeded your current quota."
    error: dict[str, Any] = {"type": "invalid_request_error", "code": QUOTA, "message": message, "param": None}
    return {"type": "error", "event_id": "event_quota", "error": {**error, "event_id": asked}}


def refusing(nth: int | None = 1, *before: ScriptItem) -> FakeServer:
    """A server that refuses the nth request for a response (None: every one); `before`: what it says until then."""
    server = FakeServer()
    server.tamper("response.*", Refusing(nth))
    for item in before:
        server.reply(item)
    server.reply()  # what it has to say to the refused request, and never sends
    return server
