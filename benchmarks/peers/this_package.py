"""This package, with the device as its speaker."""

from __future__ import annotations

import asyncio

from device import RATE, Device, run

from realtime_sdk import connect
from realtime_sdk.audio._pcm import Pcm, to_bytes


class DeviceSpeaker:
    """An `OutputDevice` that plays on the device, and takes one second ahead."""

    def __init__(self, device: Device) -> None:
        self._device = device

    async def open(self, rate: int) -> None:
        """Get ready."""
        assert rate == RATE

    async def close(self) -> None:
        """Fall silent."""
        self._device.clear()

    def room(self) -> int:
        """Frames that `write` would take now."""
        return RATE - self._device.queued

    def write(self, pcm: Pcm) -> int:
        """Play frames behind the last ones."""
        taken = pcm[: self.room()]
        self._device.play(to_bytes(taken))
        return len(taken)

    def played(self) -> int:
        """Frames heard."""
        return self._device.played

    def flush(self) -> int:
        """Fall silent."""
        self._device.clear()
        return self._device.played

    def pause(self) -> None:
        """Nobody pauses here."""
        raise NotImplementedError

    def resume(self) -> None:
        """Nobody pauses here."""
        raise NotImplementedError


async def talk(url: str, device: Device) -> None:
    async with connect(endpoint=url, microphone=None, speaker=DeviceSpeaker(device)):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    run("realtime-voice-sdk", talk)
