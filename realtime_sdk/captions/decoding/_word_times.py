"""When the words of the text are spoken, as a decoding has found."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..features._energy import SHORTEST_PAUSE, Floats

# benchmarks/captions.py: "people", "degraded".
SOON_SECONDS = 0.2  # another decoding seldom moves the start of a word forward by more


@dataclass(frozen=True, slots=True)
class WordTimes:
    """Start and end of the units from `first` on, in seconds; infinity: their audio has not arrived yet."""

    first: int
    starts: Floats
    ends: Floats
    deviations: Floats  # standard deviations of the starts, in seconds
    ends_in_pause: bool  # a pause follows the last of them
    until: float  # seconds of the audio to which they are aligned
    confirmed: npt.NDArray[np.bool_]  # the decoding before had the same start: another one seldom moves it

    def confirmed_by(self, first: int, starts: Floats) -> npt.NDArray[np.bool_]:
        """Whether each start of another decoding, of the units from `first` on, is the same as in this one."""
        confirmed = np.zeros(len(starts), np.bool_)
        if first >= self.first:
            same = self.starts[first - self.first :][: len(starts)]
            confirmed[: len(same)] = (same == starts[: len(same)]) & np.isfinite(same)
        return confirmed

    def is_confirmed(self, unit: int) -> bool:
        """Whether two decodings agree when a unit starts."""
        index = unit - self.first
        return 0 <= index < len(self.starts) and bool(self.confirmed[index])

    def start_of(self, unit: int) -> float:
        """Seconds at which a unit starts; infinity: its audio has not arrived; minus infinity: that is not known."""
        index = unit - self.first
        if 0 <= index < len(self.starts):
            return float(self.starts[index])
        return math.inf if self.awaits_audio else -math.inf

    @property
    def awaits_audio(self) -> bool:
        """Whether the text is ahead of the audio, or ends with it, so that more text changes nothing."""
        return bool(self.ends[-1] >= self.until - SHORTEST_PAUSE)

    @property
    def awaits_text_from(self) -> float:
        """The position from which text after the last of them may be heard soon."""
        return float(self.starts[-1]) - SOON_SECONDS
