"""Endpoints: where a server is, with which headers it is reached, and in which dialect it speaks."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
