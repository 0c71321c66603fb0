"""Words found in the sound by an acoustic model: the extra `align`, which makes captions land on the word."""

from .clip import align, is_installed
from .decoder import Decoder
from .forced import Anchor, ForcedAligner

__all__ = ["Anchor", "Decoder", "ForcedAligner", "align", "is_installed"]
