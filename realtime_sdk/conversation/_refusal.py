"""The exception that reports an error of the server, and the codes that mean something here."""

from __future__ import annotations

from typing import Final

from ..errors import ServerRefused
from ..protocol._objects import ErrorDetails

COLLISION: Final = "conversation_already_has_active_response"
"""The code with which a server refuses a second response in its conversation."""

NOT_ACTIVE: Final = "response_cancel_not_active"
"""The code with which a server refuses a cancellation that came too late: it comes from a race and changes nothing."""

EMPTY_COMMIT: Final = "input_audio_buffer_commit_empty"
"""The code with which a server refuses a commit of no audio."""

OF_NO_REQUEST: Final = frozenset({NOT_ACTIVE, EMPTY_COMMIT, "item_truncate_invalid_item_id"})
"""Codes that tell of another event than a request, though the error may name none."""

UNKNOWN: Final = "unknown_parameter"
"""The code with which a server refuses a field that it does not know."""

_NO_METADATA: Final = (
    ". The session recognises a response by its metadata: for a server without it, give the endpoint a dialect with "
    "Capabilities(metadata=False)"
)

_OF_THE_BETA: Final = '. A server of the retired beta has no such field: give the endpoint dialect="beta"'

_SINCE_THE_BETA: Final = ("session.type", "session.audio", "session.output_modalities")
"""Fields of every configuration that the beta did not have."""


def refusal_of(error: ErrorDetails) -> ServerRefused:
    """The exception for the wire's error object."""
    message = error.text
    if error.code == UNKNOWN and error.param == "response.metadata":
        message = message.rstrip(".") + _NO_METADATA
    if error.code == UNKNOWN and error.param in _SINCE_THE_BETA:
        message = message.rstrip(".") + _OF_THE_BETA
    return ServerRefused(
        message, type=error.type or "", code=error.code, param=error.param, event_id=error.event_id
    )
