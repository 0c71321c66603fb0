"""Diagnoses this machine's audio and settings: `realtime-sdk doctor`; `examine_capture` judges audio of your own."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
