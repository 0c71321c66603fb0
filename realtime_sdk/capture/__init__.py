"""The user's voice, from the microphone to the server, and who finds the turns in it."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
