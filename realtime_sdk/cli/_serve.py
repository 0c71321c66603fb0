"""`realtime-sdk serve`: runs the local server, or a page that talks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import anyio

from ..page._line import PageLine
from ..page._server import serve_page
from ..session._connecting import connect
from ..session._session import Session
from ..transports._transport import Endpoint
from ._demo_tools import how_much_disk_is_free
from ._display import Display
from ._endpoint_choice import choose_endpoint, local_server
from ._stop import Stop
from ._talk import INSTRUCTIONS, TRANSCRIPTION


async def serve_local(display: Display, stop: Stop, **settings: Any) -> None:
    """Run a `LocalServer` until `stop` is requested.

    Raises `RealtimeError` if it can't start.
    """
    with stop.cancels(anyio.CancelScope()):
        async with local_server(display, **settings) as url:
            display.print_line(f"Listening at {url} (Ctrl-C ends)")
            await anyio.sleep_forever()


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The options of `serve --page`."""

    host: str
    port: int
    local: bool = False
    endpoint: Endpoint | str | None = None  # None: from the environment, or the local server
    model: str | None = None
    llm: str | None = None
    recogniser: str | None = None
    language: str | None = None
    voice: str | None = None
    instructions: str | None = None
    origins: Sequence[str] = field(default=())


async def serve_talk(options: PageOptions, display: Display, stop: Stop) -> None:
    """Serve a page that talks, until `stop` is requested.

    Raises `RealtimeError` if it can't start.
    """
    async with AsyncExitStack() as stack:  # closed in peace: the sessions of the pages end first
        with stop.cancels(anyio.CancelScope()):
            endpoint = await choose_endpoint(
                display, stack, local=options.local, endpoint=options.endpoint,
                llm=options.llm, llm_model=options.model, voice=options.voice,
                recogniser=options.recogniser, language=options.language,
            )  # fmt: skip
            opener = _Opener(options, endpoint)
            url = await stack.enter_async_context(
                serve_page(opener.open, host=options.host, port=options.port, origins=options.origins)
            )
            display.print_line(f"Open {url} in a browser (Ctrl-C ends)")
            await anyio.sleep_forever()


class _Opener:
    """Opens the session of each page."""

    def __init__(self, options: PageOptions, endpoint: Endpoint | str | None) -> None:
        self._options = options
        self._endpoint = endpoint

    def open(self, line: PageLine) -> AbstractAsyncContextManager[Session, None]:
        voice = {} if self._options.voice is None else {"voice": self._options.voice}
        fields: dict[str, Any] = {
            "instructions": self._options.instructions or INSTRUCTIONS, "transcription": TRANSCRIPTION, **voice,
        }  # fmt: skip
        return connect(
            self._options.model, endpoint=self._endpoint, microphone=line.microphone, speaker=line.speaker,
            tools=[how_much_disk_is_free], **fields,
        )  # fmt: skip
