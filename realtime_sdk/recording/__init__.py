"""What a talk leaves behind: the wire, the sound as it was heard, the captions; and how to read it back."""

from ._recorder import Recorder
from ._replay import Record, read

__all__ = ["Record", "Recorder", "read"]
