"""The dialects of the protocol: an object for each, listed in `DIALECTS`."""

from ..._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
