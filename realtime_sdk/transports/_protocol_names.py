"""The protocols of sessions: the paths of their addresses, and the functions that open them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from ..errors import UsageError

ProtocolName: TypeAlias = Literal["realtime", "live", "translation"]

PATHS: Final[Mapping[ProtocolName, str]] = {
    "realtime": "/realtime", "live": "/live/sessions", "translation": "/realtime/translations",
}  # fmt: skip
"""The ends of their paths on OpenAI's service."""

_OPENERS: Final[Mapping[ProtocolName, str]] = {
    "realtime": "connect(…)", "live": "connect_live(…)", "translation": "connect_translation(…)",
}  # fmt: skip


def protocol_at(path: str) -> ProtocolName | None:
    """Return the protocol that the path of an address stands for; None: it may be any."""
    return next((protocol for protocol, end in PATHS.items() if path.rstrip("/").endswith(end)), None)


def check_protocol(endpoint: object, protocol: ProtocolName) -> None:
    """Refuse an endpoint that says it speaks another protocol: nothing that is sent there would be understood.

    Raises:
        UsageError: it names the function for that endpoint.

    """
    spoken: Any = getattr(endpoint, "protocol", None)
    if spoken in _OPENERS and spoken != protocol:
        name = getattr(endpoint, "name", "the endpoint")
        raise UsageError(f"{name} speaks another protocol: use {_OPENERS[spoken]} in place of {_OPENERS[protocol]}")
