"""An output device whose answers are checked: positions, captions and interruptions all follow from them."""

from __future__ import annotations

import logging
from operator import index
from typing import Final

from .._runtime import clock
from .._runtime.arguments import shown
from ..audio._pcm import Pcm
from ..errors import DeviceError
from ._protocols import OutputDevice

PROGRESS_TIMEOUT: Final = 10.0
"""Seconds for which a device that has frames may play none: longer than any latency, and than a mark of a telephone
line may be overdue."""

_log = logging.getLogger(__name__)


class VerifiedOutput:
    """Passes calls to an `OutputDevice` that was just opened, which may be the application's own, and bad.

    A count that is out of bounds is corrected, and logged once. An answer that can't be corrected is a `DeviceError`,
    and so is a device that plays nothing: it is lost, with a reason, where the session would wait for ever.
    """

    def __init__(self, device: OutputDevice) -> None:
        self._device = device
        self._written = 0  # frames that it has taken, less those that a flush dropped
        self._played = 0  # its last count
        self._moved_at = clock.now()  # loop time at which it was last seen to play, or had no reason to
        self._had_room_at = self._moved_at  # loop time at which it last had room, or a reason to have none
        self._paused = False
        self._corrected = False  # this was logged

    def room(self) -> int:
        """Frames that `write` would take now."""
        room = self._whole("room", self._device.room())
        if room > 0 or self._written > self._played:
            self._had_room_at = clock.now()
        elif clock.now() - self._had_room_at > PROGRESS_TIMEOUT:
            raise self._failure(f"it has had no room for {PROGRESS_TIMEOUT:g} s, and nothing to play")
        return room

    def write(self, pcm: Pcm) -> int:
        """Queue frames, for which there is room."""
        if self._written == self._played:
            self._moved_at = clock.now()
        answer: object = self._device.write(pcm)
        taken = self._correct("write", "None", pcm.size) if answer is None else self._whole("write", answer)
        if taken != pcm.size:
            raise self._failure(f"write() took {taken} of {pcm.size} frames, for which room() had room")
        self._written += taken
        return taken

    def played(self) -> int:
        """Frames heard since `open`."""
        played = self._count("played", self._device.played())
        if played != self._played or played == self._written or self._paused:
            self._played, self._moved_at = played, clock.now()
        elif clock.now() - self._moved_at > PROGRESS_TIMEOUT:
            waiting = self._written - played
            raise self._failure(f"it has played none of the {waiting} frames that it has for {PROGRESS_TIMEOUT:g} s")
        return played

    def flush(self) -> int:
        """Fall silent; return the frames heard in all."""
        self._written, self._moved_at = self._count("flush", self._device.flush()), clock.now()
        return self._written

    def pause(self) -> None:
        """Stop at a frame."""
        self._device.pause()
        self._paused = True

    def resume(self) -> None:
        """Go on with the next frame."""
        self._device.resume()
        self._paused, self._moved_at = False, clock.now()

    def _count(self, name: str, answer: object) -> int:
        count = self._whole(name, answer)
        if self._played <= count <= self._written:
            return count
        written = f"{count}, after {self._played} of {self._written} frames written"
        return self._correct(name, written, min(max(count, self._played), self._written))

    def _correct(self, name: str, answer: str, corrected: int) -> int:
        if not self._corrected:
            self._corrected = True
            kind = type(self._device).__name__
            _log.warning(
                "the sound device %s breaks its protocol: %s() returned %s. It is taken for %d; "
                "realtime_sdk.testing.check_output_device finds what is wrong", kind, name, answer, corrected
            )  # fmt: skip
        return corrected

    def _whole(self, name: str, answer: object) -> int:
        try:
            return index(answer)  # type: ignore[arg-type]  # which is what it finds out
        except TypeError:
            raise self._failure(f"{name}() returned {shown(answer)}, no whole number of frames") from None

    def _failure(self, reason: str) -> DeviceError:
        return DeviceError(f"the sound device {type(self._device).__name__} breaks its protocol: {reason}")
