"""The open requests: sent one at a time where they would collide, and matched with the server's answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..._runtime import arguments
from ...errors import RealtimeError, ServerRefused
from ...protocol._codec import dump
from ...protocol._objects import ErrorDetails, WireResponse
from ...protocol._session import SessionUpdate
from .._completion import EventFactory
from .._effects import NOTHING, Effects, emitting, sending
from .._refusal import COLLISION
from .._response import TAG
from ._requested_items import RequestedItems
from ._requests import (
    AnyRequest,
    DeleteRequest,
    Request,
    RequestEvent,
    RequestState,
    ResponseRequest,
    RetrieveRequest,
    Subject,
    UpdateRequest,
    request_about,
)
from ._session_updates import SessionUpdates

RETRY_DELAY: Final = 1.0
"""Seconds after which a request is sent again that collided with a response that the server has not announced."""


class RequestLedger:
    """The outstanding requests of a session, and those that wait for their turn, or for a connection.

    The server makes one response at a time in its conversation and refuses a second one. It may also begin one by
    itself (turn detection) while a request of ours is on its way; ours is then refused, and waits for its turn.
    """

    def __init__(self, event_factory: EventFactory, timeout: float) -> None:
        self._event_factory = event_factory
        self.timeout = timeout  # seconds within which the server answers, where the caller does not say
        self.connected: bool = True  # else all requests wait
        self.responds: bool = True  # else the server makes no responses
        self.updates = SessionUpdates()
        self.items = RequestedItems()
        self.messages_given = self.messages_sent = 0  # of the user's that take time: requests wait for earlier ones
        self._responses: list[ResponseRequest] = []  # in the order in which they were submitted
        self._number = 0  # of the last request
        self._echoes = False  # whether the server has shown that it sends metadata back

    def __iter__(self) -> Iterator[AnyRequest]:
        return iter([*self._responses, *self.updates, *self.items])

    @property
    def outstanding(self) -> bool:
        """Whether a response of the conversation is requested, and the server has not answered."""
        return any(request.outstanding and not request.out_of_band for request in self._responses)

    @property
    def waiting(self) -> bool:
        """Whether a request for a response waits to be sent."""
        return any(request.state is RequestState.WAITING for request in self._responses)

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        return min([request.deadline for request in self], default=math.inf)

    @property
    def retry_at(self) -> float:
        """The wall-clock time at which a request that collided may be sent again; infinity: there is none."""
        waiting = [request.retry_at for request in self._responses if request.state is RequestState.WAITING]
        return min(waiting, default=math.inf)

    def submit(
        self, overrides: Mapping[str, Any], at: float, *, interruptible: bool = True, timeout: float | None = None,
        exclusive: bool = False,
    ) -> ResponseRequest:  # fmt: skip
        """Register a request for a response, to be sent once it is `due`.

        exclusive: its response answers no other request. timeout: seconds from now within which the server begins it;
        None: from when it is sent, those of the ledger.

        Raises:
            UsageError: JSON can't hold it, or `timeout` is no time; nothing is registered then.

        """
        seconds = self._seconds(timeout)
        request = ResponseRequest(
            f"request_{self._number + 1}", overrides, seconds, self._event_factory, interruptible=interruptible
        )
        if timeout is not None:
            request.deadline = request.caller_deadline = at + timeout
        request.shareable = request.shareable and not exclusive
        request.behind = self.messages_given
        dump(request.event)
        self._number += 1
        self._responses.append(request)
        return request

    def submit_continuation(
        self, at: float, subject: Subject = Subject.CONVERSATION, *, behind: float = math.inf
    ) -> ResponseRequest | None:
        """Register a request to answer the present conversation; a request that already waits serves for it, too.

        Returns it; None: the server makes no responses.
        behind: how many of the user's messages it waits for at most.
        """
        if not self.responds:
            return None
        waiting = (r for r in self._responses if r.shareable and r.state is RequestState.WAITING and r.behind <= behind)
        request = next(waiting, None)
        if request is None:
            request = self.submit({}, at)
            request.subject, request.behind = subject, min(request.behind, behind)
        request.subject = max(request.subject, subject)
        return request

    def update(
        self, update: SessionUpdate, at: float, timeout: float | None = None, *, lasting: bool = True
    ) -> tuple[UpdateRequest, Effects]:  # fmt: skip
        """Register a change of the session, which is sent at once; `lasting`: the application has asked for it.

        Raises:
            UsageError: JSON can't hold it, or `timeout` is no time; nothing is registered then.

        """
        seconds = self._seconds(timeout)
        request = UpdateRequest(f"update_{self._number + 1}", update, seconds, self._event_factory)
        dump(request.event)
        self._number += 1
        request.deadline = request.caller_deadline = at + seconds
        self.updates.add(request, lasting=lasting)
        return request, self._send_waiting(at)

    def delete(self, item_id: str, at: float) -> tuple[DeleteRequest, Effects]:
        """Register the deletion of an item."""
        self._number += 1
        request = DeleteRequest(f"delete_{self._number}", item_id, self.timeout, self._event_factory)
        return request, self._submit_item(request, at)

    def retrieve(self, item_id: str, at: float) -> tuple[RetrieveRequest, Effects]:
        """Register a request for an item."""
        self._number += 1
        request = RetrieveRequest(f"retrieve_{self._number}", item_id, self.timeout, self._event_factory)
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
        """The connection was lost: requests wait for the next one.

        A continuation that was not answered in time, perhaps because the server had fallen silent, is requested again.
        """
        self.connected = False
        if any(request.state is RequestState.LATE and request.shareable for request in self._responses):
            self.submit_continuation(at)
        for request in self:
            request.drop()
        for response in self._responses:
            response.retry_at, response.collided_at = 0.0, None
        self.updates.end_unanswerable()
        self._drop_closed()

    def connect(self, at: float) -> Effects:
        """There is a connection again, whose server has the configuration in force: send what changes it."""
        self.connected = True
        return self._send_waiting(at)

    def due(self, at: float, *, response_active: bool, user_has_floor: bool) -> list[ResponseRequest]:
        """The requests that can be sent now.

        response_active: the server is making a response of the conversation, and takes no request for another one.
        user_has_floor: requests wait, but for uninterruptible ones.
        """
        due: list[ResponseRequest] = []
        if not self.connected:
            return due
        free = not (response_active or self.outstanding)
        for request in self._responses:
            if not request.is_ready(at, self.messages_sent):
                continue
            if request.out_of_band or (free and not (user_has_floor and request.interruptible)):
                due.append(request)
                free = free and request.out_of_band
        return due

    @property
    def outstanding_uninterruptible(self) -> bool:
        """Whether an uninterruptible response is requested."""
        return any(request.outstanding and not request.interruptible for request in self._responses)

    def created(self, wire: WireResponse, *, by_server: bool) -> ResponseRequest | None:
        """The request that a new response answers; None: the server began it by itself.

        by_server: the server is expected to begin one by itself, because it has just taken a turn of the user's.
        """
        tag = (wire.metadata or {}).get(TAG)
        self._echoes = self._echoes or tag is not None
        if tag is not None:
            return next((request for request in self._responses if request.event_id == tag), None)
        is_announced = wire.model_fields_set != {"id"}  # else its `response.created`, which had the tag, was lost
        if by_server or (self._echoes and is_announced):
            return None
        # The server may not send metadata back: it is taken to answer the first outstanding request. A response that
        # names a conversation answers no out-of-band request.
        in_band = wire.conversation_id is not None
        candidates = (r for r in self._responses if r.outstanding and not (in_band and r.out_of_band))
        return next(candidates, None)

    def response_announced(self) -> None:
        """The server has begun a response of the conversation: what collided with it waits for its end."""
        for request in self._responses:
            request.collided_at = None

    def answered(self, request: ResponseRequest) -> bool:
        """The server began the response to a request; return whether it is still wanted."""
        wanted = request.wanted
        request.step(RequestEvent.ANSWER)
        self._responses.remove(request)
        return wanted

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
            waits = request.state is RequestState.WAITING  # it was reported twice
            return NOTHING if waits else self._collided(request, refusal, at, response_active=response_active)
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
        """Withdraw a request that its caller gave up: it is not sent, or its answer is discarded."""
        if request.state is not RequestState.CLOSED:
            self.updates.forget_unsent(request)
            request.step(RequestEvent.WITHDRAW)
            request.answer.set_exception(failure)
            self._drop_closed()

    def withdraw_all(self, failure: RealtimeError) -> None:
        """Withdraw every request of the conversation that has not begun."""
        for request in list(self._responses):
            if not request.out_of_band:
                self.withdraw(request, failure)

    def withdraw_after_tools(self, failure: RealtimeError) -> None:
        """Withdraw the unsent requests that are only for tools: for their outputs, or while they run."""
        for request in list(self._responses):
            if (request.after_tools or request.is_filler) and request.state is RequestState.WAITING:
                self.withdraw(request, failure)

    def withdraw_after_hosted_tools(self, failure: RealtimeError) -> bool:
        """Withdraw the requests that are only for outputs of hosted tools; return whether there were any."""
        requests = [each for each in self._responses if each.subject is Subject.HOSTED_OUTPUTS and each.wanted]
        for request in requests:
            self.withdraw(request, failure)
        return bool(requests)

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

    def _seconds(self, timeout: float | None) -> float:
        """The caller's timeout, or that of the ledger."""
        if timeout is None:
            return self.timeout
        arguments.check_seconds("timeout", timeout)
        return timeout

    def _collided(
        self, request: ResponseRequest, refusal: ServerRefused, at: float, *, response_active: bool
    ) -> Effects:
        request.step(RequestEvent.COLLIDE)
        request.deadline, request.retry_at = request.caller_deadline, 0.0
        if response_active:  # its end is awaited, and has its own deadline
            request.collided_at = None
            return NOTHING
        request.retry_at = at + RETRY_DELAY
        request.collided_at = at if request.collided_at is None else request.collided_at
        if at - request.collided_at < request.timeout:
            return NOTHING
        request.step(RequestEvent.REFUSE)
        self._drop_closed()
        return request.fail(refusal, at)

    def _drop_closed(self) -> None:
        self._responses = [request for request in self._responses if request.state is not RequestState.CLOSED]
        self.updates.drop_closed()
        self.items.drop_closed()
