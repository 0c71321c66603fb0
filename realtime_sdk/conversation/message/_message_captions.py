"""The captions of a message, collected from its parts as they become audible."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator

from ...captions._caption import Caption
from .._settings import MessageSettings
from .._streams import ReplayableStream
from ._content import Content
from ._part import Part


class MessageCaptions:
    """Collects the captions of a message once they are requested: placing words in time is expensive."""

    def __init__(self, content: Content, settings: MessageSettings) -> None:
        self.requested: bool = False  # by a reader of this message
        self._content = content
        self._settings = settings
        self._stream: ReplayableStream[Caption] = ReplayableStream(settings.event_factory)
        self._late: list[Caption] = []  # of words that came after the stream had ended
        self._finished = False  # the message's playout is
        self._count = 0  # collected so far
        self._placed = 0  # the first parts that are settled, and whose words are placed
        self._collected = 0  # the first parts that are settled, and whose captions are collected
        self._collected_seconds = 0.0  # their duration
        self._reordered = 0  # of the content, when these were counted

    @property
    def followed(self) -> bool:
        """Whether a reader of the message, or of the session's events, has requested captions."""
        return self.requested or self._settings.captions_requested

    @property
    def text(self) -> str:
        """The text of the captions so far."""
        return "".join(caption.text for caption in self.values)

    @property
    def values(self) -> list[Caption]:
        """The captions so far."""
        return [*self._stream.values, *self._late]

    def request(self) -> None:
        """Collect captions from now on."""
        if self.requested:
            return
        if self._finished or not self._settings.captions_requested:  # else each is collected when it is emitted
            self.collect()
        self.requested, self._placed = True, 0
        self._settings.changed += self._content.segments  # words are placed before they are heard
        if self._finished:
            self._stream.end()

    def read(self) -> AsyncIterator[Caption]:
        """The captions from the first on, until the playout is finished."""
        self.request()
        return aiter(self._stream)

    @property
    def places_words(self) -> bool:
        """Whether `place_words` may have something to do."""
        return any(part.places_words for _, part in self._content.parts_from(self._placed))

    def place_words(self) -> Iterator[None]:
        """Place the words that are audible by now, in short steps: a cut needs them even if no one reads captions."""
        self._recount()
        for place, part in self._begun_parts(self._placed):
            yield from part.place_words(followed=self.followed)
            if place == self._placed < self._content.settled:
                self._placed += 1

    def until_next(self) -> float:
        """Seconds of the audio before which none is due to a reader; 0: that is not known."""
        if not self.followed:
            return math.inf
        self._recount()
        begun = self._begun_parts(min(self._placed, self._collected))
        return min((part.until_next_caption() for _, part in begun), default=math.inf)

    def collect(self) -> list[Caption]:
        """Collect the captions that have become audible, as far as their words are placed."""
        fresh: list[Caption] = []
        self._recount()
        offset = self._collected_seconds
        for place, part in self._begun_parts(self._collected):
            local = self._content.played_locally
            for caption in part.captions(self._count, offset, played_locally=local):
                self._count += 1
                fresh.append(caption)
                if self._stream.ended:
                    self._late.append(caption)
                else:
                    self._stream.put(caption)
            offset += part.duration
            if place == self._collected < self._content.settled:
                self._collected, self._collected_seconds = place + 1, offset
        return fresh

    def _recount(self) -> None:
        """Begin with the first part again if one has come in front of those that were counted."""
        if self._reordered != self._content.reordered:
            self._reordered = self._content.reordered
            self._placed, self._collected, self._collected_seconds = 0, 0, 0.0

    def _begun_parts(self, first: int) -> Iterator[tuple[int, Part]]:
        """The parts that may have become audible, and their places: each waits until the last one is complete."""
        for place, part in self._content.parts_from(first):
            if not self._content.is_part_missing(part):
                yield place, part
                if part.cut or not self._content.is_part_finished(part):
                    break

    def finish(self) -> None:
        """The playout is finished: readers get no more captions."""
        self._finished = True
        if self.requested:
            self._stream.end()
