"""A talk in the browser: its microphone and speaker are devices of a session here, and it shows what is heard."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
