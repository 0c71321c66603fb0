"""A semantic end of turn: at each pause a model judges whether the user has finished, and a longer pause decides.

The model is Smart Turn v3 (BSD-2, in any of 23 languages), which the application brings: a file of 9 MB. It hears the
last 8 s of the turn, its melody as much as its words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soxr

from .._runtime.extras import need
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_frames, to_samples
from ..capture._voice_activity import Boundary, Edge, SpeechDetector
from ..errors import UsageError

PAUSE_SECONDS: Final = 0.5
"""Seconds of silence after which the model is asked: those that end a turn under `server_vad`, so that it can only
spare ends."""

_HEARD_SECONDS: Final = 8.0  # of a turn that the model hears
_PADDING_SECONDS: Final = 0.3  # before the turn's first word
_MODEL_RATE: Final = 16_000  # Hz
_FRAMES: Final = 800  # of 10 ms: the model's input

_log = logging.getLogger(__name__)


class Judge(Protocol):
    """Judges whether a turn is finished."""

    def ask(self, turn: Pcm) -> Future[bool]:
        """Judge a turn (24 kHz) up to a pause, elsewhere than in this thread. The future never fails."""
        ...


class EndOfTurnModel:
    """`Judge` by a file of Smart Turn v3; raises `UsageError` where it is none. 0.1 s of one core for a pause."""

    def __init__(self, path: Path) -> None:
        onnxruntime = need("onnxruntime", "The runtime of the end-of-turn model (onnxruntime)", "local")
        features = need("faster_whisper.feature_extractor", "Speech recognition (faster-whisper)", "local")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            shape = list(self._session.get_inputs()[0].shape[1:])
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise UsageError(f"no end-of-turn model could be loaded from {path}") from error
        if shape != [80, _FRAMES]:
            raise UsageError(f"{path} is no Smart Turn model of version 3: its input is {shape}, not [80, {_FRAMES}]")
        self._features: Any = features.FeatureExtractor(feature_size=80, chunk_length=8)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="end of turn")

    def ask(self, turn: Pcm) -> Future[bool]:
        """See `Judge`."""
        return self._thread.submit(self._judge, turn)

    def close(self) -> None:
        """End the thread; a turn that waits for it is not judged."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def is_finished(self, turn: Pcm) -> bool:
        """Judge a turn in this thread."""
        samples = soxr.resample(to_samples(turn), WIRE_RATE, _MODEL_RATE)
        longest = round(_HEARD_SECONDS * _MODEL_RATE)
        samples = np.pad(samples[-longest:], (max(0, longest - len(samples)), 0))
        samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        features = self._features(samples, padding=0)[np.newaxis, :, :_FRAMES].astype(np.float32)
        return bool(self._session.run(None, {"input_features": features})[0].item() > 0.5)

    def _judge(self, turn: Pcm) -> bool:
        try:
            return self.is_finished(turn)
        except Exception:
            _log.exception("the end-of-turn model failed: a longer silence ends this turn")
            return False


@dataclass(frozen=True, slots=True)
class _Pause:
    """A pause within a turn, or its end."""

    boundary: Boundary
    finished: Future[bool]


class SemanticDetector:
    """A `SpeechDetector` that takes short pauses for ends, corrected: a pause ends the turn if `judge` says so.

    longest: seconds of silence that end it anyway.
    """

    def __init__(self, detector: SpeechDetector, judge: Judge, *, longest: float) -> None:
        self._detector = detector
        self._judge = judge
        self._longest = to_frames(longest)
        self._heard: Pcm = SILENCE  # the end of the input, long enough for the model
        self._began = 0  # frame at which the turn began
        self._pause: _Pause | None = None  # that was not decided on yet

    def __repr__(self) -> str:
        return f"<SemanticDetector {self._detector} {'in a pause' if self._pause else ''}>"

    def process(self, pcm: Pcm) -> Iterator[Boundary]:
        """Process the next audio; yield the boundaries of turns, as far as they are decided on."""
        self._heard = np.concatenate([self._heard, pcm])[-to_frames(_HEARD_SECONDS + 2 * PAUSE_SECONDS) :]
        for boundary in self._detector.process(pcm):
            if boundary.kind is Edge.END:
                self._pause = _Pause(boundary, self._judge.ask(self._turn(boundary.frame)))
                continue
            yield from self._decide(boundary.frame)
            if self._pause is None:
                self._began = boundary.frame
                yield boundary
            self._pause = None  # the user goes on
        yield from self._decide(self._detector.position)

    def _decide(self, frame: int) -> Iterator[Boundary]:
        """End the turn if the pause, which lasts until this frame at least, is its end."""
        pause = self._pause
        if pause is None:
            return
        finished = pause.finished.done() and pause.finished.result()
        if finished or frame - pause.boundary.frame >= self._longest:
            self._pause = None
            yield pause.boundary

    def _turn(self, end: int) -> Pcm:
        """The turn's audio up to the pause at this frame, with some silence on either side."""
        first = self._detector.position - len(self._heard)
        start = max(0, self._began - to_frames(_PADDING_SECONDS) - first)
        return self._heard[start : end + to_frames(PAUSE_SECONDS) - first]
