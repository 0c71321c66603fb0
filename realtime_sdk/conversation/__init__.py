"""Responses with ordered items: what of them was said and heard, how fast it came, and what it cost."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
