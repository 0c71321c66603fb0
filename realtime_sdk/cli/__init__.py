"""The command `realtime-sdk`."""

from ._main import main

__all__ = ["main"]
