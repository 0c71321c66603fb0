"""Computes how many frames have left the converter, from the state of a mixer's action."""

from __future__ import annotations

import math

from ._mixer import Action, Mixer, Ring

DAC_TIME_LIMIT_SECONDS = 5.0
"""Seconds ahead beyond which a DAC time is implausible; Bluetooth takes a quarter of a second."""

ANCHOR_INTERVAL_SECONDS = 1.0
"""Seconds between two readings of the converter's clock, which drifts against the computer's."""


class Run:
    """Audio without a gap: the frames that one action plays from a ring.

    Frames are numbered from the first one ever written to the speaker; first: the first one of this run. Frames that
    the callback took are heard later, at times computed from an anchor: a frame, and the time at which it is heard.
    """

    def __init__(self, mixer: Mixer, ring: Ring, first: int) -> None:
        self.first = first
        self.end: int | None = None  # the frame at which it was cut; None: it plays until the ring is empty
        self._mixer = mixer
        self._rate = mixer.format.rate
        self._began_at = mixer.time  # none of its frames is heard before that
        self._action = mixer.play(ring)
        self._anchor: tuple[int, float] | None = None  # None until the device has taken the first block
        self._probe: tuple[int, Action] | None = None  # a probe of the converter's clock, and `taken` before it

    def __repr__(self) -> str:
        return f"<Run {self.first}…{self.taken}{' ended' if self.ended else ''}>"

    @property
    def taken(self) -> int:
        """The frame after the last one that the device took."""
        return self.first + self._action.done_frames

    @property
    def ended(self) -> bool:
        """Whether the device takes no more frames of it."""
        return self._mixer.ended(self._action)

    def cut(self, end: int) -> None:
        """End it at this frame, unless the callback has passed that already: `taken` says so afterwards."""
        self.end = end
        self._action.total_frames = end - self.first

    @property
    def is_over(self) -> bool:
        """Whether all of its frames were heard."""
        return self.ended and self.heard() == self._last

    def heard(self) -> int:
        """Return the frame after the last one that has left the converter."""
        now = self._mixer.time
        anchor = self._anchor = self._anchored(now)
        if anchor is None:
            return self.first
        frame, time = anchor
        return max(self.first, min(self._last, frame + math.floor((now - time) * self._rate)))

    @property
    def _last(self) -> int:
        """The frame after the last one that can be heard, as far as is known."""
        if self.end is None or not self.ended:
            return self.taken
        # A cut run falls short of its end if the callback found the ring empty at the very moment at which frames were
        # written: those were dropped with the rest.
        return max(self.taken, self.end)

    def _anchored(self, now: float) -> tuple[int, float] | None:
        taken = self.taken
        if self._anchor is None:
            return self._first_anchor(now, taken) if taken > self.first else None
        if self._probe is not None and self._mixer.ended(self._probe[1]):
            (before, probe), self._probe = self._probe, None
            return self._renewed(self._anchor, range(before, taken, self._mixer.format.block_frames), probe.actual_time)
        if self._probe is None and now - self._anchor[1] > ANCHOR_INTERVAL_SECONDS and not self.ended:
            self._probe = taken, self._mixer.probe()
        return self._anchor

    def _first_anchor(self, now: float, taken: int) -> tuple[int, float]:
        if self._plausible(self._action.actual_time):
            return self.first, self._action.actual_time
        return taken - self._mixer.format.block_frames, now + self._mixer.latency

    def _renewed(self, anchor: tuple[int, float], blocks: range, time: float) -> tuple[int, float]:
        """Anchor at a probe, played in one of these blocks: the one that was due at its time."""
        if not blocks or not self._plausible(time):
            return anchor
        due = anchor[0] + (time - anchor[1]) * self._rate
        return min(blocks, key=lambda block: abs(block - due)), time

    def _plausible(self, dac_time: float) -> bool:
        """Whether this can be a DAC time: some back ends of PortAudio report zeros."""
        return self._began_at <= dac_time <= self._mixer.time + DAC_TIME_LIMIT_SECONDS
