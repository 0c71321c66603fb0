"""Serves an application's backend: the entry point of this package."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .._runtime import arguments, clock
from ..errors import UsageError
from ..protocol._models import REALTIME_MODEL
from ._backend import Backend, SpeechInput
from ._connection import LIFETIME, Channel, Connection
from ._query import Query
from ._rules import ServerSession
from ._socket import LOOPBACK, serve_connections


@asynccontextmanager
async def serve(
    backend: Backend, *, speech_input: Callable[[], SpeechInput] | None = None, host: str = LOOPBACK, port: int = 0,
    model: str = REALTIME_MODEL, lifetime: float = LIFETIME,
) -> AsyncIterator[str]:
    """Serve `backend` over WebSockets while the context is open; yields the URL to connect to.

        async with serve(MyBackend()) as url, connect(endpoint=url) as session:
            ...

    speech_input: makes the turn detection and transcription of a new session; left out, clients commit their turns
    themselves (push to talk) or type. host, port: where to listen; port 0 takes a free one. model: what a session is
    called whose client names no model. lifetime: seconds after which a session expires.

    No key is asked for, nothing is encrypted, and connections of web pages are refused: an address other than loopback
    belongs behind a proxy that does both.

    Raises:
        UsageError: an argument is of a wrong kind.
        ConnectionFailed: the address is in use or can't be bound.
    """
    arguments.check_instance("backend", backend, Backend, "an object with respond(request), an async generator")
    if speech_input is not None and not callable(speech_input):
        raise UsageError("speech_input makes the SpeechInput of a new session: pass its class or a function")
    arguments.check_seconds("lifetime", lifetime)
    async with serve_connections(_Acceptor(backend, speech_input, model, lifetime).accept, host, port) as url:
        yield url


class _Acceptor:
    """Makes the connection of each new client."""

    def __init__(
        self, backend: Backend, speech_input: Callable[[], SpeechInput] | None, model: str, lifetime: float
    ) -> None:
        self._backend = backend
        self._speech_input = speech_input
        self._model = model
        self._lifetime = lifetime

    def accept(self, channel: Channel, query: Query) -> Connection:
        session = ServerSession(
            model=query.model or self._model, transcribes=query.intent == "transcription",
            expires_at=round(clock.wall() + self._lifetime),
        )  # fmt: skip
        speech_input = None if self._speech_input is None else self._speech_input()
        return Connection(channel, session, self._backend, speech_input, lifetime=self._lifetime)
