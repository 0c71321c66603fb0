"""The requests for responses: sent one at a time where they would collide, and matched with what the server begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...errors import RealtimeError, ServerRefused
from ...protocol._codec import dump
from ...protocol._objects import WireResponse
from .._completion import EventFactory
from .._effects import NOTHING, Effects
from .._response import TAG
from ._requests import RequestEvent, RequestState, ResponseRequest, Subject, timeout_of

RETRY_DELAY: Final = 1.0
"""Seconds after which a request is sent again that collided with a response that the server has not announced."""


class ResponseRequests:
    """The open requests for responses, in the order in which they were submitted.

    The server makes one response at a time in its conversation and refuses a second one. It may also begin one by
    itself (turn detection) while a request of ours is on its way; ours is then refused, and waits for its turn.

    numbers: of the session's requests. timeout: seconds within which the server answers, where the caller does not say.
    """

    def __init__(self, numbers: Iterator[int], event_factory: EventFactory, timeout: float) -> None:
        self.possible: bool = True  # else the server makes no responses
        self.messages_given = self.messages_sent = 0  # of the user's that take time: requests wait for earlier ones
        self._numbers = numbers
        self._event_factory = event_factory
        self._timeout = timeout
        self._requests: list[ResponseRequest] = []
        self._echoes = False  # whether the server has shown that it sends metadata back

    def __iter__(self) -> Iterator[ResponseRequest]:
        return iter(self._requests)

    @property
    def outstanding(self) -> bool:
        """Whether a response of the conversation is requested, and the server has not answered."""
        return any(request.outstanding and not request.out_of_band for request in self._requests)

    @property
    def outstanding_uninterruptible(self) -> bool:
        """Whether an uninterruptible response is requested."""
        return any(request.outstanding and not request.interruptible for request in self._requests)

    @property
    def withdrawn(self) -> bool:
        """Whether the server has to answer one whose answer is not wanted any more."""
        return any(request.state is RequestState.WITHDRAWN for request in self._requests)

    @property
    def waiting(self) -> bool:
        """Whether one waits to be sent."""
        return any(request.state is RequestState.WAITING for request in self._requests)

    @property
    def held(self) -> bool:
        """Whether a message of the user's is not sent yet, for which they wait."""
        return self.messages_sent < self.messages_given

    @property
    def retry_at(self) -> float:
        """The wall-clock time at which one that collided may be sent again; infinity: there is none."""
        if not self._requests:  # as after nearly every event
            return math.inf
        waiting = [request.retry_at for request in self._requests if request.state is RequestState.WAITING]
        return min(waiting, default=math.inf)

    # From submission to the answer

    def submit(
        self, overrides: Mapping[str, Any], at: float, *, interruptible: bool = True, timeout: float | None = None,
        exclusive: bool = False,
    ) -> ResponseRequest:  # fmt: skip
        """Register a request, to be sent once it is `due`.

        exclusive: its response answers no other request. timeout: seconds from now within which the server begins it;
        None: from when it is sent, those of the session.

        Raises:
            UsageError: JSON can't hold it, or `timeout` is no time; nothing is registered then.

        """
        seconds = timeout_of(timeout, self._timeout)
        event_id = f"request_{next(self._numbers)}"
        request = ResponseRequest(event_id, overrides, seconds, self._event_factory, interruptible=interruptible)
        if timeout is not None:
            request.deadline = request.caller_deadline = at + timeout
        request.shareable = request.shareable and not exclusive
        request.behind = self.messages_given
        dump(request.event)
        self._requests.append(request)
        return request

    def submit_continuation(
        self, at: float, subject: Subject = Subject.CONVERSATION, *, behind: float = math.inf
    ) -> ResponseRequest | None:
        """Register a request to answer the present conversation; one that already waits serves for it, too.

        Returns it; None: the server makes no responses.
        behind: how many of the user's messages it waits for at most.
        """
        if not self.possible:
            return None
        waiting = (r for r in self._requests if r.shareable and r.state is RequestState.WAITING and r.behind <= behind)
        request = next(waiting, None)
        if request is None:
            request = self.submit({}, at)
            request.subject, request.behind = subject, min(request.behind, behind)
        request.subject = max(request.subject, subject)
        return request

    def due(self, at: float, *, response_active: bool, user_has_floor: bool) -> list[ResponseRequest]:
        """Those that can be sent now over a connection.

        response_active: the server is making a response of the conversation, and takes no request for another one.
        user_has_floor: requests wait, but for uninterruptible ones.
        """
        due: list[ResponseRequest] = []
        free = not (response_active or self.outstanding)
        for request in self._requests:
            if not request.is_ready(at, self.messages_sent):
                continue
            if request.out_of_band or (free and not (user_has_floor and request.interruptible)):
                due.append(request)
                free = free and request.out_of_band
        return due

    def created(self, wire: WireResponse, *, by_server: bool) -> ResponseRequest | None:
        """The request that a new response answers; None: the server began it by itself.

        by_server: the server is expected to begin one by itself, because it has just taken a turn of the user's.
        """
        tag = (wire.metadata or {}).get(TAG)
        self._echoes = self._echoes or tag is not None
        if tag is not None:
            return next((request for request in self._requests if request.event_id == tag), None)
        is_announced = wire.model_fields_set != {"id"}  # else its `response.created`, which had the tag, was lost
        if by_server or (self._echoes and is_announced):
            return None
        # The server may not send metadata back: it is taken to answer the first outstanding request. A response that
        # names a conversation answers no out-of-band request.
        in_band = wire.conversation_id is not None
        candidates = (r for r in self._requests if r.outstanding and not (in_band and r.out_of_band))
        return next(candidates, None)

    def answered(self, request: ResponseRequest) -> bool:
        """The server began the response to a request; return whether it is still wanted."""
        wanted = request.wanted
        request.step(RequestEvent.ANSWER)
        self.drop_closed()
        return wanted

    # Collisions

    def collided(
        self, request: ResponseRequest, refusal: ServerRefused, at: float, *, response_active: bool
    ) -> Effects:
        """The server refused a request because another response is active: it waits for its turn, for some time."""
        if request.state is RequestState.WAITING:  # it was reported twice
            return NOTHING
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
        self.drop_closed()
        return request.fail(refusal, at)

    def announced(self) -> None:
        """The server has begun a response of the conversation: what collided with it waits for its end."""
        for request in self._requests:
            request.collided_at = None

    # Ends without an answer

    def withdraw_all(self, failure: RealtimeError) -> None:
        """Withdraw all of the conversation."""
        self._withdraw((request for request in self._requests if not request.out_of_band), failure)

    def withdraw_after_tools(self, failure: RealtimeError) -> None:
        """Withdraw the unsent ones that are only for tools: for their outputs, or while they run."""
        for_tools = (request for request in self._requests if request.after_tools or request.is_filler)
        self._withdraw((request for request in for_tools if request.state is RequestState.WAITING), failure)

    def withdraw_after_hosted_tools(self, failure: RealtimeError) -> bool:
        """Withdraw those that are only for outputs of hosted tools; return whether there were any."""
        requests = [each for each in self._requests if each.subject is Subject.HOSTED_OUTPUTS and each.wanted]
        self._withdraw(requests, failure)
        return bool(requests)

    def _withdraw(self, requests: Iterable[ResponseRequest], failure: RealtimeError) -> None:
        for request in requests:
            request.withdraw(failure)
        self.drop_closed()

    def drop(self, at: float) -> None:
        """The connection was lost: they wait for the next one.

        A continuation that was not answered in time, perhaps because the server had fallen silent, is requested again.
        """
        if any(request.state is RequestState.LATE and request.shareable for request in self._requests):
            self.submit_continuation(at)
        for request in self._requests:
            request.drop()
            request.retry_at, request.collided_at = 0.0, None
        self.drop_closed()

    def drop_closed(self) -> None:
        """Keep only those that are open."""
        self._requests = [request for request in self._requests if request.state is not RequestState.CLOSED]
