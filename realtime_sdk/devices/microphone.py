"""The sound card as an input device."""

from __future__ import annotations

import anyio

from ..audio import SILENCE, WIRE_RATE, Pcm, to_frames
from . import portaudio
from .portaudio import Choice
from .recorder import Recorder
from .samples import to_pcm

LATENCY = 0.04
"""Seconds of sound that the driver is asked to hold: it hears on while the machine is busy."""

BLOCK = 0.02
"""Seconds of what `read` returns."""

POLL = 0.01
"""Seconds between two looks at what was captured."""


class Microphone:
    """An `InputDevice` on a sound card, or on whatever else PortAudio captures from.

    device: a part of its name, its index, a callable that chooses from a list of `DeviceInfo`, or None for the
    system's default. What comes in while nobody reads for more than 2.7 s is lost.
    """

    def __init__(self, device: Choice = None) -> None:
        self._device = device
        self._rate = WIRE_RATE  # of `open`
        self._recorder: Recorder | None = None  # None when closed

    async def open(self, rate: int) -> None:
        """Start to capture."""
        await self.close()
        self._rate = rate
        self._recorder = await portaudio.open_recorder(self._device, rate, LATENCY, to_frames(BLOCK, rate))

    async def read(self) -> Pcm:
        """Wait for the next 20 ms; an empty array once the device is closed."""
        while self._recorder is not None:
            samples = self._recorder.read(to_frames(BLOCK, self._rate))
            if samples is not None:
                return to_pcm(samples)
            self._recorder.check()
            await anyio.sleep(POLL)
        return SILENCE

    async def close(self) -> None:
        """Stop to capture and free the device."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await portaudio.close(recorder)
