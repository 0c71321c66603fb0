"""Plays on a mixer, and counts the frames heard: the synchronous part of a `Speaker`."""

from __future__ import annotations

import enum
from collections import deque

import numpy as np
import numpy.typing as npt

from ..audio._gain import GainCurve
from ..audio._pcm import Pcm, Samples, to_frames, to_samples
from ._heartbeat import Heartbeat
from ._mixer import Mixer
from ._run import Run
from ._samples import FADE_SECONDS, Frames, falling, power_of_two, rising

RING_SECONDS = 1.3
"""Seconds of audio queued ahead, at least: the event loop may block that long without an underrun.
benchmarks/glitches.py holds it."""

CUT_MARGIN_SECONDS = 0.01
"""Seconds of audio that the callback may take while a cut is being made: the block that is due."""


class _State(enum.Enum):
    PLAYING = "playing"
    PAUSED = "paused"


class Playback:
    """Plays frames without a gap, as one run after another on the mixer.

    A run ends when its ring is empty, or where it is cut; a cut is made in the ring itself, ahead of the callback, so
    that it is exact to the frame whenever the callback comes. A new run starts once the one before it has ended: every
    method checks for that. Frames have the device's rate. All methods belong to one thread, and raise `DeviceError`
    once the device has stopped.
    """

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._rate = mixer.format.rate
        self._heartbeat = Heartbeat(mixer)
        self._state = _State.PLAYING
        self._written = 0  # frames, without those that were dropped
        self._fixed_until = 0  # the frame after the last fade: those before it are not changed any more
        self._runs: deque[Run] = deque()  # those not heard to the end, and the last one
        self._played = 0  # what `played` returned last
        self._gain = GainCurve(self._rate)  # of the frames written
        self._renew_ring()

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._advance()
        return self._ring.write_available

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        return self.write_samples(to_samples(pcm[: self._ring.write_available]))

    def write_samples(self, samples: Samples, again: int = 0) -> int:
        """Queue samples directly after the last ones; return how many were taken.

        again: how many of them replace the last ones written, as far as the device has not taken those.
        """
        self._rewrite(samples[:again])
        new = samples[again:]
        taken = self._ring.write(self._at_gain(new, self._written))
        self._unscaled[self._places(self._written, self._written + taken)] = new[:taken]
        self._written += taken
        self._advance()
        return taken

    def played(self) -> int:
        """Frames that have left the converter."""
        self._advance()
        while len(self._runs) > 1 and self._runs[0].is_over:
            self._runs.popleft()
        if self._runs:
            self._played = max(self._played, self._runs[0].heard())
        return self._played

    def flush(self) -> int:
        """Fade out as soon as possible, drop the rest and return the frames heard in all."""
        self._advance()
        self._written = self._fixed_until = self._cut()
        self._renew_ring()
        return self._written

    def pause(self) -> None:
        """Fade out as soon as possible, and keep the frames after that."""
        self._advance()
        self._cut()
        self._state = _State.PAUSED

    def resume(self) -> None:
        """Resume with the frame after the last one heard, faded in."""
        self._state = _State.PLAYING
        self._advance()

    def set_gain(self, gain: float) -> int:
        """Change the gain in a ramp, of frames that the device has not taken; return the frame with which it begins.

        Where all frames were heard, there is no ramp.
        """
        if self.played() == self._written:
            self._gain.set(gain)
            return self._written
        start = min(self._written, self._changeable_from)
        self._gain.forget(start)
        self._gain.ramp(start, gain)
        places = self._places(start, self._written)
        self._memory[places] = self._at_gain(self._unscaled[places], start)
        return start

    @property
    def _changeable_from(self) -> int:
        """The first frame that can be changed in the ring, ahead of the callback."""
        return max(self._fixed_until, self._taken + to_frames(CUT_MARGIN_SECONDS, self._rate))

    def _at_gain(self, samples: Samples, first: int) -> Frames:
        """These samples as the device plays them; first: the number of the first one."""
        scaled = samples if self._gain.is_one else (samples * self._gain.gains(first, len(samples)))
        return self._mixer.on_all_channels(scaled.astype(np.float32, copy=False))

    def _advance(self) -> None:
        """Check the device, and start a run if one is due."""
        self._mixer.check()
        self._heartbeat.check()
        if self._state is _State.PLAYING and self._ring.read_available and (not self._runs or self._runs[-1].ended):
            self._runs.append(Run(self._mixer, self._ring, self._taken))

    @property
    def _taken(self) -> int:
        """The frame after the last one that the device took."""
        return self._written - self._ring.read_available

    def _renew_ring(self) -> None:
        self._memory = self._mixer.silence(power_of_two(RING_SECONDS * self._rate))
        self._ring = self._mixer.ring(self._memory)
        self._unscaled = np.zeros(len(self._memory), np.float32)  # the same frames as they were written
        self._first = self._written  # the number of the ring's first frame

    def _rewrite(self, samples: Samples) -> None:
        """Change the last frames written, as far as the callback can't have taken them."""
        first = self._written - len(samples)
        start = max(first, self._changeable_from)
        if start < self._written:
            places = self._places(start, self._written)
            self._memory[places] = self._at_gain(samples[start - first :], start)
            self._unscaled[places] = samples[start - first :]

    def _cut(self) -> int:
        """End the audio as soon as possible, if there is any; return the frame after its last one."""
        if not self._runs or self._runs[-1].ended:
            return self._taken
        run = self._runs[-1]
        return self._cut_run(run) if run.end is None else run.end

    def _cut_run(self, run: Run) -> int:
        margin, fade = to_frames(CUT_MARGIN_SECONDS, self._rate), to_frames(FADE_SECONDS, self._rate)
        while not run.ended:
            ours = min(run.taken + margin, self._written)
            end = min(ours + fade, self._written)
            run.cut(end)
            self._fixed_until = min(end + fade, self._written)
            ending, rest = self._places(ours, end), self._places(end, self._fixed_until)
            faded_out = self._memory[ending] * self._mixer.on_all_channels(falling(len(ending)))
            faded_in = self._memory[rest] * self._mixer.on_all_channels(rising(len(rest)))
            # This thread may be suspended at any line: if the callback has come too far by now, cut again. All is
            # computed before, so that the callback hardly ever comes between the question and the fade.
            if run.taken <= ours:
                self._memory[ending] = faded_out
                self._memory[rest] = faded_in
                return end
        return self._taken

    def _places(self, start: int, end: int) -> npt.NDArray[np.intp]:
        """Indices of the frames from `start` to `end` in the ring's memory."""
        return np.arange(start - self._first, end - self._first) % len(self._memory)
