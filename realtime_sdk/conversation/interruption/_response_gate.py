"""Passes the audio of responses on to the timeline, and withholds it while the user has the floor."""

from __future__ import annotations

from collections.abc import Collection

from ...playback._segment import Segment
from ...playback._timeline import Timeline
from .._live_response import LiveResponse
from .._registry import Registry
from ..message._live_message import LiveMessage


class ResponseGate:
    """Closed while the user has the floor. Then it is decided whether what it withholds is played, or dropped.

    timeline: None: the application plays, and is given no audio of what is withheld.
    """

    def __init__(self, registry: Registry, timeline: Timeline | None) -> None:
        self._registry = registry
        self._timeline = timeline
        self.closed = False  # the user has the floor: what begins is withheld
        self._withheld: list[LiveResponse] = []
        self._begun_over_user: list[LiveResponse] = []  # those that this side requested, and that began meanwhile
        self._queued: list[tuple[Segment, LiveMessage]] = []  # of withheld responses, not on the timeline yet

    def withholds(self, response: LiveResponse | None) -> bool:
        """Whether a response is withheld."""
        return response in self._withheld

    def play(self, segment: Segment, message: LiveMessage) -> None:
        """Queue a segment that has just begun to arrive, in its place."""
        if self.withholds(message.response):
            self._queued.append((segment, message))
        elif self._timeline is not None and message.number is not None and message.played_locally:
            self._timeline.add(segment, message.number)

    def begin(self, response: LiveResponse) -> None:
        """A response of the conversation begins: withhold it while the user has the floor, if it can be."""
        if not (self.closed and response.interruptible):
            return
        self._withheld.append(response)
        if response.requested or response.after_tools:
            self._begun_over_user.append(response)

    def close(self) -> None:
        """The user has the floor: withhold responses that begin, and those of which nothing was heard yet."""
        if self.closed:
            return
        self.closed = True
        self._withheld += [each for each in self._registry.responses.values() if _can_be_withheld(each)]
        for message in self._registry.messages:
            if self.withholds(message.response):
                self._take_back(message)

    def _take_back(self, message: LiveMessage) -> None:
        message.withhold_audio()
        for segment in message.content.segments:
            if self._timeline is not None and self._timeline.remove(segment):
                self._queued.append((segment, message))

    def drop(self) -> list[LiveResponse]:
        """Return responses that were requested and began while the user spoke, to be interrupted; play the rest."""
        dropped = self._begun_over_user
        self.forget(dropped)
        self.open()
        return dropped

    def open(self) -> None:
        """The user is silent: play the withheld responses."""
        self.closed = False
        withheld, self._withheld, self._begun_over_user = self._withheld, [], []
        queued, self._queued = self._queued, []
        for segment, message in queued:
            self.play(segment, message)
        for response in withheld:
            for message in response.messages:
                message.release_audio()

    def forget(self, responses: Collection[LiveResponse]) -> None:
        """Nothing of these responses will be played."""
        self._withheld = [response for response in self._withheld if response not in responses]
        self._begun_over_user = [response for response in self._begun_over_user if response not in responses]
        self._queued = [(segment, message) for segment, message in self._queued if message.response not in responses]


def _can_be_withheld(response: LiveResponse) -> bool:
    """Whether a response can be kept from being heard: nothing of it was heard yet."""
    if response.out_of_band or response.interrupted or not response.interruptible:
        return False
    waiting = [message for message in response.messages if message.played_locally and not message.finished]
    heard = any(message.heard_in_part for message in response.messages)
    return not heard and (response.running or bool(waiting))
