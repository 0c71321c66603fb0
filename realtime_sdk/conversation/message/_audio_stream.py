"""A message's audio on its way to the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final

from ...audio._pcm import Pcm, to_frames, to_seconds
from ...errors import UsageError
from ...playback._segment import Segment
from .._settings import MessageSettings, OnHeard
from .._streams import Queue

ROUNDING: Final = 0.01
"""Seconds by which a reported position may be behind the audio that was taken: a line counts in packets of its own."""


class AudioStream:
    """Distributes received audio: to one reader that plays it, or beside a device to any number of readers."""

    def __init__(self, settings: MessageSettings) -> None:
        self._event_factory = settings.event_factory
        self._on_heard = settings.on_heard  # None: a device plays
        self._on_awaited = settings.on_awaited
        self._rate = settings.rate
        self._read = 0  # frames that an application has read, and reports when it has played them
        self._to_play: Queue[tuple[Segment, Pcm]] | None = None  # without a device; None: a device plays
        if settings.on_heard is not None:
            self._to_play = Queue(settings.event_factory)
        self._is_read = False  # it has had a reader that plays
        self._is_counted = False  # what is read counts as heard, or has been reported
        self._received: list[Pcm] = []  # for readers that come late, until the stream is closed
        self._readers: list[Queue[Pcm]] = []  # beside a device
        self._withheld: list[tuple[Segment, Pcm]] | None = None  # not to be played yet; None: nothing is withheld
        self._ended = False

    def put(self, segment: Segment, pcm: Pcm) -> None:
        """Add audio that was received."""
        if self._to_play is not None:
            if self._withheld is not None:
                self._withheld.append((segment, pcm))
            else:
                self._to_play.put((segment, pcm))
            return
        self._received.append(pcm)
        for reader in self._readers:
            reader.put(pcm)

    @property
    def is_unread(self) -> bool:
        """Whether the application is to play audio that has come, and has no reader for it."""
        return self._to_play is not None and not self._to_play.empty and not self._is_read

    @property
    def unreported(self) -> float:
        """Seconds that an application has read and is to report as heard, of which it has reported nothing yet."""
        return 0.0 if self._is_counted else to_seconds(self._read, self._rate)

    def awaited(self) -> None:
        """A caller begins to wait until it has been heard."""
        if self._to_play is not None and not self._is_counted:
            self._on_awaited()

    def read(self, *, reported: bool = False) -> AsyncIterator[Pcm]:
        """The audio that is kept, then audio as it is received, until the stream ends.

        reported: the application reports when it has played it; else what it reads counts as heard.
        """
        if self._to_play is not None and self._on_heard is not None:
            self._is_read = True
            self._is_counted = self._is_counted or not reported
            return _PlayingReader(self._to_play, self._on_read if reported else self._on_heard)
        if reported:
            raise UsageError("the session's speaker reports what was heard; audio(reported=True) is for speaker=None")
        reader: Queue[Pcm] = Queue(self._event_factory)
        for pcm in self._received:
            reader.put(pcm)
        if self._ended:
            reader.end()
        else:
            self._readers.append(reader)
        return aiter(reader)

    def report(self, segments: Iterable[Segment], position: float) -> None:
        """The application has played the audio of these segments up to a position in seconds."""
        if self._on_heard is None:
            raise UsageError("the session's speaker reports what was heard; report_heard is for speaker=None")
        frames = to_frames(position, self._rate)
        if frames > self._read + to_frames(ROUNDING, self._rate):
            read = to_seconds(self._read, self._rate)
            given = f"audio(reported=True) gave {read:g} s of the message"
            raise UsageError(f"{position:g} s can't have been heard: {given}")
        self._is_counted = True
        for segment in segments:
            self._on_heard(segment, min(frames, segment.received) - segment.heard)
            frames -= segment.received

    def _on_read(self, segment: Segment, frames: int) -> None:
        self._read += frames

    def withhold(self) -> None:
        """Give the application nothing to play until `release`: the user speaks."""
        self._withheld = []

    def release(self) -> None:
        """Give the application the withheld audio."""
        withheld, self._withheld = self._withheld or [], None
        if self._to_play is None:
            return
        for frames in withheld:
            self._to_play.put(frames)
        if self._ended:
            self._to_play.end()

    def end(self) -> None:
        """No more audio comes; harmless if repeated."""
        self._ended = True
        if self._to_play is not None and self._withheld is None:
            self._to_play.end()
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def close(self) -> None:
        """End it, and drop the audio that was not read."""
        self._withheld = None
        self.end()
        if self._to_play is not None:
            self._to_play.clear()
        self._received.clear()


class _PlayingReader(AsyncIterator[Pcm]):
    """Audio for an application that plays it; `on_read` is called with the frames that it reads."""

    def __init__(self, queued: Queue[tuple[Segment, Pcm]], on_read: OnHeard) -> None:
        self._queued = queued
        self._on_read = on_read

    async def __anext__(self) -> Pcm:
        segment, pcm = self._queued.take() or await self._queued.get()
        self._on_read(segment, pcm.size)
        return pcm
