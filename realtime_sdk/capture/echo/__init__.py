"""Cancels the loudspeaker's echo in captured audio. Pure: frames in, frames out; not thread-safe."""

from ..._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
