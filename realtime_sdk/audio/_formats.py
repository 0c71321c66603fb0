"""The formats of audio on the wire: PCM16 at sample rates for speech, and G.711 in its two laws.

Inside the package all audio is PCM16. It runs at the rate of its format on the wire, from the server to the device and
from the device to the server, so that no position is ever converted; a device whose own rate is another resamples.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ._pcm import WIRE_RATE, from_bytes, to_bytes

G711_RATE: Final = 8000
"""Frames per second of G.711, which has no other."""

SLOWEST_RATE, FASTEST_RATE = 8000, 48_000
"""Frames per second between which services offer PCM16."""

_TYPES: Final = {
    "audio/pcm": "audio/pcm",
    "audio/pcmu": "audio/pcmu",
    "audio/pcma": "audio/pcma",
    "pcm16": "audio/pcm",
    "g711_ulaw": "audio/pcmu",
    "g711_alaw": "audio/pcma",
}
"""The wire's names of the formats; the last three are the retired beta's, which other services still speak."""

_LAWS: Final = {"audio/pcmu": "ULAW", "audio/pcma": "ALAW"}
"""libsndfile's names of the laws."""

_Codes: TypeAlias = npt.NDArray[np.uint8]
_Levels: TypeAlias = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One format of sound on the wire; mono, as all sound is there.

    Raises:
        UsageError: no such type, or a rate that it doesn't have.

    """

    type: str = "audio/pcm"  # or "audio/pcmu" (G.711 μ-law), "audio/pcma" (G.711 A-law)
    rate: int = WIRE_RATE  # frames per second

    def __post_init__(self) -> None:
        if self.type not in _TYPES.values():
            raise UsageError(f"no format of sound is called {self.type!r}; there are {', '.join(_TYPES)}")
        if self.type in _LAWS and self.rate != G711_RATE:
            raise UsageError(f"{self.type} has {G711_RATE} frames a second, not {self.rate}")
        if not SLOWEST_RATE <= self.rate <= FASTEST_RATE:
            raise UsageError(f"{self.type} has {SLOWEST_RATE} to {FASTEST_RATE} frames a second, not {self.rate}")

    def __str__(self) -> str:
        return f"{self.type} at {self.rate} Hz"

    @classmethod
    def of(cls, value: AudioFormat | Mapping[str, Any] | str) -> AudioFormat:
        """Give the format that is meant: `"audio/pcmu"`, or the wire's object `{"type": "audio/pcm", "rate": 16000}`.

        Raises:
            UsageError: it is none.

        """
        if isinstance(value, AudioFormat):
            return value
        fields = {"type": value} if isinstance(value, str) else value
        name = fields.get("type") if isinstance(fields, Mapping) else None
        if not isinstance(name, str) or name not in _TYPES:
            raise UsageError(f"no format of sound is {value!r}; there are {', '.join(_TYPES)}")
        rate = fields.get("rate", G711_RATE if _TYPES[name] in _LAWS else WIRE_RATE)
        if not isinstance(rate, int):
            raise UsageError(f"a rate of sound is a whole number of frames a second, not {rate!r}")
        return cls(_TYPES[name], rate)

    def encode(self, pcm: bytes) -> bytes:
        """Put little-endian PCM16 of whole frames into this format."""
        law = _LAWS.get(self.type)
        return pcm if law is None else encoding_of(law)[from_bytes(pcm).view(np.uint16)].tobytes()

    def decode(self, data: bytes) -> bytes:
        """Give little-endian PCM16 of what is in this format."""
        law = _LAWS.get(self.type)
        return data if law is None else to_bytes(decoding_of(law)[np.frombuffer(data, np.uint8)])


def to_wire(format: AudioFormat) -> dict[str, Any]:
    """Make the wire's object of a format."""
    return {"type": format.type} if format.type in _LAWS else {"type": format.type, "rate": format.rate}


def format_of_name(name: str) -> str | None:
    """Return the type that the wire calls so in either dialect; None for an unknown name."""
    return _TYPES.get(name)


@cache
def decoding_of(law: str) -> _Levels:
    """The levels of a law's 256 codes, as libsndfile has them; law: "ULAW" or "ALAW"."""
    import soundfile

    codes = io.BytesIO(bytes(range(256)))
    levels: _Levels
    levels, _ = soundfile.read(
        codes, dtype="int16", samplerate=G711_RATE, channels=1, format="RAW", subtype=law, endian="FILE"
    )
    return levels


@cache
def encoding_of(law: str) -> _Codes:
    """The codes of all 65 536 levels, as libsndfile has them, by the level's bits read as an unsigned number."""
    import soundfile

    # Through a table, because a file in memory for every 20 ms would cost twenty times as much.
    levels = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    codes = io.BytesIO()
    soundfile.write(codes, levels, G711_RATE, format="RAW", subtype=law)
    return np.frombuffer(codes.getvalue(), np.uint8)
