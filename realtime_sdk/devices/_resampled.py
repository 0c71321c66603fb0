"""Playback at another sample rate than the device's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from ..audio._pcm import Pcm, Samples, to_samples
from ..audio._resampling import Resampler


class SamplePlayback(Protocol):
    """Plays samples at the device's rate: a `Playback`, or one on the far side of a line."""

    def room(self) -> int:
        """Frames that `write_samples` would take now."""
        ...

    def write_samples(self, samples: Samples, again: int = 0) -> int:
        """Queue samples; `again` of them replace the last ones written, as far as the device has not taken those."""
        ...

    def played(self) -> int:
        """Frames that were heard."""
        ...

    def flush(self) -> int:
        """Fall silent, drop the rest and return the frames heard in all."""
        ...

    def pause(self) -> None:
        """Stop, and drop nothing."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Frames that were resampled in one piece; a cut ends it, and the next frame written begins another."""

    first: int  # its first frame
    first_played: int  # its position among the device's frames
    resampler: Resampler

    def frame(self, played: int) -> int:
        """Convert the device's count to frames written."""
        return self.first + min(self.resampler.old_frame(played - self.first_played), self.resampler.taken)


class ResampledPlayback:
    """Resamples from `rate` to the device's, and counts in frames at `rate`.

    A frame counts as played when the last device frame made of it has left the converter. The end of a cut is counted
    the same way, so that the next frame written is the one that was cut, from its beginning.
    """

    def __init__(self, playback: SamplePlayback, rate: int, device_rate: int) -> None:
        self._playback = playback
        self._rate = rate
        self._device_rate = device_rate
        # Those not heard to the end, and the last one.
        self._stretches = deque([_Stretch(0, 0, Resampler(rate, device_rate))])

    def room(self) -> int:
        """Frames that `write` would take now."""
        resampler = self._stretches[-1].resampler
        return resampler.old_frame(resampler.given + self._playback.room()) - resampler.taken

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        taken = pcm[: self.room()]
        resampler = self._stretches[-1].resampler
        unsettled = resampler.given - resampler.settled
        self._playback.write_samples(resampler.push(to_samples(taken)), again=unsettled)
        return len(taken)

    def played(self) -> int:
        """Frames that have left the converter."""
        played = self._playback.played()
        while len(self._stretches) > 1 and played >= self._stretches[1].first_played:
            self._stretches.popleft()
        return self._stretches[0].frame(played)

    def frame(self, device_frame: int) -> int:
        """Convert a frame of the device's, after the last cut, to one of those written."""
        return self._stretches[-1].frame(device_frame)

    def flush(self) -> int:
        """Fade out as soon as possible, drop the rest and return the frames heard in all."""
        end = self._playback.flush()
        frame = self._stretches[-1].frame(end)
        self._stretches.append(_Stretch(frame, end, Resampler(self._rate, self._device_rate)))
        return frame

    def pause(self) -> None:
        """Fade out as soon as possible, and keep the frames after that."""
        self._playback.pause()

    def resume(self) -> None:
        """Resume with the frame after the last one heard, faded in."""
        self._playback.resume()
