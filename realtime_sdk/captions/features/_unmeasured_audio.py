"""Audio that has arrived, and is not measured yet: a talk that comes faster than it is heard is measured as it is."""

from __future__ import annotations

from collections import deque

import numpy as np

from ...audio._pcm import Pcm, to_frames, to_seconds

_PIECE_SECONDS = 1.0  # measured at once: some milliseconds of work


class UnmeasuredAudio:
    """The audio of a content part, in the order in which it came. To add to it takes no work, however much comes."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._pieces: deque[Pcm] = deque()  # not taken yet
        self._received = self._taken = 0  # samples in all

    @property
    def seconds(self) -> float:
        """Seconds of audio received, whether taken or not."""
        return to_seconds(self._received, self._rate)

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change any more."""
        self._pieces.append(pcm)
        self._received += pcm.size

    def take(self, until: float) -> Pcm | None:
        """Remove and return the next audio before `until` seconds, a second at most; None: there is none."""
        stop = to_frames(until, self._rate) if until < self.seconds else self._received
        wanted = min(stop - self._taken, to_frames(_PIECE_SECONDS, self._rate))
        if wanted <= 0:
            return None
        self._taken += wanted
        taken: list[Pcm] = []
        while wanted:
            pcm = self._pieces.popleft()
            if pcm.size > wanted:
                self._pieces.appendleft(pcm[wanted:])
                pcm = pcm[:wanted]
            taken.append(pcm)
            wanted -= pcm.size
        return taken[0] if len(taken) == 1 else np.concatenate(taken)
