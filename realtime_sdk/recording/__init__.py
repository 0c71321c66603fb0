"""What a talk leaves behind: the wire, the sound as it was heard, the captions; and how to read it back."""

from .recorder import Recorder
from .replay import Record, read

__all__ = ["Record", "Recorder", "read"]
