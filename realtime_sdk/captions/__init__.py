"""What is shown: words with the time at which they are heard. Pure: sync in, results out."""

from .aligner import TranscriptAligner
from .caption import Caption

__all__ = ["Caption", "TranscriptAligner"]
