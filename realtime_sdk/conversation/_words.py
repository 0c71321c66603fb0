"""The words of the messages that are heard: when they are worth placing in time, and the steps that place them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from ._registry import Registry

PLACING_DELAY: Final = 0.2
"""Seconds for which a message is heard before its words are worth placing, where that can wait."""

TAKEN_AHEAD: Final = 1.0
"""Seconds of a message that were heard beyond the time since it began, from which on placing its words can wait."""


class Words:
    """The words of the active messages of a session; `at` is wall-clock seconds."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @property
    def captions_followed(self) -> bool:
        """Whether captions of a message that sounds, or is to, are read."""
        return any(message.captions_followed for message in self._registry.active)

    @property
    def places_words(self) -> bool:
        """Whether `place_words` may have something to do."""
        return any(message.places_words for message in self._registry.active)

    def placing_due(self, at: float) -> float:
        """Return the wall-clock time from which words are worth placing; infinity: none are for now.

        Where captions are read, they are now, unless the application takes audio much faster than it is spoken: then
        all of the message may be heard before a word is placed. Where none are read, only a cut needs them.
        """
        heard = next((message for message in self._registry.active if message.heard_in_part), None)
        if heard is None or heard.heard_since is None:
            return -math.inf if self.captions_followed else math.inf
        if self.captions_followed and heard.content.heard <= at - heard.heard_since + TAKEN_AHEAD:
            return -math.inf
        return heard.heard_since + PLACING_DELAY

    def place_words(self) -> Iterator[None]:
        """Place the words audible by now, for the engine to report, in short steps, between which it may be called."""
        for message in list(self._registry.active):
            yield from message.place_words()

    def until_next_caption(self) -> float:
        """Seconds of audio before which no caption is due; 0: that is not known."""
        return min((message.until_next_caption() for message in self._registry.active), default=math.inf)
