"""One window decoded: the words aligned to the speech, at the tempo at which they fit best."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..features._energy import SHORTEST_PAUSE, Floats
from ..features._phone_classes import PhoneClass
from ..features._speech_frames import Frames, SpeechFrames
from ._trellis import Path, Trellis

# benchmarks/captions.py: the share of a core.
_TEMPO_COST_RANGE = 2.0  # a tempo whose best path costs this much more does not count
# benchmarks/captions.py: "4x", with align.
_ANCHOR_SNAP_SECONDS = 0.15  # a word that is aligned no further from its anchor begins there
# benchmarks/captions.py: "voice".
_CLOSURE_SECONDS = 0.04  # before the burst of a voiceless stop: silence, which can't be told from a pause before it
_IS_VOICELESS_STOP = np.isin(
    np.arange(len(PhoneClass)), (PhoneClass.P, PhoneClass.T, PhoneClass.K, PhoneClass.CH, PhoneClass.VOICELESS)
)


@dataclass(frozen=True, slots=True)
class PausedBoundary:
    """The boundary before a word lies in the pause before a speech region."""

    region: int
    word: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """The times of the words, in seconds; a start of infinity: the audio of the word has not arrived yet."""

    starts: Floats
    ends: Floats
    deviations: Floats  # standard deviations of the starts, in seconds
    pauses: list[PausedBoundary]  # in order; the first is the start of the window
    ends_in_pause: bool  # a pause follows the last word
    cost: float  # of its path
    tempo: float  # seconds per phone
    entered: int  # the first phone that is aligned
    reached: int  # the one in which the audio ends
    onsets: Frames  # of speech before each phone and after the last, shape (phones+1,)
    trellis: Trellis

    def costs_at(self, frame: int, *, within_words: bool = False) -> Floats:
        """Return the cost of each place in the text at a frame, shape (phones+1,), at the same tempo.

        `IMPOSSIBLE`: a place that no path reaches there; a place within a word, unless `within_words`.
        """
        return self.trellis.costs_at(frame, self.tempo, within_words=within_words)


def align_words(trellis: Trellis) -> Generator[None, None, Alignment]:
    """Fill a trellis and return the alignment on its best path; yields between pieces of the work."""
    phones, speech = trellis.phones, trellis.speech
    yield from trellis.advance()
    ends, order = trellis.ends, sorted(range(len(trellis.tempos)), key=lambda index: trellis.ends[index].cost)
    order = [index for index in order if ends[index].cost < ends[order[0]].cost + _TEMPO_COST_RANGE] or order[:1]
    paths = []
    for index in order:
        yield
        paths.append(trellis.traceback(index))
    best, end = paths[0], ends[order[0]]
    starts_by_tempo = [_starts(trellis, index, path) for index, path in zip(order, paths, strict=True)]
    starts, first = starts_by_tempo[0], int(np.searchsorted(phones.word_starts, best.entered))
    at = best.onsets[phones.word_starts]
    weights = np.exp([end.cost - ends[index].cost for index in order])
    differences = np.minimum(starts_by_tempo, speech.end) - np.minimum(starts, speech.end)
    deviations = np.sqrt(weights @ differences**2 / weights.sum())
    anchored = np.abs(starts - phones.anchors) <= _ANCHOR_SNAP_SECONDS
    starts, deviations = np.where(anchored, phones.anchors, starts), np.where(anchored, 0.0, deviations)
    silent = end.frame == len(speech.times) and (speech.complete or speech.trailing_silence >= SHORTEST_PAUSE)
    return Alignment(
        starts,
        np.maximum(starts, speech.offset_times(best.offsets[phones.word_starts[1:]])),
        deviations,
        _paused_boundaries(speech, at, np.flatnonzero((at > 0) & (phones.word_starts <= end.phone)), first),
        end.phone == len(phones.classes) and (silent or end.frame in speech.offsets[1:-1]),
        end.cost,
        float(trellis.tempos[order[0]]),
        best.entered,
        end.phone,
        best.onsets,
        trellis,
    )


def _paused_boundaries(speech: SpeechFrames, at: Frames, reached: Frames, first: int) -> list[PausedBoundary]:
    """The word boundaries that lie in pauses, of those `reached`; `at`: frames before each of them; `first`: a word."""
    pauses = [PausedBoundary(0, first)]
    for word in reached:
        region = int(np.searchsorted(speech.offsets, at[word]))
        if pauses[-1].region < region < len(speech.regions) and speech.offsets[region] == at[word]:
            pauses.append(PausedBoundary(region, int(word)))
    return pauses


def _starts(trellis: Trellis, tempo: int, path: Path) -> Floats:
    """Seconds at which each word starts on a path, given the frames before each phone."""
    firsts, speech = trellis.phones.word_starts, trellis.speech
    at = path.onsets[firsts]
    starts = speech.onset_times(at[:-1])
    unspoken = firsts[:-1] == firsts[1:]
    starts[unspoken] = speech.offset_times(at[1:])[unspoken]
    starts[_begins_closed(trellis, at[:-1]) & ~unspoken] -= _CLOSURE_SECONDS
    starts[: int(np.searchsorted(firsts, path.entered))] = speech.times[0]
    beyond = ~unspoken & (firsts[:-1] >= trellis.ends[tempo].begun)
    starts[beyond] = speech.end if speech.complete else np.inf
    return np.maximum(starts, 0.0)


def _begins_closed(trellis: Trellis, at: Frames) -> npt.NDArray[np.bool_]:
    """Whether each word begins with a voiceless stop after a pause; `at`: frames of speech before each."""
    classes, firsts, speech = trellis.phones.classes, trellis.phones.word_starts[:-1], trellis.speech
    after_pause = np.zeros(len(speech.times) + 1, np.bool_)
    after_pause[speech.offsets[:-1]] = True
    closed: npt.NDArray[np.bool_] = _IS_VOICELESS_STOP[np.append(classes, PhoneClass.ANY)[firsts]] & after_pause[at]
    return closed
