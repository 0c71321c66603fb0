"""The sound card as an output device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from ..audio._pcm import Pcm
from ..errors import DeviceError
from . import _portaudio as portaudio
from ._failures import device_errors
from ._mixer import Mixer
from ._playback import Playback
from ._portaudio import Choice
from ._resampled import ResampledPlayback
from ._samples import power_of_two

LATENCY = 0.04
"""Seconds of sound that the driver is asked to hold: it plays on while the machine is busy."""

BLOCK = 0.01
"""Seconds of one block: how long a cut waits for the callback, behind the latency."""

PRIMING = 0.08
"""Seconds of silence, at least, that fill the driver's buffer; DAC times are right after that."""

START_LIMIT = 5.0
"""Seconds within which an opened device must have played them."""

POLL = 0.005
"""Seconds between two looks at whether it has."""


class Speaker:
    """An `OutputDevice` on a sound card, or on whatever else PortAudio plays to.

    It opens at the rate it is asked for, or else, where the device refuses that, at the device's own, and resamples;
    positions stay in frames of the rate asked for. The sound is the same on both channels of a stereo device. A device
    that stops, or asks for no sound for a second, is lost: methods raise `DeviceError`, and `open` looks for it anew.

    device: a part of its name, its index, a callable that chooses from a list of `DeviceInfo`, or None for the
    system's default. latency: seconds of sound that the driver holds; a flush is silence after that and about 40 ms.
    """

    def __init__(self, device: Choice = None, *, latency: float = LATENCY) -> None:
        self._device = device
        self._latency = latency
        self._mixer: Mixer | None = None  # None when closed
        self._playback: Playback | ResampledPlayback | None = None  # None until the device plays

    async def open(self, rate: int) -> None:
        """Start the device and wait until it plays."""
        await self.close()
        self._mixer = await portaudio.open_mixer(self._device, rate, self._latency, BLOCK)
        try:
            with device_errors(self._mixer.name):
                await _prime(self._mixer)
                self._playback = _playback(self._mixer, rate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Fall silent at once and free the device."""
        mixer, self._mixer, self._playback = self._mixer, None, None
        if mixer is not None:
            await portaudio.close(mixer)

    def room(self) -> int:
        """Frames that `write` would take now."""
        with self._opened() as playback:
            return playback.room()

    def write(self, pcm: Pcm) -> int:
        """Queue frames right behind the last ones; return how many were taken."""
        with self._opened() as playback:
            return playback.write(pcm)

    def played(self) -> int:
        """Frames that have left the converter since `open`."""
        with self._opened() as playback:
            return playback.played()

    def flush(self) -> int:
        """Fade out as soon as can be, drop the rest and return the frames heard in all, the fade included."""
        with self._opened() as playback:
            return playback.flush()

    def pause(self) -> None:
        """Fade out as soon as can be, and hold what comes behind."""
        with self._opened() as playback:
            playback.pause()

    def resume(self) -> None:
        """Go on with the frame behind the last one heard, faded in."""
        with self._opened() as playback:
            playback.resume()

    @contextmanager
    def _opened(self) -> Iterator[Playback | ResampledPlayback]:
        if self._mixer is None or self._playback is None:
            raise DeviceError("the Speaker is not open: call open() first")
        with device_errors(self._mixer.name):
            yield self._playback


def _playback(mixer: Mixer, rate: int) -> Playback | ResampledPlayback:
    """What takes frames at `rate`."""
    playback = Playback(mixer)
    return playback if mixer.format.rate == rate else ResampledPlayback(playback, rate, mixer.format.rate)


async def _prime(mixer: Mixer) -> None:
    """Play a little silence."""
    frames = power_of_two(PRIMING * mixer.format.rate)
    silence = mixer.ring(mixer.silence(frames))
    silence.write(mixer.silence(frames))
    priming = mixer.play(silence)
    with anyio.move_on_after(START_LIMIT):
        while not mixer.ended(priming):
            mixer.check()
            await anyio.sleep(POLL)
        return
    raise DeviceError(f"the sound device {mixer.name!r} was opened, but plays nothing")
