"""The tempo of a voice, in seconds per phone: estimated before and while its words are aligned."""

from __future__ import annotations

from dataclasses import dataclass

# benchmarks/captions.py: "degraded", "people".
_SYLLABLES_PER_BOUNDARY = 1.05  # spoken for each one detected: in fluent speech some merge with the next
_SYLLABLE_COUNT_PHONES = 25.0  # aligned phones that weigh as much as a count of syllables
_HALF_LIFE_PHONES = 200.0  # aligned phones after which earlier ones weigh half
# tests/scenarios/test_heard_and_the_wire.py: audio without syllables, as a hum is, where too few seem to be spoken.
_SLOWEST_SECONDS_PER_PHONE = 0.1


@dataclass(frozen=True, slots=True)
class TempoEvidence:
    """Some speech: how long it lasts and how many phones it has. More of it weighs more."""

    seconds: float
    phones: float

    def __add__(self, other: TempoEvidence) -> TempoEvidence:
        return TempoEvidence(self.seconds + other.seconds, self.phones + other.phones)

    @property
    def tempo(self) -> float:
        """Seconds per phone."""
        return self.seconds / self.phones

    def followed_by(self, other: TempoEvidence) -> TempoEvidence:
        """Return both, where `other` is later and this one fades."""
        memory = 0.5 ** (other.phones / _HALF_LIFE_PHONES)
        return TempoEvidence(self.seconds * memory, self.phones * memory) + other


NO_EVIDENCE = TempoEvidence(0.0, 0.0)
PRIOR = TempoEvidence(0.5, 10.0)
"""People speak some 20 phones a second; a voice's own syllables soon outweigh that."""


def tempo_from_syllables(seconds: float, syllables: int, phones_per_syllable: float) -> TempoEvidence:
    """Return the evidence of `syllables` detected in `seconds` of speech; `phones_per_syllable`: of the text."""
    phones = syllables * _SYLLABLES_PER_BOUNDARY * phones_per_syllable
    tempo = min((PRIOR + TempoEvidence(seconds, phones)).tempo, _SLOWEST_SECONDS_PER_PHONE)
    return TempoEvidence(tempo * _SYLLABLE_COUNT_PHONES, _SYLLABLE_COUNT_PHONES)
