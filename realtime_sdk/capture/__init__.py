"""The user's voice, from the microphone to the server, and who finds the turns in it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
