"""Recordings of a session: the wire, its events, the audio as it was heard, the captions; their reader and report."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
