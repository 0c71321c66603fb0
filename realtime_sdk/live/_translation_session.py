"""A live translation, as an application uses it."""

from __future__ import annotations

from .._runtime.arguments import check_text
from ..session._operation import Operation
from ._session import StreamSession


class TranslationSession(StreamSession):
    """An interpreter: what the user says is spoken in another language, while the user goes on.

    The captions of "assistant" are the translation; those of "user" come only with `transcription=…`. `close` has the
    server translate what it has heard; what it still says is heard before the captions end.
    """

    def update(self, *, language: str) -> Operation[None]:
        """Translate into another language from now on; done once the server has confirmed it."""
        self._assert_own_loop("update")
        check_text("language", language)
        event = {"type": "session.update", "session": {"audio": {"output": {"language": language}}}}
        return self._runtime.command(event, "TranslationSession.update")
