"""Captions: the words of a transcript with the times at which they are audible. Pure: sync in, results out."""

# Read `_aligner.py` (the whole), then `text/` (spoken forms), `features/` (the audio) and `decoding/` (words aligned to
# audio); `_lines.py` and `_export.py` arrange captions on a screen and in files. docs/captions-model.md states the
# model. A comment "benchmarks/captions.py: …" above tuned constants names the tables that get worse without them.

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
