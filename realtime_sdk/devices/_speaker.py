"""The sound card as an output device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import anyio

from ..audio._pcm import Pcm
from ..errors import DeviceError
from . import _portaudio as portaudio
from ._choice import Choice
from ._failures import device_errors
from ._mixer import Mixer
from ._playback import Playback
from ._resampled import ResampledPlayback
from ._samples import power_of_two

OUTPUT_LATENCY_SECONDS = 0.04
"""Seconds of audio that the driver is asked to buffer: it plays on while the machine is under load.
benchmarks/glitches.py holds it."""

OUTPUT_BLOCK_SECONDS = 0.01
"""Seconds of audio in one block: a cut waits that long for the callback, after the latency.
tests/real/test_silence.py holds it."""

PRIMING_SECONDS = 0.08
"""Seconds of silence, at least, that fill the driver's buffer; DAC times are right afterwards."""

OUTPUT_START_TIMEOUT_SECONDS = 5.0
"""Seconds within which an opened device must have played that silence."""

START_POLL_SECONDS = 0.005
"""Seconds between two checks of that."""


class Speaker:
    """An `OutputDevice` on a sound card, or on any other device of PortAudio.

    It opens at the requested rate, or, where the device refuses that, at the device's own, and resamples; positions
    stay in frames of the requested rate. Both channels of a stereo device play the same audio. A device that stops, or
    requests no audio for a second, is lost: methods raise `DeviceError`, and `open` searches for it again.

    device: a part of its name, its index, a callable that chooses from a list of `DeviceInfo`, or None for the
    system's default. latency: seconds of audio that the driver buffers; a flush is silent after that and about 40 ms.
    """

    patience: Final = 0.08
    """See `OutputDevice`: its ring plays on, and the level of what was heard is reported as often."""

    def __init__(self, device: Choice = None, *, latency: float = OUTPUT_LATENCY_SECONDS) -> None:
        self._device = device
        self._latency = latency
        self._mixer: Mixer | None = None  # None when closed
        self._card: Playback | None = None  # at the device's own rate; None until the device plays
        self._playback: Playback | ResampledPlayback | None = None  # the same at the rate of `open`

    async def open(self, rate: int) -> None:
        """Start the device and wait until it plays."""
        await self.close()
        self._mixer = await portaudio.open_mixer(self._device, rate, self._latency, OUTPUT_BLOCK_SECONDS)
        try:
            with device_errors(self._mixer.name):
                await _prime(self._mixer)
                self._card = self._playback = Playback(self._mixer)
                if (device_rate := self._mixer.format.rate) != rate:
                    self._playback = ResampledPlayback(self._card, rate, device_rate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop at once and free the device."""
        mixer, self._mixer, self._card, self._playback = self._mixer, None, None, None
        if mixer is not None:
            await portaudio.close(mixer)

    def room(self) -> int:
        """Frames that `write` would take now."""
        with self._opened() as playback:
            return playback.room()

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        with self._opened() as playback:
            return playback.write(pcm)

    def played(self) -> int:
        """Frames that have left the converter since `open`."""
        with self._opened() as playback:
            return playback.played()

    def flush(self) -> int:
        """Fade out as soon as possible, drop the rest and return the frames heard in all, the fade included."""
        with self._opened() as playback:
            return playback.flush()

    def set_gain(self, gain: float) -> int:
        """Change the gain of what the driver has not taken, in a ramp of 20 ms; return the frame at which it begins."""
        with self._opened() as playback:
            assert self._card is not None  # it is what plays
            start = self._card.set_gain(gain)
            return playback.frame(start) if isinstance(playback, ResampledPlayback) else start

    def pause(self) -> None:
        """Fade out as soon as possible, and keep the frames after that."""
        with self._opened() as playback:
            playback.pause()

    def resume(self) -> None:
        """Resume with the frame after the last one heard, faded in."""
        with self._opened() as playback:
            playback.resume()

    @contextmanager
    def _opened(self) -> Iterator[Playback | ResampledPlayback]:
        if self._mixer is None or self._playback is None:
            raise DeviceError("the Speaker is not open: call open() first")
        with device_errors(self._mixer.name):
            yield self._playback


async def _prime(mixer: Mixer) -> None:
    """Play silence, and wait until it was taken."""
    frames = power_of_two(PRIMING_SECONDS * mixer.format.rate)
    silence = mixer.ring(mixer.silence(frames))
    silence.write(mixer.silence(frames))
    priming = mixer.play(silence)
    with anyio.move_on_after(OUTPUT_START_TIMEOUT_SECONDS):
        while not mixer.ended(priming):
            mixer.check()
            await anyio.sleep(START_POLL_SECONDS)
        return
    raise DeviceError(f"the sound device {mixer.name!r} was opened, but plays nothing")
