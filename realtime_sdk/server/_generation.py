"""Runs a backend and turns its outputs into the events of a response."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable

from anyio.lowlevel import checkpoint

from ..errors import UsageError
from ._backend import Backend, Output, UnfinishedResponse
from ._items import Event
from ._response import Status
from ._rules import ServerSession

_log = logging.getLogger(__name__)


async def generate_response(
    session: ServerSession, response_id: str, backend: Backend, emit: Callable[[list[Event]], None]
) -> None:
    """Have `backend` write a response of the session; `emit` takes the events. To stop it, cancel this call."""
    try:
        outputs = backend.respond(session.request(response_id))
        try:
            async for output in outputs:
                emit(session.output(response_id, _checked(output)))
                await checkpoint()  # a backend that never waits would block the event loop
        finally:
            if isinstance(outputs, AsyncGenerator):
                await outputs.aclose()
    except UnfinishedResponse as end:
        emit(session.finish(response_id, Status(end.status), end.details))
    except Exception as error:  # a backend is the application's code: its fault ends the response, not the session
        _log.exception("the backend failed in %s", response_id)
        details = {"type": "server_error", "code": type(error).__name__, "message": str(error)}
        emit(session.finish(response_id, Status.FAILED, {"error": details}))
    else:
        emit(session.finish(response_id))


def _checked(output: object) -> Output:
    if not isinstance(output, Output):
        raise UsageError(f"a backend yields Message, Part, Text, Audio or Call, not {type(output).__name__}")
    return output
