"""Plays the segments of a session, one after the other, on an output device."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import anyio

from ..._runtime import clock
from ..._runtime.event_loop import is_running
from ...audio._gain import GainCurve
from ...audio._pcm import Pcm, to_seconds
from ...conversation._sdk_events import DeviceLost, DeviceRestored
from ...devices._failures import device_errors
from ...devices._lifecycle import DeviceLifecycle, DeviceMistake
from ...devices._protocols import GainControl, OutputDevice
from ...devices._reopening import NoSpeaker, reopen
from ...devices._verified_output import KnownFaults, VerifiedOutput
from ...errors import ConnectionLost, DeviceError
from ...playback._pause_reason import PauseReason
from ...playback._segment import Segment
from ...playback._timeline import PlayedAudio, Timeline

PLAYBACK_PERIOD = 0.02
"""Seconds between two reads of the device's count: below what an eye or an ear distinguishes. Many sessions do little
else on their core (benchmarks/scale.py)."""

SHORT_PERIOD: Final = 0.01
"""Seconds between two reads where the device is dry or soon may be: the prebuffer's margin has room for one of them."""

IDLE_PERIOD = 0.1
"""Seconds between two reads while there is nothing to play: they detect a lost device, and a stalled process."""

TAIL_TIMEOUT: Final = 0.3
"""Seconds that a replaced device has to play the audio that a flush could not take back: the fade, and the driver's
buffer."""

_log = logging.getLogger("realtime_sdk.session")


class _State(Enum):
    PLAYING = "playing"
    LOST = "lost"  # the device failed, and is opened again, unless it is given up
    EXCHANGING = "exchanging"  # the old device plays its last audio; the new one is open
    ENDED = "ended"  # the session is left


@dataclass(slots=True)
class Progress:
    """What was played, and what failed, since the last report."""

    heard: list[tuple[float, Pcm]] = field(default_factory=list)  # as it left the converter, from a wall-clock time
    underruns: list[Segment] = field(default_factory=list)  # segments that ran dry and went on
    devices: list[DeviceLost | DeviceRestored] = field(default_factory=list)
    exchanged: bool = False  # another device plays


class Sink:
    """Feeds the device from the timeline, and the timeline with the device's count.

    A device that fails is opened again, and the audio that it had not played is written again; one that is wrong is
    given up.

    All methods are called on the session's loop. The synchronous ones act at once; `report` returns the result.

    until_next_caption: returns the seconds of audio before which no caption is due, nor other words worth placing; 0:
    that is not known.
    """

    def __init__(
        self, device: OutputDevice, timeline: Timeline, until_next_caption: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._device = device
        self._asks_device = False  # the device is counting, taking or dropping audio
        self._until_next_caption = until_next_caption
        self._timeline = timeline
        self._state = _State.PLAYING
        self._lifecycle = DeviceLifecycle()  # of the device
        self._faults = KnownFaults()  # of the device
        self._play_to(device)
        self._reopening: anyio.CancelScope | None = None  # of the attempts to open a lost device; None: there are none
        self._before = 0  # frames heard before the device was opened the last time
        self._progress = Progress()  # since the last report
        self._reported_at = 0.0  # wall clock of the last count
        self._volume = 1.0  # the application's gain
        self._ducking = 1.0  # the gain of the floor
        self._gain = GainCurve(timeline.rate)  # of the device's stream
        self._pause_reasons: set[PauseReason] = set()  # the device is paused while there are any
        self._wake = asyncio.Event()  # set when there is something to play

    @property
    def reported_until(self) -> float:
        """The wall-clock time up to which all played audio is in a report; infinity while nothing is to be played."""
        return math.inf if self._timeline.dry else self._reported_at

    @property
    def is_silent(self) -> bool:
        """Whether nothing is being played: all was heard, playback is paused, or the device is lost."""
        return self._timeline.dry or self._timeline.paused

    def report(self) -> Progress:
        """What was played, and what failed, since the last call."""
        progress, self._progress = self._progress, Progress()
        return progress

    async def play(self) -> None:
        """Wait until the device is due, and feed it; called repeatedly while the device is open."""
        if self._state is _State.LOST:
            await self._reopen()
        # Audio is written as it arrives: a process that stalls may not come back in time.
        due = clock.now() + self._patience()
        timer = asyncio.get_running_loop().call_at(due, self.wake)
        await self._wake.wait()
        timer.cancel()
        self._wake.clear()
        self._timeline.record_stall(clock.now() - due, clock.wall())
        self.pump()

    def _patience(self) -> float:
        """Seconds until the device is due."""
        longest = self._longest_patience
        if self._timeline.idle:
            return max(IDLE_PERIOD, longest)
        period = PLAYBACK_PERIOD if self._timeline.seconds_ahead > PLAYBACK_PERIOD else SHORT_PERIOD
        period = min(period, max(0.0, self._timeline.begins_at - clock.wall()))
        if longest <= PLAYBACK_PERIOD or not (frames := self._timeline.steady_frames):
            return period
        caption = max(self._until_next_caption() or period, SHORT_PERIOD)
        return min(longest, to_seconds(frames, self._timeline.rate), caption)

    def wake(self) -> None:
        """There may be something to play."""
        self._wake.set()

    def poll(self) -> None:
        """Read the device's count now, unless there is nothing to hear, or the caller is not on the session's loop.

        A device that reads a playout while it is asked gets what was counted last.
        """
        if self._asks_device or self._state is _State.ENDED or self._timeline.idle:
            return
        if is_running(self._loop):
            with self._asking_device():
                self._count(self._played())

    def pump(self) -> None:
        """Write as much audio as the device has room for, and give the timeline its count."""
        with self._asking_device():
            self._count(self._played())
            position = self._timeline.written
            for pcm in self._timeline.take(self._output.room(), clock.wall()):
                self._output.write(self._gain.apply(pcm, position) if self._gain_control is None else pcm)
                position += pcm.size
        self._follow_device()
        self._progress.underruns += self._timeline.underruns
        self._timeline.underruns.clear()

    @contextmanager
    def _asking_device(self) -> Iterator[None]:
        """Calls of the device, which is lost if one fails; what polls the sink meanwhile gets what was counted last."""
        before, self._asks_device = self._asks_device, True
        try:
            yield
        except DeviceError as error:
            self._fail(error)
        finally:
            self._asks_device = before

    def _follow_device(self) -> None:
        """Report the return of a device that was on trial, once it works."""
        if self._lifecycle.is_untroubled or self._verified is None:
            return
        if self._verified.works and self._lifecycle.work():
            self._progress.devices.append(DeviceRestored(clock.wall(), "output"))
        if self._verified.has_lasted:
            self._lifecycle.forgive()

    def flush(self) -> None:
        """Silence now: audio that has not been heard is dropped from the device and the timeline."""
        self._keep(self._timeline.cut(self._flushed(), clock.wall()))
        if self._gain_control is None:
            self._gain.ramp(self._timeline.written, self._gain.gain)  # it was to begin behind the dropped frames

    def drop(self, segments: Collection[Segment]) -> None:
        """Silence these segments, and continue the others at the exact frame."""
        if self._timeline.wrote(segments):
            self._keep(self._timeline.rewind(self._flushed(), clock.wall()))
        self._timeline.discard(segments)
        self.pump()

    async def wait_until_silent(self) -> None:
        """Wait until the device has played the audio that a flush could not take back."""
        while self._has_tail():  # noqa: ASYNC110  # a device sets no event
            await anyio.sleep(PLAYBACK_PERIOD)

    def _has_tail(self) -> bool:
        """Whether the device has not played all that counts as heard; one that is lost by now has."""
        has_tail = False
        with self._asking_device():
            has_tail = self._played() < self._timeline.played
        return has_tail

    def pause(self, reason: PauseReason) -> None:
        """Pause at an exact frame."""
        if not self._pause_reasons:
            with self._asking_device():
                self._output.pause()
                self._count(self._played())
                self._timeline.paused = True
        self._pause_reasons.add(reason)

    def resume(self, reason: PauseReason) -> None:
        """Continue with the frame after the last one heard, unless there is another reason to pause."""
        was_paused = bool(self._pause_reasons)
        self._pause_reasons.discard(reason)
        if was_paused and not self._pause_reasons:
            with self._asking_device():
                self._count(self._played())
                self._timeline.paused = False
                self._output.resume()
        self.wake()

    @property
    def volume(self) -> float:
        """The application's gain."""
        return self._volume

    def set_volume(self, volume: float) -> None:
        """Continue at another volume, in a ramp; 1.0 leaves the audio as it is.

        A device without a gain plays first what it has taken: a slider that is dragged would flush it all the time.
        """
        self._volume = volume
        self._change_gain(at_once=bool(self._pause_reasons))

    def set_gain(self, gain: float) -> None:
        """Duck the audio to this part of its volume, in a ramp; 1.0 leaves it as it is."""
        self._ducking = gain
        self._change_gain(at_once=True)

    def _change_gain(self, *, at_once: bool) -> None:
        gain = self._volume * self._ducking
        if gain == self._gain.gain:
            return
        self.pump()
        try:
            if self._timeline.dry:
                self._begin_at(gain)
            elif self._gain_control is not None:
                self._gain.ramp(self._before + self._gain_control.set_gain(gain), gain)
            else:
                if at_once:
                    self._keep(self._timeline.rewind(self._flushed(), clock.wall()))
                self._gain.ramp(self._timeline.written, gain)
        except DeviceError as error:
            self._fail(error)
            self._gain.set(gain)
        self.pump()

    def _begin_at(self, gain: float) -> None:
        """Play the next frames at this gain; the device has none that were not heard."""
        self._gain.set(gain)
        if self._gain_control is not None:
            self._gain_control.set_gain(gain)

    # The device, and its replacement

    @property
    def device(self) -> OutputDevice:
        """The device that plays, or is to play once it is found again."""
        return self._device

    async def exchange(self, device: OutputDevice) -> None:
        """Continue on another device, which is open, with the frame after the last one heard; the old one is silent.

        Raises:
            ConnectionLost: the session ended meanwhile.

        """
        self._require_running()
        heard = self._flushed()
        self._keep(self._timeline.rewind(heard, clock.wall()))
        final = heard - self._before  # in the old device's own count
        old, self._device, self._faults = self._device, device, KnownFaults()
        self._play_to(NoSpeaker())
        self._before = self._timeline.played
        if self._reopening is not None:
            self._reopening.cancel()
        was_lost, self._state = self._state is _State.LOST, _State.EXCHANGING
        try:
            if not was_lost:
                await _play_out(old, final)
        finally:
            if self._state is _State.EXCHANGING:
                self._progress.exchanged = True
                self._continue(restored=self._lifecycle.exchange())
        self._require_running()

    def _play_to(self, output: OutputDevice) -> None:
        """Have this device play what is written: the session's, or a stand-in while that is lost or exchanged."""
        self._verified: VerifiedOutput | None = None  # None: a stand-in plays
        if not isinstance(output, NoSpeaker):
            self._verified = VerifiedOutput(output, self._timeline.rate, self._faults)
        self._output = output if self._verified is None else self._verified
        # Decided once: to ask a protocol costs more than to write a block.
        self._gain_control = self._verified if isinstance(output, GainControl) else None
        self._longest_patience: float = getattr(output, "patience", PLAYBACK_PERIOD)

    def _require_running(self) -> None:
        if self._state is _State.ENDED:
            raise ConnectionLost("the session ended while its speaker was exchanged")

    def end(self) -> None:
        """The session is left: no device takes the place of this one."""
        self._state = _State.ENDED

    def _flushed(self) -> int:
        """Flush the device; return the frames heard in all by then."""
        heard: int | None = None
        with self._asking_device():
            self._count(self._played())
            heard = self._before + self._output.flush()
        return self._timeline.played if heard is None else heard

    def _played(self) -> int:
        """Frames heard in all."""
        return self._before + self._output.played()

    def _count(self, played: int) -> None:
        self._keep(self._timeline.advance(played, clock.wall()))

    def _keep(self, spans: list[PlayedAudio]) -> None:
        self._reported_at = clock.wall()
        self._progress.heard += [(span.at, self._gain.apply(span.pcm, span.start)) for span in spans]
        self._gain.forget(self._timeline.played)

    def _fail(self, error: DeviceError) -> None:
        """The device is lost: audio that has not been heard is written to its stand-in."""
        self._play_to(NoSpeaker())
        self._before = self._timeline.played
        self._keep(self._timeline.rewind(self._timeline.played, clock.wall()))
        if self._state is _State.PLAYING:
            self._state = _State.LOST
        self.wake()
        if error.__cause__ is not None and self._lifecycle.is_untroubled:
            _log.warning("the speaker failed", exc_info=error.__cause__)
        if self._lifecycle.fail(mistake=isinstance(error, DeviceMistake)):
            reason = self._lifecycle.explained(str(error), "speaker")
            self._progress.devices.append(DeviceLost(clock.wall(), "output", reason))

    async def _reopen(self) -> None:
        with anyio.CancelScope() as self._reopening:
            await reopen(self._device, self._timeline.rate, given_up=self._lifecycle.is_given_up)
        self._reopening = None
        if self._state is _State.LOST:
            self._continue(restored=self._lifecycle.open())

    def _continue(self, *, restored: bool) -> None:
        """Play on the device, which was just opened. restored: that is the return of one that was lost."""
        self._play_to(self._device)
        self._state = _State.PLAYING
        if restored:
            self._progress.devices.append(DeviceRestored(clock.wall(), "output"))
        with self._asking_device():
            self._begin_at(self._gain.gain)
            if self._pause_reasons:
                self._output.pause()
        if self._state is _State.PLAYING:
            self.pump()


async def _play_out(device: OutputDevice, frames: int) -> None:
    """Wait until a device that was flushed has played its last frames, unless it fails, or takes too long."""
    with suppress(DeviceError), anyio.move_on_after(TAIL_TIMEOUT), device_errors(device):
        while device.played() < frames:  # noqa: ASYNC110  # a device sets no event
            await anyio.sleep(PLAYBACK_PERIOD)
