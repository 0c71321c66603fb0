"""What a conversation costs, by the prices in a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Final

from ...conversation.usage._prices import Prices
from ...conversation.usage._usage import SessionUsage
from ...errors import UsageError

_CURRENCY: Final = "currency"


@dataclass(frozen=True, slots=True)
class Bill:
    """Prices, and the currency that they are in; "": it has no name."""

    prices: Prices
    currency: str = ""

    @classmethod
    def read(cls, path: Path) -> Bill:
        """Read a TOML file with the fields of `Prices`, such as `audio_in = 32.00`, and perhaps a `currency`.

        Raises:
            UsageError: it can't be read, or has another key, or a value that is no price.

        """
        try:
            given = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        except (OSError, ValueError) as error:
            raise UsageError(f"the prices in {path} can't be read: {error}") from error
        currency = given.pop(_CURRENCY, "")
        known = [field.name for field in fields(Prices)]
        if unknown := [name for name in given if name not in known]:
            raise UsageError(f"{path} has {', '.join(unknown)}, and prices are: {', '.join([_CURRENCY, *known])}")
        try:
            return cls(Prices(**given), str(currency))
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error

    def text(self, usage: SessionUsage, *, explain: bool = False) -> str:
        """Return what was used costs, or that it is not known; `explain`: and why."""
        try:
            cost = usage.cost(self.prices)
        except UsageError as error:
            return f"cost unknown: {error}" if explain else "cost unknown"
        return f"{cost:.4f} {self.currency}".strip()
