"""Warns of audio that is waited for, and that no speaker plays and no reader takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from ...conversation.items._items import Item
from ...conversation.message._live_message import LiveMessage
from ..observers._log import SessionLog

UNREAD_SECONDS: Final = 5.0
"""How long a wait for audio may last before it is checked that the audio is read."""


class UnreadAudio:
    """Warns once, in a session without a speaker, if what is waited for can't be heard before it is read.

    Belongs to the running event loop. items: the conversation.
    """

    def __init__(self, items: Iterable[Item], log: SessionLog) -> None:
        self._items = items
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None  # None: no wait has begun since the last check
        self._ended = False  # there is nothing more to check

    def awaited(self) -> None:
        """Something begins to wait until audio has been heard."""
        if self._timer is None and not self._ended:
            self._timer = self._loop.call_later(UNREAD_SECONDS, self._check)

    def end(self) -> None:
        """The session is left."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        self._timer = None
        if (item := next((i for i in self._items if isinstance(i, LiveMessage) and i.is_unread), None)) is not None:
            self._ended = True
            self._log.warning(
                f"the audio of {item.id} is waited for, and not read: in a session without a speaker, played(), "
                "drained() and captions come once the application has taken it from item.audio(); "
                "speaker=NullSpeaker() plays it to nobody, in real time"
            )
