"""What a session tells whoever listens to all of it."""

from __future__ import annotations

from collections.abc import Sequence
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


class Taps:
    """Several taps as one."""

    def __init__(self, taps: Sequence[Tap]) -> None:
        self._taps = taps

    def sent(self, text: str) -> None:
        """A frame went to the server."""
        for tap in self._taps:
            tap.sent(text)

    def received(self, frame: bytes | str) -> None:
        """A frame came from the server."""
        for tap in self._taps:
            tap.received(frame)

    def captured(self, at: float, pcm: Pcm) -> None:
        """Sound of the microphone is on its way to the server."""
        for tap in self._taps:
            tap.captured(at, pcm)

    def heard(self, at: float, pcm: Pcm) -> None:
        """Sound left the converter, or the application took it."""
        for tap in self._taps:
            tap.heard(at, pcm)

    def noticed(self, event: SdkEvent) -> None:
        """The session emitted an event."""
        for tap in self._taps:
            tap.noticed(event)

    def close(self) -> None:
        """The session is over."""
        for tap in self._taps:
            tap.close()
