"""Stream sessions, without items or responses: conversations with GPT-Live, and translations."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
