"""Reads an input device, and bridges the time while it is lost."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import anyio
import numpy as np

from .._runtime import clock
from .._runtime.cancellation import is_cancelled
from ..audio._pcm import Pcm, to_frames, to_seconds
from ..devices._failures import device_errors
from ..devices._lifecycle import DeviceLifecycle, DeviceMistake
from ..devices._protocols import InputDevice
from ..devices._reopening import reopen
from ..errors import ConnectionLost, DeviceError, UsageError
from ._events import InputLost, InputRestored
from ._pace import PaceWatch
from ._tasks import cancel

STAND_IN_BLOCK_SECONDS: Final = 0.02
"""Seconds per block of the silence that replaces a lost device."""

LONGEST_BLOCK_SECONDS: Final = 0.1
"""Seconds of audio that are processed together: what a device gives at once may be an hour of it."""

LEAD_SECONDS: Final = 0.2
"""Seconds of audio that a device gives at once, at most, if it waits for it: a block, or what came during a stall."""

OVERLAP_SECONDS: Final = 0.1
"""Seconds that a replaced device has to give the audio that came before its successor's first block."""

FIRST_BLOCK_TIMEOUT: Final = 5.0
"""Seconds within which a device that is to replace another must give its first block."""

NO_AUDIO_TIMEOUT: Final = 10.0
"""Seconds after which a device that has given no block yet is reported: one gives silence, too."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class InputBlock:
    """Audio as the device captured it, the first frame of it at wall-clock time `at`."""

    at: float
    pcm: Pcm

    def pieces(self, rate: int) -> list[InputBlock]:
        """Cut it into pieces that are processed at once, and fit into an event; mostly it is one. rate: in Hz."""
        longest = to_frames(LONGEST_BLOCK_SECONDS, rate)
        if self.pcm.size <= longest:
            return [self]
        starts = range(0, self.pcm.size, longest)
        return [InputBlock(self.at + to_seconds(start, rate), self.pcm[start : start + longest]) for start in starts]


@dataclass(frozen=True, slots=True)
class InputExchanged:
    """Another device gives the audio from now on, or none."""

    at: float  # wall-clock time


@dataclass(frozen=True, slots=True)
class _Failure:
    """The device has failed, by a mistake or because it is gone."""

    reason: str
    is_mistake: bool


InputStreamItem: TypeAlias = InputBlock | InputLost | InputRestored | InputExchanged


@dataclass(slots=True, eq=False)
class _Successor:
    """The device that is to take the place of the present one; None: no device is to."""

    device: InputDevice | None
    first: InputBlock | None  # the audio that it gave so far
    due: float  # loop time at which it takes the place, even if the present device has not given what came before it
    taken: asyncio.Event = field(default_factory=asyncio.Event)  # set once it has, or never will


class InputStream:
    """The blocks of an open input device, in order.

    A device that fails is lost, and opened again as soon as that succeeds, unless it is given up. Until then silence
    takes its place, so that the server's turn detection goes on counting.

    device: None: there is no audio until there is one. rate: sample rate in Hz that it was opened with.
    """

    def __init__(self, device: InputDevice | None, rate: int) -> None:
        self.device = device  # None also where it is lost, and another one is about to take its place
        self.has_ended = False  # no audio will come any more
        self._rate = rate
        self._until = -math.inf  # wall-clock time at which the audio of this device ends so far
        self._surplus = 0  # frames that a new device captured beside the last ones of the old one
        self._successor: _Successor | None = None  # until it has taken its place
        self._first: InputBlock | None = None  # what a new device gave before it took its place; None: it was taken
        self._reading: asyncio.Timeout | None = None  # of the read that goes on; None: none does
        self._pace = PaceWatch(rate)  # of the device
        self._lifecycle = DeviceLifecycle()  # of the device

    async def exchange(self, device: InputDevice | None) -> None:
        """Continue with another device, which is open, at the frame after the last one; None: with no audio.

        Raises:
            DeviceError: the new device gives no audio.
            UsageError: the present one had no more, which has ended the stream.
            ConnectionLost: the session ended meanwhile.

        """
        first = None if device is None else await _first_block(device, self._rate)
        if self.has_ended:
            raise UsageError("the microphone had no more audio, which has ended the user's side of this session")
        waits = first is not None and self.device is not None
        successor = _Successor(device, first, clock.now() + (OVERLAP_SECONDS if waits else 0.0))
        self._successor = successor
        if self._reading is not None:
            self._reading.reschedule(successor.due)
        with anyio.CancelScope(shield=True):
            await successor.taken.wait()
        if self.device is not device:
            raise ConnectionLost("the session ended while its microphone was exchanged")

    async def items(self) -> AsyncGenerator[InputStreamItem, None]:
        """Yield blocks, losses and returns of the device, until it has no more."""
        _drop_unread(self.device)
        try:
            while (item := await self._next()) is not None:
                if not isinstance(item, _Failure):
                    exchanged = isinstance(item, InputExchanged)
                    if self._lifecycle.exchange() if exchanged else self._works():
                        yield InputRestored(clock.wall())
                    yield item
                    continue
                if self._lifecycle.fail(mistake=item.is_mistake):
                    yield InputLost(clock.wall(), self._lifecycle.explained(item.reason, "microphone"))
                async with aclosing(self._stand_in()) as blocks:
                    async for block in blocks:
                        yield block
                if self.device is not None and self._lifecycle.open():
                    yield InputRestored(clock.wall())
        finally:
            self.has_ended = True
            if self._successor is not None:
                self._successor.taken.set()

    def _works(self) -> bool:
        """The device has given audio; return whether its return is to be reported."""
        self._lifecycle.forgive()
        return self._lifecycle.work()

    async def _next(self) -> InputBlock | InputExchanged | _Failure | None:
        """The next block or failure, of the device or its successor; None: there is no more."""
        while True:
            if self._pace.lead > LEAD_SECONDS:
                await asyncio.sleep(0)  # it may never wait for its audio, and other tasks are to run
            successor = self._successor
            if successor is not None and self._is_due(successor):
                return self._succeed(successor)
            try:
                async with asyncio.timeout_at(None if successor is None else successor.due) as self._reading:
                    item = await self._read()
            except TimeoutError:
                continue
            finally:
                self._reading = None
            if item is None and self._successor is not None:
                return self._succeed(self._successor)
            if not isinstance(item, InputBlock):
                return item
            self._watch_pace(item.pcm.size)
            if (kept := self._without_surplus(item)).pcm.size:
                return kept

    def _is_due(self, successor: _Successor) -> bool:
        """Whether the audio has reached the successor's first block, or will not reach it."""
        if successor.first is None or self.device is None or clock.now() >= successor.due:
            return True
        return self._until >= successor.first.at

    def _succeed(self, successor: _Successor) -> InputExchanged:
        """Exchange the device."""
        overlap = 0.0
        if successor.first is not None and self.device is not None:
            overlap = max(0.0, self._until - successor.first.at)
        self._surplus = to_frames(overlap, self._rate)
        self.device, self._first = successor.device, successor.first
        self._successor, self._until, self._pace = None, -math.inf, PaceWatch(self._rate)
        successor.taken.set()
        return InputExchanged(clock.wall())

    def _watch_pace(self, frames: int) -> None:
        if (pace := self._pace.push(frames, clock.now())) is not None:
            _log.warning(
                "the microphone %s gives %.0f frames a second, and was opened at %d Hz: resample what it captures at "
                "another rate, and pace a source that is not live", type(self.device).__name__, pace, self._rate
            )  # fmt: skip

    def _without_surplus(self, block: InputBlock) -> InputBlock:
        """Drop the frames of a new device that the old one has captured, too."""
        self._until = block.at + to_seconds(block.pcm.size, self._rate)
        if not self._surplus:
            return block
        dropped = min(self._surplus, block.pcm.size)
        self._surplus -= dropped
        return InputBlock(block.at + to_seconds(dropped, self._rate), block.pcm[dropped:])

    async def _read(self) -> InputBlock | _Failure | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self.device is None:
            await anyio.sleep_forever()
        assert self.device is not None  # `exchange` cancels that sleep
        report = None
        if self._until == -math.inf:
            report = asyncio.get_running_loop().call_later(NO_AUDIO_TIMEOUT, _report_no_audio, self.device)
        try:
            return await _read_block(self.device, self._rate)
        except DeviceError as error:
            return _Failure(str(error), is_mistake=isinstance(error, DeviceMistake))
        except (Exception, asyncio.CancelledError) as error:  # a device is anyone's code: it must not end the session
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            if self._lifecycle.is_untroubled:
                _log.warning("the microphone failed", exc_info=error)
            return _Failure(f"{type(self.device).__name__}.read raised {error!r}", is_mistake=True)
        finally:
            if report is not None:
                report.cancel()

    async def _stand_in(self) -> AsyncGenerator[InputBlock, None]:
        """Yield silence in real time until the device is open again, or has a successor; one given up has to have one.

        If it has a successor, there is no device afterwards.
        """
        assert self.device is not None  # it was lost
        given_up = self._lifecycle.is_given_up
        opening = asyncio.create_task(reopen(self.device, self._rate, given_up=given_up))
        began, given = clock.now(), 0  # loop time, frames since then
        try:
            while not opening.done() and self._successor is None:
                await asyncio.wait([opening], timeout=STAND_IN_BLOCK_SECONDS)
                if (frames := to_frames(clock.now() - began, self._rate) - given) > 0:
                    yield InputBlock(clock.wall() - to_seconds(frames, self._rate), np.zeros(frames, np.int16))
                    given += frames
            if opening.done():
                opening.result()
            else:
                self.device = None
        finally:
            await cancel([opening])


def _drop_unread(device: InputDevice | None) -> None:
    """Drop what a device captured while the session was opened, if it has that done."""
    if (drop_unread := getattr(device, "drop_unread", None)) is not None:
        with suppress(DeviceError), device_errors(device):  # one that has failed says so when it is read
            drop_unread()


async def _read_block(device: InputDevice, rate: int) -> InputBlock | None:
    """Return the next block of a device; None: it has no more."""
    pcm = await device.read()
    _check(pcm)
    return InputBlock(clock.wall() - to_seconds(pcm.size, rate), pcm) if pcm.size else None


async def _first_block(device: InputDevice, rate: int) -> InputBlock:
    """Return the first block of a device that was just opened.

    Raises:
        DeviceError: it gives none.

    """
    with anyio.move_on_after(FIRST_BLOCK_TIMEOUT) as limit, device_errors(device):
        block = await _read_block(device, rate)
    if limit.cancelled_caught:
        raise DeviceError(f"the microphone {type(device).__name__} gave no audio for {FIRST_BLOCK_TIMEOUT:g} s")
    if block is None:
        raise DeviceError(f"the microphone {type(device).__name__} has no audio at all")
    return block


def _report_no_audio(device: InputDevice) -> None:
    _log.warning(
        "the microphone %s has given no audio for %g s since it was opened; where there is no sound, a device gives "
        "silence: realtime_sdk.testing.check_input_device checks it", type(device).__name__, NO_AUDIO_TIMEOUT
    )  # fmt: skip


def _check(pcm: object) -> None:
    if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
        given = f"{pcm.dtype} of shape {pcm.shape}" if isinstance(pcm, np.ndarray) else type(pcm).__name__
        raise DeviceMistake(f"the microphone gave {given}; read() must return int16 arrays of shape (frames,)")
