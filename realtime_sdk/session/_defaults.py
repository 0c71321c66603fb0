"""The defaults of the functions that open a session."""

from __future__ import annotations

from enum import Enum
from typing import Final

from .connection._reconnect import Reconnect


class Default(Enum):
    DEFAULT = "the machine's default device"


DEFAULT: Final = Default.DEFAULT
"""The machine's default microphone or speaker."""

TIMEOUT: Final = 15.0
"""Seconds within which the server answers a request."""

RESPONSE_TIMEOUT: Final = 60.0
"""Seconds without an event in which a model may be reasoning about a response that it has begun."""

RECONNECT: Final = Reconnect()
"""How a session goes on after its connection was lost."""
