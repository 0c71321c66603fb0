"""The command `realtime-sdk`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from ..errors import ExtraMissing


def main() -> None:
    """Run the command; the extra `cli` brings what it needs."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        sys.exit(str(ExtraMissing("the command's terminal library", "cli")))
    from ._app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal or a pipe that has no "→" must not end a talk
    app()
