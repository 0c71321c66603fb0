"""What the server can do: as its dialect says, until an error shows that it can do less."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..protocol._objects import ErrorDetails
from ..protocol.dialects._dialect import Capabilities

TRUNCATE: Final = "conversation.item.truncate"

_ALTERNATIVES: Final = "Supported values"
"""Words with which the refusal of a type goes on; the types behind them are those that the server knows."""


class ServerAbilities:
    """The capabilities of the server of the present connection."""

    def __init__(self) -> None:
        self.capabilities = Capabilities()

    def lose_truncation(self, error: ErrorDetails) -> bool:
        """Return whether an error says that the server does not know how to truncate a message, and remember it."""
        refused, _, _ = (error.message or "").partition(_ALTERNATIVES)
        if TRUNCATE not in refused or not self.capabilities.truncate:
            return False
        self.capabilities = replace(self.capabilities, truncate=False)
        return True
