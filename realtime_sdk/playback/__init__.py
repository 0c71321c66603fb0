"""What is heard: segments, and the timeline that maps a device's count to them. Pure: sync in, results out."""

from .hold import Hold
from .prebuffer import Arrivals, Prebuffer
from .segment import TRANSITIONS, Progress, Segment, SegmentState
from .timeline import Heard, Timeline

__all__ = ["TRANSITIONS", "Arrivals", "Heard", "Hold", "Prebuffer", "Progress", "Segment", "SegmentState", "Timeline"]
