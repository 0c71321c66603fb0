"""The asyncio shells: `connect`, the session, its connection, the sink; one task each."""

from .connecting import DEFAULT, connect
from .session import Session
from .tap import Tap

__all__ = ["DEFAULT", "Session", "Tap", "connect"]
