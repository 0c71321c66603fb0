"""The trellis of a window: states are phones, time is counted in frames of speech, and each cell has a cost per tempo.

The forward pass extends the best paths phone by phone and prunes them by a beam; the traceback goes the other way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..features._energy import Floats
from ..features._phone_classes import PhoneClass
from ..features._speech_frames import Frames, SpeechFrames
from ._costs import (
    FUTURE_FRAME_COST,
    IMPOSSIBLE,
    SILENT_PHONE_COST,
    TEMPO_LOG_RATIOS,
    UNALIGNED_FRAME_COST,
    UNSPOKEN_PHONE_COST,
    PauseCosts,
    PhoneSequence,
    anchor_gain,
    duration_costs,
    tempo_costs,
)

# benchmarks/captions.py: the share of a core.
_BEAM_COST = 60.0  # paths that cost this much more than the best one to the same phone are pruned
_TEMPOS = len(TEMPO_LOG_RATIOS)


@dataclass(frozen=True, slots=True)
class _Row:
    """Costs of the best paths to the onset of a phone at each frame from `first` on, shape (tempos, frames)."""

    first: int
    costs: Floats

    @property
    def stop(self) -> int:
        """The frame after the last."""
        return self.first + len(self.costs[0])


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a path ends: at `frame`, at the onset of `phone` or within it."""

    cost: float
    phone: int
    frame: int
    begun: int  # phones that have begun


class Trellis:
    """The paths of the phones of a window over its frames of speech, and their costs."""

    def __init__(self, phones: PhoneSequence, speech: SpeechFrames, emission_costs: Floats, tempo: float) -> None:
        self.phones, self.speech = phones, speech
        self.tempos: Floats = tempo * np.exp(TEMPO_LOG_RATIOS)
        self.ends = [PathEnd(IMPOSSIBLE, 0, 0, 0)] * _TEMPOS
        """The end of the best path at each tempo."""
        self._classes, self._lengths = phones.classes.tolist(), phones.lengths.tolist()
        self._optional = phones.optional.tolist()
        self._total = len(speech.times)
        self._pauses = PauseCosts(phones, speech, tempo)
        self._emissions = np.zeros((len(PhoneClass), self._total + 1))  # of all frames before each, in each class
        self._emissions[:, 1:] = np.cumsum(emission_costs.T, axis=1)
        for frame, cost in zip(speech.offsets[1:-1], self._pauses.within_word[:-1], strict=True):
            self._emissions[:, frame + 1 :] += cost
        self._durations: dict[float, Floats] = {}  # costs of 1, 2, 3 … frames at each tempo, by a phone's length
        self._rows: list[_Row] = []  # one for the onset of each phone

    def forward(self, entry_costs: Floats) -> None:
        """Extend the paths through the text, until each of them costs too much.

        `entry_costs`: of each place in the text at the first frame, shape (phones+1,).
        """
        text, count = self.phones, len(self._classes)
        anchors = np.full(count + 1, np.nan)
        anchors[text.word_starts[:-1]] = text.anchors
        boundaries = np.full(count + 1, -1)
        np.maximum.at(boundaries, text.word_starts[1:], text.boundaries)
        last_entry = int(np.flatnonzero(entry_costs < IMPOSSIBLE)[-1])
        row = _Row(0, np.empty((_TEMPOS, 0)))
        for phone, (entry, boundary) in enumerate(zip(entry_costs.tolist(), boundaries.tolist(), strict=True)):
            if row.costs.size:
                row = self._extended(phone - 1, row)
            if row.costs.size and boundary >= 0:
                self._add_pause_costs(row, boundary)
            row = _pruned(row)
            if entry < IMPOSSIBLE:
                row = _entered(row, entry)
            if not row.costs.size and phone > last_entry:
                break
            self._rows.append(row)
            if not row.costs.size:
                continue
            if not np.isnan(anchors[phone]):
                self._subtract_anchor_gain(row, float(anchors[phone]))
            self._end_paths(phone, row, boundary)
            if row.costs.min() > min(end.cost for end in self.ends) + _BEAM_COST:
                break

    def traceback(self, tempo: int) -> Frames:
        """Return the frames before each phone and after the last on the best path at a tempo, shape (phones+1,)."""
        phone, frame = self.ends[tempo].phone, self.ends[tempo].frame
        onsets = np.full(len(self._classes) + 1, self._total)
        onsets[phone] = frame
        while frame:
            phone, frame = phone - 1, self._onset_before(phone - 1, frame, tempo)
            onsets[phone] = frame
        onsets[:phone] = 0
        return onsets

    def costs_at(self, frame: int, tempo: float, *, within_words: bool) -> Floats:
        """Return the cost of each place in the text at a frame, shape (phones+1,), at one of the tempos.

        After the last frame of speech it includes the cost of the silence that is known by now.
        """
        at, text = int(np.searchsorted(self.tempos, tempo)), self.phones
        costs = np.full(len(self._classes) + 1, IMPOSSIBLE)
        for phone in range(len(self._rows)) if within_words else set(text.word_starts.tolist()):
            if phone < len(self._rows) and self._rows[phone].first <= frame < self._rows[phone].stop:
                costs[phone] = self._rows[phone].costs[at, frame - self._rows[phone].first]
        if frame == self._total:
            silence = np.full(len(costs), self._pauses.within_word[-1])
            at_boundary, fluent = self._pauses.at_boundary[-1], self._pauses.fluent
            silence[text.word_starts[1:]] = at_boundary[text.boundaries] - fluent[text.boundaries]
            costs[costs < IMPOSSIBLE] += silence[costs < IMPOSSIBLE]
            if self.ends[at].phone == len(self._classes):  # some speech may be unaligned
                costs[-1] = min(costs[-1], self.ends[at].cost)
        return costs

    def _extended(self, phone: int, row: _Row) -> _Row:
        """The row after a phone: each duration of the phone from each of its onsets."""
        durations, emissions = self._duration_costs(phone), self._emissions[self._classes[phone]]
        size, longest = row.costs.shape[1], durations.shape[1]
        count = max(0, min(size + longest - 1, self._total - row.first))
        padded = np.full((_TEMPOS, size + 2 * longest - 2), IMPOSSIBLE)
        padded[:, longest - 1 : longest - 1 + size] = row.costs - emissions[row.first : row.stop]
        tempo_stride, frame_stride = padded.strides
        strides = (tempo_stride, frame_stride, frame_stride)
        paths = np.ndarray((_TEMPOS, longest, count), buffer=padded, strides=strides)
        costs = (paths + durations[:, ::-1, None]).min(1)
        spoken = _Row(row.first + 1, costs + emissions[row.first + 1 : row.first + 1 + count])
        return _cheaper(_Row(row.first, row.costs + SILENT_PHONE_COST), spoken) if self._optional[phone] else spoken

    def _onset_before(self, phone: int, end: int, tempo: int) -> int:
        """The frame at which a phone begins that ends before the frame `end`, on the best path there."""
        row, durations = self._rows[phone], self._duration_costs(phone)[tempo]
        emissions = self._emissions[self._classes[phone]]
        frames = np.arange(max(row.first, end - len(durations)), min(row.stop, end))
        paths = row.costs[tempo, frames - row.first] - emissions[frames]
        paths += durations[end - frames - 1]
        if self._optional[phone] and row.first <= end < row.stop:
            frames = np.append(frames, end)
            paths = np.append(paths, row.costs[tempo, end - row.first] + SILENT_PHONE_COST - emissions[end])
        return int(frames[paths.argmin()])

    def _duration_costs(self, phone: int) -> Floats:
        length = self._lengths[phone]
        if length not in self._durations:
            self._durations[length] = duration_costs(length, self.tempos, self.speech.frame_seconds)
        return self._durations[length]

    def _add_pause_costs(self, row: _Row, boundary: int) -> None:
        """Add the costs of pauses, and of fluent speech, to a row at a boundary of words."""
        costs, pauses = row.costs, self._pauses
        costs += pauses.fluent[boundary]
        at = self.speech.offsets[1:-1] - row.first
        (inside,) = ((at >= 0) & (at < costs.shape[1])).nonzero()
        if len(inside):
            added = pauses.at_boundary[inside, boundary] - pauses.fluent[boundary] - pauses.within_word[inside]
            costs[:, at[inside]] += added

    def _subtract_anchor_gain(self, row: _Row, anchor: float) -> None:
        """Let a row at the onset of a word cost less near the anchor of that word."""
        onsets = self.speech.onset_times(np.arange(row.first, row.stop))
        row.costs[:] -= anchor_gain(np.abs(onsets - anchor))

    def _end_paths(self, phone: int, row: _Row, boundary: int) -> None:
        """Consider the paths that end at the onset of a phone, after a `Boundary` (-1: none), or within the phone."""
        left, pauses = len(self._classes) - phone, self._pauses
        if not left:
            rest = self._total - np.arange(row.first, row.stop)
            frame_cost = UNALIGNED_FRAME_COST if self.phones.complete else FUTURE_FRAME_COST
            self._consider(row.costs + rest * frame_cost, row.first, phone, phone)
        unspoken = UNSPOKEN_PHONE_COST * left if self.speech.complete and self.phones.complete else 0.0
        if row.stop > self._total:
            at_boundary = boundary >= 0
            silence = (
                pauses.at_boundary[-1, boundary] - pauses.fluent[boundary] if at_boundary else pauses.within_word[-1]
            )
            self._consider(row.costs[:, -1:] + (unspoken + silence), self._total, phone, phone)
        if left and row.stop > self._total - (longest := self._duration_costs(phone).shape[1]):
            first, stop = max(row.first, self._total - longest), min(row.stop, self._total)
            if first < stop:
                at_least = np.minimum.accumulate(self._duration_costs(phone)[:, ::-1], axis=1)[:, ::-1]
                costs = row.costs[:, first - row.first : stop - row.first] + (unspoken + pauses.within_word[-1])
                emissions = self._emissions[self._classes[phone]]
                costs += emissions[-1] - emissions[first:stop]
                costs += at_least[:, self._total - 1 - np.arange(first, stop)]
                self._consider(costs, first, phone, phone + 1)

    def _consider(self, costs: Floats, first: int, phone: int, begun: int) -> None:
        """Keep the best of some paths that end at frames from `first` on; `costs`: shape (tempos, frames)."""
        for tempo, at in enumerate(costs.argmin(1).tolist()):
            if costs[tempo, at] < self.ends[tempo].cost:
                self.ends[tempo] = PathEnd(float(costs[tempo, at]), phone, first + at, begun)


def _pruned(row: _Row) -> _Row:
    """A row without the paths at either end that lie outside the beam."""
    if not row.costs.size:
        return row
    best = row.costs.min(0)
    (near,) = (best <= best.min() + _BEAM_COST).nonzero()
    return _Row(row.first + int(near[0]), row.costs[:, near[0] : near[-1] + 1])


def _cheaper(one: _Row, other: _Row) -> _Row:
    """The cheaper of two paths to each frame; `other` begins after the first frame of `one`."""
    costs = np.full((_TEMPOS, max(one.stop, other.stop) - one.first), IMPOSSIBLE)
    costs[:, : one.costs.shape[1]] = one.costs
    within = costs[:, other.first - one.first : other.stop - one.first]
    np.minimum(within, other.costs, out=within)
    return _Row(one.first, costs)


def _entered(row: _Row, entry_cost: float) -> _Row:
    """The row with a path that begins here, at the first frame."""
    start = _Row(0, entry_cost + tempo_costs()[:, None])
    return _cheaper(start, row) if row.costs.size else start
