"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._formats import AudioFormat as AudioFormat
from ._pcm import Pcm as Pcm
from ._session_formats import Formats as Formats
