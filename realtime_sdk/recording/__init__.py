"""Recordings of a session: the wire, its events, the audio as it was heard, the captions; their reader and report."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
