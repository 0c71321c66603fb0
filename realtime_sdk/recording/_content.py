"""How much of a talk a piece of a recording holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Content:
    """How much of a talk there is in something to write; `+` adds up, and `str` says it for people."""

    audio: float = 0.0  # seconds, of both sides together
    frames: int = 0  # of the wire
    events: int = 0  # of the session
    captions: int = 0  # updates of them

    def __add__(self, other: Content) -> Content:
        return Content(
            self.audio + other.audio, self.frames + other.frames, self.events + other.events,
            self.captions + other.captions,
        )  # fmt: skip

    def __bool__(self) -> bool:
        return self != Content()

    def __str__(self) -> str:
        parts = [f"{self.audio:.1f} s of sound"] if self.audio else []
        parts += [_counted(self.frames, "frame") + " of the wire"] if self.frames else []
        parts += [_counted(self.events, "event")] if self.events else []
        parts += ["captions"] if self.captions else []
        *most, last = parts or ["nothing"]
        return f"{', '.join(most)} and {last}" if most else last


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
