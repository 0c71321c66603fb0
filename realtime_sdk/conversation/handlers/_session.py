"""Handlers of the session's own events: its configuration, errors, and frames that can't be parsed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...protocol._codec import ProtocolViolation
from ...protocol._service import ErrorEvent
from ...protocol._session import SessionCreated, SessionUpdated
from ...protocol._wire_session import WireSession
from .._completion import Completion
from .._effects import NOTHING, Effects, Handler, emitting, sending
from .._engine_state import EngineState
from .._refusal import COLLISION, EMPTY_COMMIT, NOT_ACTIVE, refusal_of
from .._response_lifecycle import ResponseLifecycle
from .._sdk_events import ServerError, SessionReady
from ..interruption._corrections import given_again
from ..message._live_message import LiveMessage
from ..requests._requests import Subject

_ITEM_ID: Final = re.compile(r'"item_id"\s*:\s*"([^"]+)"')


class SessionHandlers:
    """Handles the server's events about the session."""

    def __init__(self, state: EngineState, lifecycle: ResponseLifecycle, ready: Completion[WireSession]) -> None:
        self._state = state
        self._lifecycle = lifecycle
        self._ready = ready

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "session.created": self._session_created,
            "session.updated": self._session_updated,
            "error": self._error,
            "protocol_violation": self._violation,
        }

    def _session_created(self, event: SessionCreated, at: float) -> Effects:
        if self._ready.done and event.session.id in (None, self._state.session.id):
            return NOTHING  # it was sent twice: the session has its configuration by now
        if self._ready.done:
            reason = f"the server opened a second session on this connection, {event.session.id}, in place of the first"
            self._state.session = event.session
            return emitting(ProtocolViolation(reason[:300], "", at))
        self._state.session = event.session
        self._ready.set_result(event.session)
        return emitting(SessionReady(at, event.session.wire))

    def _session_updated(self, event: SessionUpdated, at: float) -> Effects:
        self._state.session = event.session
        self._state.protection.confirm(event.session)
        self._state.requests.updates.confirm(event.session)
        return NOTHING

    def _error(self, event: ErrorEvent, at: float) -> Effects:
        error, refusal = event.error, refusal_of(event.error)
        sole = self._state.changes.all_confirmed(at - self._state.requests.timeout)
        active = self._state.response_active
        routed = self._state.requests.refused(error, refusal, at, response_active=active, sole=sole)
        if routed is not None:
            return routed + self._state.advance_requests(at)
        if error.code == COLLISION and self._state.answer_expected:
            self._state.answer_due = math.inf  # the server's answer to the user met a response that went on
            return self._state.go_on(Subject.CONVERSATION, at)
        if error.code == COLLISION and self._lifecycle.is_answered_after_hosted_tools(error.event_id):
            return NOTHING  # the server, which sends no metadata back, had begun the answer by itself
        if error.code == NOT_ACTIVE or (error.code == EMPTY_COMMIT and self._state.session.turn_detection is not None):
            return NOTHING
        reported = emitting(ServerError(at, refusal.type, error.code, str(refusal), error.event_id))
        return reported + self._without_truncation() if self._state.abilities.lose_truncation(error) else reported

    def _without_truncation(self) -> Effects:
        """The server can't truncate: give it what was heard of the messages that it was to truncate."""
        items = map(self._state.conversation.get, dict.fromkeys(self._state.changes.give_up("truncate")))
        if not self._state.abilities.capabilities.delete:
            return NOTHING
        messages = [item for item in items if isinstance(item, LiveMessage)]
        return sending(*given_again(messages, self._state.conversation))

    def _violation(self, event: ProtocolViolation, at: float) -> Effects:
        violation = emitting(replace(event, at=at))
        running = [response for response in self._state.registry.running if not response.out_of_band]
        if event.event_type == "response.done" and len(running) == 1:
            return violation + self._lifecycle.end(running[0], None, at)
        if event.event_type == "response.output_audio.delta" and (named := _ITEM_ID.search(event.sample)):
            item = self._state.registry.find(named[1])
            if isinstance(item, LiveMessage) and item.played_locally:
                item.content.audio_missing = True
        return violation
