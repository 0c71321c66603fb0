"""What an examination finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any


class Severity(Enum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing is wrong
    WARNING = "warning"  # it works, but not well
    ERROR = "error"  # it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, what was found, and what to do."""

    check: str  # what was looked at, such as "microphone.level"; the same in every version
    severity: Severity
    found: str
    advice: str = ""  # empty where there is nothing to do
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))  # what was measured

    def export(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "found": self.found,
            "advice": self.advice,
            "figures": dict(self.figures),
        }
