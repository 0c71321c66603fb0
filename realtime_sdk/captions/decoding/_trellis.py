"""The trellis of a window, filled frame by frame: its states are the onsets of phones, each with a cost per tempo.

A column holds, for a frame t, the cost of the best path on which each phone begins at t; the last state is the end of
the text. It is the minimum over all durations d of the phone before:

    arrival(t, i) = min over d of  onset(t - d, i - 1) + duration(i - 1, d) + emissions of phone i - 1 from t - d to t

Between two words a path may also skip words that are not spoken, and fill frames in which something else sounds: noise,
a breath, a hesitation. So no path is lost for good, whatever text and audio do.

States that cost too much more than the best of their frame are dropped (the beam): all paths to a frame explain the
same audio, so their costs compare. No back pointers are kept: the traceback finds each onset again from the columns.
Columns that more text or audio does not change are kept, so that each frame is computed about once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..features._energy import Floats
from ..features._frame_table import Float32s
from ..features._speech_frames import Frames, SpeechFrames
from ._beam import Beam
from ._cost_tables import BLOCK_FRAMES, Columns, CostTables
from ._costs import (
    IMPOSSIBLE,
    SILENT_PHONE_COST,
    TEMPO_LOG_RATIOS,
    UNSPOKEN_PHONE_COST,
    PhoneSequence,
    anchor_gain,
    filler_costs,
    tempo_costs,
)
from ._emission_sums import EmissionSums
from ._text_states import TextStates
from ._word_boundaries import CrossingCosts

# benchmarks/captions.py: "people", "hard to follow" and the share of a core.
_BEAM_COST = 40.0  # states that cost this much more than the best one of the same frame are dropped,
_FILLER_BEAM_COST = 20.0  # fillers already with this much more: a text that is short fits somewhere in long audio
_LIKELY_COST = 10.0  # states that cost this much more may miss text that arrives after their frame
_CHANGED, _FAINTEST = 0.3, -2.5  # log likelihoods that differ by more are others; below the latter they are alike
_SLICE_COLUMNS = 25  # filled in one step of the work
_TEMPOS = len(TEMPO_LOG_RATIOS)


@dataclass(frozen=True, slots=True)
class Path:
    """A path: frames before the onset of each phone and after the last; before the end of the phone before it."""

    onsets: Frames
    offsets: Frames
    entered: int  # its first phone
    columns: int  # that are as they were when it was found

    def kept(self, phone: int, columns: int) -> Path:
        """What remains of it where text from a phone on and columns from a frame on have changed."""
        return Path(self.onsets[:phone], self.offsets[:phone], self.entered, min(self.columns, columns))

    def passes(self, phone: int, frame: int) -> bool:
        """Whether it comes to a frame at the onset of a phone, and is still the best one before."""
        if frame >= self.columns or not 0 < phone < len(self.onsets):
            return False
        return bool(self.onsets[phone] == frame > self.onsets[phone - 1])  # else the phone may be one that it skips


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a path ends: at `frame`, at the onset of `phone` or within it."""

    cost: float
    phone: int
    frame: int
    begun: int  # phones that have begun


class Trellis:
    """The paths of the phones of a window over its frames of speech, and their costs."""

    phones: PhoneSequence
    speech: SpeechFrames
    _states: TextStates
    _crossings: CrossingCosts

    def __init__(self, tempo: float) -> None:
        self.tempo = tempo
        self.tempos: Floats = tempo * np.exp(TEMPO_LOG_RATIOS)
        self.ends = [PathEnd(IMPOSSIBLE, 0, 0, 0)] * _TEMPOS
        """The end of the best path at each tempo."""
        self._paths: dict[int, Path] = {}  # those found last, by tempo
        self._beam = Beam()
        self._likelihoods = np.empty((0, 0), np.float16)
        self._emissions = EmissionSums()
        self._filler = np.zeros(1)  # the costs of all frames before each, as something else than the text
        self._tables = CostTables()

    def update(self, phones: PhoneSequence, speech: SpeechFrames, likelihoods: Float32s, entry_costs: Floats) -> None:
        """Take the text and audio that are known now, and drop the columns that they change.

        `likelihoods`: log scaled, of each frame, shape (frames, acoustic classes). `entry_costs`: of each place in the
        text at the start of the window, shape (phones+1,).
        """
        states = TextStates(phones, self.tempos, speech.frame_seconds, entry_costs)
        kept = self._drop_changed(states, speech, likelihoods) if self._beam.columns else 0
        self.phones, self.speech, self._states = phones, speech, states
        self._crossings = CrossingCosts(states.boundaries, phones, speech, self.tempo)
        self._likelihoods = likelihoods.astype(np.float16)
        self._extend_emissions(likelihoods, kept)

    def _drop_changed(self, states: TextStates, speech: SpeechFrames, likelihoods: Float32s) -> int:
        """Drop the columns that a text and audio change; return how many frames remain the same."""
        frames = min(len(speech.times), len(self.speech.times))
        changed = speech.times[:frames] != self.speech.times[:frames]
        before, now = np.maximum(self._likelihoods[:frames], _FAINTEST), np.maximum(likelihoods[:frames], _FAINTEST)
        changed |= (np.abs(now - before) > _CHANGED).any(1)
        kept = int(changed.argmax()) if changed.any() else frames
        state = self._states.first_difference(states)
        self._beam.drop(min(kept, self._beam.first_beyond(state)))
        columns = self._beam.columns
        self._paths = {tempo: path.kept(state, columns) for tempo, path in self._paths.items()}
        self._tables.drop(columns, state, bisect_left(self._states.boundaries.starts, state))
        return columns

    def advance(self) -> Iterator[None]:
        """Fill the columns that are missing; yields between pieces of the work."""
        total = len(self.speech.times)
        while (filled := self._beam.columns) <= total:
            stop = min(filled + _SLICE_COLUMNS, total + 1)
            while (filled := self._beam.columns) < stop:
                self._fill_columns(min(stop, (filled // BLOCK_FRAMES + 1) * BLOCK_FRAMES))
            if stop <= total:
                yield
        self._end_paths()

    def traceback(self, tempo: int) -> Path:
        """Return the best path at a tempo: where it meets the one found last, it is that one."""
        phone, frame = self.ends[tempo].phone, self.ends[tempo].frame
        last = self._paths.get(tempo)
        onsets = np.full(self._states.count + 1, len(self.speech.times))
        offsets = onsets.copy()
        onsets[phone] = offsets[phone] = frame
        while last is None or not last.passes(phone, frame):
            if (boundary := self._states.boundaries.index_at.get(phone)) is not None:
                frame = self._arrival_frame(boundary, frame, tempo)
                offsets[phone] = frame
                if (before := self._skipped_from(boundary, frame, tempo)) is not None:
                    skipped, phone = phone, self._states.boundaries.starts[before]
                    onsets[phone:skipped] = offsets[phone:skipped] = frame
                    continue
            if not frame or not phone:
                break
            phone, frame = phone - 1, self._onset_frame(phone - 1, frame, tempo)
            onsets[phone] = offsets[phone] = frame
        else:
            onsets[:phone], offsets[: phone + 1] = last.onsets[:phone], last.offsets[: phone + 1]
            phone = last.entered
        onsets[:phone] = offsets[:phone] = 0
        self._paths[tempo] = path = Path(onsets, offsets, phone, self._beam.columns)
        return path

    def costs_at(self, frame: int, tempo: float, *, within_words: bool) -> Floats:
        """Return the cost of each place in the text at a frame, shape (phones+1,), at one of the tempos.

        After the last frame of speech it includes the cost of the silence that is known by now.
        """
        at, states = int(np.searchsorted(self.tempos, tempo)), self._states
        places = np.arange(states.count + 1) if within_words else states.boundaries.starts_array
        costs = np.full(states.count + 1, IMPOSSIBLE)
        costs[places] = self._onset_costs(frame)[at, places]
        costs[costs >= IMPOSSIBLE / 2] = IMPOSSIBLE
        if frame == len(self.speech.times):
            reached = costs < IMPOSSIBLE
            costs[reached] += self._crossings.final(len(costs))[reached]
        return costs

    def _extend_emissions(self, likelihoods: Float32s, kept: int) -> None:
        """Add up the emission costs of the frames from `kept` on."""
        self._emissions.update(likelihoods, self._crossings.within_words, kept, self._states.classes)
        filler = np.cumsum(filler_costs(likelihoods[kept:]))
        self._filler = np.concatenate([self._filler[: kept + 1], self._filler[kept] + filler])

    def _fill_columns(self, stop: int) -> None:
        """Fill the columns that are missing up to the one before `stop`, which are of the same block."""
        first, states = self._beam.columns, self._states
        columns = self._tables.open(first, states.count + 1, len(states.boundaries.starts))
        emissions = self._emissions.rows(first, stop)
        filler_costs = np.diff(self._filler[:stop], prepend=0.0)[first:]
        filler_costs = filler_costs[:, None] + states.boundaries.filler_frame_costs
        for frame, row, filler in zip(range(first, stop), emissions, filler_costs, strict=True):
            self._fill_column(columns, frame, row, filler)
        self._tables.keep(columns, stop)

    def _fill_column(self, columns: Columns, frame: int, emissions: Floats, filler_costs: Floats) -> None:
        """Fill the column of a frame.

        `emissions`: of all frames before it, in the class of each state. `filler_costs`: of the last of them, as
        something else than the text, at each boundary.
        """
        costs, low = self._arrival_costs(columns, frame, emissions)
        starts = self._states.boundaries.starts
        first, stop = bisect_left(starts, low), bisect_left(starts, low + costs.shape[1])
        if stop > first:
            costs = self._cross_boundaries(columns, frame, costs, low, first, stop, filler_costs)
        best = np.minimum.reduce(costs, axis=0)  # as min() does by way of Python
        least = np.minimum.reduce(best)
        near, likely = (best <= least + _BEAM_COST).nonzero()[0], (best <= least + _LIKELY_COST).nonzero()[0]
        begin, end = low + int(near[0]), low + int(near[-1]) + 1
        self._beam.add(begin, end, low + int(likely[-1]) + 1)
        onsets = columns.onsets[frame - columns.first, :, begin:end]
        np.subtract(costs[:, begin - low : end - low], emissions[begin:end], out=onsets, casting="same_kind")

    def _arrival_costs(self, columns: Columns, frame: int, emissions: Floats) -> tuple[Floats, int]:
        """The costs of all states that phones lead to at a frame, shape (tempos, states), and the first of them."""
        states, longest = self._states, self._states.longest
        if not frame:
            (at,) = (states.entries < IMPOSSIBLE).nonzero()
            low, high = int(at[0]), int(at[-1]) + 1
            costs = states.entries[None, low:high] + tempo_costs()[:, None]
        else:
            low, stop = self._beam.last(longest)
            high = min(stop + 1, states.count + 1)
            costs = np.empty((_TEMPOS, high - low))
            costs[:, 0] = IMPOSSIBLE
            row = frame - columns.first
            before = columns.onsets[row - longest : row, :, low : high - 1]
            through = before + states.durations[:, :, low : high - 1]
            np.add(np.minimum.reduce(through, axis=0), emissions[low : high - 1], out=costs[:, 1:])
        for phone in states.optional[bisect_left(states.optional, low) : bisect_left(states.optional, high - 1)]:
            at_once = costs[:, phone - low] + SILENT_PHONE_COST
            costs[:, phone + 1 - low] = np.minimum(costs[:, phone + 1 - low], at_once)
        return costs, low

    def _cross_boundaries(
        self, columns: Columns, frame: int, costs: Floats, low: int, first: int, stop: int, filler_costs: Floats
    ) -> Floats:
        """The costs after skipped words, pauses and fillers at the boundaries from `first` to before `stop`."""
        boundaries, at, row = self._states.boundaries, slice(first, stop), frame - columns.first
        starts = boundaries.starts_array[at] - low
        arrived = costs.take(starts, axis=1)
        filler = columns.fillers[row - 1, :, at] + filler_costs[at] if frame else np.full_like(arrived, IMPOSSIBLE)
        least = min(np.minimum.reduce(costs, axis=None), np.minimum.reduce(filler, axis=None))
        filler[filler > least + _FILLER_BEAM_COST] = IMPOSSIBLE
        left = np.minimum(arrived + self._crossings.fluent[at], filler)
        reach, ways = stop, []
        for skip in boundaries.skips:
            if skip.next_begin[first] < stop:
                begun = np.minimum.accumulate(left + skip.leaving[at], axis=1)
                later = arrived[:, 1:]
                np.minimum(later, begun[:, :-1] + skip.arriving[first + 1 : stop], out=later)
                most = float(least + _BEAM_COST - np.minimum.reduce(begun[:, -1]))
                if skip.next_cost[stop] <= most:
                    reach = max(reach, skip.reach(most))
                ways.append((begun[:, -1:], skip.arriving))
        if reach > stop:  # words after those that phones lead to are reached by skipping
            beyond = [begun + arriving[stop:reach] for begun, arriving in ways]
            arrived = np.hstack([arrived, np.minimum.reduce(beyond)])
            filler = np.hstack([filler, np.full((_TEMPOS, reach - stop), IMPOSSIBLE)])
            at, starts = slice(first, reach), boundaries.starts_array[first:reach] - low
            further = int(starts[-1]) + 1 - costs.shape[1]
            costs = np.hstack([costs, np.full((_TEMPOS, further), IMPOSSIBLE)])
        columns.arrivals[row, :, at] = arrived
        filler = np.minimum(filler, arrived + boundaries.filler_costs[at])
        columns.fillers[row, :, at] = filler
        left = np.minimum(arrived + self._crossings.at(frame)[at], filler)
        if within_word := self._crossings.within_word_at(frame):
            left -= within_word  # the emissions have it
        if boundaries.has_anchors:
            left -= self._anchor_gains(frame, first, at.stop)
        costs[:, starts] = left
        return costs

    def _anchor_gains(self, frame: int, first: int, stop: int) -> Floats:
        """The discount of words that begin at a frame near their anchors."""
        onset = self.speech.onset_times(np.array([frame]))
        gains = anchor_gain(np.abs(self._states.boundaries.anchors[first:stop] - onset))
        known: Floats = np.where(np.isnan(gains), 0.0, gains)
        return known

    def _onset_costs(self, frame: int) -> Floats:
        """The costs of all states at a frame, shape (tempos, states)."""
        states = self._states
        onsets = self._tables.onsets.rows(frame, frame + 1, states.count + 1)[0]
        costs: Floats = onsets + self._emissions.rows(frame, frame + 1)
        return costs

    def _end_paths(self) -> None:
        """Find the end of the best path at each tempo: at the onset of a phone or within one."""
        states, total, longest = self._states, len(self.speech.times), self._states.longest
        rest = np.zeros(states.count + 1)
        if self.speech.complete and self.phones.complete:
            rest = UNSPOKEN_PHONE_COST * np.arange(states.count, -1.0, -1.0)
        at_onset = self._onset_costs(total) + self._crossings.final(states.count + 1) + rest
        begun = self._tables.onsets.rows(total + 1 - longest, total, states.count) + states.at_least[: longest - 1]
        within = begun.min(0, initial=IMPOSSIBLE) + self._emissions.rows(total, total + 1)[:, :-1] + rest[:-1]
        within += self._crossings.final_within_word
        for tempo in range(_TEMPOS):
            phone = int(at_onset[tempo].argmin())
            self.ends[tempo] = PathEnd(float(at_onset[tempo, phone]), phone, total, phone)
            if within.size and within[tempo].min() < at_onset[tempo, phone]:
                phone = int(within[tempo].argmin())
                frame = total + 1 - longest + int(begun[:, tempo, phone].argmin())
                self.ends[tempo] = PathEnd(float(within[tempo, phone]), phone, frame, phone + 1)

    def _arrival_frame(self, boundary: int, frame: int, tempo: int) -> int:
        """The frame at which a path arrives at a boundary that it leaves at `frame`: earlier by a filler, if any."""
        tables = self._tables
        arrived, filler = (
            table.column(frame, frame + 1, tempo, boundary)[0] for table in (tables.arrivals, tables.fillers)
        )
        if arrived + self._crossings.at(frame)[boundary] <= filler:
            return frame
        arrivals = tables.arrivals.column(0, frame + 1, tempo, boundary)
        frame_cost = self._states.boundaries.filler_frame_costs[boundary]
        fillers = self._filler[: frame + 1] + frame_cost * np.arange(frame + 1)
        return int((arrivals - fillers).argmin())

    def _skipped_from(self, boundary: int, frame: int, tempo: int) -> int | None:
        """The boundary from which a path skipped words to arrive at another one; None: it skipped none."""
        if not boundary:
            return None
        boundaries, tables = self._states.boundaries, self._tables
        arrivals, fillers = (
            table.rows(frame, frame + 1, boundary)[0, tempo] for table in (tables.arrivals, tables.fillers)
        )
        left = np.minimum(arrivals + self._crossings.fluent[:boundary], fillers)
        skips = boundaries.skips
        skipped = np.minimum.reduce([left + skip.leaving[:boundary] + skip.arriving[boundary] for skip in skips])
        before = int(skipped.argmin())
        return before if skipped[before] < self._spoken_cost(boundaries.starts[boundary], frame, tempo) else None

    def _spoken_cost(self, phone: int, frame: int, tempo: int) -> float:
        """The cost of arriving at the onset of a phone through the phone before it, or of a path that begins there."""
        if not frame:
            return float(self._states.entries[phone] + tempo_costs()[tempo])
        if not phone:
            return IMPOSSIBLE
        costs = self._costs_through(phone - 1, frame, tempo)
        spoken = float(costs.min() + self._emissions.at(frame, phone - 1))
        if self.phones.spoken[phone - 1] < 1:
            spoken = min(spoken, self._spoken_cost(phone - 1, frame, tempo) + SILENT_PHONE_COST)
        return spoken

    def _onset_frame(self, phone: int, end: int, tempo: int) -> int:
        """The frame at which a phone begins that ends before the frame `end`, on the best path there."""
        costs = self._costs_through(phone, end, tempo)
        spoken = float(costs.min() + self._emissions.at(end, phone))
        if self.phones.spoken[phone] < 1 and self._spoken_cost(phone, end, tempo) + SILENT_PHONE_COST < spoken:
            return end
        return max(end - len(costs) + int(costs.argmin()), 0)

    def _costs_through(self, phone: int, end: int, tempo: int) -> Floats:
        """The costs of a phone that lasts longest, …, 2, 1 frames and ends before `end`, without its emissions."""
        states = self._states
        onsets = self._tables.onsets.column(end - states.longest, end, tempo, phone)
        return onsets.astype(np.float64) + states.durations[:, tempo, phone]
