"""A speaker on the loop's clock: it records, sample for sample, what was heard and when."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from ..._runtime import clock
from ..._runtime.arguments import check_duration, check_seconds
from ...audio._gain import GainCurve
from ...audio._pcm import SILENCE, WIRE_RATE, Pcm, check_pcm, joined, to_frames
from ...errors import DeviceError
from ._virtual_device import DeviceState, check_drift

_ROUNDING = 1e-3
"""A part of a frame: far more than rounding adds up to in hours, far less than is audible."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Audio that was heard without a gap."""

    at: float  # wall-clock seconds at which its first frame was heard
    pcm: Pcm


@dataclass(slots=True, eq=False)
class _Run:
    """Frames without a gap between them, still to be heard."""

    at: float  # loop time at which the first of them is heard
    pcm: Pcm


@dataclass(slots=True, eq=False)
class _Stretch:
    """Frames that were heard without a gap between them."""

    at: float  # loop time at which the first of them was heard
    until: float  # loop time at which the last of them was over
    samples: bytearray  # of int16; one buffer, because hours of 10 ms pieces would cost a multiple of it

    @property
    def pcm(self) -> Pcm:
        """A copy of the frames."""
        return np.frombuffer(self.samples, np.int16).copy()


class VirtualSpeaker:
    """An `OutputDevice` with `GainControl` that plays on the loop's clock and records what is heard.

    latency: seconds from `write` on an idle device to the ear. capacity: seconds of audio it takes ahead.
    drift: by how much its crystal is fast, e.g. 100e-6 for 100 ppm.
    tail: seconds of audio that a flush or a pause can't take back any more, as a driver's buffer and a fade: they are
    heard, and counted. Their samples are left as they are, so that they can be recognised.

    Raises:
        UsageError: an argument is negative or no number.
    """

    def __init__(
        self, *, latency: float = 0.0, capacity: float = 1.0, drift: float = 0.0, tail: float = 0.0
    ) -> None:
        check_duration("latency", latency)
        check_seconds("capacity", capacity)
        check_drift(drift)
        check_duration("tail", tail)
        self.latency: float = latency
        self.capacity: float = capacity
        self.drift: float = drift
        self.tail: float = tail
        self.rate: int = WIRE_RATE  # of `open`
        self._state = DeviceState.CLOSED
        self._opened_at: float | None = None  # wall-clock seconds of the first `open`
        self._runs: deque[_Run] = deque()  # audio to be heard; the last one grows until it is cut
        self._is_cut = False  # whether the last run is: the next frame begins a new one
        self._held = SILENCE  # audio to be heard after a pause
        self._played = 0  # frames heard since `open`
        self._gain = GainCurve(self.rate)  # of the frames since `open`
        self._heard: list[_Stretch] = []
        self._settled_at = -math.inf  # loop time by which all frames that were due are among those heard
        self._wall = 0.0  # wall-clock time minus loop time

    @property
    def heard(self) -> Pcm:
        """All frames that were heard, in order, silences left out."""
        return joined([heard.pcm for heard in self.timeline])

    @property
    def timeline(self) -> list[Sound]:
        """The audio heard, and when: a new entry after every silence."""
        self._settle()
        return [Sound(stretch.at + self._wall, stretch.pcm) for stretch in self._heard]

    @property
    def recording(self) -> Pcm:
        """What a microphone in front of it records from `open` to the last frame heard: silences are zeros."""
        timeline = self.timeline
        if not timeline or self._opened_at is None:
            return SILENCE
        starts = [to_frames(sound.at - self._opened_at, self.rate) for sound in timeline]
        recording = np.zeros(max(s + len(x.pcm) for s, x in zip(starts, timeline, strict=True)), np.int16)
        for start, sound in zip(starts, timeline, strict=True):
            recording[start : start + len(sound.pcm)] = sound.pcm
        return recording

    def unplug(self) -> None:
        """Unplug it: every method but `close` raises `DeviceError`, until it is plugged in and opened again."""
        self._settle()
        self._silence()
        self._state = DeviceState.LOST

    def plug_in(self) -> None:
        """Plug it in again; it has to be opened."""
        if self._state is DeviceState.LOST:
            self._state = DeviceState.CLOSED

    async def open(self, rate: int) -> None:
        """Count from 0 again; audio heard before stays in `heard`."""
        if self._state is DeviceState.LOST:
            raise DeviceError("the virtual speaker is unplugged")
        self._wall = clock.wall() - clock.now()
        self._opened_at = clock.wall() if self._opened_at is None else self._opened_at
        self.rate = rate
        self._silence()
        self._state, self._played = DeviceState.PLAYING, 0
        self._gain = GainCurve(rate)

    async def close(self) -> None:
        """Fall silent; `heard`, `timeline` and `recording` stay."""
        self._settle()
        self._silence()
        if self._state is not DeviceState.LOST:
            self._state = DeviceState.CLOSED

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._require_open()
        return max(0, to_frames(self.capacity, self.rate) - self._to_be_heard - len(self._held))

    def write(self, pcm: Pcm) -> int:
        """Queue frames after the last ones; return how many were taken."""
        check_pcm(pcm)
        taken = pcm[: self.room()].copy()
        if self._state is DeviceState.PAUSED:
            self._held = np.concatenate([self._held, taken])
        elif len(taken):
            self._add(taken, clock.now() + self.latency)
        return len(taken)

    def played(self) -> int:
        """Frames heard since `open`."""
        self._require_open()
        return self._played

    def flush(self) -> int:
        """Fall silent after the tail, drop the rest and return the frames heard in all, the tail included."""
        self._require_open()
        self._cut()
        self._held = SILENCE
        return self._played + self._to_be_heard

    def pause(self) -> None:
        """Fall silent after the tail, and keep the frames after it."""
        self._require_open()
        if self._state is not DeviceState.PAUSED:
            self._held = self._cut()
            self._state = DeviceState.PAUSED

    def resume(self) -> None:
        """Go on at once with the frame after the last one heard."""
        self._require_open()
        if self._state is DeviceState.PAUSED:
            self._state = DeviceState.PLAYING
            if len(self._held):
                self._add(self._held, clock.now())
                self._held = SILENCE

    def set_gain(self, gain: float) -> int:
        """Change the gain in a ramp of 20 ms, of the frames after the tail; return the frame with which it begins."""
        self._require_open()
        unheard = self._to_be_heard + len(self._held)
        if not unheard:
            self._gain.set(gain)
            return self._played
        start = self._played + min(unheard, to_frames(self.tail, self.rate))
        self._gain.ramp(start, gain)
        return start

    @property
    def _to_be_heard(self) -> int:
        return sum(len(run.pcm) for run in self._runs)

    @property
    def _frames_per_second(self) -> float:
        return self.rate * (1 + self.drift)

    def _require_open(self) -> None:
        if self._state is DeviceState.LOST:
            raise DeviceError("the virtual speaker is unplugged")
        if self._state is DeviceState.CLOSED:
            raise DeviceError("the virtual speaker is not open: call open() first")
        self._settle()

    def _add(self, pcm: Pcm, at: float) -> None:
        """Queue frames that are heard directly after the last ones or, after a gap, from loop time `at` on."""
        if self._runs and not self._is_cut:
            run = self._runs[-1]
            run.pcm = np.concatenate([run.pcm, pcm])
        else:
            end = max((run.at + len(run.pcm) / self._frames_per_second for run in self._runs), default=at)
            self._runs.append(_Run(max(at, end), pcm))
        self._is_cut = False

    def _cut(self) -> Pcm:
        """Remove and return the frames after the tail; the rest of one cut is not cut again."""
        if self._is_cut:
            return SILENCE
        self._is_cut = True
        left, taken_back = to_frames(self.tail, self.rate), []
        for run in self._runs:
            taken_back.append(run.pcm[left:])
            run.pcm = run.pcm[:left]
            left -= len(run.pcm)
        return joined(taken_back)

    def _silence(self) -> None:
        self._runs.clear()
        self._held = SILENCE

    def _settle(self) -> None:
        """Move all frames that are due by now to the audio heard."""
        if not self._runs or (now := clock.now()) == self._settled_at:
            return
        self._settled_at = now
        while self._runs:
            run = self._runs[0]
            due = math.floor((now - run.at) * self._frames_per_second + _ROUNDING)
            heard, run.pcm = run.pcm[: max(due, 0)], run.pcm[max(due, 0) :]
            self._record(heard, run.at)
            run.at += len(heard) / self._frames_per_second
            if len(run.pcm):
                return
            self._runs.popleft()

    def _record(self, pcm: Pcm, at: float) -> None:
        """Record audio heard from loop time `at` on: a new stretch, unless it begins where the last one ends."""
        if not len(pcm):
            return
        pcm = self._gain.apply(pcm, self._played)
        self._played += len(pcm)
        self._gain.forget(self._played)
        if not self._heard or abs(self._heard[-1].until - at) * self.rate > 0.5:
            self._heard.append(_Stretch(at, at, bytearray()))
        stretch = self._heard[-1]
        stretch.samples += pcm.tobytes()
        stretch.until = at + len(pcm) / self._frames_per_second
