"""The entry point of the command `realtime-sdk`."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

from ..errors import ExtraMissing
from ._version import version_text

if TYPE_CHECKING:
    import typer

_CTRL_C: Final = 128 + 2
"""The exit code of a command that SIGINT ended."""


def main() -> None:
    """Run the command with the arguments in `sys.argv`.

    Raises:
        SystemExit: when the command ends; where the extra `cli` is not installed, with the advice to install it.

    """
    if sys.argv[1:] == ["--version"]:  # must work without the extra, too
        print(version_text())
        return
    app = _load_app()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal or a pipe that has no "→" must not end a conversation
    app()


def _load_app() -> typer.Typer:
    """Import the commands, which takes a while: Ctrl-C may come meanwhile."""
    try:
        _check_extra()
        from ._app import app
    except KeyboardInterrupt:
        sys.exit(_CTRL_C)
    return app


def _check_extra() -> None:
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        sys.exit(str(ExtraMissing("The command's terminal library", "cli")))
