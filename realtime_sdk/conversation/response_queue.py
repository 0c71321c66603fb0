"""Requests for responses, one at a time: the server refuses a second one in its conversation.

State is what the server is doing for the conversation: nothing, being asked, or answering. The server may also begin a
response by itself (turn detection), between our request and its arrival; it then refuses ours, which waits its turn.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Any

from ..errors import RealtimeError
from ..events import ResponseCreate
from .feed import NewEvent, Outcome
from .response import TAG, Response


class Turn(Enum):
    """What the server is doing for the conversation."""

    FREE = "free"
    ASKED = "asked"  # a request of ours is on its way
    ANSWERING = "answering"  # a response is running


class Ask:
    """One request for a response."""

    def __init__(self, tag: str, overrides: dict[str, Any], new_event: NewEvent) -> None:
        self.tag = tag
        self.overrides = overrides
        self.withdrawn = False  # interrupted before the server began: cancel what comes of it
        self.response: Outcome[Response] = Outcome(new_event)

    @property
    def out_of_band(self) -> bool:
        """Whether it may run beside others: it writes to no conversation."""
        return self.overrides.get("conversation") == "none"

    def event(self) -> ResponseCreate:
        """The request as the server reads it; `event_id` is the tag, so that a refusal names it."""
        metadata = {**(self.overrides.get("metadata") or {}), TAG: self.tag}
        return ResponseCreate(event_id=self.tag, response={**self.overrides, "metadata": metadata})


class ResponseQueue:
    """Never lets two requests of the conversation meet."""

    def __init__(self, new_event: NewEvent) -> None:
        self.turn = Turn.FREE
        self._new_event = new_event
        self._waiting: deque[Ask] = deque()  # not sent yet
        self._asked: dict[str, Ask] = {}  # sent and not answered, by tag
        self._count = 0
        self._echoes = False  # whether the server has shown that it sends metadata back

    def ask(self, overrides: dict[str, Any]) -> tuple[Ask, list[ResponseCreate]]:
        """Queue a request; returns it and what is to be sent now."""
        self._count += 1
        ask = Ask(f"ask_{self._count}", overrides, self._new_event)
        if ask.out_of_band:
            self._asked[ask.tag] = ask
            return ask, [ask.event()]
        self._waiting.append(ask)
        return ask, self._next()

    def created(self, response: Response) -> Ask | None:
        """The server began a response: the request that it answers, if it is one of ours."""
        self._echoes = self._echoes or response.tag is not None
        tag = response.tag
        if tag is None and not self._echoes and self.turn is Turn.ASKED:
            # A server that does not send metadata back: one request is on its way, and this is taken for its answer.
            tag = next(ask.tag for ask in self._asked.values() if not ask.out_of_band)
        ask = self._asked.pop(tag, None) if tag else None
        if not response.out_of_band:
            self.turn = Turn.ANSWERING
        if ask is not None:
            ask.response.set(response)
        return ask

    def done(self, response: Response) -> list[ResponseCreate]:
        """The server ended a response; returns what is to be sent now."""
        if not response.out_of_band:
            self.turn = Turn.FREE
        return self._next()

    def refused(self, event_id: str | None, code: str | None, failure: RealtimeError) -> bool:
        """The server refused a client event; returns whether it was a request for a response."""
        ask = self._asked.pop(event_id, None) if event_id else None
        if ask is None:
            return False
        if code == "conversation_already_has_active_response" and not ask.withdrawn:
            self._waiting.appendleft(ask)
            self.turn = Turn.ANSWERING
        else:
            ask.response.fail(failure)
            if self.turn is Turn.ASKED and not ask.out_of_band:
                self.turn = Turn.FREE
        return True

    def withdraw(self, failure: RealtimeError) -> None:
        """Give up what the conversation was asked for and has not begun."""
        for ask in [*self._waiting, *self._asked.values()]:
            if not ask.out_of_band:
                ask.withdrawn = True
                ask.response.fail(failure)
        self._waiting.clear()

    def end(self, failure: RealtimeError) -> None:
        """The server will answer nothing any more."""
        for ask in [*self._waiting, *self._asked.values()]:
            ask.response.fail(failure)
        self._waiting.clear()
        self._asked.clear()

    def _next(self) -> list[ResponseCreate]:
        if self.turn is not Turn.FREE or not self._waiting:
            return []
        ask = self._waiting.popleft()
        self._asked[ask.tag] = ask
        self.turn = Turn.ASKED
        return [ask.event()]
