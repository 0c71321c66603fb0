"""Cancels the loudspeaker's echo in captured audio. Pure: frames in, frames out; not thread-safe."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
