"""A message's sound on its way to the application."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..audio._pcm import Pcm
from ..playback._segment import Segment
from ._feed import Queue
from ._settings import MessageSettings, Taken


class Sound:
    """Hands out what is received: to one reader who plays it, or beside a device to all who listen along."""

    def __init__(self, settings: MessageSettings) -> None:
        self._new_event = settings.new_event
        self._taken = settings.taken  # None: a device plays
        self._to_play: Queue[tuple[Segment, Pcm]] = Queue(settings.new_event)  # for the application, where none does
        self._kept: list[Pcm] = []  # for readers that come late, until it is forgotten
        self._readers: list[Queue[Pcm]] = []  # who listens along
        self._held: list[tuple[Segment, Pcm]] | None = None  # not to be played yet; None: nothing is held
        self._ended = False

    def put(self, segment: Segment, pcm: Pcm) -> None:
        """More has come."""
        if self._taken is not None:
            if self._held is not None:
                self._held.append((segment, pcm))
            else:
                self._to_play.put((segment, pcm))
            return
        self._kept.append(pcm)
        for reader in self._readers:
            reader.put(pcm)

    def read(self) -> AsyncIterator[Pcm]:
        """What has come and is kept, then what comes, until it ends."""
        if self._taken is not None:
            return _Taking(self._to_play, self._taken)
        reader: Queue[Pcm] = Queue(self._new_event)
        for pcm in self._kept:
            reader.put(pcm)
        if self._ended:
            reader.end()
        else:
            self._readers.append(reader)
        return aiter(reader)

    def hold(self) -> None:
        """Give the application nothing to play until `release`: the user speaks."""
        self._held = []

    def release(self) -> None:
        """Give the application what was held."""
        held, self._held = self._held or [], None
        for sound in held:
            self._to_play.put(sound)
        if self._ended:
            self._to_play.end()

    def end(self) -> None:
        """No more comes; harmless if repeated."""
        self._ended = True
        if self._held is None:
            self._to_play.end()
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def forget(self) -> None:
        """End it, and keep nothing for those who have not read it."""
        self._held = None
        self.end()
        self._to_play.clear()
        self._kept.clear()


class _Taking(AsyncIterator[Pcm]):
    """Sound for an application that plays it itself: what it takes counts as heard."""

    def __init__(self, queue: Queue[tuple[Segment, Pcm]], taken: Taken) -> None:
        self._queue = queue
        self._taken = taken

    async def __anext__(self) -> Pcm:
        segment, pcm = await anext(self._queue)
        self._taken(segment, pcm)
        return pcm
