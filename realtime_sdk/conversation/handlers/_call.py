"""Handlers of the server's reports about a call that was joined: how much the caller hears of each response."""

from __future__ import annotations

from collections.abc import Mapping

from ...protocol._conversation import ConversationItemTruncated
from ...protocol._output_audio_buffer import (
    OutputAudioBufferCleared,
    OutputAudioBufferStarted,
    OutputAudioBufferStopped,
)
from .._effects import NOTHING, Effects, Handler, emitting
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._sdk_events import Interrupted, SdkEvent
from ..message._live_message import LiveMessage
from ..message._remote_playout import end_all


class CallHandlers:
    """Handles the server's events about the audio of a call. It reports them by response, not by message."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {
            "output_audio_buffer.started": self._started,
            "output_audio_buffer.stopped": self._stopped,
            "output_audio_buffer.cleared": self._cleared,
            "conversation.item.truncated": self._truncated,
        }

    def _started(self, event: OutputAudioBufferStarted, at: float) -> Effects:
        messages = self._messages(event.response_id)
        before = [message for message in self._before(messages) if not self._is_current(message.response)]
        effects = self._end(before, at, cut=False)  # the report of their end came while there was no connection
        if (response := self._state.registry.responses.get(event.response_id or "")) is not None:
            response.audio_reported = True
        for remote in [message.remote for message in messages if message.remote is not None]:
            remote.reported = True
        if messages and messages[0].remote is not None:
            messages[0].remote.start(at)
        return effects + self._reported(messages, at)

    def _stopped(self, event: OutputAudioBufferStopped, at: float) -> Effects:
        return self._ended(event.response_id, at, cut=False)

    def _cleared(self, event: OutputAudioBufferCleared, at: float) -> Effects:
        return self._ended(event.response_id, at, cut=True)

    def _truncated(self, event: ConversationItemTruncated, at: float) -> Effects:
        message = self._state.registry.find(event.item_id)
        if isinstance(message, LiveMessage) and message.remote is not None and event.audio_end_ms is not None:
            message.remote.truncate(event.audio_end_ms / 1000)
        return NOTHING

    def _ended(self, response_id: str | None, at: float, *, cut: bool) -> Effects:
        messages = self._messages(response_id)
        effects = self._end(self._before(messages), at, cut=False) + self._end(messages, at, cut=cut)
        playouts = tuple(message.playout for message in messages if message.interrupted)
        return effects + emitting(Interrupted(at, playouts)) if playouts else effects

    def _end(self, messages: list[LiveMessage], at: float, *, cut: bool) -> Effects:
        """The caller hears no more of these messages."""
        effects = NOTHING
        for response in dict.fromkeys(message.response for message in messages):
            ended = [message for message in messages if message.response is response]
            remotes = [(message.remote, message.transcript) for message in ended]
            end_all([(remote, text) for remote, text in remotes if remote is not None], at, cut=cut)
            effects += self._reported(ended, at)
        return effects

    def _before(self, later: list[LiveMessage]) -> list[LiveMessage]:
        """The messages that the caller has heard if these have ended: one is played after the other."""
        first = min((message.number or 0 for message in later), default=0)
        return [message for message in self._messages(None) if (message.number or 0) < first]

    def _is_current(self, response: LiveResponse | None) -> bool:
        """Whether the connection is the one over which a response came."""
        return response is not None and self._state.registry.responses.get(response.id) is response

    def _messages(self, response_id: str | None) -> list[LiveMessage]:
        """The messages of a response that the caller has not heard yet."""
        messages = [message for message in self._state.registry.messages if message.played_remotely]
        if response_id is None:
            return messages
        return [message for message in messages if message.response is not None and message.response.id == response_id]

    def _reported(self, messages: list[LiveMessage], at: float) -> Effects:
        events: list[SdkEvent] = []
        for message in messages:
            remote = message.remote
            events += message.cut(at) if remote is not None and remote.cut else message.advance(at)
            if message.finished:
                self._state.registry.release(message)
        return emitting(*events)
