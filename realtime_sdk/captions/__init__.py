"""What is shown: words with the time at which they are heard. Pure: sync in, results out."""

from ._aligner import TranscriptAligner
from ._caption import Caption
from ._export import to_srt, to_vtt
from ._lines import CaptionLine

__all__ = ["Caption", "CaptionLine", "TranscriptAligner", "to_srt", "to_vtt"]
