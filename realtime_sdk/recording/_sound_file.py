"""Writes `conversation.wav`: it can be played at any time, to the last second."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from ..audio._pcm import FRAME_BYTES, WIRE_RATE, Pcm, to_bytes, to_seconds
from ._disk_file import DiskFile
from ._stereo import WRITE_FRAMES, Channel, StereoMixer

HEADER_BYTES: Final = 44

_STEREO_BYTES: Final = FRAME_BYTES * len(Channel)
_LARGEST: Final = 2**32 - 1  # a size in the header; players read a longer file to its end


class SoundFile:
    """Mixes both sides, and writes them as a stereo WAV file whose header is right after every write.

    What may still change, because the other side is reported late, is written too, and written over later.

    rates: sample rates of the audio of both sides, in Hz.
    """

    def __init__(self, file: DiskFile, rates: Mapping[Channel, int]) -> None:
        self._file = file
        self._mixer = StereoMixer(rates)
        self._final_bytes = HEADER_BYTES
        self._shown_frames = 0  # of the recording, in the file so far
        self._write_header()

    def place(self, channel: Channel, due_frames: int, pcm: Pcm) -> None:
        """Place audio of one side, due at a frame of its own rate."""
        for block in self._mixer.place(channel, due_frames, pcm):
            self._write_final(block)
        if self._mixer.end_frames >= self._shown_frames + WRITE_FRAMES:
            self.show_end()

    def show_end(self) -> None:
        """Write the audio so far to its end; `place` does so every half second of it."""
        self._shown_frames = self._mixer.end_frames
        self._file.write(self._final_bytes, to_bytes(self._mixer.preview()))
        self._write_header()

    @property
    def missing(self) -> float:
        """Seconds at the end of what was placed that the file lacks."""
        written = (self._file.size - HEADER_BYTES) // _STEREO_BYTES
        return to_seconds(max(0, self._mixer.end_frames - written), WIRE_RATE)

    def finish(self) -> None:
        """Write the rest."""
        for block in self._mixer.finish():
            self._write_final(block)
        self._file.cut(self._final_bytes)
        self._write_header()

    def _write_final(self, block: Pcm) -> None:
        data, position = to_bytes(block), self._final_bytes
        self._final_bytes += len(data)  # also if the disk refuses it: what follows keeps its time
        self._file.write(position, data)
        self._write_header()

    def _write_header(self) -> None:
        size = max(0, self._file.size - HEADER_BYTES) // _STEREO_BYTES * _STEREO_BYTES
        self._file.write(0, _header(min(size, _LARGEST - HEADER_BYTES)))


def _header(size: int) -> bytes:
    """The header of a file with `size` bytes of audio."""
    form = (16, 1, len(Channel), WIRE_RATE, WIRE_RATE * _STEREO_BYTES, _STEREO_BYTES, 8 * FRAME_BYTES)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size + HEADER_BYTES - 8, b"WAVE", b"fmt ", *form, b"data", size
    )  # fmt: skip
