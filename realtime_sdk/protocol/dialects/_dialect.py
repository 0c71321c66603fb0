"""What a dialect is, and what a server that speaks it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Capabilities", "Dialect", "Translation"]

Translation: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes an event as a JSON object with a `type`, and returns it in another dialect.

It never changes its argument; an event that is the same in both dialects is returned itself.
"""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do, as far as servers differ."""

    images: bool = True
    """Whether a user's message may have images (`Session.send_image`)."""

    hosted_tools: bool = True
    """Whether the server calls tools itself (`{"type": "mcp", …}` in `tools`)."""

    pcm_rate: int | None = None
    """The one sample rate of its PCM in Hz; None: the server answers for the rate that it is asked for."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server speaks the protocol: what it reads and says where that differs from the current protocol, GA.

    An application's events, and those that it reads, are GA's whatever the server speaks.
    """

    name: str
    """As messages and `UrlEndpoint(…, dialect=name)` call it."""

    encode: Translation = field(repr=False)
    """Translates a client event of GA into what the server reads. May raise `UsageError` for what it can't say."""

    decode: Translation = field(repr=False)
    """Translates a server event into GA's. An event that it fails on is reported as a `ProtocolViolation`."""

    capabilities: Capabilities = Capabilities()
    """What a server that speaks it can do."""
