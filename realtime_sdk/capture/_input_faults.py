"""Finds out that a microphone gives no signal, or clips, from its audio alone. Pure."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..audio._clipping import CLIPPED_SHARE, clipped_share
from ..audio._pcm import Pcm, to_seconds
from ._events import FaultBegan, FaultEnded, FaultKind
from ._levels import to_dbfs

DEAD_SECONDS: Final = 3.0
"""Seconds without a signal after which a microphone that never gave one is reported."""

FELL_SILENT_SECONDS: Final = 10.0
"""The same for a microphone that has given a signal: some give zeros while their user is silent. After each time that
it came back by itself, twice as long."""

CLIPPED_SECONDS: Final = 3
"""Seconds with clipping, of the last `WINDOW_SECONDS` that are loud enough, after which it is reported: a shout, or a
knock at the microphone, is shorter."""

WINDOW_SECONDS: Final = 6
"""Loud seconds that are remembered; once all of them are without clipping, it is over."""

EXAMINED_SECONDS: Final = 0.1
"""Seconds of audio that are examined together: a captured block is shorter, and costs as much."""

_LOUD_DBFS: Final = -40.0  # a second that says something about clipping: of a voice, not of a room

DITHER_STEPS: Final = 2
"""Peak to peak: the dither of a device that is switched off."""

NO_SIGNAL: Final = (
    "check that it is not muted (key, switch, system settings), that this program has the permission to use it "
    "(macOS and Windows: Privacy, Microphone), and that it is the right device; `realtime-sdk doctor` examines it"
)
"""What to do about a microphone without a signal."""

TOO_LOUD: Final = "turn down the microphone's level in the system settings, and switch its boost off"
"""What to do about a microphone that clips."""


class InputFaults:
    """Watches the audio of one microphone, as the device gives it.

    rate: sample rate in Hz. Times are wall-clock seconds.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._silence = _Silence()
        self._clipping = _Clipping()
        self._pieces: list[Pcm] = []  # the audio that was not examined yet
        self._waiting = 0  # frames of it
        self._second: list[Pcm] = []  # the audio since the last whole second
        self._frames = 0  # of it

    def push(self, at: float, pcm: Pcm) -> list[FaultBegan | FaultEnded]:
        """Take the next audio, the first frame of it captured at `at`; return what begins or ends with it."""
        self._pieces.append(pcm)
        self._waiting += pcm.size
        if self._waiting < EXAMINED_SECONDS * self._rate and not self._silence.reported:
            return []
        until = at + to_seconds(pcm.size, self._rate)
        audio = np.concatenate(self._pieces)
        self._pieces, self._waiting = [], 0
        events = self._silence.push(until - to_seconds(audio.size, self._rate), until, audio)
        self._second.append(audio)
        self._frames += audio.size
        if self._frames >= self._rate:
            events += self._end_seconds(until)
        return events

    def _end_seconds(self, until: float) -> list[FaultBegan | FaultEnded]:
        """Examine the whole seconds that are complete, the last of which ends at `until`, or soon before."""
        audio, events = np.concatenate(self._second), list[FaultBegan | FaultEnded]()
        while audio.size >= self._rate:
            events += self._clipping.push(until, audio[: self._rate])
            audio = audio[self._rate :]
        self._second, self._frames = [audio], audio.size
        return events

    def end(self, at: float) -> list[FaultBegan | FaultEnded]:
        """The device is lost, or exchanged: faults that last have ended with it."""
        kinds: list[FaultKind] = []
        kinds += ["silent"] if self._silence.reported else []
        kinds += ["clipping"] if self._clipping.reported else []
        return [FaultEnded(at, kind) for kind in kinds]


class _Silence:
    """How long there has been no signal."""

    def __init__(self) -> None:
        self.reported = False
        self._limit = DEAD_SECONDS
        self._since = math.inf  # wall clock; infinity: nothing was captured
        self._lowest = self._highest = 0  # samples since then

    def push(self, at: float, until: float, pcm: Pcm) -> list[FaultBegan | FaultEnded]:
        lowest, highest = int(pcm.min()), int(pcm.max())
        if self._since == math.inf:
            self._since, self._lowest, self._highest = at, lowest, highest
        self._lowest, self._highest = min(self._lowest, lowest), max(self._highest, highest)
        if self._highest - self._lowest > DITHER_STEPS:
            return self._signal(at)
        if self.reported or until - self._since < self._limit:
            return []
        self.reported = True
        found = f"the microphone has given nothing but silence for {until - self._since:.0f} s"
        return [FaultBegan(until, "silent", f"{found}: {NO_SIGNAL}")]

    def _signal(self, at: float) -> list[FaultBegan | FaultEnded]:
        was_reported, self.reported = self.reported, False
        self._limit = 2 * self._limit if was_reported else max(self._limit, FELL_SILENT_SECONDS)
        self._since = math.inf
        return [FaultEnded(at, "silent")] if was_reported else []


class _Clipping:
    """Which of the last loud seconds were clipped."""

    def __init__(self) -> None:
        self.reported = False
        self._clipped: list[bool] = []  # of the last loud seconds

    def push(self, until: float, second: Pcm) -> list[FaultBegan | FaultEnded]:
        samples = second.astype(np.float32)
        if to_dbfs(float(samples @ samples) / second.size) < _LOUD_DBFS:
            return []
        self._clipped = [*self._clipped, clipped_share(second) >= CLIPPED_SHARE][-WINDOW_SECONDS:]
        if not self.reported and sum(self._clipped) >= CLIPPED_SECONDS:
            self.reported = True
            return [FaultBegan(until, "clipping", f"the microphone's audio is too loud, and clipped: {TOO_LOUD}")]
        if self.reported and len(self._clipped) == WINDOW_SECONDS and not any(self._clipped):
            self.reported = False
            return [FaultEnded(until, "clipping")]
        return []
