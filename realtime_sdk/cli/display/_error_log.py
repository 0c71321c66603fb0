"""The log of a command that shows the warnings of the package itself."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_only(name: str) -> Iterator[None]:
    """Print errors of a logger to the standard error, and nothing less: by default, Python prints warnings, too."""
    logger, printer = logging.getLogger(name), _Printer(logging.ERROR)
    logger.addHandler(printer)
    try:
        yield
    finally:
        logger.removeHandler(printer)


class _Printer(logging.Handler):
    """Prints where the standard error leads at the time, which may change while a screen is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)
