"""An output device whose answers are checked: positions, captions and interruptions all follow from them."""

from __future__ import annotations

import asyncio
import logging
from operator import index
from typing import Final

from .._runtime import clock
from .._runtime.arguments import shown
from .._runtime.cancellation import is_cancelled
from ..audio._pcm import Pcm
from ..errors import DeviceError
from ._lifecycle import DeviceMistake
from ._protocols import OutputDevice

PROGRESS_TIMEOUT: Final = 10.0
"""Seconds for which a device that has frames may play none: longer than any latency, and than a mark of a telephone
line may be overdue."""

STEADY_SECONDS: Final = 1.0
"""Seconds for which a device with nothing to play has to answer before it counts as working."""

_log = logging.getLogger(__name__)


class VerifiedOutput:
    """Passes calls to an `OutputDevice` that was just opened, which may be the application's own, and bad.

    A count that is out of bounds is corrected, and logged once. An answer that can't be corrected is a `DeviceMistake`,
    and so is any exception but a `DeviceError`. A device that plays nothing is lost, with a reason, where the session
    would wait for ever.
    """

    def __init__(self, device: OutputDevice) -> None:
        self._device = device
        self._written = 0  # frames that it has taken, less those that a flush dropped
        self._played = 0  # its last count
        self._opened_at = clock.now()  # loop time
        self._moved_at = self._opened_at  # loop time at which it was last seen to play, or had no reason to
        self._had_room_at = self._opened_at  # loop time at which it last had room, or a reason to have none
        self._paused = False
        self._corrected = False  # this was logged
        self._went_back_to: int | None = None  # what it counted after more; None: it has gone on since then

    @property
    def works(self) -> bool:
        """Whether it has played, or had nothing to play for a second."""
        return self._played > 0 or (self._written == 0 and clock.now() - self._opened_at >= STEADY_SECONDS)

    @property
    def has_lasted(self) -> bool:
        """Whether it has worked for longer than a device may play nothing."""
        return self.works and clock.now() - self._opened_at > 2 * PROGRESS_TIMEOUT

    def room(self) -> int:
        """Frames that `write` would take now."""
        room = self._whole("room", self._ask("room"))
        if room > 0 or self._written > self._played:
            self._had_room_at = clock.now()
        elif clock.now() - self._had_room_at > PROGRESS_TIMEOUT:
            raise DeviceError(self._broken(f"it has had no room for {PROGRESS_TIMEOUT:g} s, and nothing to play"))
        return room

    def write(self, pcm: Pcm) -> int:
        """Queue frames, for which there is room."""
        if self._written == self._played:
            self._moved_at = clock.now()
        answer = self._ask("write", pcm)
        taken = self._correct("write", "None", pcm.size) if answer is None else self._whole("write", answer)
        if taken != pcm.size:
            raise DeviceMistake(self._broken(f"write() took {taken} of {pcm.size} frames, for which room() had room"))
        self._written += taken
        return taken

    def played(self) -> int:
        """Frames heard since `open`."""
        played = self._count("played", self._ask("played"))
        if played != self._played or played == self._written or self._paused:
            self._played, self._moved_at, self._went_back_to = played, clock.now(), None
        elif clock.now() - self._moved_at > PROGRESS_TIMEOUT:
            raise self._standstill()
        return played

    def flush(self) -> int:
        """Fall silent; return the frames heard in all."""
        self._written, self._moved_at = self._count("flush", self._ask("flush")), clock.now()
        return self._written

    def pause(self) -> None:
        """Stop at a frame."""
        self._ask("pause")
        self._paused = True

    def resume(self) -> None:
        """Go on with the next frame."""
        self._ask("resume")
        self._paused, self._moved_at = False, clock.now()

    def set_gain(self, gain: float) -> int:
        """Change the gain, if it is a `GainControl`; return the frame with which the ramp begins."""
        return self._whole("set_gain", self._ask("set_gain", gain))

    def _ask(self, name: str, *arguments: object) -> object:
        """Call a method of the device."""
        try:
            answer: object = getattr(self._device, name)(*arguments)
        except DeviceError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            raise DeviceMistake(f"{type(self._device).__name__}.{name} raised {error!r}") from error
        return answer

    def _standstill(self) -> DeviceError:
        waiting = f"it has played none of the {self._written - self._played} frames that it has"
        if self._went_back_to is None:
            return DeviceError(self._broken(f"{waiting} for {PROGRESS_TIMEOUT:g} s"))
        went_back = f"played() went back from {self._played} to {self._went_back_to}"
        return DeviceMistake(self._broken(f"{went_back}, and {waiting} for {PROGRESS_TIMEOUT:g} s"))

    def _count(self, name: str, answer: object) -> int:
        count = self._whole(name, answer)
        if self._played <= count <= self._written:
            return count
        if name == "played" and count < self._played:
            self._went_back_to = count
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
            broken = self._broken(f"{name}() returned {shown(answer)}, no whole number of frames")
            raise DeviceMistake(broken) from None

    def _broken(self, rule: str) -> str:
        return f"the sound device {type(self._device).__name__} breaks its protocol: {rule}"
