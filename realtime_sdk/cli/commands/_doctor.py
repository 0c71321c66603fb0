"""`realtime-sdk doctor`: the findings as a table for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from ...doctor._finding import Finding, Severity
from ..display._render import sanitize

_MARKS: Final = {
    Severity.OK: ("✓", "green"),
    Severity.NOTE: ("·", "cyan"),
    Severity.WARNING: ("!", "yellow"),
    Severity.ERROR: ("✗", "red"),
}


def findings_table(findings: Sequence[Finding]) -> Table:
    """Render each finding, with its advice below it."""
    rows = Table(box=None, show_header=False)
    rows.add_column()
    rows.add_column()
    rows.add_column(overflow="fold")  # a command is whole in a narrow terminal, too
    for finding in findings:
        mark, colour = _MARKS[finding.severity]
        text = Text(sanitize(finding.found))
        if finding.advice:
            text.append(f"\n→ {sanitize(finding.advice)}", "dim")
        rows.add_row(Text(mark, colour), Text(finding.check, "bold"), text)
    return rows


def findings_json(findings: Sequence[Finding]) -> str:
    """Return a JSON array with one object per finding: `check`, `severity`, `found`, `advice`, `figures`."""
    return json.dumps([finding.export() for finding in findings], indent=2, ensure_ascii=False)


def has_errors(findings: Sequence[Finding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
