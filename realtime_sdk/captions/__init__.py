"""What is shown: words with the time at which they are heard. Pure: sync in, results out."""

from .aligner import TranscriptAligner
from .caption import Caption
from .lines import CaptionLine, line_end

__all__ = ["Caption", "CaptionLine", "TranscriptAligner", "line_end"]
