"""A room in which the microphone hears the loudspeaker."""

from __future__ import annotations

import numpy as np

from realtime_sdk import clock
from realtime_sdk.audio import Pcm, to_frames, to_seconds
from realtime_sdk.testing import VirtualMicrophone, VirtualSpeaker


class RoomMicrophone(VirtualMicrophone):
    """Hears what is said, and what the speaker plays, half as loud and `delay` seconds later."""

    def __init__(self, speaker: VirtualSpeaker, delay: float) -> None:
        super().__init__()
        self._speaker = speaker
        self._delay = delay

    async def open(self, rate: int) -> None:
        await super().open(rate)
        self._next = clock.wall()  # when the next block begins, whenever it is read

    async def read(self) -> Pcm:
        pcm = await super().read()
        began = self._next - self._delay
        self._next += to_seconds(pcm.size)
        mix = pcm.astype(np.int32)
        for sound in self._speaker.timeline:
            start = to_frames(sound.at - began)
            piece = sound.pcm[max(0, -start) : max(0, pcm.size - start)] // 2
            offset = max(0, start)
            mix[offset : offset + piece.size] += piece
        return np.clip(mix, -32768, 32767).astype(np.int16)
