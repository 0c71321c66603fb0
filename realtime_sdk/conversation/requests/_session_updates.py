"""The changes of the session that are under way, and the configuration that is in force with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...protocol._base import Object
from ...protocol._wire_session import WireSession
from ._configuration import Configuration
from ._requests import Request, RequestEvent, RequestState, UpdateRequest


class SessionUpdates:
    """The open `session.update` requests, in the order in which they were submitted."""

    def __init__(self) -> None:
        self._configuration = Configuration()  # as the application has it
        self._requests: list[UpdateRequest] = []

    def __iter__(self) -> Iterator[UpdateRequest]:
        return iter(self._requests)

    @property
    def outstanding(self) -> bool:
        """Whether the server has not confirmed the last change."""
        return any(update.outstanding for update in self._requests)

    @property
    def fields_requested(self) -> Object:
        """The session's fields that the application has set, without those that the server has refused."""
        return self._configuration.fields(without=[])

    @property
    def fields_in_force(self) -> Object:
        """The session's fields that the application has set, without those that the server has not confirmed."""
        pending = [update.event for update in self._requests if update.wanted and update.must_be_answered]
        return self._configuration.fields(without=pending)

    def add(self, request: UpdateRequest, *, lasting: bool) -> None:
        """Add a change; `lasting`: the application has asked for it."""
        self._requests.append(request)
        if lasting:
            self._configuration.add(request.event)

    def confirm(self, session: WireSession) -> None:
        """The server confirmed a change. It confirms them in order and names none, and a late confirmation may be lost.

        It is that of the first outstanding one whose fields the session shows, or of a late one whose fields it shows.
        """
        outstanding = [update for update in self._requests if update.outstanding]
        candidates = [*outstanding, *(update for update in self._requests if not update.outstanding)]
        shown = (update for update in candidates if update.shown_by(session))
        update = next(shown, next(iter(candidates), None))
        if update is None:
            return
        for earlier in self._requests[: self._requests.index(update)]:
            if not earlier.outstanding:
                earlier.step(RequestEvent.EXPIRE)  # it is late, and its confirmation will not come
        update.step(RequestEvent.ANSWER)
        self._configuration.confirm(update.event)
        update.answer.set_result(session.wire)
        self.drop_closed()

    def forget_unsent(self, request: Request[Any]) -> None:
        """A change that was never sent is not in force; other requests change nothing."""
        if isinstance(request, UpdateRequest) and request.state is RequestState.WAITING:
            self._configuration.refuse(request.event)

    def refuse(self, request: Request[Any]) -> None:
        """A change that the server refused is not in force; other requests change nothing."""
        if isinstance(request, UpdateRequest):
            self._configuration.refuse(request.event)

    def end_unanswerable(self) -> None:
        """The connection was lost: what need not be answered is part of the configuration that the next begins with."""
        for update in self._requests:
            if not (update.must_be_answered or update.state is RequestState.CLOSED):
                update.step(RequestEvent.END)

    def drop_closed(self) -> None:
        """Keep only those that are open."""
        self._requests = [update for update in self._requests if update.state is not RequestState.CLOSED]
