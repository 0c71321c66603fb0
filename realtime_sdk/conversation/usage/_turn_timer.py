"""Follows a session's events, and records when each turn of the user's reached which stage."""

from __future__ import annotations

from collections import deque
from typing import Final

from .._live_response import LiveResponse
from .._response import Response
from .._sdk_events import (
    PlayoutFinished,
    PlayoutStarted,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ToolFinished,
    ToolStarted,
    TurnAnswered,
)
from ..items._items import FunctionCallItem
from ..items._mcp_items import McpCallItem
from ..message._message import COMMENTARY, MessageItem
from ..requests._requests import ResponseRequest
from ._turn_timing import TurnEnd, TurnTiming

TURNS_KEPT: Final = 1000
"""Turns whose times a session keeps."""

TURNS_OPEN: Final = 4
"""Turns that may still change: the reply to a turn may be heard while the user takes the next one."""

_FAILED: Final = ("failed", "incomplete")
"""The status of a response that is not the answer if nothing of it was heard, such as that of a lost connection."""


class TurnTimer:
    """Follows a session's events, and records when each turn of the user's reached which stage."""

    def __init__(self) -> None:
        self._past: deque[TurnTiming] = deque(maxlen=TURNS_KEPT - TURNS_OPEN)
        self._open: deque[_OpenTurn] = deque()  # the latest, oldest first
        self._ended: tuple[float | None, TurnEnd] | None = None  # of speech that is not committed; None: there is none
        self._commit_sent_at: float | None = None  # wall clock; of the user's audio; None: the server commits it
        self._used_tools: _OpenTurn | None = None  # the turn for which a function has run last; None: none has

    @property
    def turns(self) -> list[TurnTiming]:
        """The turns so far, oldest first; the last 1000 are kept."""
        return [*self._past, *(turn.timing for turn in self._open)]

    @property
    def speech_has_ended(self) -> bool:
        """Whether the user's speech has ended, and the server has made no message of it yet."""
        return self._ended is not None

    def speech_ended(self, at: float | None, end: TurnEnd) -> None:
        """The user's speech has ended with a sound at `at`; None: it is not known when."""
        self._ended = (at, end)

    def speech_dropped(self) -> None:
        """The user's speech was dropped: no message is made of it."""
        self._ended = self._commit_sent_at = None

    def commit_sent(self, at: float) -> None:
        """The server is asked to make a message of the user's audio: what is requested from now on answers it."""
        self._commit_sent_at = at

    def committed(self, at: float) -> None:
        """The server has made a message of the user's audio."""
        ended, end = self._ended or (None, TurnEnd.SERVER)
        since = at if self._commit_sent_at is None else self._commit_sent_at
        self._ended = self._commit_sent_at = None
        self._begin(_OpenTurn(since, end, ended, committed=at))

    def sent(self, at: float, request: ResponseRequest) -> None:
        """The application has sent a text or an image of the user's, which the response to this request answers."""
        self._begin(_OpenTurn(at, TurnEnd.TEXT, at, request=request))

    def _begin(self, turn: _OpenTurn) -> None:
        self._open.append(turn)
        if len(self._open) > TURNS_OPEN:
            self._past.append(self._open.popleft().timing)

    def on_event(self, event: SdkEvent) -> TurnAnswered | None:
        """Handle an event of the session; return the event that a turn is answered when the answer begins to sound."""
        match event:
            case ResponseStarted(at, LiveResponse() as response):
                if (turn := self._turn_for(response, at)) is not None:
                    turn.add(response, at)
            case ResponseFinished(_, response) if response.status == "cancelled":
                if (turn := self._turn_with(response)) is not None:
                    turn.interrupted = True
            case PlayoutStarted(at, item):
                if (turn := self._turn_of(item)) is not None and turn.heard(item, at):
                    return TurnAnswered(at, turn.timing)
            case PlayoutFinished(_, item, playout) if playout.interrupted:
                if (turn := self._turn_of(item)) is not None:
                    turn.interrupted = True
            case ToolStarted(at, call):
                if (turn := self._turn_of(call)) is not None:
                    turn.tool_started(call, at)
            case ToolFinished(at, call):
                if (turn := self._turn_of(call)) is not None:
                    turn.tool_finished(call, at)
                    self._used_tools = turn
        return None

    def _turn_for(self, response: LiveResponse, at: float) -> _OpenTurn | None:
        """The turn that a response which begins now answers: the latest that its request, or the server, knew of."""
        request = response.request
        if response.out_of_band:
            return None
        if request is None and self._open and self._open[-1].takes_any_answer:
            return self._open[-1]
        if response.after_tools and self._used_tools in self._open:
            return self._used_tools
        if request is None:
            return self._begin_uncommitted(at)
        return next((turn for turn in reversed(self._open) if turn.is_answered_by(request)), None)

    def _begin_uncommitted(self, at: float) -> _OpenTurn | None:
        """Begin the turn that a server answers without a report that it made a message of it; None: there is none."""
        if self._ended is None:
            return None
        (ended, end), self._ended = self._ended, None
        self._begin(_OpenTurn(at, end, ended))
        return self._open[-1]

    def _turn_with(self, response: Response) -> _OpenTurn | None:
        return next((turn for turn in self._open if response in turn.responses), None)

    def _turn_of(self, item: MessageItem | FunctionCallItem | McpCallItem) -> _OpenTurn | None:
        """The turn that an item of a reply answers."""
        return next((turn for turn in self._open if any(item in r.live_items for r in turn.responses)), None)


class _OpenTurn:
    """A turn whose reply is being made or heard."""

    def __init__(
        self, since: float, end: TurnEnd, ended: float | None, *, committed: float | None = None,
        request: ResponseRequest | None = None,
    ) -> None:  # fmt: skip
        self.request = request  # of its answer; None: it is of no request in particular
        self.responses: list[LiveResponse] = []
        self.interrupted = False
        self._since = since  # wall clock from which on a request is answered by a server that has it
        self._end, self._ended = end, ended
        self._committed = committed
        self._created: float | None = None
        self._preamble: float | None = None
        self._answer: float | None = None
        self._running: set[str] = set()  # ids of calls that run
        self._tools = 0.0  # seconds
        self._tools_since = 0.0  # wall clock since which calls have run, while there are any

    @property
    def timing(self) -> TurnTiming:
        """What is known of it so far."""
        first_delta = next((r.first_delta_at for r in self.responses if r.first_delta_at is not None), None)
        return TurnTiming(
            self._end, self._ended, self._committed, self._created, first_delta, self._preamble, self._answer,
            self._tools, self.interrupted,
        )  # fmt: skip

    def is_answered_by(self, request: ResponseRequest) -> bool:
        """Whether the response to a request answers it: it was made for it, or sent when the turn was there."""
        return request is self.request or (self.takes_any_answer and self._since <= request.sent_at)

    @property
    def takes_any_answer(self) -> bool:
        """Whether the next response answers it, whatever it was requested for: none has, or the last one has failed."""
        if self._answer is not None or (self.request is not None and self.request.wanted):
            return False
        return not self.responses or self.responses[-1].status in _FAILED

    def add(self, response: LiveResponse, at: float) -> None:
        """A response to it began."""
        self.responses.append(response)
        self._created = at if self._created is None else self._created

    def heard(self, item: MessageItem, at: float) -> bool:
        """The first frame of a message was heard; return whether it is the answer's first."""
        if item.phase == COMMENTARY:
            self._preamble = at if self._preamble is None else self._preamble
            return False
        first = self._answer is None
        self._answer = at if first else self._answer
        return first

    def tool_started(self, call: FunctionCallItem | McpCallItem, at: float) -> None:
        """A call begins to run."""
        if not self._running:
            self._tools_since = at
        self._running.add(call.id)

    def tool_finished(self, call: FunctionCallItem | McpCallItem, at: float) -> None:
        """A call is answered; one that the application answers by hand has no beginning."""
        if self._running == {call.id}:
            self._tools += at - self._tools_since
        self._running.discard(call.id)
