"""`realtime-sdk doctor`: findings, as a table for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from ..doctor._finding import Finding, Severity
from ._render import printable

_MARKS: Final = {
    Severity.OK: ("✓", "green"),
    Severity.NOTE: ("·", "cyan"),
    Severity.WARNING: ("!", "yellow"),
    Severity.ERROR: ("✗", "red"),
}


def table_of(findings: Sequence[Finding]) -> Table:
    """Show each finding, and under it what to do."""
    rows = Table(box=None, show_header=False)
    for finding in findings:
        mark, colour = _MARKS[finding.severity]
        words = Text(printable(finding.found))
        if finding.advice:
            words.append(f"\n→ {printable(finding.advice)}", "dim")
        rows.add_row(Text(mark, colour), Text(finding.check, "bold"), words)
    return rows


def json_of(findings: Sequence[Finding]) -> str:
    """A JSON array, an object a finding: `check`, `severity`, `found`, `advice`, `figures`."""
    return json.dumps([finding.export() for finding in findings], indent=2, ensure_ascii=False)


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing that was found is an error."""
    return all(finding.severity is not Severity.ERROR for finding in findings)
