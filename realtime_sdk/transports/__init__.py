"""Endpoints: where a server is, with which headers it is reached, and in which dialect it speaks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
