"""`session.*` and `transcription_session.*`: what is agreed for the whole connection."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .base import Event, Object


class SessionCreated(Event):
    """The connection is open; `session` is the configuration that the server begins with."""

    type: Literal["session.created"] = "session.created"
    session: Object


class SessionUpdated(Event):
    """The configuration after a `session.update`, whole."""

    type: Literal["session.updated"] = "session.updated"
    session: Object


class TranscriptionSessionUpdated(Event):
    """The configuration of a session that only transcribes, whole."""

    type: Literal["transcription_session.updated"] = "transcription_session.updated"
    session: Object


class SessionUpdate(Event):
    """Client: change these fields of the configuration; null or empty clears one."""

    type: Literal["session.update"] = "session.update"
    session: Object


class TranscriptionSessionUpdate(Event):
    """Client: change these fields of a session that only transcribes."""

    type: Literal["transcription_session.update"] = "transcription_session.update"
    session: Object


FromServer: TypeAlias = SessionCreated | SessionUpdated | TranscriptionSessionUpdated
FromClient: TypeAlias = SessionUpdate | TranscriptionSessionUpdate
