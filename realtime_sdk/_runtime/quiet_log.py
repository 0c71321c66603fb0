"""The logger of `websockets`, which at DEBUG would write the headers of a handshake, and the key with them."""

from __future__ import annotations

import logging


def quiet_log(name: str) -> logging.Logger:
    """Return a logger for a library, below the one of this name, that passes on nothing below INFO.

    Made by hand, it is in no registry, so that no logging configuration can lower its level.
    """
    quiet = logging.Logger(f"{name}.library", logging.INFO)
    quiet.parent = logging.getLogger(name)
    return quiet
