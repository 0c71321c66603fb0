"""The deadlines of what the server is to send: answers, the rest of a response, transcripts. Nothing waits forever."""

from __future__ import annotations

import math

from ..protocol._codec import ProtocolViolation
from ._effects import NOTHING, Effects, emitting, sending
from ._engine_state import EngineState
from ._live_response import LiveResponse, ResponseState
from ._response_lifecycle import ResponseLifecycle
from .tools._calls import Calls


class Deadlines:
    """Ends what is due; `at` is wall-clock seconds.

    timeout: seconds within which the server goes on. response_timeout: those in which a model may be reasoning.
    plays: whether a device plays the audio; else the application does.
    """

    def __init__(
        self, state: EngineState, lifecycle: ResponseLifecycle, calls: Calls, *, timeout: float,
        response_timeout: float, plays: bool,
    ) -> None:  # fmt: skip
        self._state = state
        self._requests = state.requests
        self._registry = state.registry
        self._lifecycle = lifecycle
        self._calls = calls
        self._timeout = timeout
        self._response_timeout = response_timeout
        self._plays = plays

    @property
    def next(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        retry = self._requests.responses.retry_at
        if retry < math.inf and (self._state.occupied or self._requests.responses.outstanding):
            retry = math.inf
        spoken = math.inf if self._state.spoken_turns is None else self._state.spoken_turns.deadline
        remote = [playout.due for playout in self._registry.remote_playouts]
        responses = [self._deadline(response) for response in self._registry.unended]
        answer, hosted = self._state.answer_due, self._state.hosted.deadline
        return min([self._requests.deadline, hosted, retry, spoken, answer, *remote, *responses])

    def expire(self, at: float) -> Effects:
        """End what is due, and send the requests that have waited for it."""
        effects = NOTHING
        if self._state.answer_due <= at:
            effects += self._leave_unanswered(at)
        for remote in self._registry.remote_playouts:
            if remote.due <= at:
                remote.end(at, cut=False)
        effects += self._requests.expire(at) + self._calls.expire(at)
        if self._state.spoken_turns is not None:
            effects += self._state.spoken_turns.expire(at)
        for response in list(self._registry.unended):
            if self._deadline(response) > at:
                continue
            if response.running:
                response.heard_until = at + self._unheard(response)
                effects += self._give_up(response, at) if self._deadline(response) <= at else NOTHING
            else:
                effects += self._lifecycle.close_all(response, at)
        return self._state.sent(effects + self._state.advance_requests(at), at)

    def _deadline(self, response: LiveResponse) -> float:
        """The wall-clock time at which a response that has not ended expires."""
        due = response.last_event_at + self._timeout
        if response.state is not ResponseState.ACTIVE:
            return due
        if self._state.hosted.awaits(response):
            return math.inf  # its calls have deadlines of their own
        latest = response.last_event_at + self._response_timeout
        return latest if response.may_reason else min(latest, max(due, response.heard_until))

    def _unheard(self, response: LiveResponse) -> float:
        """Seconds of a response's audio that are still to be heard: for that long the user misses nothing."""
        if not self._plays:
            return 0.0
        return sum(message.content.unheard for message in response.messages if not message.finished)

    def _give_up(self, response: LiveResponse, at: float) -> Effects:
        """End a response whose server has fallen silent."""
        silence = at - response.last_event_at
        reason = f"the server did not end response {response.id}: {silence:.0f} s of silence"
        effects = emitting(ProtocolViolation(reason, "", at))
        if response.state is ResponseState.ACTIVE:
            response.break_off()
            effects += sending(response.cancellation)  # else it may refuse the next one
        return effects + self._lifecycle.end(response, None, at)

    def _leave_unanswered(self, at: float) -> Effects:
        """The server was to begin a response to the user's turn by itself, and did not."""
        self._state.answer_due = math.inf
        reason = f"the server began no response to the user's turn within {self._timeout:g} s"
        return emitting(ProtocolViolation(reason, "", at))
