"""The command `realtime-sdk`."""

from __future__ import annotations

import sys

from ..errors import ExtraMissing


def main() -> None:
    """Run the command; the extra `cli` brings what it needs."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        sys.exit(str(ExtraMissing("the command's terminal library", "cli")))
    from .app import app

    app()
