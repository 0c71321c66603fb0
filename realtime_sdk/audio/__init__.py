"""PCM, its formats on the wire, and resampling: the only place that handles rates. Pure."""

from ._formats import AudioFormat
from ._pcm import Pcm
from ._session_formats import Formats

__all__ = ["AudioFormat", "Formats", "Pcm"]
