"""Fakes of the server, the devices and the clock: test an application without a key, a network or a sound card."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
