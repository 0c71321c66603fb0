"""A room in which the microphone hears the loudspeaker."""

from __future__ import annotations

import numpy as np
import soxr

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_frames, to_seconds
from realtime_sdk.testing import VirtualMicrophone, VirtualSpeaker


class RoomMicrophone(VirtualMicrophone):
    """Hears what is said, and what the speaker plays, a `part` of it as loud and `delay` seconds later."""

    def __init__(self, speaker: VirtualSpeaker, delay: float, part: int = 2) -> None:
        super().__init__()
        self._speaker = speaker
        self._delay = delay
        self._part = part

    async def open(self, rate: int) -> None:
        await super().open(rate)
        self._next = clock.wall()  # when the next block begins, whenever it is read

    async def read(self) -> Pcm:
        pcm = await super().read()
        began = self._next - self._delay
        self._next += to_seconds(pcm.size, self._rate)
        mix = pcm.astype(np.int32)
        for sound in self._speaker.timeline:
            start = to_frames(sound.at - began, self._rate)
            piece = self._in_air(sound.pcm)[max(0, -start) : max(0, pcm.size - start)] // self._part
            offset = max(0, start)
            mix[offset : offset + piece.size] += piece
        return np.clip(mix, -32768, 32767).astype(np.int16)

    def _in_air(self, pcm: Pcm) -> Pcm:
        """What was played, at the rate at which it is heard."""
        if self._speaker.rate == self._rate:
            return pcm
        heard: Pcm = soxr.resample(pcm, self._speaker.rate, self._rate)
        return heard
