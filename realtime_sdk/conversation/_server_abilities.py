"""What the server can do, and how it says things: as its dialect has it, until an event shows otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..protocol._objects import ErrorDetails, WireResponse
from ..protocol.dialects._dialect import Capabilities

TRUNCATE: Final = "conversation.item.truncate"

_ALTERNATIVES: Final = "Supported values"
"""Words with which the refusal of a type goes on; the types behind them are those that the server knows."""


class ServerAbilities:
    """The capabilities of the server of the present connection."""

    def __init__(self) -> None:
        self.capabilities = Capabilities()
        self.null_is_out_of_band = False  # a response whose `conversation_id` is null writes to no conversation

    def is_out_of_band(self, wire: WireResponse) -> bool:
        """Whether a response that the server began by itself writes to no conversation.

        Some servers send a null `conversation_id` with every response: it counts only from servers that have named a
        conversation, or once the application itself has sent a request for a response out of band.
        """
        self.null_is_out_of_band = self.null_is_out_of_band or wire.conversation_id is not None
        return self.null_is_out_of_band and wire.conversation_id is None and "conversation_id" in wire.model_fields_set

    def lose_truncation(self, error: ErrorDetails) -> bool:
        """Return whether an error says that the server does not know how to truncate a message, and remember it."""
        refused, _, _ = (error.message or "").partition(_ALTERNATIVES)
        if TRUNCATE not in refused or not self.capabilities.truncate:
            return False
        self.capabilities = replace(self.capabilities, truncate=False)
        return True
