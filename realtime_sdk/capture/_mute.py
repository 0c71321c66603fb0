"""How the microphone is muted, now and at any earlier time."""

from enum import Enum


class Mute(Enum):
    """The treatment of captured audio."""

    NONE = "none"
    SOFT = "soft"  # silence takes its place
    HARD = "hard"  # it is dropped


class MuteHistory:
    """The mute at any time."""

    def __init__(self) -> None:
        self.current = Mute.NONE
        self._before = Mute.NONE  # the last mute, until `_unmuted_at`
        self._unmuted_at = 0.0  # wall-clock time

    def change(self, mute: Mute, at: float) -> None:
        """Mute or unmute from wall-clock time `at` on."""
        if mute is Mute.NONE and self.current is not Mute.NONE:
            self._before, self._unmuted_at = self.current, at
        self.current = mute

    def at(self, time: float) -> Mute:
        """The mute that applies to audio of this wall-clock time; one that is on also applies to earlier audio."""
        return self._before if self.current is Mute.NONE and time < self._unmuted_at else self.current
