"""WAV files whose header does not say how long they are: streams that were saved, and recordings that were cut off."""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO, Final

HEADER_BYTES: Final = 4096
"""Bytes at the beginning of a file in which its audio begins."""

_LONGEST: Final = 0x7FFFFFFF - HEADER_BYTES
"""Bytes of audio that stand for "to the end": libsndfile reads what there is."""

_CHUNKS: Final = (b"LIST", b"id3 ", b"cue ", b"smpl", b"bext", b"fact")  # what may follow audio that is really empty


def native_path(path: str | os.PathLike[str]) -> str | bytes:
    """Return the path of an audio file for soundfile, which refuses a str with bytes that are not the locale's."""
    return os.fspath(path) if os.name == "nt" else os.fsencode(path)


def readable(path: str | os.PathLike[str]) -> str | bytes | BinaryIO:
    """Return what libsndfile reads this audio file from: its path, or its contents with the header put right.

    A pipe, and a WAV that is said to be empty and is not, are read into memory.

    Raises:
        OSError: there is no such file, or it can't be read.
    """
    with open(path, "rb") as file:
        start = file.read(HEADER_BYTES)
        header = mended_header(start)
        if file.seekable() and header == start:
            return native_path(path)
        return io.BytesIO(header + file.read())


def mended_header(start: bytes) -> bytes:
    """Return the beginning of a file; of a WAV whose audio is said to have 0 bytes, and has some, as of a long one."""
    if start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        return start
    at = 12
    while at + 8 < len(start):
        kind, size = struct.unpack_from("<4sI", start, at)
        if kind == b"data":
            if size or start[at + 8 : at + 12] in _CHUNKS:
                return start
            sizes = struct.pack("<I", _LONGEST + at), struct.pack("<I", _LONGEST)
            return start[:4] + sizes[0] + start[8 : at + 4] + sizes[1] + start[at + 8 :]
        at += 8 + size + size % 2
    return start
