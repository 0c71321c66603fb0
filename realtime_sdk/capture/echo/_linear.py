"""An echo canceller of our own: an adaptive filter, and a suppressor for what it leaves."""

from __future__ import annotations

from ...audio._pcm import Pcm, to_frames, to_pcm, to_samples
from ._canceller import FRAME, checked_frame
from ._drift import Drift
from ._high_pass import HighPass
from ._kalman import KalmanFilter, Sound
from ._prediction_watch import PredictionWatch
from ._suppressor import Suppressor
from ._trust import Trust, is_audible


class LinearCanceller:
    """An `EchoCanceller` that learns the way of the sound and subtracts its echo.

    What it subtracts is the loudspeaker's alone, so the user stays who they are, also over a loud reply. It models
    echoes that last up to 320 ms, follows a delay that jumps within some 0.2 s and clocks that drift, and costs about
    3 % of a core.

    high_pass: take out what lies below every voice, such as hum. noise_suppression: take out noise that goes on evenly,
    such as a fan's.
    """

    def __init__(self, rate: int, *, high_pass: bool = False, noise_suppression: bool = False) -> None:
        block = to_frames(FRAME, rate)
        self._rate = rate
        self._high_pass = HighPass(rate, block) if high_pass else None
        self._filter = KalmanFilter(block)
        self._drift = Drift(block)
        self._watch = PredictionWatch(rate)
        self._trust = Trust()
        self._suppressor = Suppressor(block, noise_suppression=noise_suppression)

    @property
    def delay(self) -> float:
        """One frame: spectra overlap."""
        return FRAME

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        checked_frame(captured, rendered, self._rate)
        sound: Sound = to_samples(captured)
        if self._high_pass is not None:
            sound = self._high_pass.process(sound)
        played: Sound = to_samples(rendered)
        echo = self._filter.predict(played)
        error: Sound = sound - echo
        sounds, is_lost = is_audible(played), self._watch.is_searching
        place = self._watch.look(sound, echo, sounds=sounds)
        if place is not None:
            self._trust.confirm()
        elif is_lost and not self._watch.is_searching:  # nor will it be found
            self._filter.know_nothing()
        residue = self._filter.learn(error, hold=self._watch.is_searching)
        is_allowed = self._trust.allows(sound, error, sounds=sounds, is_wrong=self._watch.is_wrong)
        cleaned = self._suppressor.process(error, echo, residue, self._watch.doubt, is_shut=not is_allowed)
        self._follow(place, error, echo)
        return to_pcm(cleaned)

    def _follow(self, place: int | None, error: Sound, echo: Sound) -> None:
        """Change the way as the echo has: it moved, is another one, or drifts."""
        if place:
            self._filter.move(place)
        elif self._watch.is_searching:
            return
        elif self._watch.is_harmful:
            self._filter.doubt()
        elif not self._watch.is_wrong and (drifted := self._drift.look(error, echo)):
            self._filter.move(drifted)

    def reset(self) -> None:
        """Take the echo to lie elsewhere: what was learnt of the way is where it is looked for."""
        self._filter.begin_anew()
        self._watch.begin_anew()
        self._trust.refute()
