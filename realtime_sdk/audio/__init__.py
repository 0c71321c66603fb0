"""PCM, its formats on the wire, and resampling: the only place that knows a rate. Pure."""

from ._formats import AudioFormat, Formats
from ._pcm import Pcm

__all__ = ["AudioFormat", "Formats", "Pcm"]
