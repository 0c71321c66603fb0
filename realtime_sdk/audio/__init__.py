"""PCM, its formats on the wire, and resampling: the only place that handles rates. Pure."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
