"""Files as devices: a speaker that plays into one, a microphone that hears one."""

from __future__ import annotations

import io
import os
import struct
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import numpy as np

from .._runtime import clock
from .._runtime.text import describe
from .._runtime.threads import run_in_thread
from ..audio._pcm import FRAME_BYTES, SILENCE, WIRE_RATE, Pcm, to_bytes, to_frames, to_pcm
from ..errors import DeviceError
from ._failures import device_errors
from ._realtime import RealTimeSpeaker

FilePath: TypeAlias = str | os.PathLike[str]

BLOCK = 0.02
"""Seconds of one block of a `WavMicrophone`."""

READ = 0.1
"""Seconds of a file that are read and resampled at once."""

_UNWRITABLE = (OSError, ValueError, struct.error)
"""What opening and writing raise: no space left, no possible path, a file longer than its header can say."""


class WavSpeaker(RealTimeSpeaker):
    """Plays in real time into a file that holds what a listener would have heard.

    From `open` on: silences between are in it, dropped frames are not. The file can be read at any time, whatever
    happens to the process: its header is put right whenever sound is added.
    """

    def __init__(self, path: FilePath) -> None:
        super().__init__()
        self.path: Path = Path(path)
        self._file: io.BufferedWriter | None = None  # None unless open
        self._wave: wave.Wave_write | None = None  # what puts sound and header into it
        self._failure: DeviceError | None = None  # why no more could be added to it

    async def open(self, rate: int) -> None:
        """Begin the file anew, unless it is one to which no more could be added: what was heard stays in it."""
        if self._failure is not None:
            raise self._failure
        await self.close()
        await run_in_thread(self._create, rate)
        await super().open(rate)

    async def close(self) -> None:
        """End the file."""
        try:
            await super().close()
        finally:
            for file in (self._wave, self._file):
                if file is not None:
                    with suppress(*_UNWRITABLE):  # what can't be written was reported when it was heard
                        file.close()
            self._wave = self._file = None

    def _create(self, rate: int) -> None:
        try:
            self._file = self.path.open("wb")
        except _UNWRITABLE as error:
            raise self._unwritable(error) from error
        self._wave = wave.Wave_write(self._file)
        self._wave.setparams((1, FRAME_BYTES, rate, 0, "NONE", ""))
        self._append(SILENCE)

    def _heard(self, pcm: Pcm) -> None:
        self._append(pcm)

    def _silent(self, frames: int) -> None:
        for start in range(0, frames, self._rate):
            self._append(np.zeros(min(self._rate, frames - start), np.int16))

    def _append(self, pcm: Pcm) -> None:
        assert self._file is not None and self._wave is not None
        try:
            self._wave.writeframes(to_bytes(pcm))
            self._file.flush()
        except _UNWRITABLE as error:
            self._failure = self._unwritable(error)
            raise self._failure from error

    def _unwritable(self, error: Exception) -> DeviceError:
        reason = error.strerror if isinstance(error, OSError) else describe(error)
        return DeviceError(f"can't write the sound to {self.path}: {reason}")


class WavMicrophone:
    """Hears a sound file in real time, then silence until it is closed.

    path: any file that libsndfile reads, at any rate, whose channels are mixed to one. None: silent from the start.
    """

    def __init__(self, path: FilePath | None = None) -> None:
        self._sound: FilePath | Pcm | None = path  # what it hears first
        self._rate = WIRE_RATE  # of `open`
        self._due: float | None = None  # loop time at which the last block was complete; None unless open
        self._file: Any = None  # the soundfile.SoundFile that is being heard, if it is one
        self._pieces: Iterator[Pcm] = iter(())  # what is still to be heard
        self._piece = SILENCE  # what is left of the last piece

    async def open(self, rate: int) -> None:
        """Start to hear the file."""
        self._rate = rate
        with device_errors(self):
            await run_in_thread(self._begin, self._sound)
        self._due = clock.now()

    def say(self, sound: FilePath | Pcm) -> None:
        """Speak this from now on, instead of what is being spoken; before `open`: from there on.

        sound: a file, or int16 mono at the rate of `open`. Raises `DeviceError` for a file that can't be read.
        """
        if self._due is None:
            self._sound = sound
        else:
            with device_errors(self):
                self._begin(sound)

    async def read(self) -> Pcm:
        """Wait until the next 20 ms are over; a late reader gets the blocks it missed at once."""
        if self._due is not None:
            self._due += BLOCK
            await anyio.sleep_until(self._due)
        if self._due is None:
            return SILENCE
        with device_errors(self):
            return self._next(to_frames(BLOCK, self._rate))

    async def close(self) -> None:
        """Hear no more."""
        self._begin(None)
        self._due = None

    def _begin(self, sound: FilePath | Pcm | None) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._pieces, self._piece = None, iter(()), SILENCE
        if isinstance(sound, np.ndarray):
            self._piece = sound
        elif sound is not None:
            self._file = _opened(sound)
            self._pieces = _pieces(self._file, self._rate)

    def _next(self, frames: int) -> Pcm:
        """The next frames, silence where there are no more."""
        pieces = [self._piece]
        while sum(map(len, pieces)) < frames and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
        sound = np.concatenate(pieces)
        self._piece = sound[frames:]
        return np.pad(sound[:frames], (0, max(0, frames - len(sound))))


def _opened(path: FilePath) -> Any:
    """The soundfile.SoundFile at `path`."""
    import soundfile

    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        reason = error.error_string if Path(path).exists() else "there is no such file"
        raise DeviceError(f"can't hear {os.fspath(path)}: {reason}") from error


def _pieces(file: Any, rate: int) -> Iterator[Pcm]:
    """The file's sound as int16 mono at `rate`, READ seconds of it at a time."""
    import soxr

    resample = soxr.ResampleStream(file.samplerate, rate, 1) if file.samplerate != rate else None
    for block in file.blocks(to_frames(READ, file.samplerate), dtype="float32", always_2d=True):
        mono = block.mean(axis=1)
        yield to_pcm(mono if resample is None else resample.resample_chunk(mono))
    if resample is not None:
        yield to_pcm(resample.resample_chunk(np.zeros(0, np.float32), last=True))
