"""The buffer of a telephone gateway: what a bridge has queued is played from it, and marks are reached. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ...audio._formats import AudioFormat
from ...audio._pcm import FRAME_BYTES, Pcm, from_bytes, joined, to_seconds
from ._sides import Clear, Command, Mark, Play


class GatewayBuffer:
    """Plays audio in the order in which it was queued.

    returns_cleared_marks: whether the marks of audio that is dropped are reached by that.
    """

    def __init__(self, format: AudioFormat, *, returns_cleared_marks: bool) -> None:
        self.cleared = 0  # times that it was cleared
        self.heard_frames = 0
        self._format = format
        self._returns_cleared_marks = returns_cleared_marks
        self._queued: deque[bytes | Mark] = deque()  # encoded audio, and marks
        self._heard: list[Pcm] = []

    @property
    def heard(self) -> Pcm:
        """What was played, without the silences between."""
        return joined(self._heard)

    @property
    def heard_seconds(self) -> float:
        """Seconds of it."""
        return to_seconds(self.heard_frames, self._format.rate)

    def follow(self, command: Command) -> list[Mark]:
        """Do what the bridge asks for; return the marks that are reached by that."""
        match command:
            case Play(payload):
                self._queued.append(payload)
            case Mark():
                self._queued.append(command)
            case Clear():
                self.cleared += 1
                marks = [entry for entry in self._queued if isinstance(entry, Mark)]
                self._queued = deque(marks if self._returns_cleared_marks else [])
        return list(self._reached())

    def play(self, frames: int) -> list[Mark]:
        """Play at most this many frames; return the marks that are reached by that."""
        reached: list[Mark] = []
        left = len(self._format.encode(bytes(FRAME_BYTES * frames)))
        while left and self._queued:
            audio = self._queued.popleft()
            assert isinstance(audio, bytes)  # marks at the front are reached at once
            played, rest = audio[:left], audio[left:]
            left -= len(played)
            self._heard.append(from_bytes(self._format.decode(played)))
            self.heard_frames += len(self._heard[-1])
            if rest:
                self._queued.appendleft(rest)
            reached += self._reached()
        return reached

    def _reached(self) -> Iterator[Mark]:
        """Take the marks at the front."""
        while self._queued and isinstance(mark := self._queued[0], Mark):
            self._queued.popleft()
            yield mark
