"""Who has the floor: policies for a user who speaks over a reply, and for silence that lasts."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
