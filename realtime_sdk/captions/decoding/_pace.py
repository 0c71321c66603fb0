"""How fast a voice speaks: what is known about it before and while its words are matched."""

from __future__ import annotations

from dataclasses import dataclass

_SLOWEST = 0.1  # seconds a phone: where syllables can't be told, as in a hum, there seem to be too few
_RUN_TOGETHER = 1.05  # syllables said for each that is heard: in fluent speech some can't be told from the next
_SYLLABLES_TRUST = 25.0  # phones of matched words that tell the pace as well as a count of syllables does
_MEMORY = 200.0  # phones of matched words after which what was matched before counts for half


@dataclass(frozen=True, slots=True)
class Speech:
    """How long some speech takes and how much it says: the more of it, the better it tells the pace."""

    seconds: float
    phones: float

    def __add__(self, other: Speech) -> Speech:
        return Speech(self.seconds + other.seconds, self.phones + other.phones)

    @property
    def pace(self) -> float:
        """Seconds that a phone takes."""
        return self.seconds / self.phones

    def followed_by(self, other: Speech) -> Speech:
        """Both, of which `other` came later and counts for more."""
        memory = 0.5 ** (other.phones / _MEMORY)
        return Speech(self.seconds * memory, self.phones * memory) + other


NOTHING = Speech(0.0, 0.0)
USUAL = Speech(0.5, 10.0)
"""People say some 20 phones a second; a voice's own syllables soon tell better."""


def by_syllables(seconds: float, syllables: int, phones: float) -> Speech:
    """What so many syllables heard in so many seconds of speech tell; `phones`: of a syllable of the text."""
    said = syllables * _RUN_TOGETHER * phones
    pace = min((USUAL + Speech(seconds, said)).pace, _SLOWEST)
    return Speech(pace * _SYLLABLES_TRUST, _SYLLABLES_TRUST)
