"""Files as devices: a speaker that records to one, a microphone that plays one."""

from __future__ import annotations

import io
import os
import struct
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import numpy as np

from .._runtime import clock
from .._runtime.arguments import shown
from .._runtime.text import describe
from .._runtime.threads import run_in_thread
from ..audio._pcm import FRAME_BYTES, SILENCE, WIRE_RATE, Pcm, check_pcm, to_bytes, to_frames, to_pcm
from ..audio._wav_file import readable
from ..errors import DeviceError, UsageError
from ._failures import device_errors
from ._realtime import RealTimeSpeaker

FilePath: TypeAlias = str | os.PathLike[str]

WAV_BLOCK_SECONDS = 0.02
"""Seconds of audio in one block of a `WavMicrophone`."""

FILE_CHUNK_SECONDS = 0.1
"""Seconds of audio that are read and resampled at once."""

_UNWRITABLE = (OSError, ValueError, struct.error)
"""Exceptions of opening and writing: no space left, an impossible path, a file too long for its header."""


class WavSpeaker(RealTimeSpeaker):
    """An `OutputDevice` that records to a WAV file, in real time, what a listener would have heard.

    From `open` on, with the silences, without the frames that were dropped. The file can be read at any time, even
    after a crash: its header is updated whenever audio is added.

    path: of the file, which `open` overwrites.
    """

    def __init__(self, path: FilePath) -> None:
        super().__init__()
        if not isinstance(path, str | os.PathLike):
            raise UsageError(f"path is that of a WAV file, such as 'heard.wav', not {shown(path)}")
        self.path: Path = Path(path)
        self._file: io.BufferedWriter | None = None  # None unless open
        self._wave: wave.Wave_write | None = None  # its writer
        self._failure: DeviceError | None = None  # why nothing can be added to it any more

    async def open(self, rate: int) -> None:
        """Overwrite the file, unless an earlier write failed: the audio heard so far stays in it."""
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
                    with suppress(*_UNWRITABLE):  # a failed write was reported by `played`
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
        return DeviceError(f"can't write audio to {self.path}: {reason}")


class WavMicrophone:
    """An `InputDevice` that captures an audio file in real time, then silence until it is closed.

    path: any file that libsndfile reads, at any rate; its channels are mixed to one. A WAV whose header does not say
    how long it is, as of a stream, is captured to its end; a pipe is read to its end by `open`. None: silence from the
    start.
    ends: it has no more to capture after the file, in place of silence: `transcribe` then comes to its end.
    """

    watched: Final = False
    """Its silence is no fault of a device."""

    def __init__(self, path: FilePath | None = None, *, ends: bool = False) -> None:
        if path is not None:
            _check_source("path", path)
        self._ends = ends
        self._source: FilePath | Pcm | None = path  # to be captured first
        self._rate = WIRE_RATE  # of `open`
        self._due: float | None = None  # loop time at which the last block was complete; None unless open
        self._file: Any = None  # the soundfile.SoundFile that is being read, if any
        self._pieces: Iterator[Pcm] = iter(())  # still to be captured
        self._piece = SILENCE  # the rest of the last piece

    async def open(self, rate: int) -> None:
        """Start capturing the file."""
        self._rate = rate
        with device_errors(self):
            await run_in_thread(self._start, self._source)
        self._due = clock.now()

    def say(self, sound: FilePath | Pcm) -> None:
        """Capture this audio next, in place of the rest of the current audio; before `open`: from `open` on.

        sound: a file, or int16 mono at the rate of `open`.

        Raises:
            DeviceError: the file can't be read.
            UsageError: neither a path nor such audio.
        """
        _check_source("sound", sound)
        if self._due is None:
            self._source = sound
        else:
            with device_errors(self):
                self._start(sound)

    async def read(self) -> Pcm:
        """Wait for the next 20 ms; a late reader gets the blocks it missed at once."""
        if self._due is not None:
            self._due += WAV_BLOCK_SECONDS
            await anyio.sleep_until(self._due)
        if self._due is None:
            return SILENCE
        frames = to_frames(WAV_BLOCK_SECONDS, self._rate)
        with device_errors(self):
            pcm = self._next(frames)
        return pcm if self._ends else np.pad(pcm, (0, frames - len(pcm)))

    async def close(self) -> None:
        """Stop capturing."""
        self._start(None)
        self._due = None

    def _start(self, source: FilePath | Pcm | None) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._pieces, self._piece = None, iter(()), SILENCE
        if isinstance(source, np.ndarray):
            self._piece = source
        elif source is not None:
            self._file = _opened(source)
            self._pieces = _pieces(self._file, self._rate)

    def _next(self, frames: int) -> Pcm:
        """Take the next frames; fewer, once there are no more."""
        pieces = [self._piece]
        while sum(map(len, pieces)) < frames and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
        pcm = np.concatenate(pieces)
        self._piece = pcm[frames:]
        return pcm[:frames]


def _check_source(name: str, source: FilePath | Pcm) -> None:
    if isinstance(source, np.ndarray):
        check_pcm(source)
    elif not isinstance(source, str | os.PathLike):
        raise UsageError(f"{name} is an audio file, such as 'talk.wav', not {shown(source)}")


def _opened(path: FilePath) -> Any:
    """Open the file as a soundfile.SoundFile."""
    import soundfile

    try:
        return soundfile.SoundFile(readable(path))
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or describe(error)
        raise DeviceError(f"can't read {os.fspath(path)}: {reason}") from error
    except soundfile.LibsndfileError as error:
        raise DeviceError(f"can't read {os.fspath(path)}: {error.error_string}") from error
    except TypeError as error:  # soundfile knows by the name that it has no header
        reason = "it does not say its sample rate; make it a WAV file"
        raise DeviceError(f"can't read {os.fspath(path)}: {reason}") from error


def _pieces(file: Any, rate: int) -> Iterator[Pcm]:
    """Yield the file's audio as int16 mono at `rate`, FILE_CHUNK_SECONDS at a time."""
    import soxr

    resample = soxr.ResampleStream(file.samplerate, rate, 1) if file.samplerate != rate else None
    chunk = to_frames(FILE_CHUNK_SECONDS, file.samplerate)
    while len(block := file.read(chunk, dtype="float32", always_2d=True)):  # `blocks` refuses GSM, which can't seek
        mono = np.nan_to_num(block.mean(axis=1), copy=False, posinf=1.0, neginf=-1.0)
        yield to_pcm(mono if resample is None else resample.resample_chunk(mono))
    if resample is not None:
        yield to_pcm(resample.resample_chunk(np.zeros(0, np.float32), last=True))
