"""Handlers of what the server reports about a call that was joined: what the caller hears of its responses."""

from __future__ import annotations

from collections.abc import Mapping

from ..protocol._conversation import ConversationItemTruncated
from ..protocol._output_audio_buffer import (
    OutputAudioBufferCleared,
    OutputAudioBufferStarted,
    OutputAudioBufferStopped,
)
from ._effects import NOTHING, Effects, emitting
from ._engine_state import EngineState
from ._live_message import LiveMessage
from ._remote_playout import end_all
from ._response_handlers import Handler
from ._sdk_events import Interrupted, SdkEvent


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
        if (response := self._state.registry.responses.get(event.response_id or "")) is not None:
            response.audio_reported = True
        for remote in [message.remote for message in messages if message.remote is not None]:
            remote.reported = True
        if messages and messages[0].remote is not None:
            messages[0].remote.start(at)
        return self._reported(messages, at)

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
        remotes = [(message.remote, message.transcript) for message in messages]
        end_all([(remote, text) for remote, text in remotes if remote is not None], at, cut=cut)
        effects = self._reported(messages, at)
        playouts = tuple(message.playout for message in messages if message.interrupted)
        return effects + emitting(Interrupted(at, playouts)) if playouts else effects

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
