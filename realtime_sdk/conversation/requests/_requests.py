"""Requests to the server, each with a state and an end.

A request ends by its answer, by an error that names it, by an error that names no event while it is the only one
outstanding, by its deadline, by its caller giving up, by an interruption, or by the end of the connection. Where no
caller awaits it, its failure is a `ServerError` event.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from ..._runtime.arguments import check_seconds
from ...errors import RealtimeError, RequestTimedOut
from ...protocol._conversation import ConversationItemDelete, ConversationItemRetrieve
from ...protocol._objects import ErrorDetails, WireItem
from ...protocol._response import ResponseCreate
from ...protocol._session import SessionUpdate
from ...protocol._wire_session import WireSession
from .._completion import Completion, EventFactory
from .._effects import NOTHING, Effects, emitting
from .._refusal import COLLISION, OF_NO_REQUEST
from .._response import TAG, Response
from .._sdk_events import ServerError

T = TypeVar("T")

LATE_SECONDS_KEPT: Final = 120.0
"""Seconds for which a request without an answer in time is kept, so that a late answer can be cancelled."""


class RequestState(Enum):
    """How far a request has come."""

    WAITING = "waiting"  # not sent: another response is active, or the user speaks
    SENT = "sent"  # the server has to answer
    WITHDRAWN = "withdrawn"  # sent, and its caller gave up: the answer is not wanted
    LATE = "late"  # not answered by its deadline: an answer that still comes is not wanted
    CLOSED = "closed"


class RequestEvent(Enum):
    """What can happen to a request."""

    SEND = "send"
    ANSWER = "answer"
    REFUSE = "refuse"
    COLLIDE = "collide"  # refused because another response is active, and still wanted
    EXPIRE = "expire"  # its deadline passed
    WITHDRAW = "withdraw"  # its caller gave up
    DROP = "drop"  # the connection was lost, and the next one carries it on
    END = "end"  # the session ended


TRANSITIONS: Final[dict[tuple[RequestState, RequestEvent], RequestState]] = {
    (RequestState.WAITING, RequestEvent.SEND): RequestState.SENT,
    (RequestState.WAITING, RequestEvent.ANSWER): RequestState.CLOSED,  # although it was reported to collide
    (RequestState.WAITING, RequestEvent.REFUSE): RequestState.CLOSED,
    (RequestState.WAITING, RequestEvent.EXPIRE): RequestState.CLOSED,  # its caller waits no longer
    (RequestState.WAITING, RequestEvent.WITHDRAW): RequestState.CLOSED,
    (RequestState.WAITING, RequestEvent.DROP): RequestState.WAITING,
    (RequestState.WAITING, RequestEvent.END): RequestState.CLOSED,
    (RequestState.SENT, RequestEvent.ANSWER): RequestState.CLOSED,
    (RequestState.SENT, RequestEvent.REFUSE): RequestState.CLOSED,
    (RequestState.SENT, RequestEvent.COLLIDE): RequestState.WAITING,
    (RequestState.SENT, RequestEvent.EXPIRE): RequestState.LATE,
    (RequestState.SENT, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.SENT, RequestEvent.DROP): RequestState.WAITING,
    (RequestState.SENT, RequestEvent.END): RequestState.CLOSED,
    (RequestState.WITHDRAWN, RequestEvent.ANSWER): RequestState.CLOSED,
    (RequestState.WITHDRAWN, RequestEvent.REFUSE): RequestState.CLOSED,
    (RequestState.WITHDRAWN, RequestEvent.EXPIRE): RequestState.LATE,
    (RequestState.WITHDRAWN, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.WITHDRAWN, RequestEvent.DROP): RequestState.CLOSED,
    (RequestState.WITHDRAWN, RequestEvent.END): RequestState.CLOSED,
    (RequestState.LATE, RequestEvent.ANSWER): RequestState.CLOSED,
    (RequestState.LATE, RequestEvent.REFUSE): RequestState.CLOSED,
    (RequestState.LATE, RequestEvent.EXPIRE): RequestState.CLOSED,
    (RequestState.LATE, RequestEvent.WITHDRAW): RequestState.LATE,
    (RequestState.LATE, RequestEvent.DROP): RequestState.CLOSED,
    (RequestState.LATE, RequestEvent.END): RequestState.CLOSED,
}
"""A closed request no longer changes; any other missing entry is a bug of this package."""


class Request(Generic[T]):
    """A request to the server; `answer` is what the caller awaits."""

    kind: ClassVar[str]  # the type of its client event
    waits_for: ClassVar[str] = "there was no connection for"  # why it can wait to be sent, in an error

    def __init__(self, event_id: str, timeout: float, event_factory: EventFactory) -> None:
        self.event_id = event_id
        self.timeout = timeout  # seconds within which the server has to answer it
        self.state: RequestState = RequestState.WAITING
        self.must_be_answered = True  # no answer is a failure
        self.sent_at: float = -math.inf  # wall clock at which it was sent last
        self.deadline: float = math.inf  # wall clock at which it expires
        self.caller_deadline: float = math.inf  # wall clock at which its caller stops waiting; infinity: it has none
        self.answer: Completion[T] = Completion(event_factory)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.event_id} {self.state.name}>"

    @property
    def outstanding(self) -> bool:
        """Whether the server has to answer it."""
        return self.state in (RequestState.SENT, RequestState.WITHDRAWN)

    @property
    def wanted(self) -> bool:
        """Whether its answer is wanted."""
        return self.state in (RequestState.WAITING, RequestState.SENT)

    @property
    def unawaited(self) -> bool:
        """Whether no caller awaits it, though the server must answer it."""
        return self.wanted and self.must_be_answered and not self.answer.waiters

    def step(self, event: RequestEvent) -> None:
        """Change state; a step that the table lacks is a bug of this package."""
        self.state = TRANSITIONS[self.state, event]

    def sent(self, at: float) -> None:
        """It is on its way."""
        self.sent_at = at
        self.deadline = min(self.deadline, at + self.timeout)
        self.step(RequestEvent.SEND)

    def drop(self) -> None:
        """The connection was lost: it is sent again on the next one, or what its caller gave up is forgotten."""
        self.deadline = self.caller_deadline
        self.step(RequestEvent.DROP)

    def withdraw(self, failure: RealtimeError) -> None:
        """Its caller gave up, and raises `failure`: it is not sent, or its answer is discarded."""
        self.step(RequestEvent.WITHDRAW)
        self.answer.set_exception(failure)

    def fail(self, failure: RealtimeError, at: float) -> Effects:
        """Fail its caller; where there is none, the failure is an event."""
        unawaited = not self.answer.waiters
        self.answer.set_exception(failure)
        return emitting(self.error(failure, at)) if unawaited else NOTHING

    def expire(self, at: float) -> Effects:
        """Act on its deadline."""
        if self.wanted and self.must_be_answered:
            waited = self.state is RequestState.WAITING
            problem = self.waits_for if waited else "the server did not answer"
            return self.give_up(RequestTimedOut(f"{problem} {self.kind} within {self.timeout:g} s"), at)
        self.step(RequestEvent.EXPIRE)
        self.deadline = at + LATE_SECONDS_KEPT
        return NOTHING

    def give_up(self, failure: RealtimeError, at: float) -> Effects:
        """Fail its caller, and keep the request: an answer that still comes is not wanted."""
        effects = self.fail(failure, at)
        self.step(RequestEvent.EXPIRE)
        self.deadline = at + LATE_SECONDS_KEPT
        return effects

    def error(self, failure: RealtimeError, at: float) -> ServerError:
        """The event that reports its failure."""
        type_, code = getattr(failure, "type", "timeout"), getattr(failure, "code", "no_answer")
        return ServerError(at, type_, code, str(failure), self.event_id)


class Subject(IntEnum):
    """What a requested response is about; one about more is also about less."""

    HOSTED_OUTPUTS = 1  # only those of hosted tools: the server has them, and may begin the response by itself
    OUTPUTS = 2  # only those of tools, which the answer to a turn of the user's takes into account, too
    CONVERSATION = 3


class ResponseRequest(Request[Response]):
    """`response.create`, answered by `response.created`."""

    kind: ClassVar[str] = "response.create"
    waits_for: ClassVar[str] = "the conversation was not free for"

    def __init__(
        self, event_id: str, overrides: Mapping[str, Any], timeout: float, event_factory: EventFactory, *,
        interruptible: bool,
    ) -> None:  # fmt: skip
        super().__init__(event_id, timeout, event_factory)
        self.overrides = overrides  # as they were requested
        self.interruptible = interruptible
        self.subject: Subject = Subject.CONVERSATION
        self.is_filler = False  # it only breaks the silence while a tool runs
        self.behind: float = 0  # how many messages of the user's have to be sent before it
        self.retry_at: float = 0.0  # wall clock before which it is not sent again after a collision
        self.collided_at: float | None = None  # wall clock of the first collision with a response unknown here
        metadata = {**(overrides.get("metadata") or {}), TAG: event_id}
        self.event: ResponseCreate = ResponseCreate(event_id=event_id, response={**overrides, "metadata": metadata})
        self.out_of_band: bool = overrides.get("conversation") == "none"  # it may run beside others
        self.shareable: bool = not overrides and interruptible  # any response of the conversation answers it

    @property
    def after_tools(self) -> bool:
        """Whether it is only for the outputs of tools."""
        return self.subject < Subject.CONVERSATION

    def is_ready(self, at: float, messages_sent: int) -> bool:
        """Whether it waits for nothing but a free conversation."""
        return self.state is RequestState.WAITING and self.retry_at <= at and self.behind <= messages_sent


class UpdateRequest(Request[Mapping[str, Any]]):
    """`session.update`, answered by `session.updated`; the answer is the session object as confirmed."""

    kind: ClassVar[str] = "session.update"

    def __init__(self, event_id: str, update: SessionUpdate, timeout: float, event_factory: EventFactory) -> None:
        super().__init__(event_id, timeout, event_factory)
        self.event: SessionUpdate = update.model_copy(update={"event_id": event_id})

    def shown_by(self, session: WireSession) -> bool:
        """Whether a session has the requested values."""
        return _matches(session.wire, self.event.session)


class ItemRequest(Request[T]):
    """A request about one item."""

    event_class: ClassVar[type[ConversationItemDelete | ConversationItemRetrieve]]

    def __init__(self, event_id: str, item_id: str, timeout: float, event_factory: EventFactory) -> None:
        super().__init__(event_id, timeout, event_factory)
        self.item_id = item_id
        self.event: ConversationItemDelete | ConversationItemRetrieve = self.event_class(
            event_id=event_id, item_id=item_id
        )


class DeleteRequest(ItemRequest[None]):
    """`conversation.item.delete`, answered by `conversation.item.deleted`."""

    kind: ClassVar[str] = "conversation.item.delete"
    event_class = ConversationItemDelete


class RetrieveRequest(ItemRequest[WireItem]):
    """`conversation.item.retrieve`, answered by `conversation.item.retrieved`."""

    kind: ClassVar[str] = "conversation.item.retrieve"
    event_class = ConversationItemRetrieve


AnyRequest: TypeAlias = ResponseRequest | UpdateRequest | DeleteRequest | RetrieveRequest


def timeout_of(given: float | None, default: float) -> float:
    """The caller's timeout, or that of the session; a `UsageError` if it is no time."""
    if given is None:
        return default
    check_seconds("timeout", given)
    return given


def request_about(error: ErrorDetails, requests: Iterable[AnyRequest], *, sole: bool) -> AnyRequest | None:
    """The request that an error is about; `sole`: the server was sent nothing else that it may be about."""
    if error.event_id is not None:
        return next((request for request in requests if request.event_id == error.event_id), None)
    if error.code in OF_NO_REQUEST:
        return None
    outstanding = [request for request in requests if request.outstanding]
    if error.code == COLLISION:
        return next((r for r in outstanding if isinstance(r, ResponseRequest) and not r.out_of_band), None)
    return outstanding[0] if len(outstanding) == 1 and sole else None


def _matches(value: Any, requested: Any) -> bool:
    """Whether a value of the wire is the requested one; an object may have more fields."""
    if not isinstance(requested, Mapping):
        return bool(value == requested)
    return isinstance(value, Mapping) and all(_matches(value.get(name), field) for name, field in requested.items())
