"""What a session tells whoever listens to all of it."""

from __future__ import annotations

from typing import Protocol

from .audio import Pcm
from .conversation import SdkEvent


class Tap(Protocol):
    """Listens to everything a session does, as a recorder must. All methods are called on the loop and return at once.

    `at` is the wall-clock time of the first frame of `pcm`.
    """

    def sent(self, text: str) -> None:
        """A frame went to the server."""

    def received(self, frame: bytes | str) -> None:
        """A frame came from the server."""

    def captured(self, at: float, pcm: Pcm) -> None:
        """Sound of the microphone is on its way to the server."""

    def heard(self, at: float, pcm: Pcm) -> None:
        """Sound left the converter, or the application took it."""

    def noticed(self, event: SdkEvent) -> None:
        """The session told its application of something."""

    def close(self) -> None:
        """The session is over."""
