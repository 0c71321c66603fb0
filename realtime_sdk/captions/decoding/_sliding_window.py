"""A talk decoded: a window slides along audio and text, and its words are aligned again as more of either arrives.

The window begins in a pause before the position heard. Its entry costs say how likely each place in the text near there
is that pause: a pause that was mistaken for its neighbour is corrected by the speech after it. So errors do not
accumulate, and the work does not grow with the length of the talk.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..features._energy import SHORTEST_PAUSE, EnergyTracker
from ..features._phone_likelihoods import PhoneLikelihoods
from ..features._speech_frames import SpeechFrames, steadied
from ..features._unmeasured_audio import UnmeasuredAudio
from ..text._transcript import Transcript
from ._costs import IMPOSSIBLE
from ._segmental_viterbi import Alignment, align_words
from ._tempo import NO_EVIDENCE, PRIOR, TempoEvidence, tempo_from_syllables
from ._trellis import Trellis
from ._window import WINDOW_SECONDS, Spent, Window, WindowStart, phones_of
from ._word_times import SOON_SECONDS, WordTimes

# benchmarks/captions.py: "4x" and the share of a core.
_LOOKAHEAD_SECONDS = 12.0  # of audio past the position that are aligned; more improves nothing
# With fewer aligned past the position, or half as many as are new, audio is decoded while no other word is placed;
_LEAST_RESERVE_SECONDS, _RESERVE_SECONDS = 0.5, 3.0  # or with fewer past the next word, if that is not confirmed
# benchmarks/captions_load.py: "1.1x"; benchmarks/captions.py: "1.1x", where less changes nothing.
_NEW_SECONDS = 0.4  # of new audio that are worth another decoding,
_URGENT_SECONDS = 0.05  # unless fewer than these are aligned past the position
# benchmarks/captions.py: "long pauses".
_SETTLED_SECONDS = 2.0  # a pause this far before the position may become the start of the window
_LONG_SILENCE_SECONDS = 3.0  # a silence this long is the start of a window before that one is full
_WINDOW_WORDS, _WINDOW_PHONES = 100, 600  # of a window, at most
# tests/captions/test_aligner.py: hum, noise.
_LEAST_SPEECH = 0.45  # probability that a voice speaks, in a window whose sounds the phone model knows
# benchmarks/captions_load.py.
_UNSTEADY_SECONDS = 0.5  # before the end of the audio, in which speech regions may still change a little
_TEMPO_TOLERANCE = 0.1  # the window is decoded from its start where the expected tempo changes by more; a logarithm
# benchmarks/captions.py: "people", "degraded".
_WINDOW_TEMPO_PHONES = 100.0  # that the tempo of the window, as it was aligned last, weighs at most
_KNOWN_REST_SECONDS, _KNOWN_REST_WORDS = 60.0, 500  # a rest of audio and text that is known has its own tempo
_PRONOUNCED_CHARACTERS = 50  # in one step of the work: numbers take long


class SlidingWindowDecoder:
    """Finds the times of a transcript's units."""

    def __init__(
        self, transcript: Transcript, audio: UnmeasuredAudio, energy: EnergyTracker, likelihoods: PhoneLikelihoods
    ) -> None:
        self._transcript, self._audio, self._energy, self._likelihoods = transcript, audio, energy, likelihoods
        self._start = WindowStart(0.0, 0, np.zeros(1))
        self._aligned = NO_EVIDENCE  # the speech before the window
        self._within = NO_EVIDENCE  # the speech of the window, as it was aligned last
        self._trellis: Trellis | None = None  # of the window
        self._tempo = PRIOR.tempo  # seconds per phone in the last alignment
        self._decoded_until = 0.0  # seconds of audio that the last decoding took into account
        self._provided_end: float | None = None  # seconds at which the units end that it placed
        self._times: WordTimes | None = None  # that it has found
        self._spent_before, self._spent = Spent(), Spent()  # before the window, and in it

    @property
    def fit(self) -> float:
        """How well the text fits the audio, as `TranscriptAligner.fit` has it."""
        spent = self._spent_before + self._spent
        return -spent.cost / spent.frames if spent.frames else math.nan

    def outdated_from(self, start: float, *, confirmed: bool) -> float:
        """Return the position from which the audio that is new is worth another decoding; infinity: it is not.

        `start`: of the next word to be shown, as `WordTimes.start_of` has it; `confirmed`: and `is_confirmed`.
        """
        until = self._decoded_until
        new = self._audio.seconds - until
        outdated = math.inf
        if new > 0 and not confirmed and not _RESERVE_SECONDS <= until - start < math.inf:
            reserve = min(max(new / 2, _LEAST_RESERVE_SECONDS), _RESERVE_SECONDS)
            outdated = until - reserve if start == math.inf else start - SOON_SECONDS
            if new < _NEW_SECONDS:
                outdated = max(outdated, until - _URGENT_SECONDS)
        return outdated if self._provided_end is None else min(outdated, self._provided_end)

    def decode(self, position: float, *, ended: bool) -> Iterator[WordTimes | None]:
        """Yield the times of all units that are audible by `position`, window by window; `ended`: the audio is.

        None after each piece of the work between them, a few milliseconds. It may be left at any of them: the next
        decoding goes on with what was done, while text and audio may have grown.
        """
        while True:
            yield from self._pronounce()
            yield from self._measure(position)
            if ended and self._all_measured:
                self._likelihoods.end()
            yield None
            if self._start.first >= len(self._transcript.units):
                return
            window = self._window(position, ended=ended)
            alignment = None
            if len(window.speech.times):
                yield None
                trellis = self._updated_trellis(window, ended=ended)
                yield None
                alignment = yield from align_words(trellis)
                self._tempo = alignment.tempo
                phones = min(window.phones_between(alignment.entered, alignment.reached), _WINDOW_TEMPO_PHONES)
                self._within = TempoEvidence(phones * alignment.tempo, phones)
                self._spent = Spent(alignment.cost, len(window.speech.times))
            self._decoded_until, self._provided_end = window.speech.end, window.provided_end
            yield self._word_times(window, alignment)
            start = self._next_start(position, window, alignment)
            if start is None or start.progress <= window.start.progress:
                if window.is_last and not self._likelihoods.awaits_evidence(window.speech.end):
                    self._trellis = None  # nothing is left to decode
                return
            self._spent_before, self._spent = self._spent_before + start.spent, Spent()
            self._start, self._within, self._trellis = start, NO_EVIDENCE, None
            self._likelihoods.drop_before(start.seconds)
            known = min(self._audio.seconds, position + _LOOKAHEAD_SECONDS)
            if window.provided_end is None and window.speech.end >= known:
                return

    @property
    def _all_measured(self) -> bool:
        return self._energy.seconds == self._audio.seconds

    def _measure(self, position: float) -> Iterator[None]:
        """Measure the audio near `position`; yields after each second of it.

        What is far ahead waits: a talk may come at once. The first words are placed before what only shows the tempo of
        the rest is measured.
        """
        ahead = _LOOKAHEAD_SECONDS if self._times is None else _KNOWN_REST_SECONDS
        while self.measure_some(position + ahead):
            while self._likelihoods.analyse_some():
                yield
            yield

    def measure_some(self, until: float) -> bool:
        """Measure the energy of a second of the audio before `until` seconds; return whether there was any.

        Its likelihoods, which take longer, are left to be analysed.
        """
        if (pcm := self._audio.take(until)) is None:
            return False
        self._energy.push(pcm)
        self._energy.analyse_some()
        self._likelihoods.push(pcm)
        return True

    def _pronounce(self) -> Iterator[None]:
        """Find the pronunciations that a window needs; yields after some of them."""
        first, characters = self._start.first, 0
        for unit in self._transcript.units[first : first + _KNOWN_REST_WORDS]:
            if not unit.is_pronounced:
                assert unit.pronunciation is not None
                characters += len(unit.text)
                if characters >= _PRONOUNCED_CHARACTERS:
                    characters = 0
                    yield

    def _window(self, position: float, *, ended: bool) -> Window:
        start, units = self._start, self._transcript.units
        provided_start = units[start.first].start
        if provided_start is not None:
            start = replace(start, seconds=max(provided_start, start.seconds))
        last, provided_end = self._provided_segment()
        text_ended = self._transcript.is_complete and last == len(units)
        phones = phones_of(self._transcript, start.first, last, complete=provided_end is not None or text_ended)
        known = self._energy.seconds
        end = min(known, position + _LOOKAHEAD_SECONDS, start.seconds + WINDOW_SECONDS)
        complete = ended and end == self._audio.seconds
        if provided_end is not None:
            provided_end = max(provided_end, start.seconds)  # times that run backwards undo nothing
        if provided_end is not None and (provided_end <= end or not known):
            end, complete = provided_end, True
        regions = self._energy.speech_regions(start.seconds, end, self._likelihoods.non_speech())
        if self._trellis is not None:
            before, frame_seconds = self._trellis.speech, self._energy.frame_seconds
            regions = steadied(regions, before.regions, before.end - _UNSTEADY_SECONDS, frame_seconds)
        if provided_start is not None and not len(regions) and (complete or not known):
            # It has no audible speech: the words are spread over the provider's times.
            until = end if end > start.seconds else start.seconds + float(phones.word_offsets[-1]) * self._tempo
            until = min(until, start.seconds + WINDOW_SECONDS)
            regions, complete = np.array([[start.seconds, until]]), True
        speech = SpeechFrames(regions, self._energy.frame_seconds, end, complete)
        return Window(start, phones, speech, provided_end)

    def _provided_segment(self) -> tuple[int, float | None]:
        """End of the units that the window places, and the provider's time of the units after them."""
        units, first = self._transcript.units, self._start.first
        last, phones = min(len(units), first + _WINDOW_WORDS), 0
        for index in range(first, last):
            phones += len(units[index].pronunciation.phones)
            if phones > _WINDOW_PHONES and index > first:
                return index, None
            if index > first and units[index].start is not None:
                return index, units[index].start
            if units[index].end is not None:
                return index + 1, units[index].end
        return last, None

    def _updated_trellis(self, window: Window, *, ended: bool) -> Trellis:
        """The trellis of a window, some of which may be filled already."""
        tempo = (self._aligned + self._expected_tempo(window, ended=ended) + self._within).tempo
        if self._trellis is None or abs(math.log(tempo / self._trellis.tempo)) > _TEMPO_TOLERANCE:
            self._trellis = Trellis(tempo)
        times = window.speech.analysed_times
        likelihoods = self._likelihoods.at(times.ravel()).reshape(*times.shape, -1).mean(1)
        if self._likelihoods.speech_at(window.speech.times).mean() < _LEAST_SPEECH:
            likelihoods = np.zeros_like(likelihoods)  # it is not the voice that the model knows: durations decide
        self._trellis.update(window.phones, window.speech, likelihoods, window.entry_costs)
        return self._trellis

    def _expected_tempo(self, window: Window, *, ended: bool) -> TempoEvidence:
        """Return the evidence of the tempo before an alignment."""
        start, known = window.start.seconds, self._energy.seconds
        units = self._transcript.units[window.start.first :]
        is_known = ended and self._transcript.is_complete and len(units) <= _KNOWN_REST_WORDS
        if is_known and self._all_measured and known - start <= _KNOWN_REST_SECONDS:
            regions = self._energy.speech_regions(start, known, self._likelihoods.non_speech())
            seconds = float(np.diff(regions).sum())
            phones = sum(unit.pronunciation.length for unit in units)
            if seconds and phones:
                return TempoEvidence(seconds, phones)
        syllables = window.speech.count_syllables(self._energy.syllable_boundaries(start, window.speech.end))
        seconds = float(window.speech.offsets[-1]) * window.speech.frame_seconds
        return tempo_from_syllables(seconds, syllables, window.phones.phones_per_syllable)

    def _word_times(self, window: Window, alignment: Alignment | None) -> WordTimes:
        if alignment is None:
            until = window.speech.end if window.speech.complete else np.inf
            starts = np.full(len(window.phones.boundaries), until)
            ends, deviations, ends_in_pause = starts.copy(), np.zeros(len(starts)), False
        else:
            starts, ends, deviations = alignment.starts, alignment.ends, alignment.deviations
            ends_in_pause = alignment.ends_in_pause
        units = self._transcript.units[window.start.first : window.start.first + len(starts)]
        if units[0].start is not None:
            starts[0] = units[0].start
            ends[0] = max(starts[0], ends[0] if alignment is not None else 0.0)
        if units[-1].end is not None:
            ends[-1] = units[-1].end
        first, before = window.start.first, self._times
        confirmed = np.zeros(len(starts), np.bool_) if before is None else before.confirmed_by(first, starts)
        self._times = WordTimes(first, starts, ends, deviations, ends_in_pause, window.speech.end, confirmed)
        return self._times

    def _next_start(self, position: float, window: Window, alignment: Alignment | None) -> WindowStart | None:
        """Where the next window begins, if not where this one does."""
        start, settled = window.start, position - _SETTLED_SECONDS
        if window.provided_end is not None and window.speech.complete and position >= window.provided_end:
            return WindowStart(window.provided_end, start.first + len(window.phones.boundaries), np.zeros(1))
        if alignment is None:
            return replace(start, seconds=max(start.seconds, min(window.speech.end, settled)), spent=Spent())
        at_pause = self._start_at_pause(window, alignment, settled)
        return at_pause or (self._start_at_word(window, alignment, settled) if window.is_full else None)

    def _start_at_pause(self, window: Window, alignment: Alignment, settled: float) -> WindowStart | None:
        """In the last pause between two words that ends by `settled`; in a full window, that begins by then.

        What is after it is decoded again, so that at least half of a window that is not full must lie before it.
        """
        speech, full = window.speech, window.is_full
        regions = speech.regions
        for pause in reversed(alignment.pauses[1:]):
            middle = (window.start.seconds + speech.end) / 2
            ends = pause.region < len(regions) and middle <= regions[pause.region, 0] <= settled
            if ends or (full and regions[pause.region - 1, 1] <= settled):
                frame, phone = int(speech.offsets[pause.region]), int(window.phones.word_starts[pause.word])
                self._aligned = self._aligned.followed_by(window.tempo_evidence(alignment, frame, phone))
                costs = alignment.costs_at(frame)
                return window.start_near(float(regions[pause.region - 1, 1]), frame, costs, phone)
        if speech.trailing_silence >= (SHORTEST_PAUSE if full else _LONG_SILENCE_SECONDS) and regions[-1, 1] <= settled:
            frame, costs = len(speech.times), alignment.costs_at(len(speech.times))
            phone = int(costs.argmin())
            if costs[phone] < IMPOSSIBLE:
                self._aligned = self._aligned.followed_by(window.tempo_evidence(alignment, frame, phone))
                return window.start_near(float(regions[-1, 1]), frame, costs, phone)
        silent = min(float(regions[0, 0]) - SHORTEST_PAUSE, settled)
        return replace(window.start, seconds=silent, spent=Spent()) if full and silent > window.start.seconds else None

    def _start_at_word(self, window: Window, alignment: Alignment, settled: float) -> WindowStart | None:
        """At the last word that begins by `settled`; within it, if it is longer than a window."""
        speech, phones = window.speech, window.phones
        past = np.flatnonzero(alignment.starts <= min(settled, speech.end))
        if len(past) and alignment.starts[past[-1]] > window.start.seconds:
            phone = int(phones.word_starts[past[-1]])
            frame = int(alignment.onsets[phone])
            costs = alignment.costs_at(frame)
            return window.start_near(float(alignment.starts[past[-1]]), frame, costs, phone)
        frame = int(np.searchsorted(speech.times, settled, side="right")) - 1
        if frame <= 0 or settled < speech.end - _RESERVE_SECONDS - _SETTLED_SECONDS:
            return None
        costs = alignment.costs_at(frame, within_words=True)
        phone = int(costs.argmin())
        if costs[phone] < IMPOSSIBLE:
            return window.start_near(float(speech.times[frame]), frame, costs, phone)
        stop = window.start.first + len(phones.boundaries)  # all words of the window are past
        if stop >= len(self._transcript.units):
            return None
        return WindowStart(float(speech.times[frame]), stop, np.zeros(1))
