"""The way to the server: the present connection, or the gap until the next one. It lasts as long as the session."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any, Final

from ..._runtime import clock
from ..._runtime.event_loop import own_event
from ...audio._formats import AudioFormat
from ...conversation._completion import Completion
from ...conversation._input_position import InputPosition
from ...errors import ConnectionLost
from ...protocol._codec import ClientEvent, dump
from ...protocol._input_audio import InputAudioBufferAppend, InputAudioBufferCommit
from ..observers._log import SessionLog
from ._connection import Connection, event_type
from ._gap import Gap
from ._unconfirmed import APPEND, CREATE, Unconfirmed, Unsent, audio_of, item_of

HISTORY: Final = frozenset({"conversation.item.truncate", "conversation.item.delete", "response.cancel"})
"""Events that only concern the lost server: the next one is given the history as it is by then."""

SENT_AGAIN: Final = frozenset({"conversation.item.retrieve", "response.create", "session.update"})
"""Events of requests, which the engine sends again itself."""

Sendable = ClientEvent | Mapping[str, Any]


class Link:
    """Sends events, over whichever connection there is; holds them while there is none.

    hold_audio: seconds of the user's audio that are held. history: ids of the items that the next server is given
    anyway. only_transcribes: the next server is sent the audio of the turns that have no transcript.
    """

    def __init__(
        self, connection: Connection, format: AudioFormat, hold_audio: float, history: Container[str], log: SessionLog,
        *, only_transcribes: bool = False,
    ) -> None:  # fmt: skip
        self.connection = connection  # the present one; the last one while there is none
        self.end_reason: ConnectionLost | None = None  # why the session takes no more events; None: it does
        self.unconfirmed = Unconfirmed(format, hold_audio, only_transcribes=only_transcribes)
        self.position: InputPosition = InputPosition()  # of the user's audio
        self._only_transcribes = only_transcribes
        self._gap: Gap | None = None  # None: there is a connection
        self._hold_audio = hold_audio
        self._history = history
        self._log = log
        self._event_factory = own_event()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._gap is None and self.end_reason is None

    def send(self, event: Sendable, *, server_detects: bool) -> Completion[None]:
        """Send an event; the completion is done once it is on its way.

        server_detects: the server decides when the user's turns begin and end.

        Raises:
            UsageError: it has no `type`, or holds what JSON or the server's dialect has no form for.

        """
        if self._gap is None:
            sent = self.connection.send(event)
            if self.end_reason is None and not self._is_history(unsent := _unsent(event, sent)):
                self.position.add(self.unconfirmed.seconds([unsent]))
                self.unconfirmed.record(unsent, server_detects=server_detects)
            return sent
        dump(event, self.connection.dialect)
        sent = Completion(self._event_factory)
        if self.end_reason is None:
            unsent = _unsent(event, sent)
            self.position.add(self.unconfirmed.seconds([unsent]))
            self._hold(self._gap, unsent)
        else:
            sent.set_exception(self.end_reason)
        return sent

    def lose(self, lost: ConnectionLost) -> None:
        """The connection was lost, and another one will follow: hold the events that its server did not take in."""
        queued = [_unsent(event, sent) for event, sent in self.connection.take_queued()]
        held = self.unconfirmed.take()
        known = {unsent.sent for unsent in held}
        self._gap = Gap(held, self._hold_audio, self.unconfirmed.seconds)
        for unsent in queued:
            if unsent.sent not in known and not _is_request(unsent):
                self._hold(self._gap, unsent)
        self.connection.end(lost)

    def switch(self, connection: Connection) -> tuple[list[Unsent], float]:
        """Use this connection from now on; return the events to send on it, and the seconds of audio dropped."""
        if self._gap is None:
            held, dropped = self.unconfirmed.take(), 0.0
        else:
            held, dropped = self._gap.take(), self._gap.dropped
        self.connection, self._gap = connection, None
        turns, lost = self.unconfirmed.take_turns() if self._only_transcribes else ([], 0.0)
        again = [_unsent(InputAudioBufferAppend(audio=turn.audio), Completion(self._event_factory)) for turn in turns]
        begins = [self.position.on_server(turn.begin) for turn in turns]
        pieces = [(begin, self.unconfirmed.seconds([unsent])) for begin, unsent in zip(begins, again, strict=True)]
        self.position.switch(pieces, self.unconfirmed.seconds(held))
        if not self.unconfirmed.server_detects:
            again = [event for append in again for event in (append, self._commit())]
        return [*again, *held], dropped + lost

    def _commit(self) -> Unsent:
        return _unsent(InputAudioBufferCommit(), Completion(self._event_factory))

    def send_again(self, unsent: Unsent, *, server_detects: bool) -> None:
        """Send an event that was held; its time is now, whenever the last server was sent it."""
        self.connection.send(unsent.event, unsent.sent)
        self.unconfirmed.record(replace(unsent, at=clock.wall()), server_detects=server_detects)

    def _hold(self, gap: Gap, unsent: Unsent) -> None:
        """Hold an event, unless the next server is given its effect with the history."""
        if self._is_history(unsent):
            unsent.sent.set_result(None)
        else:
            gap.hold(unsent)

    def _is_history(self, unsent: Unsent) -> bool:
        item = item_of(unsent.event) if unsent.kind == CREATE else {}
        return unsent.kind in HISTORY or item.get("type") == "function_call_output" or item.get("id") in self._history

    # The end

    def finish(self, end_reason: ConnectionLost) -> None:
        """Accept no more events; those queued are still sent."""
        self.end_reason = end_reason
        self.connection.finish(end_reason)
        self._fail_held(end_reason)

    def end(self, end_reason: ConnectionLost) -> None:
        """Send nothing more; callers that wait for a frame to be sent raise `end_reason`."""
        self.end_reason = end_reason
        self.connection.end(end_reason)
        self._fail_held(end_reason)

    def _fail_held(self, end_reason: ConnectionLost) -> None:
        for unsent in self._gap.take() if self._gap is not None else ():
            self._log.not_sent(unsent.kind)
            unsent.sent.set_exception(end_reason)


def _unsent(event: Sendable, sent: Completion[None]) -> Unsent:
    kind = event_type(event)
    return Unsent(kind, event, sent, clock.wall(), audio_of(event) if kind == APPEND else b"")


def _is_request(unsent: Unsent) -> bool:
    """Whether the engine sends it again itself: an event of its own requests."""
    event = unsent.event
    return unsent.kind in SENT_AGAIN and not isinstance(event, Mapping) and event.event_id is not None
