"""Chooses the server of a conversation: the one that was asked for, the service, or a local one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from ...errors import ExtraMissing
from ...local._server import LocalServer
from ...transports._transport import Endpoint
from ..display._display import Display
from ._session_options import SessionOptions

SERVICE_VARIABLES: Final = ("OPENAI_API_KEY", "OPENAI_REALTIME_URL")
"""Environment variables; if any is set, the conversation is with a remote server."""


async def choose_endpoint(options: SessionOptions, display: Display, stack: AsyncExitStack) -> Endpoint | str | None:
    """Return the endpoint of `options` if it has one, else None for that of the environment, else a local server's URL.

    A local server runs as long as `stack`.

    Raises `RealtimeError` if it can't start.
    """
    if options.endpoint is not None:
        return options.endpoint
    if not options.is_local and any(os.environ.get(name) for name in SERVICE_VARIABLES):
        return None
    what = "The local server" if options.is_local else "OPENAI_API_KEY is not set, and the local server"
    server = local_server(
        display, what, llm=options.llm, llm_model=options.model, voice=options.voice, recogniser=options.recogniser,
        language=options.language,
    )  # fmt: skip
    return await stack.enter_async_context(server)


@asynccontextmanager
async def local_server(display: Display, what: str = "The local server", **settings: Any) -> AsyncIterator[str]:
    """Run a `LocalServer` with these settings, and show the steps of its start; yields its URL.

    what: is not installed, where it is not.
    """
    async with AsyncExitStack() as stack:
        with display.progress("Starting the local server") as progress:
            try:
                server = await stack.enter_async_context(LocalServer(progress=progress, **settings))
            except ExtraMissing as missing:  # one of its many parts, of which a user knows nothing
                raise ExtraMissing(what, "local") from missing
        display.print_line(f"The local server hears {server.hears}{_how_to_hear(settings)}.")
        yield server.url


def _how_to_hear(settings: Mapping[str, Any]) -> str:
    """What to do so that the language that was chosen is heard, too; "" where it is, or none was."""
    language = settings.get("language") or "en"
    if language.lower().startswith("en") or settings.get("recogniser") is not None:
        return ""
    return f", and speaks {language!r}: --recogniser takes a model that hears it"
