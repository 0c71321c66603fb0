"""Words found in the sound by an acoustic model: the extra `align`, which makes captions land on the word."""

from ._clip import align

__all__ = ["align"]
