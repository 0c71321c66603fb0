"""Words found in the sound by an acoustic model: the extra `align`, which makes captions land on the word."""

from .clip import align, is_installed
from .decoder import Decoder, shared_decoder
from .forced import Anchor, ForcedAligner, Placed, Window

__all__ = [
    "Anchor",
    "Decoder",
    "ForcedAligner",
    "Placed",
    "Window",
    "align",
    "is_installed",
    "shared_decoder",
]
