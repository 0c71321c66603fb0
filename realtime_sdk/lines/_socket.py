"""The sockets that a line takes, as one kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, MutableMapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ..errors import UsageError
from ._dialect import Message


@runtime_checkable
class MessageSocket(Protocol):
    """A socket as the package `websockets` has it, or of your own: it is iterated over, and sends."""

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over the messages; it ends when the socket is closed."""
        ...

    def send(self, message: Any, /) -> Awaitable[Any]:
        """Send a message: text or binary."""
        ...


@runtime_checkable
class AsgiSocket(Protocol):
    """A `WebSocket` of FastAPI or Starlette, accepted."""

    def receive(self) -> Awaitable[MutableMapping[str, Any]]:
        """Receive an event of ASGI."""
        ...

    def send_text(self, data: str) -> Awaitable[None]:
        """Send text."""
        ...

    def send_bytes(self, data: bytes) -> Awaitable[None]:
        """Send bytes."""
        ...


LineSocket: TypeAlias = MessageSocket | AsgiSocket
"""What a line takes for a socket."""


def as_message_socket(socket: LineSocket) -> MessageSocket:
    """Return it in the form that is iterated over for messages and has `send`.

    Raises:
        UsageError: it is of neither kind, or was not accepted.
    """
    if isinstance(socket, AsgiSocket):
        if getattr(getattr(socket, "application_state", None), "name", "") == "CONNECTING":  # Starlette's
            raise UsageError("a line takes a WebSocket that was accepted: await websocket.accept() before")
        return _FromAsgi(socket)
    if isinstance(socket, MessageSocket):
        return socket
    raise UsageError(
        f"a line takes an accepted WebSocket of FastAPI or Starlette, a connection of the package websockets, or an "
        f"object with `async for message in socket` and `await socket.send(message)`, not {type(socket).__name__}"
    )


class _FromAsgi:
    """A `WebSocket` of Starlette: binary and text messages in one order."""

    def __init__(self, socket: AsgiSocket) -> None:
        self._socket = socket

    async def __aiter__(self) -> AsyncIterator[Message]:
        while (event := await self._socket.receive())["type"] == "websocket.receive":
            text = event.get("text")
            yield event.get("bytes") or b"" if text is None else text

    async def send(self, message: Message) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)
