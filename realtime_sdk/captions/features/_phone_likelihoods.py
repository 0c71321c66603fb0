"""Likelihoods of phones in audio that arrives in pieces: each frame is classified once, as its audio arrives."""

from __future__ import annotations

import numpy as np

from ...audio._pcm import Pcm
from ._energy import Floats
from ._frame_table import Float32s, FrameSpans, GrowingTable
from ._mel_bands import STEP_FRAMES, MelBands
from ._non_speech import NonSpeechDetector
from ._phone_evidence import FRAME_SECONDS, PhoneEvidence
from ._phone_model import ACOUSTIC_CLASSES, CONTEXT, phone_model

# benchmarks/memory.py; captions are the same, but for one word in 300, which is a frame away.
_KEPT = np.float16  # as which likelihoods are kept
_BEFORE, _AFTER = -int(CONTEXT[0]), int(CONTEXT[-1])


class PhoneLikelihoods:
    """The likelihoods of phones in each frame of audio that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._bands = MelBands(rate)
        self._settled = GrowingTable(len(ACOUSTIC_CLASSES), _KEPT)  # log scaled, which more audio does not change
        self._unsettled = np.empty((len(ACOUSTIC_CLASSES), 0), _KEPT)  # of the frames after those
        self._known = 0  # `MelBands.known` when those were classified,
        self._final = 0  # and the first frame that is to be classified, again or for the first time
        self._detector = NonSpeechDetector()
        self._is_whole = True  # no audio was released before it was analysed
        self._has_ended = False  # all audio was analysed, and no more follows
        self._evidence = PhoneEvidence()

    @property
    def frame_seconds(self) -> float:
        """Seconds of a frame."""
        return self._bands.frame_seconds

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change any more. After `end` they are ignored."""
        if not self._has_ended:
            self._bands.push(pcm)

    def add_evidence(self, start: float, likelihoods: Float32s) -> None:
        """Add the log scaled likelihoods that a recogniser found from `start` seconds on.

        Shape (n frames of `FRAME_SECONDS`, acoustic classes).
        """
        self._evidence.put(round(start / FRAME_SECONDS), likelihoods)

    def is_recognised(self, seconds: float) -> bool:
        """Whether a recogniser has reached a time in the audio."""
        return self._evidence.covers(seconds)

    def awaits_evidence(self, until: float) -> bool:
        """Whether a recogniser has begun, and has not reached a time in the audio."""
        return bool(self._evidence) and not self._evidence.covers(until - FRAME_SECONDS)

    def analyse_some(self) -> bool:
        """Analyse up to a second of the audio that is pending, or classify as much again; return whether more is."""
        if self._is_classified:
            self._bands.analyse()
        if not self._is_classified:
            self._classify()
        return self._bands.is_pending or not self._is_classified

    def drop_before(self, seconds: float) -> None:
        """Drop the likelihoods before a time, which are not needed any more."""
        before = int(seconds / self.frame_seconds) - 1
        self._settled.drop_before(max(0, min(before, self._settled.count)))

    def end(self) -> None:
        """No more audio follows: analyse all, and drop all but the likelihoods."""
        self.non_speech()  # analyses all, and remembers its result
        self._bands.drop_frames()
        self._has_ended = True

    def release_audio(self) -> None:
        """Discard the audio that is not analysed: its likelihoods are not expected to be used."""
        self._is_whole = self._is_whole and not self._bands.is_pending
        self._bands.drop_pending()

    def non_speech(self) -> FrameSpans:
        """Find the stretches so far in which no voice speaks; none after some audio was released."""
        self._analyse_all()
        return self._detector.spans(self._bands.wide_bands) if self._is_whole else []

    def at(self, times: Floats) -> Float32s:
        """Return the log scaled likelihoods of the frames that begin at `times`, seconds in order.

        Shape (n, acoustic classes): how much likelier each class is in the frame than on average. All are 0 before any
        audio, and after some was released.
        """
        likelihoods = self._of_the_model(times)
        return self._evidence.added_to(likelihoods, times) if self._evidence and self._is_known else likelihoods

    def speech_at(self, times: Floats) -> Float32s:
        """Return the probability that a voice speaks in each of those frames, by the phone model alone, shape (n,)."""
        spoken: Float32s = 1 - np.exp(self._of_the_model(times, classes=1)[:, 0]) * phone_model().prior[0]
        return spoken

    @property
    def _is_known(self) -> bool:
        """Whether there are frames, and no audio was released before it was analysed."""
        return self._bands.frames > 0 and self._is_whole

    def _of_the_model(self, times: Floats, classes: int = len(ACOUSTIC_CLASSES)) -> Float32s:
        """The log scaled likelihoods of the first `classes` by the phone model alone."""
        self._analyse_all()
        if not self._is_known:
            return np.zeros((len(times), classes), np.float32)
        frames = np.minimum((times / self.frame_seconds + 0.5).astype(np.intp), self._bands.frames - 1)
        first = min(int(frames[0]), self._settled.count) if len(frames) else self._settled.count
        settled = self._settled.since(first)[:classes]
        likelihoods = np.hstack([settled, self._unsettled[:classes]])[:, frames - first].T
        return likelihoods.astype(np.float32)

    def _analyse_all(self) -> None:
        while self.analyse_some():
            pass

    @property
    def _is_classified(self) -> bool:
        """Whether all frames are, relative to the levels that are known."""
        classified = self._settled.count + self._unsettled.shape[1]
        return classified == self._bands.frames and self._known == self._bands.known

    def _classify(self) -> None:
        """Classify up to a second of the frames that are not, and of those whose levels or neighbours were others."""
        first, frames = self._settled.count, self._bands.frames
        if self._known != self._bands.known:
            self._known, self._final = self._bands.known, first
        begin, end, before = self._final, min(self._final + STEP_FRAMES, frames), min(self._final, _BEFORE)
        features = self._bands.features(begin - before)[:, : before + end - begin + _AFTER]
        classified = phone_model().log_scaled_likelihoods(features, np.arange(before, before + end - begin)).T
        likelihoods: Float32s = np.hstack([self._unsettled[:, : begin - first], classified])
        settled = max(0, self._bands.settled - _AFTER - first)
        self._settled.append(likelihoods[:, :settled])
        self._unsettled = likelihoods[:, settled:].astype(_KEPT)
        self._final = max(begin, min(end, frames - _AFTER))
        self._bands.drop_features(self._settled.count - _BEFORE)
