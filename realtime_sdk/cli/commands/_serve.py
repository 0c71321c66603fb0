"""`realtime-sdk serve`: runs the local server, or a page that talks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import anyio

from ..._runtime.listening import check_address
from ...page._server import serve_page
from .._stop import Stop
from ..display._display import Display
from ..session._endpoint_choice import choose_endpoint, local_server
from ..session._session_options import SessionOptions


async def serve_local(display: Display, stop: Stop, **settings: Any) -> None:
    """Run a `LocalServer` until `stop` is requested.

    Raises `RealtimeError` if it can't start.
    """
    with stop.cancels(anyio.CancelScope()):
        await check_address(settings["host"], settings["port"], failure="the server can't listen")
        async with local_server(display, **settings) as url:
            display.print_line(f"Listening at {url} (Ctrl-C ends)")
            await anyio.sleep_forever()


@dataclass(frozen=True, slots=True)
class PageOptions(SessionOptions):
    """The options of `serve --page`."""

    host: str
    port: int
    origins: Sequence[str] = ()


async def serve_talk(options: PageOptions, display: Display, stop: Stop) -> None:
    """Serve a page that talks, until `stop` is requested.

    Raises `RealtimeError` if it can't start.
    """
    async with AsyncExitStack() as stack:  # its end is not cancelled: the sessions of the pages end first
        with stop.cancels(anyio.CancelScope()):
            await check_address(options.host, options.port, failure="the page can't be served")
            endpoint = await choose_endpoint(options, display, stack)
            url = await stack.enter_async_context(
                serve_page(
                    lambda line: options.connect(endpoint, line.microphone, line.speaker),
                    host=options.host, port=options.port, origins=options.origins,
                )
            )  # fmt: skip
            display.print_line(f"Open {url} in a browser (Ctrl-C ends)")
            await anyio.sleep_forever()
