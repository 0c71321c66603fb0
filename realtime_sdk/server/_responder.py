"""Runs a voice and turns what it says into the events of a response."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

from anyio.lowlevel import checkpoint

from ._items import Event
from ._response import Status
from ._rules import ServerSession
from ._voice import Output, Voice

_log = logging.getLogger(__name__)


class CutShort(Exception):
    """Raised by a voice that can't finish what it was asked for.

    status: INCOMPLETE with a `reason` (`max_output_tokens`, `content_filter`), or FAILED with an `error`: an object
    of `type`, `code` and `message`.
    """

    def __init__(self, status: Status, **details: Any) -> None:
        super().__init__(f"{status.value}: {details}")
        self.status = status
        self.details = details


async def answer(
    session: ServerSession, response_id: str, voice: Voice, emit: Callable[[list[Event]], None]
) -> None:
    """Let `voice` write a response of the session; `emit` takes the events. To stop it, cancel this call."""
    # A voice is cancelled by closing its iterator, so it has to be one that can be closed: a generator.
    outputs = cast("AsyncGenerator[Output, None]", voice.respond(session.request(response_id)))
    try:
        async with aclosing(outputs):
            async for output in outputs:
                emit(session.output(response_id, output))
                await checkpoint()  # a voice that never waits would let nobody else have a turn
    except CutShort as end:
        emit(session.finish(response_id, end.status, end.details))
    except Exception as error:  # a voice is other people's code: its fault ends the response, not the session
        _log.exception("the voice failed in %s", response_id)
        details = {"type": "server_error", "code": type(error).__name__, "message": str(error)}
        emit(session.finish(response_id, Status.FAILED, {"error": details}))
    else:
        emit(session.finish(response_id))
