"""The exception that reports an error of the server, and the codes that mean something here."""

from __future__ import annotations

from typing import Final

from ..errors import ServerRefused
from ..protocol._objects import ErrorDetails

COLLISION: Final = "conversation_already_has_active_response"
"""The code with which a server refuses a second response in its conversation."""

UNKNOWN: Final = "unknown_parameter"
"""The code with which a server refuses a field that it does not know."""

_NO_METADATA: Final = (
    ". The session recognises a response by its metadata: for a server without it, give the endpoint a dialect with "
    "Capabilities(metadata=False)"
)


def refusal_of(error: ErrorDetails) -> ServerRefused:
    """The exception for the wire's error object."""
    message = error.message or error.code or "the server sent an error without a message"
    if error.code == UNKNOWN and error.param == "response.metadata":
        message = message.rstrip(".") + _NO_METADATA
    return ServerRefused(
        message, type=error.type or "", code=error.code, param=error.param, event_id=error.event_id
    )
