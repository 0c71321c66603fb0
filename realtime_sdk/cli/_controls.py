"""What the keys of `talk` do to its session."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from ..errors import RealtimeError
from ..session._session import Session
from ._panel import Hint

_VOLUME_STEP: Final = 10
"""Percent by which a key changes the volume."""

_MAX_VOLUME: Final = 200
"""Percent; above 100 the loudest parts may be clipped."""


class Controls:
    """The session in the hands of the user: each key switches something over, since a terminal reports no key-up.

    push_to_talk: the session was opened with `Turns.push_to_talk()`.
    end: ends the conversation.
    """

    def __init__(self, session: Session, end: Callable[[], None], *, push_to_talk: bool = False) -> None:
        self.session = session
        self.muted = False
        self.paused = False
        self.talking = False  # push to talk: the key counts as down
        self._end = end
        actions: dict[str, Callable[[], object]] = {
            "m": self._mute,
            "i": self._interrupt,
            "p": self._pause,
            "-": partial(self._turn, -_VOLUME_STEP),
            "+": partial(self._turn, _VOLUME_STEP),
            "q": end,
        }
        self._actions = {"space": self._talk} | actions if push_to_talk else actions

    def press(self, key: str) -> str:
        """Act on a key, if it has a meaning in this session; return why it could not, or ""."""
        try:
            if (action := self._actions.get(key)) is not None:
                action()
        except RealtimeError as refused:
            return str(refused)
        return ""

    @property
    def hints(self) -> list[Hint]:
        """The keys, and what each does next."""
        labels = {
            "space": Hint("space", "send" if self.talking else "talk", on=self.talking, rank=1),
            "m": Hint("m", "unmute" if self.muted else "mute", on=self.muted, rank=2),
            "i": Hint("i", "interrupt", rank=3),
            "p": Hint("p", "resume" if self.paused else "pause", on=self.paused, rank=4),
            "-": Hint("-", "quieter", rank=5),
            "+": Hint("+", "louder", rank=6),
            "q": Hint("q", "quit"),
        }
        return [labels[key] for key in self._actions]

    def _talk(self) -> None:
        if self.talking:
            self.session.release()
        else:
            self.session.press()
        self.talking = not self.talking

    def _mute(self) -> None:
        if self.muted:
            self.session.unmute()
        else:
            self.session.mute()
        self.muted = not self.muted

    def _interrupt(self) -> None:
        self.session.interrupt()

    def _pause(self) -> None:
        if self.paused:
            self.session.resume()
        else:
            self.session.pause()
        self.paused = not self.paused

    def _turn(self, step: int) -> None:
        percent = round(self.session.volume * 100) + step
        self.session.volume = min(max(percent, 0), _MAX_VOLUME) / 100
