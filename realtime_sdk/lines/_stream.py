"""The stream of a line, once the far side has started it: its microphone, its speaker, and what is said of both."""

from __future__ import annotations

import logging
from typing import Final

from .._runtime import clock
from ..audio._pcm import FRAME_BYTES, from_bytes, to_seconds
from ._dialect import LineDialect, Started
from ._ignored import IgnoredMessages
from ._microphone import LineMicrophone
from ._outbox import Outbox
from ._playback import LinePlayback, LineTiming
from ._speaker import LineSpeaker

LONGEST_AUDIO: Final = 1.0
"""Seconds of audio in the largest message."""

_log = logging.getLogger("realtime_sdk.lines")


class LineStream:
    """What the far side captures and plays. A message that makes no sense is `ignored`."""

    def __init__(
        self, dialect: LineDialect, start: Started, *, outbox: Outbox, timing: LineTiming, ignored: IgnoredMessages
    ) -> None:
        self.start = start
        self.microphone = LineMicrophone(start.input.rate)
        self.speaker = LineSpeaker(self._new_playback, start.output.rate)
        self._dialect = dialect
        self._outbox = outbox
        self._timing = timing
        self._ignored = ignored

    def _new_playback(self, hold_back: int) -> LinePlayback:
        return LinePlayback(
            self._dialect, self.start, clock.loop_clock(), outbox=self._outbox, timing=self._timing,
            hold_back=hold_back,
        )  # fmt: skip

    def capture(self, payload: bytes) -> None:
        """Take a piece of the far side's audio."""
        pcm = self.start.input.decode(payload)
        seconds = to_seconds(len(pcm) // FRAME_BYTES, self.start.input.rate)
        if len(pcm) % FRAME_BYTES:
            self._ignored.add("it ended within a frame", f"{len(payload)} bytes are no whole number of 16-bit frames")
        elif seconds > LONGEST_AUDIO:
            self._ignored.add("it was too long", f"it has {seconds:.2f} s of audio, more than {LONGEST_AUDIO:g} s")
        elif not self.microphone.push(from_bytes(pcm)):
            self._ignored.add("it came too fast", "the far side sends more than a second of audio per second")

    def mark_reached(self, name: str) -> None:
        """A mark came back."""
        if not self.speaker.mark_reached(name):
            _log.debug("a mark came back that is not pending: %r", name[:80])

    def frames_played(self, clear: int, frames: int) -> None:
        """The far side reported how many frames it has played since a clear."""
        if not self.speaker.frames_played(clear, frames):
            self._ignored.add("it counted what was not sent", f"{frames} frames since clear {clear}")

    def end(self, reason: str) -> None:
        """The line has ended."""
        self.speaker.end(reason)
        self.microphone.end()
