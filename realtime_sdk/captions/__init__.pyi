"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._aligner import TranscriptAligner as TranscriptAligner
from ._caption import Caption as Caption
from ._export import to_srt as to_srt, to_vtt as to_vtt
from ._lines import CaptionLine as CaptionLine
from ._utterance import Utterance as Utterance
