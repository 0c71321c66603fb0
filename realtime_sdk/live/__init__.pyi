"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._connecting import connect_live as connect_live, connect_translation as connect_translation
from ._events import (
    BackendMessage as BackendMessage,
    Delegation as Delegation,
    DelegationStarted as DelegationStarted,
    LiveCaption as LiveCaption,
    LiveCaptionShown as LiveCaptionShown,
    LiveEvent as LiveEvent,
    LiveInterrupted as LiveInterrupted,
    LiveUsage as LiveUsage,
    LiveUsageUpdated as LiveUsageUpdated,
    Role as Role,
)
from ._fields import LiveFields as LiveFields
from ._live_session import LiveSession as LiveSession
from ._session import StreamSession as StreamSession
from ._translation_session import TranslationSession as TranslationSession
