"""The current protocol."""

from __future__ import annotations

from typing import Any, Final

from ._beta import from_beta
from ._dialect import Dialect

__all__ = ["GA"]


def _unchanged(event: dict[str, Any]) -> dict[str, Any]:
    return event


GA: Final = Dialect("ga", _unchanged, from_beta)
"""The current protocol. It reads the beta's events, too: some servers that read GA's still send them."""
