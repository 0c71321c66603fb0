"""PCM: frames ↔ bytes ↔ seconds; the only place that handles rates.

Inside the package a position is an int of frames (one sample per channel). Seconds are floats for people;
milliseconds appear only on the wire. All audio is mono, int16, little-endian.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ._rates import WIRE_RATE as WIRE_RATE

Pcm: TypeAlias = npt.NDArray[np.int16]
"""Mono audio: shape (frames,), dtype int16."""

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono audio of sound cards and files: shape (frames,), dtype float32, full scale ±1."""

FRAME_BYTES = 2
"""Bytes of one frame: mono int16."""

FULL_SCALE: Final = 32768
"""The size of the largest sample, which only a negative one has: floats of ±1 are this loud."""

_WIRE_DTYPE = np.dtype("<i2")  # little-endian on every machine

_IS_NATIVE = _WIRE_DTYPE.isnative
"""Looked up once: it is asked for each delta."""

_ARRAY_OR_BYTES: Final = "an int16 array of shape (frames,) or its bytes"
"""What an application may give as audio."""

SILENCE: Pcm = np.zeros(0, np.int16)
"""An empty array: no frames."""


def from_bytes(data: bytes | bytearray | memoryview) -> Pcm:
    """View little-endian 16-bit PCM as an array of shape (len(data) // 2,); an odd last byte is left out."""
    pcm = np.frombuffer(data, _WIRE_DTYPE, len(data) // FRAME_BYTES)
    return pcm if _IS_NATIVE else pcm.astype(np.int16)


def to_bytes(pcm: Pcm) -> bytes:
    """Convert an int16 array to little-endian 16-bit PCM."""
    return pcm.astype(_WIRE_DTYPE, copy=False).tobytes()


def joined(pieces: Sequence[Pcm]) -> Pcm:
    """Join pieces of audio; none are silence."""
    return np.concatenate([SILENCE, *pieces])


def checked_bytes(pcm: Pcm | bytes | bytearray | memoryview) -> bytes:
    """Convert the application's audio, an int16 array of shape (frames,) or its bytes, to little-endian 16-bit PCM.

    Raises:
        UsageError: another type, dtype or shape, or half a frame.
    """
    if isinstance(pcm, bytes | bytearray | memoryview):
        if len(pcm) % FRAME_BYTES:
            raise UsageError(f"audio is 16-bit mono: {len(pcm)} bytes end in the middle of a frame")
        return bytes(pcm)
    check_pcm(pcm, _ARRAY_OR_BYTES)
    return to_bytes(pcm)


def checked_pcm(pcm: Pcm | bytes | bytearray | memoryview) -> Pcm:
    """Check the application's audio as `checked_bytes` does; return it as an array, without a copy.

    Raises:
        UsageError: another type, dtype or shape, or half a frame.
    """
    if not isinstance(pcm, np.ndarray):
        return from_bytes(checked_bytes(pcm))
    check_pcm(pcm, _ARRAY_OR_BYTES)
    return pcm


def check_pcm(pcm: object, wanted: str = "an int16 array of shape (frames,)") -> None:
    """Refuse anything but an int16 array of shape (frames,).

    Raises:
        UsageError: it says what is `wanted`, what came, and how to convert it.
    """
    if not isinstance(pcm, np.ndarray):
        raise UsageError(f"audio is {wanted}, not {type(pcm).__name__}")
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise UsageError(f"audio is {wanted}, not {pcm.dtype} of shape {pcm.shape}{_conversion(pcm)}")


def _conversion(audio: npt.NDArray[np.generic]) -> str:
    """How to turn it into an int16 array of shape (frames,), where there is a plain way; else an empty text."""
    if audio.ndim == 2:
        return "; take one of the channels, such as audio[:, 0]"
    if audio.ndim == 1 and audio.dtype.kind == "f":
        return "; floats within ±1 become that by (audio * 32767).astype(np.int16)"
    if audio.ndim == 1 and audio.dtype.newbyteorder() == np.int16:
        return "; audio.astype(np.int16) has this machine's byte order"
    return ""


def to_samples(pcm: Pcm) -> Samples:
    """Convert int16 to float32, exactly."""
    return pcm.astype(np.float32) / np.float32(FULL_SCALE)


def to_pcm(samples: Samples) -> Pcm:
    """Convert float to int16, rounded and clipped."""
    return np.rint(samples * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def to_frames(seconds: float, rate: int = WIRE_RATE) -> int:
    """Frames in `seconds`, to the nearest frame."""
    return round(seconds * rate)


def to_seconds(frames: int, rate: int = WIRE_RATE) -> float:
    """Seconds that `frames` last."""
    return frames / rate


def to_ms(frames: int, rate: int = WIRE_RATE) -> int:
    """Whole milliseconds in `frames`, rounded down: the wire never gets more than there is."""
    return frames * 1000 // rate


def from_ms(ms: int, rate: int = WIRE_RATE) -> int:
    """Frames in `ms` milliseconds, rounded down."""
    return ms * rate // 1000
