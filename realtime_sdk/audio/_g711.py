"""G.711 by tables, which are made by libsndfile."""

from __future__ import annotations

import io
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._pcm import from_bytes, to_bytes
from ._rates import G711_RATE

_Codes: TypeAlias = npt.NDArray[np.uint8]
_Levels: TypeAlias = npt.NDArray[np.int16]


def encode(law: str, pcm: bytes) -> bytes:
    """Encode little-endian PCM16 of whole frames; law: "ULAW" or "ALAW", as libsndfile names them."""
    return _codes(law)[from_bytes(pcm).view(np.uint16)].tobytes()


def decode(law: str, data: bytes) -> bytes:
    """Decode to little-endian PCM16."""
    return to_bytes(_levels(law)[np.frombuffer(data, np.uint8)])


@cache
def _levels(law: str) -> _Levels:
    """Levels of a law's 256 codes."""
    import soundfile

    codes = io.BytesIO(bytes(range(256)))
    levels: _Levels
    levels, _ = soundfile.read(
        codes, dtype="int16", samplerate=G711_RATE, channels=1, format="RAW", subtype=law, endian="FILE"
    )
    return levels


@cache
def _codes(law: str) -> _Codes:
    """Codes of all 65 536 levels, indexed by the level's bits as an unsigned number."""
    import soundfile

    # Through a table, because a file in memory for every 20 ms would cost twenty times as much.
    levels = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    codes = io.BytesIO()
    soundfile.write(codes, levels, G711_RATE, format="RAW", subtype=law)
    return np.frombuffer(codes.getvalue(), np.uint8)
