"""Every exception this package raises; the type says whose fault it is.

    RealtimeError
    ├── UsageError            the caller's: a wrong value, a call at the wrong time (also a ValueError)
    ├── DeviceError           the machine's: no PortAudio, no such device, a device that failed
    │   └── PortAudioMissing  the library is not installed; says how to install it
    ├── ConnectionFailed      the network's, or the server refused the handshake
    │   └── ConnectionLost    an open connection ended before the session did
    ├── ServerRefused         the server answered a request with an `error` event
    ├── RequestTimedOut       the server did not answer a request in time (also a TimeoutError)
    └── ExtraMissing          an optional part is not installed; names the extra

Messages are for people: what happened, which value, what to do. None holds a key.
"""

from __future__ import annotations

from typing import Final

DISTRIBUTION: Final = "realtime-voice-sdk"
"""The name under which package indexes have this package; the import is `realtime_sdk`."""

TEXT_LIMIT: Final = 1000
"""Characters that a message takes over of a text that is not the package's own."""


class RealtimeError(Exception):
    """Base of every exception of this package."""


class UsageError(RealtimeError, ValueError):
    """The caller passed a wrong value or called at the wrong time."""


class DeviceError(RealtimeError):
    """A sound device is missing, refused its settings, or failed while in use."""


class PortAudioMissing(DeviceError):
    """The PortAudio library can't be loaded."""


class ConnectionFailed(RealtimeError):
    """No connection came about: address, network, or a refused handshake."""


class ConnectionLost(ConnectionFailed):
    """An open connection ended; `code` and `reason` are those of the WebSocket close, if there was one."""

    def __init__(self, message: str, *, code: int | None = None, reason: str = "") -> None:
        super().__init__(message)
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
    """The server did not answer a request in time; an answer that still comes is not heard."""


class ExtraMissing(RealtimeError):
    """An optional part of the package is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed: {install_command(extra)}")
        self.extra = extra


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this package."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def sole(error: BaseException) -> BaseException:
    """Return the member of an exception group that has one alone; another exception as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def describe(error: BaseException) -> str:
    """Return the type and text of an exception that is not the package's own, in one printable line.

    Never raises, whatever the exception does when it is asked for its text.
    """
    error = sole(error)
    kind = type(error).__name__
    try:
        text = printable(str(error))
    except BaseException:  # even a SystemExit: the exception's code runs here, and is not trusted
        text = ""
    return f"{kind}: {text}"[:TEXT_LIMIT] if text else kind


def printable(text: str) -> str:
    """Return the beginning of `text` in one line, as a terminal and a log can show it.

    Control characters, escape sequences' among them, become spaces, and so do lone surrogates, which have no UTF-8.
    """
    shown = text[:TEXT_LIMIT]
    return "".join(character if character.isprintable() else " " for character in shown).strip()
