"""A message's audio on its way to the application."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..audio._pcm import Pcm
from ..playback._segment import Segment
from ._settings import MessageSettings, OnRead
from ._streams import Queue


class AudioStream:
    """Distributes received audio: to one reader that plays it, or beside a device to any number of readers."""

    def __init__(self, settings: MessageSettings) -> None:
        self._event_factory = settings.event_factory
        self._on_read = settings.on_read  # None: a device plays
        self._to_play: Queue[tuple[Segment, Pcm]] | None = None  # without a device; None: a device plays
        if settings.on_read is not None:
            self._to_play = Queue(settings.event_factory)
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

    def read(self) -> AsyncIterator[Pcm]:
        """The audio that is kept, then audio as it is received, until the stream ends."""
        if self._to_play is not None and self._on_read is not None:
            return _PlayingReader(aiter(self._to_play), self._on_read)
        reader: Queue[Pcm] = Queue(self._event_factory)
        for pcm in self._received:
            reader.put(pcm)
        if self._ended:
            reader.end()
        else:
            self._readers.append(reader)
        return aiter(reader)

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
    """Audio for an application that plays it: audio that it reads counts as heard."""

    def __init__(self, queued: AsyncIterator[tuple[Segment, Pcm]], on_read: OnRead) -> None:
        self._queued = queued
        self._on_read = on_read

    async def __anext__(self) -> Pcm:
        segment, pcm = await anext(self._queued)
        self._on_read(segment, pcm)
        return pcm
