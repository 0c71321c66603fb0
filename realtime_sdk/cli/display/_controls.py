"""What the keys of `talk` do to its session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from ...errors import RealtimeError
from ...session._session import Session

_VOLUME_STEP: Final = 10
"""Percent by which a key changes the volume."""

_MAX_VOLUME: Final = 200
"""Percent; above 100 the loudest parts may be clipped."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does now."""

    key: str
    label: str
    on: bool = False  # it has switched something, which is to catch the eye
    rank: int = 0  # the hints of the highest rank are left out first where there is no room


@dataclass(slots=True)
class _Switch:
    """Something that a key turns on, and the next time off."""

    turn_on: Callable[[], object]
    turn_off: Callable[[], object]
    is_on: bool = False

    def flip(self) -> None:
        """Turn it on, or off; it stays as it is if that is refused."""
        if self.is_on:
            self.turn_off()
        else:
            self.turn_on()
        self.is_on = not self.is_on


class Controls:
    """The session in the hands of the user: each key switches something over, since a terminal reports no key-up.

    push_to_talk: the session was opened with `Turns.push_to_talk()`.
    end: ends the conversation.
    """

    def __init__(self, session: Session, end: Callable[[], None], *, push_to_talk: bool = False) -> None:
        self.session = session
        self._talk = _Switch(session.press, session.release)  # push to talk: on while the key counts as down
        self._mute = _Switch(session.mute, session.unmute)
        self._pause = _Switch(session.pause, session.resume)
        actions: dict[str, Callable[[], object]] = {
            "m": self._mute.flip,
            "i": session.interrupt,
            "p": self._pause.flip,
            "-": partial(self._turn, -_VOLUME_STEP),
            "+": partial(self._turn, _VOLUME_STEP),
            "q": end,
        }
        self._actions = {"space": self._talk.flip} | actions if push_to_talk else actions

    @property
    def muted(self) -> bool:
        """Whether the microphone is muted."""
        return self._mute.is_on

    @property
    def paused(self) -> bool:
        """Whether playback is paused."""
        return self._pause.is_on

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
        talking, muted, paused = self._talk.is_on, self.muted, self.paused
        labels = {
            "space": Hint("space", "send" if talking else "talk", on=talking, rank=1),
            "m": Hint("m", "unmute" if muted else "mute", on=muted, rank=2),
            "i": Hint("i", "interrupt", rank=3),
            "p": Hint("p", "resume" if paused else "pause", on=paused, rank=4),
            "-": Hint("-", "quieter", rank=5),
            "+": Hint("+", "louder", rank=6),
            "q": Hint("q", "quit"),
        }
        return [labels[key] for key in self._actions]

    def _turn(self, step: int) -> None:
        percent = round(self.session.volume * 100) + step
        self.session.volume = min(max(percent, 0), _MAX_VOLUME) / 100
