"""The formats of audio on the wire: PCM16 at sample rates for speech, and G.711 in its two laws.

Inside the package all audio is PCM16. It runs at the rate of its format on the wire, from the server to the device and
from the device to the server, so that no position is ever converted; a device with another rate resamples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .._runtime.arguments import is_number, shown
from ..errors import UsageError
from ._rates import G711_RATE, WIRE_RATE

LOWEST_RATE, HIGHEST_RATE = 8000, 48_000
"""Sample rates in Hz between which services offer PCM16."""

BETA_NAMES: Final = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
"""Types of the formats on the wire, and the retired beta's names of them, which other services still use."""

_TYPES: Final = {**{name: name for name in BETA_NAMES}, **{beta: name for name, beta in BETA_NAMES.items()}}
"""The type of a format by either of its names."""

_LAWS: Final = {"audio/pcmu": "ULAW", "audio/pcma": "ALAW"}
"""The companding laws as libsndfile names them."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A format of audio on the wire; mono, as all audio is there.

    Raises:
        UsageError: an unknown type, or a rate that it doesn't have.

    """

    type: str = "audio/pcm"  # or "audio/pcmu" (G.711 μ-law), "audio/pcma" (G.711 A-law)
    rate: int = WIRE_RATE  # in Hz

    def __post_init__(self) -> None:
        if not is_number(self.rate):
            raise UsageError(f"rate is a sample rate in Hz, such as {WIRE_RATE}, not {shown(self.rate)}")
        if self.type not in _TYPES.values():
            raise UsageError(f"unknown audio format {self.type!r}: choose one of {', '.join(_TYPES)}")
        if self.type in _LAWS and self.rate != G711_RATE:
            raise UsageError(f"{self.type} has a sample rate of {G711_RATE} Hz, not {self.rate}")
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise UsageError(f"{self.type} has a sample rate of {LOWEST_RATE} to {HIGHEST_RATE} Hz, not {self.rate}")

    def __str__(self) -> str:
        return f"{self.type} at {self.rate} Hz"

    @classmethod
    def of(cls, value: AudioFormat | Mapping[str, Any] | str) -> AudioFormat:
        """Return the format of a name, `"audio/pcmu"`, or of the wire's object, `{"type": "audio/pcm", "rate": 16000}`.

        Raises:
            UsageError: an unknown format, or a rate that it doesn't have.

        """
        if isinstance(value, AudioFormat):
            return value
        fields = {"type": value} if isinstance(value, str) else value
        name = fields.get("type") if isinstance(fields, Mapping) else None
        if not isinstance(name, str) or name not in _TYPES:
            raise UsageError(f"unknown audio format {value!r}: choose one of {', '.join(_TYPES)}")
        rate = fields.get("rate", G711_RATE if _TYPES[name] in _LAWS else WIRE_RATE)
        if not isinstance(rate, int):
            raise UsageError(f"a sample rate is a whole number of Hz, not {rate!r}")
        return cls(_TYPES[name], rate)

    def encode(self, pcm: bytes) -> bytes:
        """Encode little-endian PCM16 of whole frames."""
        if (law := _LAWS.get(self.type)) is None:
            return pcm
        from ._g711 import encode  # with numpy, which a session loads in a thread

        return encode(law, pcm)

    def decode(self, data: bytes) -> bytes:
        """Decode to little-endian PCM16."""
        if (law := _LAWS.get(self.type)) is None:
            return data
        from ._g711 import decode

        return decode(law, data)


def to_wire(format: AudioFormat) -> dict[str, Any]:
    """Make the wire's object of a format."""
    return {"type": format.type} if format.type in _LAWS else {"type": format.type, "rate": format.rate}


def format_of_name(name: str) -> str | None:
    """Return the type for a name of either dialect; None for an unknown name."""
    return _TYPES.get(name)
