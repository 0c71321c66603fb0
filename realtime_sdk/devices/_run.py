"""How many frames have left the converter, from what a mixer tells of its actions."""

from __future__ import annotations

import math

from ._mixer import Action, Mixer, Ring

FARTHEST = 5.0
"""Seconds: a DAC time farther ahead than this is none; Bluetooth takes a quarter of a second."""

RENEWAL = 1.0
"""Seconds between two looks at the converter's clock, whose second is not quite the computer's."""


class Run:
    """Sound without a gap: the frames that one action plays from a ring.

    Frames are numbered over all that was ever written to the speaker; first: the first one of this run. What the
    callback took is heard later. When, says an anchor: a frame, and the time at which it is audible.
    """

    def __init__(self, mixer: Mixer, ring: Ring, first: int) -> None:
        self.first = first
        self.end: int | None = None  # where it was cut; None: it plays what the ring has
        self._mixer = mixer
        self._rate = mixer.format.rate
        self._began_at = mixer.time  # nothing of it is audible before that
        self._action = mixer.play(ring)
        self._anchor: tuple[int, float] | None = None  # None until the device took the first block
        self._probe: tuple[int, Action] | None = None  # what asks the converter's clock, and `taken` before it

    def __repr__(self) -> str:
        return f"<Run {self.first}…{self.taken}{' ended' if self.ended else ''}>"

    @property
    def taken(self) -> int:
        """The frame behind the last one that the device took."""
        return self.first + self._action.done_frames

    @property
    def ended(self) -> bool:
        """Whether the device will take no more of it."""
        return self._mixer.ended(self._action)

    def cut(self, end: int) -> None:
        """End it at this frame, unless the callback has passed it by now: look at `taken` afterwards."""
        self.end = end
        self._action.total_frames = end - self.first

    @property
    def is_over(self) -> bool:
        """Whether all of it was heard."""
        return self.ended and self.heard() == self._last

    def heard(self) -> int:
        """Return the frame behind the last one that has left the converter."""
        now = self._mixer.time
        anchor = self._anchor = self._anchored(now)
        if anchor is None:
            return self.first
        frame, time = anchor
        return max(self.first, min(self._last, frame + math.floor((now - time) * self._rate)))

    @property
    def _last(self) -> int:
        """The frame that can be heard last, as things stand."""
        if self.end is None or not self.ended:
            return self.taken
        # A cut run falls short of its end if the callback found the ring empty in the very moment in which frames were
        # written: those were dropped with the rest.
        return max(self.taken, self.end)

    def _anchored(self, now: float) -> tuple[int, float] | None:
        taken = self.taken
        if self._anchor is None:
            return self._first_anchor(now, taken) if taken > self.first else None
        if self._probe is not None and self._mixer.ended(self._probe[1]):
            (before, probe), self._probe = self._probe, None
            return self._renewed(self._anchor, range(before, taken, self._mixer.format.block_frames), probe.actual_time)
        if self._probe is None and now - self._anchor[1] > RENEWAL and not self.ended:
            self._probe = taken, self._mixer.probe()
        return self._anchor

    def _first_anchor(self, now: float, taken: int) -> tuple[int, float]:
        if self._plausible(self._action.actual_time):
            return self.first, self._action.actual_time
        return taken - self._mixer.format.block_frames, now + self._mixer.latency

    def _renewed(self, anchor: tuple[int, float], blocks: range, time: float) -> tuple[int, float]:
        """Anchor at a probe, which came in one of these blocks: the one that was due when it came."""
        if not blocks or not self._plausible(time):
            return anchor
        due = anchor[0] + (time - anchor[1]) * self._rate
        return min(blocks, key=lambda block: abs(block - due)), time

    def _plausible(self, dac_time: float) -> bool:
        """Whether this can be a DAC time: some back ends of PortAudio give zeros."""
        return self._began_at <= dac_time <= self._mixer.time + FARTHEST
