"""The local server: the protocol of the service, with ears, a mind and a voice of this machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, TypeAlias

import anyio.to_thread

from .._runtime import clock
from ..errors import ConnectionFailed
from ..server._connection import LIFETIME, Channel, Connection
from ..server._rules import ServerSession
from ..server._socket import LOOPBACK, serve
from ..server._voice import Output, Request
from ._ears import LocalEars
from ._llm import ChatModel
from ._mind import Mind
from ._recogniser import Recogniser, open_recogniser
from ._speech import speak, write
from ._thought import Thinker
from ._voices import Engine, open_engine

Progress: TypeAlias = Callable[[str], None]
"""Told what start-up does next, in words for people."""

MODEL: Final = "local"
"""The model of a session whose client names none."""


class LocalServer:
    """A realtime server on this machine, without a network; an async context manager.

        async with LocalServer() as server, connect(endpoint=server.url) as session:
            ...

    It hears English (Whisper-tiny). It thinks with a few English skills or, with `llm`, with the chat model at that
    base URL (`llm_model`: which one; else the first that is listed there). It speaks with the neural voice "joe" or,
    for another `language` or `voice`, with eSpeak NG. A client's choice of a voice and a model changes nothing.
    `port` 0 takes a free one.

    Entering takes some two seconds the first time in a process; `progress` is told what it is at. Making or entering
    it raises `ExtraMissing` where the extra `local` is not installed, `UsageError` for an unknown voice or a wrong
    address, and `ConnectionFailed` where the port is taken or the chat model can't be reached.
    """

    def __init__(
        self, *, host: str = LOOPBACK, port: int = 0, llm: str | None = None, llm_model: str | None = None,
        llm_api_key: str | None = None, voice: str | None = None, language: str = "en",
        progress: Progress | None = None,
    ) -> None:
        self.url: str = ""  # where clients connect; empty until the server is entered
        self._address = (host, port)
        self._thinker: Mind | ChatModel = Mind()
        if llm is not None:
            self._thinker = ChatModel(llm, model=llm_model, api_key=llm_api_key)
        self._speaker = (voice, language)
        self._progress = progress or _silent
        self._stack = AsyncExitStack()  # what to close at the end

    def __repr__(self) -> str:
        return f"<LocalServer {self.url or 'not entered'} {self._thinker!r}>"

    async def __aenter__(self) -> LocalServer:
        """Load the models and begin to listen for clients."""
        async with AsyncExitStack() as stack:
            if isinstance(self._thinker, ChatModel):
                self._progress("asking the chat endpoint")
                await stack.enter_async_context(self._thinker)
            self._progress("loading speech recognition")
            recogniser = await anyio.to_thread.run_sync(open_recogniser)
            self._progress("loading the voice")
            engine = await anyio.to_thread.run_sync(open_engine, *self._speaker)
            accept = _Host(recogniser, LocalVoice(self._thinker, engine)).accept
            try:
                serving = await stack.enter_async_context(serve(accept, *self._address))
            except OSError as error:
                host, port = self._address
                raise ConnectionFailed(f"the local server can't listen at {host}, port {port}: {error}") from error
            self.url = serving.url
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


class LocalVoice:
    """A `Voice`: what `thinker` thinks, spoken by `engine`."""

    def __init__(self, thinker: Thinker, engine: Engine) -> None:
        self._thinker = thinker
        self._engine = engine

    def respond(self, request: Request) -> AsyncGenerator[Output]:
        """See `Voice`."""
        thoughts = self._thinker.think(request)
        return speak(thoughts, self._engine) if request.audio else write(thoughts)


class _Host:
    """Receives each client with ears of its own and the voice that all share."""

    def __init__(self, recogniser: Recogniser, voice: LocalVoice) -> None:
        self._recogniser = recogniser
        self._voice = voice
        LocalEars(recogniser)  # where the detector is missing, that is told now, not to the first client

    def accept(self, channel: Channel, model: str | None) -> Connection:
        session = ServerSession(model=model or MODEL, expires_at=round(clock.wall() + LIFETIME))
        return Connection(channel, session, self._voice, LocalEars(self._recogniser))


def _silent(_step: str) -> None:
    """Tell nobody."""
