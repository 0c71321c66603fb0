"""A voice on this machine: a realtime server that recognises speech, answers and speaks, offline."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
