"""What the documents say is what the code does."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_states_page_is_what_the_tables_say() -> None:
    made = runpy.run_path(str(DOCS / "make_states.py"))
    assert (DOCS / "states.md").read_text() == made["page"]()
