"""A recorded session as its connections: what each server sent when, and what the client had asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ...audio._session_formats import SERVICE_FORMATS, Formats, formats_of
from ...errors import UsageError
from ...protocol.dialects._dialect import Dialect
from ...protocol.dialects._table import DIALECTS
from ...recording._replay import Record
from ...session.connection._handover import CONFIGURATION_ID, HISTORY_ID

PAUSE: Final = 0.5
"""Seconds between the end of a reply and the next turn, where a recording has no times."""

_AUDIO: Final = ("response.output_audio.delta", "response.audio.delta")
"""The events that carry the model's audio, in the current protocol and in the retired beta."""

_TURNS: Final = ("conversation.item.create", "response.create", "input_audio_buffer.append")
"""The client events with which a turn begins."""

_ITEM_EVENTS: Final = ("conversation.item.added", "conversation.item.created", "conversation.item.done")


class Moment(NamedTuple):
    """A frame of the recording, and when it came: seconds since the start of the recording."""

    at: float
    record: Record


@dataclass(slots=True, eq=False)
class RecordedConnection:
    """What went over one connection, each side in order; never empty on the server's."""

    server: list[Moment] = field(default_factory=list)
    client: list[Moment] = field(default_factory=list)
    code: int | None = None  # with which the server closed it; None: it did not
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """A recording, taken apart.

    Raises:
        UsageError: there is nothing of a server in it, or it is of another kind of session.

    """

    connections: list[RecordedConnection]
    formats: Formats
    dialect: Dialect
    joins_a_call: bool  # whose audio went another way

    @classmethod
    def of(cls, records: Iterable[Record], dialect: Dialect | None = None) -> RecordedSession:
        """Take a recording apart; dialect: that of its server, where it is known."""
        moments = list(_timed(records))
        server = [moment.record for moment in moments if moment.record.dir == "server" and moment.record.type]
        if not server:
            raise UsageError("the recording has no event of a server: there is nothing to replay")
        opened = next((_session_of(record) for record in server if record.type == "session.created"), {})
        is_live = any(record.type == "session.started" for record in server)
        if (kind := "live" if is_live else opened.get("type")) not in (None, "realtime"):
            raise UsageError(f"the recording is of a session of the type {kind!r}: no connect(…) opens one")
        dialect = dialect or (DIALECTS["xai"] if opened.get("turn_detection") == {"type": None} else DIALECTS["ga"])
        joins = not opened or any(record.type.startswith("output_audio_buffer.") for record in server)
        return cls([*_connections(moments)], _formats(server), dialect, joins)


def _timed(records: Iterable[Record]) -> Iterator[Moment]:
    """Give every record a time: its own, or that of the one before it.

    Where a recording has no times, a turn begins a little after the reply before it has been heard to its end.
    """
    at = heard_until = 0.0
    replied = False  # since the last turn began
    for record in records:
        if record.t is not None:
            at = max(at, record.t)
        else:
            if replied and (record.type == "input_audio_buffer.speech_started" or record.type in _TURNS):
                at, replied = max(at, heard_until) + PAUSE, False
            if record.type in _AUDIO and record.event is not None:
                heard_until = max(heard_until, at) + len(str(record.event.get("delta"))) * 3 / 4 / 48_000
        replied = replied or record.type == "response.done"
        yield Moment(at, record)


def _connections(moments: list[Moment]) -> Iterator[RecordedConnection]:
    """Divide a recording into its connections: each but the first begins with the server's `session.created`."""
    begins = [place for place, moment in enumerate(moments) if moment.record.type == "session.created"]
    connection, begin = RecordedConnection(), 0
    for place in begins[1:]:
        _add(connection, moments[begin:place])
        end = next((other for other in begins if other > place), len(moments))
        is_closed = connection.code is not None
        successor, begin = RecordedConnection(), place if is_closed else _taken_over(moments, place, end)
        given = restored(moments[place:begin])
        for moment in moments[place:begin]:
            _add(successor if _is_of_handover(moment.record, given) else connection, [moment])
        yield connection
        connection = successor
    _add(connection, moments[begin:])
    if connection.server:
        yield connection


def _add(connection: RecordedConnection, moments: Iterable[Moment]) -> None:
    for moment in moments:
        if moment.record.close is not None and moment.record.dir == "server":
            code, reason = moment.record.close.get("code"), moment.record.close.get("reason")
            connection.code, connection.reason = code if isinstance(code, int) else None, str(reason or "")
        elif moment.record.dir == "client":
            connection.client.append(moment)
        else:
            connection.server.append(moment)


def _taken_over(moments: list[Moment], begin: int, end: int) -> int:
    """Find the place at which a new connection has taken the session over.

    Until its server has the configuration and the history, the former connection may go on: a session that is renewed.
    """
    given = restored(moments[begin:end])
    places = (place for place in range(begin, end) if _is_of_handover(moments[place].record, given))
    return max(places, default=begin) + 1


def restored(moments: Iterable[Moment]) -> set[str]:
    """The ids that the client gave the items of its history."""
    given = [item_of(moment.record.event) for moment in moments if is_given(moment.record)]
    return {str(item["id"]) for item in given if "id" in item}


def is_given(record: Record) -> bool:
    """Whether the client gives the configuration, or an item of the history, to a new server."""
    event_id = str((record.event or {}).get("event_id"))
    return record.dir == "client" and (event_id == CONFIGURATION_ID or event_id.startswith(f"{HISTORY_ID}_"))


def _is_of_handover(record: Record, given: set[str]) -> bool:
    """Whether a frame belongs to the beginning of a connection, which gives a new server the session."""
    event = record.event or {}
    match record.type:
        case "session.created" | "session.updated" | "conversation.created":
            return record.dir == "server"
        case "error":
            return str((event.get("error") or {}).get("event_id")).startswith(HISTORY_ID)
        case kind if kind in _ITEM_EVENTS and record.dir == "server":
            return str(item_of(event).get("id")) in given
    return is_given(record)


def item_of(event: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The item of an event; empty where it has none."""
    item = None if event is None else event.get("item")
    return item if isinstance(item, dict) else {}


def _session_of(record: Record) -> Mapping[str, Any]:
    session = (record.event or {}).get("session")
    return session if isinstance(session, dict) else {}


def _formats(server: list[Record]) -> Formats:
    """The formats of the session, as the server stated them last before any audio."""
    formats = SERVICE_FORMATS
    for record in server:
        if record.type in _AUDIO:
            break
        if record.type in ("session.created", "session.updated"):
            try:
                formats = formats_of(_session_of(record))
            except UsageError:  # a format that is not known here
                continue
    return formats
