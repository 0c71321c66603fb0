"""`session.*` and `transcription_session.*`: the configuration of the whole connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field

from ._base import Event, Object
from ._session_object import session_object
from ._wire_session import WireSession

__all__ = [
    "SessionCreated",
    "SessionUpdate",
    "SessionUpdated",
    "TranscriptionSessionUpdate",
    "TranscriptionSessionUpdated",
]


class SessionCreated(Event):
    """The connection is open; `session` is the configuration that the server begins with."""

    type: Literal["session.created"] = "session.created"
    session: WireSession = Field(default_factory=WireSession)


class SessionUpdated(Event):
    """The configuration after a `session.update`, whole."""

    type: Literal["session.updated"] = "session.updated"
    session: WireSession = Field(default_factory=WireSession)


class TranscriptionSessionUpdated(Event):
    """The configuration of a session that only transcribes, whole."""

    type: Literal["transcription_session.updated"] = "transcription_session.updated"
    session: WireSession = Field(default_factory=WireSession)


class SessionUpdate(Event):
    """Client: change these fields of the configuration; null or empty clears one."""

    # Built as it is loaded, which a thread does: the first model that is built has pydantic search all installed
    # packages for plugins, which must not hold the event loop.
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=False)

    type: Literal["session.update"] = "session.update"
    session: Object

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> SessionUpdate:
        """Make the event from an application's fields, as `session_object` does, and raise what that raises."""
        return cls(session=session_object(fields))


class TranscriptionSessionUpdate(Event):
    """Client: change these fields of a session that only transcribes."""

    type: Literal["transcription_session.update"] = "transcription_session.update"
    session: Object


FromServer: TypeAlias = SessionCreated | SessionUpdated | TranscriptionSessionUpdated
FromClient: TypeAlias = SessionUpdate | TranscriptionSessionUpdate
