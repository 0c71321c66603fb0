"""Devices at the other end of a socket that acknowledges what it has played, such as telephone calls."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
