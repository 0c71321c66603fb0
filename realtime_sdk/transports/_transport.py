"""What carries frames, and what opens it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Transport(Protocol):
    """An open connection that carries text frames both ways. One task may send while another receives."""

    async def send(self, text: str) -> None:
        """Send one frame; raise `ConnectionLost` once the connection has ended."""
        ...

    async def receive(self) -> bytes | str:
        """Wait for the next frame. May be cancelled without losing one.

        Raises `ConnectionLost` once the connection has ended, whoever ended it and however regularly.
        """
        ...

    async def close(self) -> None:
        """End the connection; harmless if repeated or if it has ended."""
        ...


@runtime_checkable
class Endpoint(Protocol):
    """A server that speaks the protocol, and how to reach it. Holds no key."""

    @property
    def name(self) -> str:
        """What messages call this server; holds no credentials."""
        ...

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection.

        Raises `ConnectionFailed` if none came about, and `UsageError` if the key is missing, malformed, or would
        travel in the clear.
        """
        ...
