"""Warns of audio that is waited for, and that no speaker plays, no reader takes, or no reader reports as heard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from ...conversation.items._items import Item
from ...conversation.message._live_message import LiveMessage
from ..observers._log import SessionLog

UNREAD_SECONDS: Final = 5.0
"""How long a wait for audio may last before it is checked that the audio is read; the same beyond the audio's own
duration, for the first report that some of it was heard."""


class UnreadAudio:
    """Warns once, in a session without a speaker, if what is waited for can't be heard before the application acts.

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
            self._timer = self._loop.call_later(UNREAD_SECONDS, self._check, None)

    def end(self) -> None:
        """The session is left."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _check(self, unreported: LiveMessage | None) -> None:
        """Look for audio that is not read; `unreported`: of this message, the first report is overdue now."""
        self._timer = None
        messages = [item for item in self._items if isinstance(item, LiveMessage)]
        if (item := next((message for message in messages if message.is_unread), None)) is not None:
            self._warn(
                f"the audio of {item.id} is waited for, and not read: in a session without a speaker, played(), "
                "drained() and captions come once the application has taken it from item.audio(); "
                "speaker=NullSpeaker() plays it to nobody, in real time"
            )
        elif unreported is not None and unreported.unreported:
            self._warn(
                f"the audio of {unreported.id} is waited for, and not reported as heard: after "
                "item.audio(reported=True), played(), drained() and captions come once item.report_heard(position) "
                "says how much of it was heard; item.audio() counts as heard what is taken from it"
            )
        elif (item := next((message for message in messages if message.unreported), None)) is not None:
            self._timer = self._loop.call_later(UNREAD_SECONDS + item.unreported, self._check, item)

    def _warn(self, message: str) -> None:
        self._ended = True
        self._log.warning(message)
