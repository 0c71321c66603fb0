"""The open requests: for responses, for changes of the session, about items."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from ...errors import RealtimeError, ServerRefused
from ...protocol._codec import dump
from ...protocol._objects import ErrorDetails
from ...protocol._session import SessionUpdate
from .._completion import EventFactory
from .._effects import NOTHING, Effects, emitting, sending
from .._refusal import COLLISION
from ._item_requests import ItemRequests
from ._requests import (
    AnyRequest,
    DeleteRequest,
    Request,
    RequestEvent,
    RequestState,
    ResponseRequest,
    RetrieveRequest,
    UpdateRequest,
    request_about,
    timeout_of,
)
from ._response_requests import ResponseRequests
from ._session_updates import SessionUpdates


class RequestLedger:
    """The outstanding requests of a session, and those that wait for their turn, or for a connection."""

    def __init__(self, event_factory: EventFactory, timeout: float) -> None:
        self._event_factory = event_factory
        self._numbers = itertools.count(1)
        self.timeout = timeout  # seconds within which the server answers, where the caller does not say
        self.connected: bool = True  # else all requests wait
        self.responses = ResponseRequests(self._numbers, event_factory, timeout)
        self.updates = SessionUpdates()
        self.items = ItemRequests()

    def __iter__(self) -> Iterator[AnyRequest]:
        return iter([*self.responses, *self.updates, *self.items])

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        requests = [*self.responses, *self.updates, *self.items]
        return min([request.deadline for request in requests]) if requests else math.inf

    def update(
        self, update: SessionUpdate, at: float, timeout: float | None = None, *, lasting: bool = True
    ) -> tuple[UpdateRequest, Effects]:  # fmt: skip
        """Register a change of the session, which is sent at once; `lasting`: the application has asked for it.

        Raises:
            UsageError: JSON can't hold it, or `timeout` is no time; nothing is registered then.

        """
        seconds = timeout_of(timeout, self.timeout)
        request = UpdateRequest(f"update_{next(self._numbers)}", update, seconds, self._event_factory)
        dump(request.event)
        request.deadline = request.caller_deadline = at + seconds
        self.updates.add(request, lasting=lasting)
        return request, self._send_waiting(at)

    def delete(self, item_id: str, at: float) -> tuple[DeleteRequest, Effects]:
        """Register the deletion of an item."""
        request = DeleteRequest(f"delete_{next(self._numbers)}", item_id, self.timeout, self._event_factory)
        return request, self._submit_item(request, at)

    def retrieve(self, item_id: str, at: float) -> tuple[RetrieveRequest, Effects]:
        """Register a request for an item."""
        request = RetrieveRequest(f"retrieve_{next(self._numbers)}", item_id, self.timeout, self._event_factory)
        return request, self._submit_item(request, at)

    def _submit_item(self, request: DeleteRequest | RetrieveRequest, at: float) -> Effects:
        self.items.add(request)
        request.deadline = request.caller_deadline = at + self.timeout
        return self._send_waiting(at)

    def _send_waiting(self, at: float) -> Effects:
        """Send the changes of the session, and the requests for items, that wait for a connection."""
        if not self.connected:
            return NOTHING
        requests = [*self.updates, *self.items]
        waiting = [request for request in requests if request.state is RequestState.WAITING]
        for request in waiting:
            request.sent(at)
        return sending(*(request.event for request in waiting))

    def drop(self, at: float) -> None:
        """The connection was lost: requests wait for the next one."""
        self.connected = False
        self.responses.drop(at)
        for request in [*self.updates, *self.items]:
            request.drop()
        self.updates.end_unanswerable()
        self._drop_closed()

    def connect(self, at: float) -> Effects:
        """There is a connection again, whose server has the configuration in force: send what changes it."""
        self.connected = True
        return self._send_waiting(at)

    def refused(
        self, error: ErrorDetails, refusal: ServerRefused, at: float, *, response_active: bool, sole: bool
    ) -> Effects | None:
        """Route an error to the request that it is about; None: it is about none.

        response_active: the server is making a response of the conversation. sole: nothing but requests waits for it.
        """
        request = request_about(error, self, sole=sole)
        if request is None:
            return None
        if error.code == COLLISION and isinstance(request, ResponseRequest) and request.wanted:
            return self.responses.collided(request, refusal, at, response_active=response_active)
        if error.event_id is None and request.answer.waiters and isinstance(request, ResponseRequest):
            # It is taken to be about this one. Should the server begin the response all the same, it is cancelled.
            return request.give_up(refusal, at)
        self.updates.refuse(request)
        wanted, late = request.wanted, request.state is RequestState.LATE
        reported = late or not isinstance(request, ResponseRequest)  # a response that is not wanted may be refused
        request.step(RequestEvent.REFUSE)
        self._drop_closed()
        if wanted:
            return request.fail(refusal, at)
        return emitting(request.error(refusal, at)) if reported else NOTHING

    def withdraw(self, request: Request[Any], failure: RealtimeError) -> None:
        """Withdraw a request that its caller gave up, unless it has its end."""
        if request.state is not RequestState.CLOSED:
            self.updates.forget_unsent(request)
            request.withdraw(failure)
            self._drop_closed()

    def expire(self, at: float) -> Effects:
        """Expire the requests that are due."""
        effects = NOTHING
        for request in self:
            if request.deadline <= at:
                self.updates.forget_unsent(request)
                effects += request.expire(at)
        self._drop_closed()
        return effects

    def end(self, failure: RealtimeError) -> None:
        """The connection has ended: the server answers none of them."""
        for request in self:
            request.step(RequestEvent.END)
            request.answer.set_exception(failure)
        self._drop_closed()

    def _drop_closed(self) -> None:
        for requests in (self.responses, self.updates, self.items):
            requests.drop_closed()
