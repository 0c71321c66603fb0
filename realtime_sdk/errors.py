"""Every exception of this package; its type says where the cause is.

    RealtimeError
    ├── UsageError            the caller's: a wrong value, a call at the wrong time (also a ValueError)
    ├── DeviceError           the machine's: no PortAudio, no such device, a device that failed
    │   └── PortAudioMissing  the library is not installed; says how to install it
    ├── ConnectionFailed      the network's, or the server refused the handshake
    │   └── ConnectionLost    an open connection ended before the session did
    ├── ServerRefused         the server answered a request with an `error` event
    ├── RequestTimedOut       the server did not answer a request in time (also a TimeoutError)
    ├── ToolError             a tool's: raised by the application's function, to say to the model what went wrong
    └── ExtraMissing          an optional part is not installed; names the extra

Messages are for people: what happened, which value, what to do. None holds a key.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "DISTRIBUTION",
    "ConnectionFailed",
    "ConnectionLost",
    "DeviceError",
    "ExtraMissing",
    "PortAudioMissing",
    "RealtimeError",
    "RequestTimedOut",
    "ServerRefused",
    "ToolError",
    "UsageError",
    "install_command",
]

DISTRIBUTION: Final = "realtime-voice-sdk"
"""The name under which package indexes have this package; the import is `realtime_sdk`."""


class RealtimeError(Exception):
    """Base of every exception of this package."""


class UsageError(RealtimeError, ValueError):
    """The caller passed a wrong value, or called at the wrong time."""


class DeviceError(RealtimeError):
    """An audio device is missing, refused its settings, or failed while in use."""


class PortAudioMissing(DeviceError):
    """The PortAudio library can't be loaded."""


class ConnectionFailed(RealtimeError):
    """The connection could not be opened: address, network, or a refused handshake.

    `status` is the HTTP status of a refused handshake, `error` the code of the server's error object, such as
    `"insufficient_quota"`, `retry_after` the seconds that the server asks the client to wait; each is None where there
    was none.
    """

    def __init__(
        self, message: str, *, status: int | None = None, error: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.retry_after = retry_after


class ConnectionLost(ConnectionFailed):
    """An open connection ended: `code` is that of the WebSocket close, if there was one, and `reason` says why."""

    def __init__(
        self, message: str, *, code: int | None = None, reason: str = "", status: int | None = None,
        error: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, status=status, error=error)
        self.code = code
        self.reason = reason


class ServerRefused(RealtimeError):
    """The server answered a request of ours with an `error` event.

    `type`, `code`, `param` and `event_id` are the fields of the wire's error object; `event_id` is that of our
    client event.
    """

    def __init__(
        self, message: str, *, type: str = "", code: str | None = None, param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.type = type
        self.code = code
        self.param = param
        self.event_id = event_id


class RequestTimedOut(RealtimeError, TimeoutError):
    """The server did not answer a request in time; a late answer is ignored."""


class ToolError(RealtimeError):
    """Raised by a tool's function: the model is told the text. It is not told that of any other exception."""


class ExtraMissing(RealtimeError):
    """An optional part of the package is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed: {install_command(extra)}")
        self.extra = extra


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this package."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"
