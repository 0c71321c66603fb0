"""The results of the checks."""

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
    """The result of one check, and what to do."""

    check: str  # its name, such as "microphone.level"; stable across versions
    severity: Severity
    found: str
    advice: str = ""  # empty where there is nothing to do
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))  # measured values

    def export(self) -> dict[str, Any]:
        """Return the finding as a JSON object."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "found": self.found,
            "advice": self.advice,
            "figures": dict(self.figures),
        }
