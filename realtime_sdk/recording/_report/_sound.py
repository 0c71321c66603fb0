"""The sound of a recording for a page: its peaks, to be drawn, and a compressed copy, to be played."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ..._runtime.extras import need
from ...audio._pcm import FULL_SCALE, WIRE_RATE
from ...audio._wav_file import native_path
from .._stereo import Channel

PEAKS_PER_SECOND: Final = 50

_BLOCK_SECONDS: Final = 60  # read at a time

_FORMAT: Final = {"format": "OGG", "subtype": "OPUS", "compression_level": 0.9}
"""Every browser of the last years plays it; an hour of talk has about 15 MB."""

MEDIA_TYPE: Final = "audio/ogg; codecs=opus"


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a recording."""

    seconds: float
    peaks: dict[Channel, npt.NDArray[np.uint8]]  # the loudest frame of each fiftieth of a second; 255: full scale
    compressed: bytes  # an Ogg file with both sides, in stereo


def read_sound(path: Path) -> Sound | None:
    """Read the file; None: there is none that can be read, or it is empty."""
    soundfile: Any = need("soundfile", "The reader of audio files", "cli")
    compressed, peaks = io.BytesIO(), list[npt.NDArray[np.uint8]]()
    try:
        with soundfile.SoundFile(native_path(path)) as source:
            rate, channels = source.samplerate, source.channels
            if (rate, channels) != (WIRE_RATE, len(Channel)) or not len(source):
                return None
            with soundfile.SoundFile(compressed, "w", rate, channels, **_FORMAT) as target:
                for block in source.blocks(rate * _BLOCK_SECONDS, dtype="int16"):
                    target.write(block)
                    peaks.append(_peaks(block, rate // PEAKS_PER_SECOND))
            seconds = len(source) / rate
    except (OSError, soundfile.LibsndfileError):
        return None
    together = np.concatenate(peaks)
    return Sound(seconds, {channel: together[:, channel] for channel in Channel}, compressed.getvalue())


def _peaks(block: npt.NDArray[np.int16], frames: int) -> npt.NDArray[np.uint8]:
    """The loudest of every `frames` frames, by channel; quiet ones are raised, as the ear does."""
    padded = np.pad(block, ((0, -len(block) % frames), (0, 0))).astype(np.float32)
    loudest: npt.NDArray[np.float32] = np.abs(padded).reshape(-1, frames, block.shape[1]).max(axis=1) / FULL_SCALE
    return np.asarray(np.ceil(255 * loudest**0.6), np.uint8)
