"""The protocols of a transport and of the endpoint that opens one."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

REGULAR_CLOSE: Final = 1000
"""The code with which a connection is closed because the session is over."""


@runtime_checkable
class Transport(Protocol):
    """An open connection that carries text frames both ways. One task may send while another receives.

    It may have a method `arrived`, which takes the frames that have arrived, and returns them without waiting: a
    session then handles a burst in one go. It may have a method `send_now`, which sends a frame and returns True, or
    returns False where it would have to wait, or the connection has ended: the session then wakes no task to send it.
    """

    async def send(self, text: str) -> None:
        """Send one frame; raise `ConnectionLost` once the connection has ended."""
        ...

    async def receive(self) -> bytes | str:
        """Wait for the next frame. May be cancelled without losing one.

        Raises `ConnectionLost` once the connection has ended, even by a regular close of either side.
        """
        ...

    async def close(self) -> None:
        """End the connection; idempotent."""
        ...


@runtime_checkable
class Endpoint(Protocol):
    """A server that speaks the protocol, and how to reach it.

    It may have an attribute `dialect`, a `Dialect` or its name; without it, the server speaks the current protocol. It
    may have an attribute `protocol`, "realtime", "live" or "translation": a function for another one then refuses it.
    """

    @property
    def name(self) -> str:
        """The server's name in messages; holds no credentials."""
        ...

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection.

        Raises `ConnectionFailed` if it can't be opened, and `UsageError` if the key is missing, malformed, or would
        travel in the clear.
        """
        ...
