"""What `talk` and `serve --page` have in common: which server answers, and as what the model speaks."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

from ...devices._protocols import InputDevice, OutputDevice
from ...protocol._fields import TranscriptionFields
from ...protocol._models import TRANSCRIPTION_MODEL
from ...session._session import Session
from ...session.opening._connecting import connect
from ...transports._transport import Endpoint
from ._demo_tools import how_much_disk_is_free

INSTRUCTIONS: Final = (
    "You are a friendly voice. Speak briefly. If a question takes work, first say in one short sentence what you are "
    "going to do."
)

TRANSCRIPTION: Final[TranscriptionFields] = {"model": TRANSCRIPTION_MODEL}
"""The service's transcription of the user's speech, for the display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """The options of a session, whichever devices it has."""

    local: bool = False
    endpoint: Endpoint | str | None = None  # None: from the environment, or the local server
    model: str | None = None
    llm: str | None = None
    recogniser: str | None = None
    language: str | None = None
    voice: str | None = None
    instructions: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a local server that is to answer: by its option, or by the option of one of its models."""
        return self.local or self.llm is not None or self.recogniser is not None

    def connect(
        self, endpoint: Endpoint | str | None, microphone: InputDevice | None, speaker: OutputDevice, **more: Any
    ) -> AbstractAsyncContextManager[Session, None]:
        """Return a session that can be entered, with the tool of the demonstration; `more`: arguments of `connect`."""
        voice: dict[str, Any] = {} if self.voice is None else {"voice": self.voice}
        return connect(
            self.model, endpoint=endpoint, microphone=microphone, speaker=speaker, tools=[how_much_disk_is_free],
            instructions=self.instructions or INSTRUCTIONS, transcription=TRANSCRIPTION, **voice, **more,
        )  # fmt: skip
