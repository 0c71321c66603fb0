"""A simulated sound card, under the callback of a PortAudio stream."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from realtime_sdk.audio._pcm import Pcm, to_pcm
from realtime_sdk.devices._callback_mixer import CallbackMixer
from realtime_sdk.devices._playback import Playback
from realtime_sdk.devices._resampled import ResampledPlayback
from realtime_sdk.devices._samples import Frames
from realtime_sdk.devices._stream import Format

RATE = 24_000
BLOCK_FRAMES = 240
MONO = Format(RATE, 1, BLOCK_FRAMES)

Callback = Callable[..., None]
T = TypeVar("T", bound=np.generic)


class SoundCard:
    """An output stream: asks for a block whenever one is due, and remembers when each frame was heard.

    clock: gives the time that everybody reads. latency: seconds between the callback and the ear. drift: by how much
    the card's crystal is fast. tells_dac_times: otherwise it gives zeros, as some back ends do.
    """

    def __init__(
        self, clock: Callable[[], float], *, format: Format = MONO, latency: float = 0.04, drift: float = 0.0,
        tells_dac_times: bool = True,
    ) -> None:  # fmt: skip
        self.format = format
        self.latency = latency
        self.closed = False
        self._plays = True
        self._clock = clock
        self._drift = drift
        self._tells_dac_times = tells_dac_times
        self._callback: Callback | None = None
        self._due = clock()  # when the next block is asked for
        self._blocks: list[tuple[float, Frames]] = []  # when the first frame of each was heard
        self._over = 0  # how many of them were heard to the end
        self._count = 0  # frames of those that are not silent

    def open(self, callback: Callback) -> SoundCard:
        """Start to ask."""
        self._callback = callback
        self._due = self._clock()
        return self

    @property
    def time(self) -> float:
        self.catch_up()
        return self._clock()

    @property
    def active(self) -> bool:
        self.catch_up()
        return self._plays

    def start(self) -> None: ...

    def abort(self) -> None:
        self._plays = False

    def close(self) -> None:
        self.closed = True

    def catch_up(self) -> None:
        """Ask for all blocks that are due by now."""
        while self._plays and self._callback is not None and self._due <= self._clock() + 1e-9:
            self.ask()

    def ask(self) -> None:
        """Ask for the next block."""
        assert self._callback is not None
        out = np.zeros((self.format.block_frames, self.format.channels), np.float32)
        heard_at = self._due + self.latency
        dac_time = heard_at if self._tells_dac_times else 0.0
        self._callback(out, len(out), SimpleNamespace(outputBufferDacTime=dac_time), None)
        self._blocks.append((heard_at, out))
        self._due += len(out) / (self.format.rate * (1 + self._drift))

    def unplug(self) -> None:
        """Ask for nothing any more."""
        self._plays = False

    def stall(self, seconds: float) -> None:
        """Ask for nothing for so long: what is heard meanwhile is a gap."""
        self.catch_up()
        self._due += seconds

    @property
    def channels(self) -> Frames:
        """All that came out so far, or is on its way: silences are zeros."""
        self.catch_up()
        return np.concatenate([np.zeros((0, self.format.channels), np.float32), *(block for _, block in self._blocks)])

    @property
    def output(self) -> Pcm:
        """What came out of the first channel."""
        return to_pcm(self.channels[:, 0])

    def heard(self) -> int:
        """How many frames that are not silent a listener has heard by now."""
        self.catch_up()
        partly = 0
        for at, block in self._blocks[self._over :]:
            passed = math.floor((self._clock() - at) * self.format.rate * (1 + self._drift) + 1e-6)
            if passed < len(block):
                partly += int(np.count_nonzero(block[: max(passed, 0), 0]))
            else:
                self._over += 1
                self._count += int(np.count_nonzero(block[:, 0]))
        return self._count + partly


class ManualClock:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def mixer_on(card: SoundCard) -> CallbackMixer:
    """A mixer that plays on this card."""
    return CallbackMixer(card.open, "card", card.format)


def without_silence(output: npt.NDArray[T]) -> npt.NDArray[T]:
    """What came out of one channel, from the first frame that is not silent to the last one."""
    loud = np.flatnonzero(output)
    return output[loud[0] : loud[-1] + 1] if len(loud) else output[:0]


class Room:
    """The time, a card, and what plays on it."""

    def __init__(self, clock: ManualClock, card: SoundCard, playback: Playback | ResampledPlayback) -> None:
        self.clock = clock
        self.card = card
        self.playback = playback

    def wait(self, seconds: float) -> int:
        """Let time pass, poll once and return the count."""
        self.clock.now += seconds
        self.card.catch_up()
        return self.playback.played()

    def watch(self, seconds: float) -> None:
        """Let time pass while looking every 10 ms."""
        for _ in range(round(seconds * 100)):
            self.wait(0.01)
