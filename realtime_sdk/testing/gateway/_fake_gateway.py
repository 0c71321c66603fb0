"""A telephone gateway whose callers are scripted."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from ..._runtime.arguments import shown
from ...errors import UsageError
from ._asgi_socket import AsgiApp, AsgiClientSocket
from ._fake_call import FakeCall, check_options
from ._sides import GatewayName


class FakeGateway:
    """A telephone gateway whose callers are scripted, for tests of a bridge.

    ```python
    async with FakeGateway(app).call("/media") as call:
        await call.wait_until_heard(2.0)
        call.say(pcm)
    ```

    app: an ASGI application, such as FastAPI's; it is called in this process, so that it also runs on the virtual
        clock. Its lifespan does not run.
    dialect: the gateway that it speaks like.
    latency: seconds that a message takes, in either direction.
    marks: whether it returns marks.

    Raises:
        UsageError: no ASGI application, an unknown dialect, or a negative latency.
    """

    def __init__(
        self, app: AsgiApp, dialect: GatewayName = "twilio", *, latency: float = 0.0, marks: bool = True
    ) -> None:
        _check_app(app)
        check_options(dialect, latency)
        self._app = app
        self._dialect = dialect
        self._latency = latency
        self._marks = marks

    @asynccontextmanager
    async def call(
        self, path: str = "/media", *, parameters: Mapping[str, str] | None = None
    ) -> AsyncGenerator[FakeCall]:
        """Call the application, and hang up at the end, if it has not; there may be any number of calls at a time.

        path: of its WebSocket.
        parameters: of the stream, which its start has.

        Raises:
            ConnectionFailed: the application refused the call.
            Exception: at its end, what the application raised in this call; an `AssertionError` if it sent what the
                gateway would not take.
        """
        socket = AsgiClientSocket(self._app, path)
        await socket.connect()
        call = FakeCall(socket, self._dialect, parameters=parameters, latency=self._latency, marks=self._marks)
        try:
            async with call:
                yield call
        finally:
            await socket.close()


def _check_app(app: object) -> None:
    """Refuse what can't be called as an ASGI application is, such as the function that makes one."""
    try:
        inspect.signature(app).bind("scope", "receive", "send")  # type: ignore[arg-type]  # a TypeError, if it is none
    except TypeError:
        raise UsageError(
            f"a fake gateway calls an ASGI application, such as FastAPI(), not {shown(app)}: pass what your function "
            "returns, make_app()"
        ) from None
