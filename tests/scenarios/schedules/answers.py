"""Answers that many a scenario is about."""

from __future__ import annotations

from . import schedule as s

YES = s.Answer((s.Spoken((s.Words("Yes?"), s.Sound(0.3))),))


def spoken(*pieces: float) -> s.Spoken:
    """A message that says so many seconds, then falls silent for so many, and so on."""
    sounds = [s.Lull(seconds) if n % 2 else s.Sound(seconds) for n, seconds in enumerate(pieces)]
    return s.Spoken((s.Words("One two three four. "), *sounds))


THREE = (spoken(1.0), spoken(1.0), spoken(1.0))
