"""The definition of a dialect, and of a server's capabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..._runtime.arguments import check_instance, check_text
from ...errors import UsageError

__all__ = ["Capabilities", "Dialect", "Translation"]

Translation: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Translates an event, a JSON object with a `type`, into another dialect.

It never changes its argument; an event that is the same in both dialects is returned itself.
"""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities in which servers differ."""

    images: bool = True
    """Whether a user's message may have images (`Session.send_image`)."""

    hosted_tools: bool = True
    """Whether the server calls tools itself (`{"type": "mcp", …}` in `tools`)."""

    truncate: bool = True
    """Whether the server can drop the part of a message that was not heard. Else the message is deleted, and given
    again as the text that was heard; if it can't `delete` either, its model believes that all was heard."""

    delete: bool = True
    """Whether it can delete a message. Else one that was not heard at all is truncated at its beginning."""

    cancel: bool = True
    """Whether it can stop a response that is being generated. Else the rest of it comes, and is not heard."""

    turn_detection: bool = True
    """Whether the server finds the user's turns. Else the session does, or the application."""

    commit: bool = True
    """Whether the application can end the user's turn (`Session.commit_audio`, push to talk), or drop its audio."""

    metadata: bool = True
    """Whether a response may be given `metadata`, which the server repeats."""

    phase: bool = True
    """Whether messages have a `phase`."""

    transcription: bool = True
    """Whether the user's speech can be transcribed."""

    input_rate: int | None = None
    """The one sample rate of the user's PCM in Hz; None: the server accepts or refuses the rate itself."""

    output_rate: int | None = None
    """The one sample rate of the model's PCM in Hz, likewise."""

    resumption: bool = False
    """Whether the server keeps a conversation, if `resumption` is enabled in the session, for a later connection that
    names its id in the query as `conversation_id`, and repeats its items there."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server speaks the protocol, where it differs from the current one, GA.

    An application sends and reads GA's events, whatever the server's dialect.

    Raises:
        UsageError: `encode` or `decode` can't be called, or `capabilities` is something else.

    """

    name: str
    """Its name in messages, and in `UrlEndpoint(…, dialect=name)` if it is in `DIALECTS`."""

    encode: Translation = field(repr=False)
    """Translates a client event of GA into the server's form. May raise `UsageError` for an event that has none."""

    decode: Translation = field(repr=False)
    """Translates a server event into GA's. An event that it fails on is reported as a `ProtocolViolation`."""

    capabilities: Capabilities = Capabilities()
    """The capabilities of a server that speaks it."""

    def __post_init__(self) -> None:
        check_text("name", self.name)
        for field_name in ("encode", "decode"):
            if not callable(getattr(self, field_name)):
                raise UsageError(f"{field_name} is a function that takes an event and returns one")
        hint = "a Capabilities, such as Capabilities(truncate=False)"
        check_instance("capabilities", self.capabilities, Capabilities, hint)
