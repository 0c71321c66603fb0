"""Stream sessions, without items or responses: conversations with GPT-Live, and translations."""

from . import _events
from ._connecting import connect_live, connect_translation
from ._events import *  # every event of these sessions, and their parts, by the `__all__` beside their definitions
from ._fields import LiveFields
from ._live_session import LiveSession
from ._session import StreamSession
from ._translation_session import TranslationSession

__all__ = [
    "LiveFields",
    "LiveSession",
    "StreamSession",
    "TranslationSession",
    "connect_live",
    "connect_translation",
]
__all__ += _events.__all__
