"""Text and sound of one content part, as they arrive, turned into captions that come when they are heard."""

from __future__ import annotations

import enum
import math

from ..audio._pcm import Pcm
from ..errors import UsageError
from ._caption import Caption
from .decoding._planner import Plan, Planner
from .features._energy import Loudness
from .features._timbre import Timbre
from .text._transcript import Transcript, Unit
from .text._words import Break

_HESITATION = 0.015
"""Seconds by which a caption waits in any case: late is better than early,"""

_CAUTION = 0.5
"""and standard deviations of its estimate by which it waits on top of that, where it was not found in the sound."""

_PATIENCE = 0.2
"""Seconds for which an audible word is held back because it may still grow."""

_SILENT = 2.0  # seconds since the last word began after which there seems to be a pause
_LATEST = 1e6  # seconds: what is said to be later is no time in any sound
_SLOWEST_RATE = 1000  # frames a second: below it there is no speech to be heard


class _Sound(enum.Enum):
    ARRIVING = enum.auto()  # more may come
    KNOWN = enum.auto()  # all of it has come
    CUT = enum.auto()  # it was stopped; nothing is shown any more


class TranscriptAligner:
    """Tells which words of a transcript are audible by a position in its sound.

    Text and sound may arrive in any order and at any speed. Seconds that go in count from the first sample pushed;
    `offset` is added to those of the captions, and `index` is that of the first caption. Pure: no I/O, no clock; to
    be used from one thread at a time.

    Raises `UsageError` for a `sample_rate` (frames a second) that no speech has.
    """

    def __init__(self, sample_rate: int, *, item_id: str = "", index: int = 0, offset: float = 0.0) -> None:
        if sample_rate < _SLOWEST_RATE:
            raise UsageError(f"sample_rate is {sample_rate} frames a second; sound of speech has 8000 to 48000")
        self._item_id = item_id
        self._index = index  # of the next caption
        self._offset = offset
        self._transcript = Transcript()
        self._loudness = Loudness(sample_rate)
        self._timbre = Timbre(sample_rate)
        self._planner = Planner(self._transcript, self._loudness, self._timbre)
        self._plan: Plan | None = None  # the last one; None: something other than sound has come since
        self._sound = _Sound.ARRIVING
        self._emitted = 0  # units that became captions
        self._start = 0.0  # seconds at which the last of them began
        self._held = (0, "")  # the audible word that was held back last: its index, and what there was of it
        self._held_from = 0.0  # seconds of the position from which on

    def __repr__(self) -> str:
        shown = f"{self._emitted} of {len(self._transcript.units)} words"
        return f"<TranscriptAligner {self._sound.name} {shown}, {self._loudness.seconds:.2f} s>"

    @property
    def text(self) -> str:
        """The transcript as it is known so far."""
        return self._transcript.text

    @property
    def shown(self) -> str:
        """The text of the captions given so far: the beginning of `text`."""
        return self._transcript.head(self._emitted)

    def push_text(self, delta: str, start: float | None = None, end: float | None = None) -> None:
        """Add the next piece of the transcript.

        `start`, `end`: seconds of its first and last sound, where the provider tells; they are taken as they are.
        """
        self._transcript.push(delta, _finite(start), _finite(end))
        if start is not None or end is not None or (self._plan is not None and not self._plan.awaits_sound):
            self._plan = None

    def anchor(self, char: int, start: float) -> None:
        """Say that the word which begins with the character at `char` of the transcript sounds from `start` seconds.

        For whoever has heard it, as a forced aligner does. It is believed where the sound and the other words do not
        contradict it more than it is worth. What the provider told stands; so does what was shown.
        """
        seconds = _finite(start)
        if seconds is not None:
            self._transcript.anchor(char, seconds)
            self._plan = None

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next sound, int16 of shape (frames,); the array is kept for up to a minute and must not change."""
        self._loudness.push(pcm)
        self._timbre.push(pcm)

    def end_text(self, text: str | None = None) -> None:
        """Say that the transcript is complete.

        `text`: the final transcript, which replaces what was not shown yet. The deltas stand where there is none, and
        where it contradicts what was shown.
        """
        self._transcript.end(text, self._emitted)
        self._plan = None

    def end_audio(self) -> None:
        """Say that all the sound has come."""
        if self._sound is _Sound.ARRIVING:
            self._sound = _Sound.KNOWN
            self._plan = None

    def let_go(self) -> None:
        """Keep no sound for captions that nobody waits for; asked for later, words are placed by what is left of it."""
        self._timbre.let_go()

    def due(self, position: float) -> list[Caption]:
        """Captions that became audible by `position` seconds, in order; each is given once, here or by the others.

        A last word that may still grow is held back for some time, unless it seems to be whole: the text comes word by
        word, or it ends with punctuation.
        """
        if self._sound is _Sound.CUT:
            return []
        position = _heard(position)
        if self._emitted == len(self._transcript.units):
            if position > self._start + _SILENT:
                self._planner.settle(position, ended=self._sound is _Sound.KNOWN)
            return []
        plan = self._plan
        if plan is None or (plan.is_near(self._emitted, position) and self._planner.outdated(position)):
            return self._replan(position)
        return self._take(plan, position)

    def finish(self, position: float) -> list[Caption]:
        """The sound was cut at `position` seconds: the rest of what was audible by then. No caption comes after."""
        if self._sound is _Sound.CUT:
            return []
        self._transcript.cut(whole=True)
        captions = self._replan(_heard(position))
        self._sound = _Sound.CUT
        return captions

    def flush(self) -> list[Caption]:
        """All the sound was heard: all the rest of the text. Text that comes later is given by the next call."""
        if self._sound is _Sound.CUT:
            return []
        self.end_audio()
        self._transcript.cut(whole=True)
        captions = self._replan(math.inf)
        for unit in self._transcript.units[self._emitted :]:
            captions.append(self._caption(unit, self._loudness.seconds, self._loudness.seconds))
        return captions

    def _replan(self, position: float) -> list[Caption]:
        captions = []
        for plan in self._planner.plans(position, ended=self._sound is _Sound.KNOWN):
            self._plan = plan
            captions += self._take(plan, position)
        return captions

    def _take(self, plan: Plan, position: float) -> list[Caption]:
        """Captions of the units that `plan` has begin by `position`."""
        captions = []
        heard = self._sound is _Sound.KNOWN and position >= self._loudness.seconds
        for unit in self._transcript.units[self._emitted : plan.first + len(plan.starts)]:
            place = max(self._emitted - plan.first, 0)
            start, end = max(float(plan.starts[place]), self._start), float(plan.ends[place])
            known = heard or unit.start is not None
            hesitation = 0.0 if known else _HESITATION + _CAUTION * float(plan.doubts[place])
            if start + hesitation > position or math.isinf(start):
                break
            if unit.open:
                if not self._seems_whole(plan) and self._held_for(unit, position) < _PATIENCE:
                    break
                self._transcript.close()
            captions.append(self._caption(unit, start, end))
        return captions

    def _seems_whole(self, plan: Plan) -> bool:
        """Whether the last word, which may still grow, can be taken to be whole."""
        if self._transcript.is_word_by_word:
            return True
        last = len(self._transcript.units)
        digits = any(map(str.isdecimal, self._transcript.units[-1].text))  # "1," may become "1,250"
        return (plan.paused or not digits) and self._transcript.breaks(last - 1, last)[0] > Break.NONE

    def _held_for(self, unit: Unit, position: float) -> float:
        """Seconds for which the last word was held back, since it last grew."""
        word = self._emitted, unit.text
        if self._held != word:
            self._held, self._held_from = word, position
        return position - self._held_from

    def _caption(self, unit: Unit, start: float, end: float) -> Caption:
        self._start = max(start, self._start)
        caption = Caption(
            self._item_id, self._index, unit.text,
            self._start + self._offset, max(self._start, end) + self._offset,
            self._start not in (unit.start, unit.found),
        )  # fmt: skip
        self._emitted += 1
        self._index += 1
        return caption


def _heard(position: float) -> float:
    """A position: at the start where it is before that, or not a number."""
    return position if position > 0.0 else 0.0


def _finite(seconds: float | None) -> float | None:
    """A time in the sound, if it is one."""
    return max(0.0, seconds) if seconds is not None and abs(seconds) <= _LATEST else None
