"""A room with a sound card, a playback on it, and what can be heard there."""

from __future__ import annotations

import numpy as np

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices._playback import Playback

from . import sound_card
from .sound_card import ManualClock, SoundCard, mixer_on, without_silence

FADE_FRAMES = 288
LOUD = 20_000

RING_FRAMES = 1 << 15
"""What a playback takes ahead at this rate: 1.3 seconds, at least."""


def ramp(frames: int, first: int = 1) -> Pcm:
    return np.arange(first, first + frames, dtype=np.int16)


class Room(sound_card.Room):
    """A card at the rate of what is written."""

    def __init__(self, *, latency: float = 0.04, drift: float = 0.0, tells_dac_times: bool = True) -> None:
        clock = ManualClock()
        card = SoundCard(clock, latency=latency, drift=drift, tells_dac_times=tells_dac_times)
        super().__init__(clock, card, Playback(mixer_on(card)))

    @property
    def sound(self) -> Pcm:
        """What came out, without the silence before and behind."""
        return without_silence(self.card.output)
