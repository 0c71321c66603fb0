"""Holds an output device to the rules of its protocol."""

from __future__ import annotations

import gc
import time
import weakref
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, TypeGuard

import anyio
import numpy as np

from ..._runtime import clock
from ...audio._pcm import Pcm, to_frames, to_seconds
from ...devices._protocols import OutputDevice
from ...errors import DeviceError
from ._checked_device import CheckedDevice
from ._pace import ATTEMPTS, MEASURED, Pace
from ._rules import (
    OUTPUT_METHODS,
    DeviceCheckFailed,
    OutputRule,
    check_methods,
    check_rates,
)

POLL_INTERVAL: Final = 0.01
"""Seconds between two readings of the count: a session polls as often."""

COUNTED_INTERVAL: Final = 0.05
"""Seconds that count at most of those between two readings: in a longer interval a machine under load suspended this
process, and a device's driver with it."""

BLOCKING_LIMIT: Final = 0.2
"""Seconds, of the loop's clock and in reality, that a plain method may take."""

SLOW_CALLS: Final = 2
"""Calls of a method that take longer, and make it one that blocks: a machine under load may suspend a call."""

EARLY_LIMIT: Final = 0.1
"""Seconds by which the count may run ahead of real time: a device may count whole blocks."""

LATE_LIMIT: Final = 3.0
"""Seconds by which it may lag behind: the latency of any device."""

TAIL_LIMIT: Final = 0.5
"""Seconds of audio that a pause or a flush can't take back: a driver's buffer, Bluetooth, a fade."""

STANDSTILL: Final = 0.3
"""Seconds for which a count that must not move is observed."""

SHORT: Final = 0.3
"""Seconds of audio played to check how it is counted."""

LONG: Final = 1.2
"""Seconds of audio of which a pause or a flush leaves some: more than the tail and the standstill together."""

LARGEST_ROOM: Final = 30.0
"""Seconds of room from which a device is not filled to the brim."""

TONE: Final = 220.0, 1000
"""Hz and peak of the quiet tone that is played."""


async def check_output_device(device: OutputDevice, *, rates: Sequence[int] = (24_000, 8_000)) -> None:
    """Hold a closed `OutputDevice` to every rule of the protocol, and leave it closed. It plays a quiet tone.

    It takes about nine seconds of the loop's clock, real or virtual, and calls the device as a session does: from one
    task, every 10 ms.

    rates: sample rates in Hz to open it at. The first one has to work; others may be refused with a `DeviceError`.

    Raises:
        DeviceCheckFailed: an `AssertionError` that says which rule is broken, what was seen, and what to do.
        UsageError: `rates` is no list of sample rates.
    """
    check_rates(rates)
    check_methods(device, OUTPUT_METHODS, OutputRule.METHODS)
    output = _Output(device)
    await output.close(OutputRule.CLOSE_STOPS)
    try:
        await output.open(rates[0])
        await _check_count(output)
        await _check_writes(output)
        await _check_pause(output)
        await _check_flush(output)
        await _check_close(output, rates[0])
        for rate in rates[1:]:
            if await output.open(rate, may_refuse=True):
                await output.measure()
            await output.close()
    finally:
        await output.leave_closed()


async def _check_count(output: _Output) -> None:
    await output.measure()
    await output.stand_still(OutputRule.NEVER_EXCEEDS)
    await output.play(SHORT, early=OutputRule.COUNTS_NO_SILENCE)


async def _check_writes(output: _Output) -> None:
    pcm = _tone(min(output.room(), output.frames(SHORT)), output.rate)
    expected = pcm.copy()
    output.write(pcm)
    output.require(np.array_equal(pcm, expected), OutputRule.KEEPS_NOTHING, "write changed the array")
    reference = weakref.ref(pcm)
    del pcm
    gc.collect()
    output.require(reference() is None, OutputRule.KEEPS_NOTHING, "the array was still referenced after write")
    output.write(np.zeros(0, np.int16))
    if (room := output.room()) <= output.frames(LARGEST_ROOM):
        taken = output.write(_tone(room + output.rate, output.rate))
        most = room + output.frames(EARLY_LIMIT)
        seen = f"write took {taken} frames where room() was {room}"
        output.require(taken <= most, OutputRule.TAKES_ITS_ROOM, seen)
    await output.flush()
    await output.play_behind_flush()


async def _check_pause(output: _Output) -> None:
    await output.begin(LONG)
    for _ in range(2):
        output.call("pause")
    await output.pass_time(TAIL_LIMIT)
    await output.stand_still(OutputRule.PAUSE_HOLDS)
    for _ in range(2):
        output.call("resume")
    await output.finish()


async def _check_flush(output: _Output) -> None:
    await output.flush()
    await output.begin(LONG)
    await output.flush()
    await output.play_behind_flush()
    await output.begin(LONG)
    output.call("pause")
    await output.flush()
    output.call("resume")
    await output.play_behind_flush()


async def _check_close(output: _Output, rate: int) -> None:
    await output.begin(LONG)
    await output.close()
    await output.close(OutputRule.CLOSE_STOPS)
    output.check_closed()
    await output.open(rate)
    await output.stand_still(OutputRule.STARTS_AT_ZERO)
    await output.play(SHORT)
    await output.close()


class _Output(CheckedDevice):
    """A device in use, and its expected count: every call is checked against the rules that always hold."""

    _device: OutputDevice

    def __init__(self, device: OutputDevice) -> None:
        super().__init__(device, OutputRule)
        self._written = 0  # frames since `open`, without those that were dropped
        self._goal = 0  # frames that are to be written
        self._counted = 0  # what `played` returned last
        self._counted_at = 0.0  # loop time at which it was called, or `open`
        self._slow_calls: defaultdict[str, list[float]] = defaultdict(list)  # seconds that each took, by method

    def frames(self, seconds: float) -> int:
        """Convert seconds to frames at the rate of `open`."""
        return to_frames(seconds, self.rate)

    async def open(self, rate: int, *, may_refuse: bool = False) -> bool:
        """Open it, counting from 0; return whether it took the rate."""
        if not await super().open(rate, may_refuse=may_refuse):
            return False
        self._written = self._goal = self._counted = 0
        self._counted_at = self.opened_at
        count, room = self.call("played"), self.room()
        self.require(count == 0, OutputRule.STARTS_AT_ZERO, f"played() was {count!r} after open")
        self.require(room > 0, OutputRule.STARTS_AT_ZERO, f"room() was {room} after open")
        return True

    def check_closed(self) -> None:
        """Write to the closed device."""
        try:
            taken = self._device.write(_tone(self.rate // 100, self.rate))
        except DeviceError:
            return
        except Exception as error:
            seen = f"write raised {error!r} after close"
            raise DeviceCheckFailed(self._device, OutputRule.CLOSE_STOPS, seen) from error
        self.require(taken == 0, OutputRule.CLOSE_STOPS, f"write took {taken!r} frames after close")

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a plain method."""
        began, really_began = clock.now(), _real_seconds()
        try:
            result = getattr(self._device, name)(*arguments)
        except Exception as error:
            seen = f"{name} raised {error!r}"
            raise DeviceCheckFailed(self._device, OutputRule.RAISES_NOTHING, seen) from error
        took = max(clock.now() - began, _real_seconds() - really_began)
        slow = self._slow_calls[name]
        if took > BLOCKING_LIMIT:
            slow.append(took)
        seen = f"{name} took {max(slow, default=0.0):.2f} s"
        self.require(len(slow) < SLOW_CALLS, OutputRule.RETURNS_AT_ONCE, seen)
        return result

    def room(self) -> int:
        """Ask how many frames it would take."""
        room = self.call("room")
        self.require(_is_count(room), OutputRule.TAKES_ITS_ROOM, f"room() returned {room!r}")
        return int(room)

    def write(self, pcm: Pcm) -> int:
        """Write frames; return how many were taken."""
        least = min(len(pcm), self.room())
        taken = self.call("write", pcm)
        is_right = _is_count(taken) and least <= taken <= len(pcm)
        seen = f"write returned {taken!r} for {len(pcm)} frames where room() was at least {least}"
        self.require(is_right, OutputRule.TAKES_ITS_ROOM, seen)
        self._written += int(taken)
        self._goal = max(self._goal, self._written)
        return int(taken)

    def played(self, *, excess: OutputRule = OutputRule.NEVER_EXCEEDS) -> int:
        """Read the count. excess: the rule that it breaks beyond the frames written."""
        self._counted_at = clock.now()
        count = self.call("played")
        self.require(_is_count(count), OutputRule.COUNTS_FRAMES, f"played() returned {count!r}")
        seen = f"played() returned {count} after {self._counted}"
        self.require(count >= self._counted, OutputRule.NEVER_DECREASES, seen)
        seen = f"played() returned {count} of {self._written} frames written"
        self.require(count <= self._written, excess, seen)
        self._counted = int(count)
        return self._counted

    def feed(self) -> None:
        """Write the pending frames, as far as there is room."""
        if frames := min(self._goal - self._written, self.room()):
            self.write(_tone(frames, self.rate))

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, feeding it and reading the count."""
        passed = 0.0
        while passed < seconds:
            at = clock.now()
            self.feed()
            self.played()
            await anyio.sleep(POLL_INTERVAL)
            passed += min(clock.now() - at, COUNTED_INTERVAL)

    async def stand_still(self, rule: OutputRule) -> None:
        """Require that the count does not move for a while."""
        count = self.played(excess=rule)
        until = clock.now() + STANDSTILL
        while clock.now() < until:
            self.feed()
            moved = self.played(excess=rule) - count
            self.require(not moved, rule, f"played() moved on by {moved} frames to {count + moved}")
            await anyio.sleep(POLL_INTERVAL)

    async def begin(self, seconds: float) -> None:
        """Start playing this much, and return when some of it was heard."""
        self._goal = self._written + self.frames(seconds)
        await self._until(self._counted + self.frames(EARLY_LIMIT), OutputRule.REACHES_THE_END)

    async def measure(self) -> None:
        """Play until the count has moved at the rate of `open`."""
        for _ in range(ATTEMPTS):
            self._goal = self._written + self.frames(MEASURED)
            pace = await self._until(self._goal, OutputRule.REACHES_THE_END, early=None)
            if pace.wrong_rate is None:
                seen = f"played() moved on by {pace.fastest}"
                self.require(pace.lead <= EARLY_LIMIT, OutputRule.COUNTS_WHAT_LEFT, seen)
                return
        seen = f"played() moved on by {pace.wrong_rate}"
        raise DeviceCheckFailed(self._device, OutputRule.PLAYS_AT_ITS_RATE, seen)

    async def play(self, seconds: float, *, early: OutputRule = OutputRule.COUNTS_WHAT_LEFT) -> None:
        """Play this much to the end. early: the rule that a count breaks which runs ahead."""
        self._goal = self._written + self.frames(seconds)
        await self._until(self._goal, OutputRule.REACHES_THE_END, early=early)

    async def play_behind_flush(self) -> None:
        """Play a little, numbered from where the flush ended."""
        self._goal = self._written + self.frames(SHORT)
        rule = OutputRule.FLUSH_RENUMBERS
        await self._until(self._goal, rule, early=rule, excess=rule)

    async def finish(self) -> None:
        """Play the rest after a pause to the end."""
        await self._until(self._goal, OutputRule.RESUME_GOES_ON, early=OutputRule.RESUME_GOES_ON)

    async def flush(self) -> None:
        """Flush it, and wait until the count has settled."""
        count, written = self.played(), self._written
        end = self.call("flush")
        seen = f"flush returned {end!r} with {count} of {written} frames played"
        is_between = _is_count(end) and count <= end <= written
        self.require(is_between, OutputRule.FLUSH_DROPS, seen)
        tail = self.frames(TAIL_LIMIT + clock.now() - self._counted_at)
        self.require(end - count <= tail, OutputRule.FLUSH_DROPS, seen)
        self._written = self._goal = int(end)
        rule = OutputRule.FLUSH_IS_FINAL
        await self._until(self._goal, rule, early=rule, excess=rule)
        await self.stand_still(rule)

    async def _until(
        self, goal: int, late: OutputRule, *, early: OutputRule | None = OutputRule.COUNTS_WHAT_LEFT,
        excess: OutputRule = OutputRule.NEVER_EXCEEDS,
    ) -> Pace:  # fmt: skip
        """Feed it until the count is at `goal`; return how it moved. early: None where it may run ahead."""
        start, pace = self._counted, Pace(self.rate, self._counted_at)
        limit = to_seconds(goal - start, self.rate) + LATE_LIMIT
        while self._counted < goal:
            self.feed()
            count = self.played(excess=excess)
            pace.add(count - start, is_last=count >= goal)
            if early is not None:
                self.require(pace.lead <= EARLY_LIMIT, early, f"played() moved on by {pace.fastest}")
            if pace.elapsed > limit:
                raise self._stopped(start, goal, late, pace)
            await anyio.sleep(POLL_INTERVAL)
        return pace

    def _stopped(self, start: int, goal: int, late: OutputRule, pace: Pace) -> DeviceCheckFailed:
        """The failure of a count that is not at `goal` in time: it did not move, too slowly, or not to the end."""
        seen = f"played() was {self._counted} of {goal} frames after {pace.elapsed:.1f} s"
        if late is OutputRule.REACHES_THE_END and self._counted == start:
            return DeviceCheckFailed(self._device, OutputRule.PLAYS, seen)
        if late is OutputRule.REACHES_THE_END and pace.wrong_rate is not None:
            return DeviceCheckFailed(
                self._device, OutputRule.PLAYS_AT_ITS_RATE, f"played() moved on by {pace.wrong_rate}"
            )
        return DeviceCheckFailed(self._device, late, seen)


def _real_seconds() -> float:
    return time.perf_counter()  # noqa: TID251  # a virtual clock stops while a method blocks


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 0)


def _tone(frames: int, rate: int) -> Pcm:
    hertz, peak = TONE
    return (peak * np.sin(2 * np.pi * hertz * np.arange(frames) / rate)).astype(np.int16)
