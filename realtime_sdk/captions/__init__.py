"""Captions: the words of a transcript with the times at which they are audible. Pure: sync in, results out."""

# Read `_aligner.py` (the whole), then `text/` (spoken forms), `features/` (the audio) and `decoding/` (words aligned to
# audio); `_lines.py` and `_export.py` arrange captions on a screen and in files. docs/captions-model.md states the
# model. A comment "benchmarks/captions.py: …" above tuned constants names the tables that get worse without them.

from ._aligner import TranscriptAligner
from ._caption import Caption
from ._export import Utterance, to_srt, to_vtt
from ._lines import CaptionLine

__all__ = ["Caption", "CaptionLine", "TranscriptAligner", "Utterance", "to_srt", "to_vtt"]
