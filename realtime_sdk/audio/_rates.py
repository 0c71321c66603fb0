"""The sample rates of the wire: apart from what computes with audio, which loads numpy."""

from typing import Final

WIRE_RATE: Final = 24_000
"""Sample rate in Hz of `audio/pcm` on the wire, in both directions: the only one that the service offers."""

G711_RATE: Final = 8000
"""Sample rate of G.711 in Hz; it has no other."""
