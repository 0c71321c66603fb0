"""An output device whose answers are checked: positions, captions and interruptions all follow from them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from operator import index
from typing import Final

from .._runtime import clock
from .._runtime.arguments import shown
from .._runtime.cancellation import is_cancelled
from ..audio._pcm import Pcm, to_seconds
from ..errors import DeviceError
from ._lifecycle import DeviceMistake
from ._pace import Pace
from ._protocols import OutputDevice

PROGRESS_TIMEOUT: Final = 10.0
"""Seconds for which a device that has frames may play none: longer than any latency, and than a mark of a telephone
line may be overdue."""

STEADY_SECONDS: Final = 1.0
"""Seconds for which a device with nothing to play has to answer before it counts as working."""

BLOCKING_SECONDS: Final = 0.05
"""Seconds that a call of a plain method may take: longer than that, it holds up the microphone's audio, too."""

BLOCKING_CALLS: Final = 3
"""Calls of a method in a row that take longer, and make it one that blocks: a busy machine may suspend one."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class KnownFaults:
    """What is wrong with a device, however often it is opened."""

    is_logged: bool = False  # a count of it was corrected, and that was logged
    counts_early: bool = False  # it counts frames before they can have been heard: they are counted in real time
    failing: str | None = None  # the method that made its last mistake; None: it has answered since then
    slow_calls: Counter[str] = field(default_factory=Counter)  # of each method, in a row
    blocks: bool = False  # a method of it does, and that was logged


class VerifiedOutput:
    """Passes calls to an `OutputDevice` that was just opened, which may be the application's own, and bad.

    A count that can't be true is corrected, and logged once. An answer that can't be corrected is a `DeviceMistake`,
    and so is any exception but a `DeviceError`. A device that plays nothing is lost, with a reason, where the session
    would wait for ever.

    rate: sample rate in Hz that it was opened with. faults: what was wrong when it was open before.
    """

    def __init__(self, device: OutputDevice, rate: int, faults: KnownFaults) -> None:
        self._device = device
        self._faults = faults
        self._pace = Pace(rate, clock.now)
        self._written = 0  # frames that it has taken, less those that a flush dropped
        self._played = 0  # its last count
        self._offset = 0  # frames that its own count lacks since a flush whose answer was corrected
        self._opened_at = clock.now()  # loop time
        self._moved_at = self._opened_at  # loop time at which it was last seen to play, or had no reason to
        self._had_room_at = self._opened_at  # loop time at which it last had room, or a reason to have none
        self._has_room = True  # as it said last
        self._paused = False
        self._went_back_to: int | None = None  # what it counted after more; None: it has gone on since then

    @property
    def works(self) -> bool:
        """Whether it has played, or had nothing to play for a second."""
        is_idle = self._written == 0 and self._has_room
        return self._played > 0 or (is_idle and clock.now() - self._opened_at >= STEADY_SECONDS)

    @property
    def has_lasted(self) -> bool:
        """Whether it has worked for longer than a device may play nothing, and so has the method that failed last."""
        lasted = clock.now() - self._opened_at > 2 * PROGRESS_TIMEOUT
        return self.works and lasted and self._faults.failing is None

    def room(self) -> int:
        """Frames that `write` would take now."""
        room = self._whole("room", self._ask("room"))
        self._has_room = room > 0
        if room > 0 or self._written > self._played:
            self._had_room_at = clock.now()
        elif clock.now() - self._had_room_at > PROGRESS_TIMEOUT:
            waited = f"it has had no room for {PROGRESS_TIMEOUT:g} s, and nothing to play"
            if room == 0:
                raise DeviceError(self._broken(waited))
            raise self._mistake("room", self._broken(f"room() returned {room}, and {waited}"))
        return max(0, room)

    def write(self, pcm: Pcm) -> int:
        """Queue frames, for which there is room."""
        if self._written == self._played:
            self._moved_at = clock.now()
        answer = self._ask("write", pcm)
        taken = self._correct("write", "None", pcm.size) if answer is None else self._whole("write", answer)
        if taken != pcm.size:
            broken = f"write() took {taken} of {pcm.size} frames, for which room() had room"
            raise self._mistake("write", self._broken(broken))
        self._written += taken
        self._pace.write(taken, exactly=self._faults.counts_early)
        return taken

    def played(self) -> int:
        """Frames heard since `open`."""
        played = self._timed(self._bounded(self._offset + self._whole("played", self._ask("played"))))
        if played != self._played or played == self._written or self._paused:
            self._played, self._moved_at, self._went_back_to = played, clock.now(), None
        elif clock.now() - self._moved_at > PROGRESS_TIMEOUT:
            raise self._standstill()
        return played

    def flush(self) -> int:
        """Fall silent; return the frames heard in all."""
        answer = self._offset + self._whole("flush", self._ask("flush"))
        heard = answer
        if not self._played <= answer <= self._written:
            heard = self._correct("flush", self._against_written(answer), self._played)
        elif self._faults.counts_early:
            heard = max(self._played, min(answer, self._written - self._pace.unheard()))
        if 0 <= answer <= self._written:
            self._offset += heard - answer  # it counts on from its own answer
        self._written, self._moved_at = heard, clock.now()
        self._pace.flush()
        return heard

    def pause(self) -> None:
        """Stop at a frame."""
        self._ask("pause")
        self._paused = True
        self._pace.pause()

    def resume(self) -> None:
        """Go on with the next frame."""
        self._ask("resume")
        self._paused, self._moved_at = False, clock.now()
        self._pace.resume()

    def set_gain(self, gain: float) -> int:
        """Change the gain, if it is a `GainControl`; return the frame with which the ramp begins."""
        return self._offset + self._whole("set_gain", self._ask("set_gain", gain))

    def _ask(self, name: str, *arguments: object) -> object:
        """Call a method of the device."""
        began = clock.now()
        try:
            answer: object = getattr(self._device, name)(*arguments)
        except DeviceError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            raise self._mistake(name, f"{type(self._device).__name__}.{name} raised {error!r}") from error
        if self._faults.failing == name:
            self._faults.failing = None
        if (seconds := clock.now() - began) > BLOCKING_SECONDS:
            self._blocked(name, seconds)
        elif self._faults.slow_calls:
            del self._faults.slow_calls[name]
        return answer

    def _blocked(self, name: str, seconds: float) -> None:
        """A call took long: it is logged once that is a habit."""
        self._faults.slow_calls[name] += 1
        if self._faults.slow_calls[name] == BLOCKING_CALLS and not self._faults.blocks:
            self._faults.blocks = True
            kind = type(self._device).__name__
            _log.warning(
                "the sound device %s breaks its protocol: %s() took %.2f s, again and again, and held up the whole "
                "event loop; it must return at once, and what waits for the device belongs into a thread of its own",
                kind, name, seconds,
            )  # fmt: skip

    def _standstill(self) -> DeviceError:
        waiting = f"it has played none of the {self._written - self._played} frames that it has"
        if self._went_back_to is None:
            return DeviceError(self._broken(f"{waiting} for {PROGRESS_TIMEOUT:g} s"))
        went_back = f"played() went back from {self._played} to {self._went_back_to}"
        return self._mistake("played", self._broken(f"{went_back}, and {waiting} for {PROGRESS_TIMEOUT:g} s"))

    def _bounded(self, count: int) -> int:
        """Keep a count between the last one and the frames written."""
        if self._played <= count <= self._written:
            return count
        if count < self._played:
            self._went_back_to = count
        corrected = min(max(count, self._played), self._written)
        return self._correct("played", self._against_written(count), corrected)

    def _timed(self, count: int) -> int:
        """Keep a count from running ahead of real time."""
        unheard = self._pace.unheard()
        if not self._faults.counts_early:
            ahead = count - (self._written - unheard)
            if ahead <= self._pace.early_limit:
                return count
            self._faults.counts_early = True
            early = f"{count}, {to_seconds(ahead, self._pace.rate):.2f} s before the last of these frames can be heard"
            self._correct("played", early, max(self._played, count - ahead))
        return max(self._played, min(count, self._written - unheard))

    def _against_written(self, count: int) -> str:
        return f"{count}, after {self._played} of {self._written} frames written"

    def _correct(self, name: str, answer: str, corrected: int) -> int:
        if not self._faults.is_logged:
            self._faults.is_logged = True
            kind = type(self._device).__name__
            _log.warning(
                "the sound device %s breaks its protocol: %s() returned %s. It is taken for %d; "
                "realtime_sdk.testing.check_output_device finds what is wrong", kind, name, answer, corrected
            )  # fmt: skip
        return corrected

    def _whole(self, name: str, answer: object) -> int:
        try:
            if not isinstance(answer, bool):
                return index(answer)  # type: ignore[arg-type]  # which is what it finds out
        except TypeError:
            pass
        raise self._mistake(name, self._broken(f"{name}() returned {shown(answer)}, no whole number of frames"))

    def _mistake(self, name: str, reason: str) -> DeviceMistake:
        self._faults.failing = name
        return DeviceMistake(reason)

    def _broken(self, rule: str) -> str:
        return f"the sound device {type(self._device).__name__} breaks its protocol: {rule}"
