"""Readers of a stream session's captions and audio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ..audio._pcm import Pcm
from ..playback._segment import Segment
from ._events import LiveCaption, Role


class RoleReader(AsyncIterator[LiveCaption]):
    """The captions of one side."""

    def __init__(self, captions: AsyncIterator[LiveCaption], role: Role) -> None:
        self._captions = captions
        self._role = role

    async def __anext__(self) -> LiveCaption:
        while True:
            caption = await anext(self._captions)
            if caption.role == self._role:
                return caption


class AudioReader(AsyncIterator[Pcm]):
    """Audio for an application that plays it: audio that it reads counts as heard."""

    def __init__(self, queued: AsyncIterator[tuple[Segment, Pcm]], on_read: Callable[[Segment, Pcm], None]) -> None:
        self._queued = queued
        self._on_read = on_read

    async def __anext__(self) -> Pcm:
        segment, pcm = await anext(self._queued)
        self._on_read(segment, pcm)
        return pcm
